import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agent import compare as comparing
from agent import run as running
from agent.reports import animation, palette
from tests.commands.conftest import call, played
from tests.support.synthetic_run import synthetic_run

__all__ = ["call", "played"]


def _frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as image:
        frames = []
        for i in range(image.n_frames):  # pyright: ignore[reportAttributeAccessIssue]
            image.seek(i)
            frames.append(np.asarray(image.convert("RGB")))
    return frames


def _bar_share(frame: np.ndarray, colour: str) -> float:
    """Length of the progress bar of an agent's colour as a share of its track, from the pixels."""
    row = frame[48]
    filled = (row == palette.rgb(colour)).all(axis=1).sum()
    track = (row == palette.rgb(palette.LINE)).all(axis=1).sum()
    other = (row != 255).any(axis=1).sum() - filled - track
    return filled / ((filled + track + other) / 2)


@pytest.fixture(scope="module")
def runs() -> dict:
    return {name: synthetic_run(name, 4000, size=20, num_channels=7) for name in ("curious", "random")}


def test_steps_of_frames_grow_then_go_evenly_to_the_end() -> None:
    steps = animation.frame_steps(20_000)
    assert (steps[0], steps[1], steps[-1]) == (0, 1, 20_000)
    assert 75 <= len(steps) <= 91
    assert (np.diff(steps) > 0).all()
    assert np.ptp(np.diff(steps)[-40:]) <= 1  # even at the end, but for rounding
    assert animation.frame_steps(4).tolist() == [0, 1, 2, 3, 4]
    assert animation.frame_steps(0).tolist() == [0]


def test_gif_is_small_and_has_a_frame_for_every_step_shown(runs: dict, tmp_path: Path) -> None:
    path = animation.write_animation(runs, tmp_path / "figures" / "exploring.gif")
    assert path.stat().st_size < 1_000_000
    with Image.open(path) as image:
        assert image.format == "GIF"
        assert image.n_frames == len(animation.frame_steps(4000))  # pyright: ignore[reportAttributeAccessIssue]
        assert image.info["loop"] == 0


def test_frames_show_the_share_known_and_where_each_has_been(runs: dict, tmp_path: Path) -> None:
    frames = _frames(animation.write_animation(runs, tmp_path / "x.gif", num_frames=20))
    steps = animation.frame_steps(4000, 20)
    for name, run in runs.items():
        for i in (4, -1):
            fraction = run.metrics["missing_information_fraction"]
            known = 1 - np.interp(steps[i], run.metrics["step"], fraction)
            assert _bar_share(frames[i], palette.AGENTS[name]) == pytest.approx(known, abs=0.01)
    unseen = [(frame == palette.rgb(palette.UNSEEN)).all(axis=2).sum() for frame in frames]
    assert unseen[0] > 1.5 * unseen[-1]
    assert (np.diff(unseen) <= 30).all()  # cells are only ever entered; a passing disk may uncover a few pixels
    wall = [(frame == palette.rgb(palette.WALL)).all(axis=2).sum() for frame in frames]
    assert min(wall) > 0.5 * max(wall)


def test_shared_scale_gives_the_darkest_colour_to_the_most_visited_cell(runs: dict, tmp_path: Path) -> None:
    last = _frames(animation.write_animation(runs, tmp_path / "x.gif", num_frames=5))[-1]
    darkest = (last == palette.rgb(palette.VISITS[-1])).all(axis=2)
    most = {name: run.trace["final_visits"].sum(axis=1).max() for name, run in runs.items()}
    assert most["random"] > most["curious"]
    assert not darkest[:, : last.shape[1] // 2].any()
    assert darkest[:, last.shape[1] // 2 :].any()


def test_runs_of_other_lengths_and_without_a_truth(tmp_path: Path) -> None:
    runs = {"curious": synthetic_run("curious", 60), "random": synthetic_run("random", 0, without=["world_position"])}
    runs["curious"].metrics["missing_information_fraction"][:] = np.nan
    frames = _frames(animation.write_animation(runs, tmp_path / "x.gif"))
    assert len(frames) == len(animation.frame_steps(60))
    assert not (frames[-1][48] == palette.rgb(palette.AGENTS["curious"])).all(axis=1).any()


def test_a_reset_moves_the_agent(tmp_path: Path) -> None:
    run = synthetic_run("random", 3)
    run.trace["next_state"][2] = 60
    moved = synthetic_run("random", 3)
    moved.trace["next_state"][2] = 60
    moved.trace["reset_step"], moved.trace["reset_state"] = np.array([0, 3]), np.array([0, 90], dtype=np.int32)
    first, second = (_frames(animation.write_animation({"random": r}, tmp_path / "x.gif")) for r in (run, moved))
    assert all(np.array_equal(a, b) for a, b in zip(first[:-1], second[:-1], strict=True))
    assert not np.array_equal(first[-1], second[-1])


def test_too_many_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 to 6 runs; got 7"):
        animation.write_animation({str(i): synthetic_run("random", 2) for i in range(7)}, tmp_path / "x.gif")


@pytest.fixture
def ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program in the place of ffmpeg that keeps what it is told and given.

    It fails on files named broken, and makes none that are named silent.
    """
    program, given = tmp_path / "bin" / "ffmpeg", tmp_path / "given"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys\nfrom pathlib import Path\n"
                       "'broken' in sys.argv[-1] and sys.exit('a word before\\nno such encoder')\n"
                       f"Path({str(given)!r}).write_bytes(sys.stdin.buffer.read())\n"
                       "'silent' in sys.argv[-1] and sys.exit()\n"
                       "Path(sys.argv[-1]).write_text(' '.join(sys.argv))\n")  # fmt: skip
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return given


def test_a_video_has_the_frames_of_the_gif_and_rests_on_the_last(runs: dict, tmp_path: Path, ffmpeg: Path) -> None:
    path = animation.write_animation(runs, tmp_path / "films" / "x.mp4", num_frames=4)
    frames = _frames(animation.write_animation(runs, tmp_path / "x.gif", num_frames=4))
    height, width = frames[0].shape[:2]
    told = path.read_text().split()
    assert told[told.index("-r") + 1] == "12.5"  # frames a second, of 80 ms
    assert told[told.index("-s") + 1] == f"{width + width % 2}x{height + height % 2}"
    given = np.frombuffer(ffmpeg.read_bytes(), np.uint8).reshape(-1, height + height % 2, width + width % 2, 3)
    assert len(given) == len(frames) + 31  # 2500 ms
    for there, here in zip(frames, given, strict=False):
        np.testing.assert_array_equal(here[:height, :width], there)
    assert (given[-31:] == given[-32]).all()


def test_a_failing_ffmpeg_says_why(runs: dict, tmp_path: Path, ffmpeg: Path) -> None:
    with pytest.raises(ValueError, match=r"broken\.mp4: ffmpeg failed: no such encoder"):
        animation.write_animation(runs, tmp_path / "broken.mp4", num_frames=2)
    with pytest.raises(ValueError, match=r"silent\.mp4: ffmpeg failed: exit status 0"):
        animation.write_animation(runs, tmp_path / "silent.mp4", num_frames=2)


def test_where_there_is_no_ffmpeg_a_line_says_so(runs: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="as mp4 takes ffmpeg, which is not here: install it"):
        animation.write_animation(runs, tmp_path / "films" / "x.mp4", num_frames=2)
    with pytest.raises(ValueError, match=r"got an animation \.webm, expected \.gif or \.mp4"):
        animation.write_animation(runs, tmp_path / "x.webm")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_command_asks_for_ffmpeg_before_it_runs(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    status, output, errors = call(running, "--env", "lock", "--figure-format", "mp4", "--out", tmp_path / "runs")
    assert (status, output, len(errors)) == (2, [], 1)
    assert "takes ffmpeg" in errors[0]
    assert call(comparing, "--env", "lock", "--figure-format", "mp4")[0] == 2  # it has no animation
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_found_run_is_filmed_when_it_is_asked_for(call: Any, played: Any, tmp_path: Path, ffmpeg: Path) -> None:
    asked = "--env", "lock", "--steps", 60
    directory = played(tmp_path / "runs", *asked)
    figures = {path.name for path in (directory / "figures").iterdir()}
    assert played(tmp_path / "runs", *asked, "--figure-format", "mp4") == directory
    assert {path.name for path in (directory / "figures").iterdir()} == figures | {"exploration.mp4"}
    frames = _frames(directory / "figures" / "exploration.gif")
    assert len(ffmpeg.read_bytes()) >= (len(frames) + 31) * frames[0].size  # a row and a column more where odd
    (tmp_path / "bin" / "ffmpeg").write_text("#!/bin/sh\nexit 3\n")
    status, _, errors = call(running, *asked, "--seed", 1, "--out", tmp_path / "runs", "--figure-format", "mp4")
    assert status == 1
    assert "exploration.mp4: ffmpeg failed: exit status 3; without --figure-format mp4" in errors[-1]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes the video")
def test_a_video_is_one(runs: dict, tmp_path: Path) -> None:
    content = animation.write_animation(runs, tmp_path / "x.mp4", num_frames=2).read_bytes()
    assert content[4:8] == b"ftyp"  # ISO 14496-12: the box that comes first
    assert content.index(b"moov") < content.index(b"mdat")  # it plays while it is still loaded
    assert b"avc1" in content


def test_no_plotting_library_is_imported() -> None:
    subprocess.run(
        [sys.executable, "-c", "import sys, agent.reports.animation; sys.exit('matplotlib' in sys.modules)"], check=True
    )
