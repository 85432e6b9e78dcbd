"""Lives are kept as they are finished: what was played is not played again, and nothing else is taken for it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from agent import compare
from agent.experiments import executors, kept_lives
from agent.experiments.kept_lives import Answer, KeptLives
from agent.results import storage

ROOT = Path(__file__).parents[2]
SMALL = ("--env", "lock", "--steps", "60", "--workers", "1", "--quiet")
TIMES = ("second", "peak_memory")
"""What the figures that differ from one time to the next have in their names."""


@pytest.fixture
def lives(monkeypatch):
    """Agent and seed of each life that is played."""
    played, real = [], executors.play_one

    def counted(config, name, seed, should_stop):
        played.append((name, seed))
        return real(config, name, seed, should_stop)

    monkeypatch.setattr(executors, "play_one", counted)
    return played


def compared(out, *more):
    """Compare; return the mark and the arrays of the result, without what is measured of time."""
    before = set(out.glob("compare-*"))
    assert compare.main([*SMALL, "--out", str(out), *more]) == 0
    (directory,) = set(out.glob("compare-*")) - before
    mark = storage.read_json(directory / "comparison.json")
    agents = {
        name: {key: value for key, value in agent.items() if not any(time in key for time in TIMES)}
        for name, agent in mark["agents"].items()
    }
    arrays = storage.read_arrays(directory / "curves.npz")
    return {**mark, "agents": agents, "sha256": None}, {name: array.tobytes() for name, array in arrays.items()}


@pytest.mark.slow
def test_more_seeds_and_other_agents_play_only_what_is_new(tmp_path, lives, capsys):
    compared(tmp_path, "--seeds", "2")
    assert sorted(lives) == [("curious", 0), ("curious", 1), ("random", 0), ("random", 1)]
    lives.clear()
    more = compared(tmp_path, "--seeds", "3", "--agents", "curious", "random", "greedy")
    assert sorted(lives) == [("curious", 2), ("greedy", 0), ("greedy", 1), ("greedy", 2), ("random", 2)]
    lives.clear()
    fresh = compared(tmp_path / "fresh", "--seeds", "3", "--agents", "curious", "random", "greedy")
    assert len(lives) == 9
    assert more == fresh
    lives.clear()
    compared(tmp_path, "--seeds", "3", "--discount", "0.9")
    assert len(lives) == 6


@pytest.mark.slow
def test_force_plays_all_again(tmp_path, lives):
    compared(tmp_path, "--seeds", "1")
    lives.clear()
    assert compare.main([*SMALL, "--out", str(tmp_path), "--seeds", "1", "--force"]) == 0
    assert len(lives) == 2


@pytest.mark.slow
def test_other_code_has_other_lives(tmp_path, lives, monkeypatch):
    compared(tmp_path, "--seeds", "1")
    monkeypatch.setattr(kept_lives, "digest_of_code", lambda: "of another version")
    lives.clear()
    compared(tmp_path, "--seeds", "2")
    assert len(lives) == 4


def test_a_life_that_fails_does_not_end_the_others(tmp_path, lives, monkeypatch, capsys):
    real = executors.play_one

    def failing(config, name, seed, should_stop):
        if (name, seed) == ("random", 0):
            raise MemoryError("no room")
        return real(config, name, seed, should_stop)

    with monkeypatch.context() as patch:
        patch.setattr(executors, "play_one", failing)
        assert compare.main([*SMALL, "--out", str(tmp_path), "--seeds", "3"]) == 1
    assert "MemoryError: no room: 5 of the runs were finished" in capsys.readouterr().err
    lives.clear()
    assert compare.main([*SMALL, "--out", str(tmp_path), "--seeds", "3"]) == 0
    assert lives == [("random", 0)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    out = tmp_path_factory.mktemp("kept")
    lives = KeptLives(out / kept_lives.FOLDER, "common", {})
    lives.folder.mkdir()
    for seed in (0, 1):
        columns = {"step": np.arange(9), "value": np.linspace(0, seed, 9)}
        lives.keep("curious", seed, ({"seed": seed, "reached": None, "share": 0.1 + seed}, columns))
    return lives


def test_a_kept_life_is_the_one_that_was_lived(kept):
    summary, columns = kept.find("curious", 1)
    assert summary == {"seed": 1, "reached": None, "share": 1.1}
    assert columns["step"].tolist() == list(range(9))
    assert columns["value"].tolist() == np.linspace(0, 1, 9).tolist()
    assert kept.find("curious", 2) is None
    assert kept.find("random", 1) is None


@pytest.mark.slow
def test_the_folder_may_be_deleted_at_any_time(tmp_path, lives):
    compared(tmp_path, "--seeds", "1")
    shutil.rmtree(tmp_path / kept_lives.FOLDER)
    compared(tmp_path, "--seeds", "2")
    assert len(lives) == 2 + 4
    lives.clear()
    compared(tmp_path, "--seeds", "3")
    assert sorted(lives) == [("curious", 2), ("random", 2)]


def test_what_is_damaged_is_not_taken_for_a_life(kept):
    rng = np.random.default_rng(0)
    one, other = (kept.folder / kept.digest("curious", seed)[:16] for seed in (0, 1))
    content, swapped = one.read_bytes(), other.read_bytes()
    damaged = [b"", content[:-1], content[:64], content + b"\0", swapped]
    for _ in range(200):
        flipped = bytearray(content)
        flipped[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
        damaged.append(bytes(flipped))
    for each in damaged:
        one.write_bytes(each)
        assert kept.find("curious", 0) is None
    one.write_bytes(content)
    assert kept.find("curious", 0) is not None


CLAIM = """
import sys, time
from pathlib import Path
from agent.experiments.kept_lives import KeptLives
with KeptLives(Path(sys.argv[1]), "common", {}).claimed("curious", 7) as is_ours:
    print(is_ours, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no such claims on Windows")
def test_a_life_that_another_process_plays_is_left_to_it(kept):
    folder = str(kept.folder)
    with subprocess.Popen([sys.executable, "-c", CLAIM, folder], stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout.readline().strip() == "True"
        played = kept.played("curious", 7, lambda: pytest.fail("played twice"), lambda: False, is_patient=False)
        assert played is Answer.BUSY
        assert kept.played("curious", 8, lambda: ({}, {}), lambda: False, is_patient=False) == ({}, {})
        other.send_signal(signal.SIGKILL)  # its claim goes with it
    life = ({"seed": 7}, {"step": np.arange(3)})
    assert kept.played("curious", 7, lambda: life, lambda: False, is_patient=True) is life
    assert kept.find("curious", 7)[0] == {"seed": 7}
    asked = iter([False, True])
    with subprocess.Popen([sys.executable, "-c", CLAIM, folder], stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout.readline().strip() == "True"
        assert kept.played("curious", 7, lambda: life, lambda: next(asked), is_patient=True) is None
        other.send_signal(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_comparison_goes_on_where_it_was(tmp_path, lives):
    more = ("--seeds", "15", "--steps", "4000")
    command = [sys.executable, "-m", "agent.compare", *SMALL, *more, "--out", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.glob(".lives/*"))) < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    finished = len([path for path in tmp_path.glob(".lives/[0-9a-f]*") if len(path.name) == 16])
    assert 4 <= finished < 30
    assert not list(tmp_path.glob("compare-*"))
    again = compared(tmp_path, *more)
    assert len(lives) == 30 - finished
    assert again == compared(tmp_path / "fresh", *more)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there are no such claims on Windows")
def test_two_processes_share_a_comparison(tmp_path):
    """Each life is played once, by one of them; both tell the whole result."""
    own = """
from pathlib import Path
from agent import compare
from agent.experiments import executors
real, log = executors.play_one, Path(__import__("sys").argv[1]) / f"played-{__import__('os').getpid()}"
def logged(config, name, seed, should_stop):
    with open(log, "a") as file:
        file.write(f"{name} {seed}\\n")
    return real(config, name, seed, should_stop)
executors.play_one = logged
raise SystemExit(compare.main([*__import__("sys").argv[2:]]))
"""
    arguments = [str(tmp_path), *SMALL, "--seeds", "8", "--steps", "2000", "--out", str(tmp_path / "out")]
    command = [sys.executable, "-c", own, *arguments]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert told[0] == told[1]
    logs = [path.read_text().splitlines() for path in tmp_path.glob("played-*")]
    played = sorted(line for log in logs for line in log)
    assert played == sorted(f"{name} {seed}" for name in ("curious", "random") for seed in range(8))
