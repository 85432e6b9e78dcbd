"""Curves for TensorBoard, read back from its files: what was recorded, every point once."""

import builtins
import errno
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agent import compare, load_run, run
from agent.experiments.resuming import living
from agent.reports.events import tensorboard
from agent.results.directory_names import folder_names
from tests.commands.conftest import call, played
from tests.support.cut_lives import job, lived

__all__ = ["call", "played"]

LOCK = ("--env", "lock", "--steps", 1200)


@pytest.fixture
def read():
    """Read the scalars of all event files in a folder: steps and values by tag, `[points]`."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2", reason="needs the extra [tensorboard]")

    def read(folder):
        found: dict[str, list[tuple[int, float]]] = {}
        for path in sorted(folder.iterdir()):
            content, place = path.read_bytes(), 0
            while place < len(content):  # a record: its length, a checksum of that, itself, a checksum
                (length,) = struct.unpack_from("<Q", content, place)
                event = event_pb2.Event.FromString(content[place + 12 : place + 12 + length])
                place += 12 + length + 4
                for value in event.summary.value:
                    found.setdefault(value.tag, []).append((event.step, value.simple_value))
        return {tag: tuple(np.array(points).T) for tag, points in found.items()}

    return read


def check(curves, lived_run):
    """Compare with the trace, from which everything is worked out anew."""
    trace, steps = lived_run.trace, lived_run.metrics["step"]
    between = np.diff(steps)
    for tag, column in (("reward/extrinsic", "reward"), ("reward/intrinsic_nats", "information_gain_nats")):
        at, values = curves.pop(tag)
        assert at.tolist() == steps[1:].tolist()
        np.testing.assert_allclose(values, np.add.reduceat(trace[column], steps[:-1]) / between, rtol=1e-5, atol=1e-7)
    for tag, column in (("coverage", "coverage"), ("information/missing_nats", "missing_information_nats")):
        at, values = curves.pop(tag)
        assert at.tolist() == steps.tolist()
        np.testing.assert_allclose(values[1:], trace[column][steps[1:] - 1], rtol=1e-6)
    at, values = curves.pop("information/gained_nats")
    np.testing.assert_allclose(values, np.append(0.0, np.cumsum(trace["information_gain_nats"]))[steps], rtol=1e-6)
    at, values = curves.pop("information/expected_missing_nats")
    np.testing.assert_allclose(values, lived_run.metrics["expected_missing_information_nats"], rtol=1e-6)
    assert not curves


def test_a_run_writes_the_curves_of_both_agents_and_is_called_the_same(read, played, tmp_path):
    events = tmp_path / "events"
    directory = played(tmp_path / "runs", *LOCK, "--tensorboard", events)
    names = sorted(path.name for path in events.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "runs").glob("lock-*"))
    for name in names:
        check(read(events / name), load_run(tmp_path / "runs" / name))
    before = read(events / directory.name)
    (events / directory.name / "events.out.tfevents.1.of-another-program").touch()
    assert played(tmp_path / "runs", *LOCK, "--tensorboard", events) == directory  # found: written anew
    after = read(events / directory.name)
    assert {tag: np.array(points).tolist() for tag, points in after.items()} == {
        tag: np.array(points).tolist() for tag, points in before.items()
    }
    assert len(list((events / directory.name).iterdir())) == 2


@pytest.mark.parametrize("every", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_a_run_that_goes_on_has_no_point_twice(every, read, call, tmp_path, monkeypatch):
    monkeypatch.setattr(tensorboard, "SECONDS_BETWEEN", 0.0)  # it is looked at as often as can be
    monkeypatch.setattr(living, "CHUNK", 16)
    arguments = (*LOCK, "--trace-every", every)
    asked = job(tmp_path / "runs", *arguments)
    lived(asked, 300)
    folder = tmp_path / "events" / asked.directory.name
    with tensorboard.watching(folder, lambda *_: None) as look:
        lived(asked, 900, look=look)
    assert max(read(folder)["coverage"][0]) >= 900
    arguments = (*arguments, "--baseline", "none", "--out", tmp_path / "runs", "--tensorboard", tmp_path / "events")
    status, _, errors = call(run, *arguments)
    assert (status, len(errors)) == (0, 1)
    assert "going on from step 9" in errors[0]
    whole = job(tmp_path / "whole", *LOCK)
    assert call(run, *LOCK, "--baseline", "none", "--quiet", "--out", tmp_path / "whole")[0] == 0
    check(read(folder), load_run(whole.directory))


@pytest.mark.slow
def test_a_comparison_writes_every_life_kept_ones_too(read, call, played, tmp_path):
    asked = ("--env", "lock", "--steps", 700, "--agents", "curious", "curious:discount=.9", "--quiet")
    where = ("--out", tmp_path / "runs", "--tensorboard", tmp_path / "events")
    assert call(compare, *asked, *where[:2], "--seeds", 1)[0] == 0
    status, (directory,), _ = call(compare, *asked, *where, "--seeds", 2)  # half of the lives are kept
    assert status == 0
    folder = tmp_path / "events" / Path(directory).name
    lives = sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*"))
    assert lives == [f"{agent}/seed-{seed}" for agent in ("curious-discount=0.9", "curious") for seed in (0, 1)]
    for seed in (0, 1):
        alone = load_run(played(tmp_path / "alone", "--env", "lock", "--steps", 700, "--seed", seed))
        check(read(folder / "curious" / f"seed-{seed}"), alone)
    before = {life: read(folder / life) for life in lives}
    assert call(compare, *asked, *where, "--seeds", 2)[:2] == (0, [directory])  # found: written anew
    for life in lives:
        for tag, points in read(folder / life).items():
            np.testing.assert_array_equal(points, before[life][tag])


def test_agents_have_folders_of_their_own():
    names = folder_names(["a:b", "a/b", "c" * 200, "c" * 201])
    assert list(names.values()) == ["a-b", "a-b-2", "c" * 100, "c" * 100 + "-4"]


def test_what_is_not_known_is_not_drawn(read, played, tmp_path):
    arguments = ("--env", "Blackjack-v1", "--steps", 50, "--baseline", "none", "--trace-every", 2, "--tensorboard")
    directory = played(tmp_path / "runs", *arguments, tmp_path)
    expected = {
        "reward/extrinsic",
        "reward/intrinsic_nats",
        "information/gained_nats",
        "information/expected_missing_nats",
    }
    assert read(tmp_path / directory.name).keys() == expected
    assert played(tmp_path / "runs", *arguments, tmp_path) == directory
    assert read(tmp_path / directory.name).keys() == expected - {"reward/extrinsic"}  # half of the rewards are there


def test_a_run_whose_trace_lacks_rewards_is_found_and_drawn_without_them(read, played, tmp_path):
    arguments = (*LOCK, "--trace-columns", "state", "--tensorboard", tmp_path / "logs")
    names = {played(tmp_path, *arguments).name for _ in range(2)}  # the second time it is found
    assert len(names) == 1
    assert "reward/extrinsic" not in read(tmp_path / "logs" / names.pop())


def test_without_its_library_a_line_says_what_to_install(call, tmp_path, monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name == "tensorboardX":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    status, output, errors = call(run, *LOCK, "--out", tmp_path / "runs", "--tensorboard", tmp_path / "events")
    assert (status, output, len(errors)) == (2, [], 1)
    assert "pip install 'blackswan-rl[tensorboard]'" in errors[0]
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_is_refused(call, tmp_path):
    pytest.importorskip("tensorboardX", reason="needs the extra [tensorboard]")
    status, output, errors = call(run, *LOCK, "--out", tmp_path / "runs", "--tensorboard", __file__)
    assert (status, output, len(errors)) == (2, [], 1)
    assert "--tensorboard: got" in errors[0]


def test_a_truth_that_is_dropped_leaves_no_curve(read, tmp_path):
    curves = {"step": np.array([0, 4, 8]), "reward": np.array([0.0, 2.0, 2.0])}
    names = "coverage", "missing_information_nats", "expected_missing_information_nats", "information_gain_nats"
    curves |= {name: np.array([0.0, 0.5, 1.0]) for name in names}
    recorder: Any = SimpleNamespace(truth=object(), unscored=None, curves=lambda: curves)
    with tensorboard.watching(tmp_path, lambda *_: None) as look:
        look("curious", recorder)
        unknown = {name: np.full(3, np.nan) for name in names[:2]}
        recorder.unscored, recorder.curves = "the truth was dropped", lambda: curves | unknown
    found = read(tmp_path)
    assert found.keys() & {"coverage", "information/missing_nats"} == set()
    assert np.array(found["reward/extrinsic"]).tolist() == [[4, 8], [0.5, 0.0]]


def test_events_that_cannot_be_written_are_told_and_the_life_is_kept(call, tmp_path, monkeypatch):
    writer = pytest.importorskip("tensorboardX.event_file_writer", reason="needs the extra [tensorboard]")

    write = writer.EventsWriter.write_event

    def full(events, event):
        if event.summary.value:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(events, event)

    options = *LOCK, "--out", tmp_path / "runs", "--tensorboard", tmp_path / "events"
    monkeypatch.setattr(writer.EventsWriter, "write_event", full)
    status, output, errors = call(run, *options)
    assert (status, output) == (1, [])
    assert errors[-1].startswith(f"error: {tmp_path / 'events'}")
    assert errors[-1].endswith(": could not be written: No space left on device")
    monkeypatch.undo()
    assert call(run, *options)[0] == 0
