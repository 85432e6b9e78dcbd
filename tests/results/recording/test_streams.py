"""Long arrays are written and read a part at a time, to the same bytes as at once; statistics follow any division."""

import io

import numpy as np
import pytest

from agent.results import marks, recorder, run_directory, storage
from agent.results.crossings import coverage_at_fraction, steps_to_fraction
from agent.results.recorder import metric_steps
from agent.results.recording.blocks import Blocks, columns_of
from agent.results.recording.resets import resets
from agent.results.recording.streams import Arrays, Stream, parts, unread
from agent.results.recording.tally import Tally
from tests.support.synthetic_life import Life, a_run, written


def stream(array, size):
    return Stream(array.dtype, len(array), lambda: (array[i : i + size] for i in range(0, len(array), size)))


def some(rng, number=10_000):
    return {
        "whole": rng.integers(0, 9, number).astype(np.int32),
        "real": rng.normal(size=number),
        "truth": rng.random(number) < 0.1,
        "none": np.zeros(0, np.int64),
    }


@pytest.mark.parametrize("size", [1, 777, 10_000, 20_000])
def test_streams_are_written_as_numpy_writes_arrays(size):
    arrays = some(np.random.default_rng(0), 3000) | {"table": np.arange(12.0).reshape(3, 4)}
    streams = {name: stream(each, size) if each.ndim == 1 else each for name, each in arrays.items()}
    expected, got = io.BytesIO(), io.BytesIO()
    np.savez_compressed(expected, allow_pickle=False, **arrays)
    Arrays(streams).write(got)
    assert got.getvalue() == expected.getvalue()


def test_what_was_written_is_read_when_it_is_asked_for():
    arrays, file = some(np.random.default_rng(1)), io.BytesIO()
    Arrays(arrays).write(file)
    found = unread(file)
    assert list(found) == list(arrays)
    for name, expected in arrays.items():
        np.testing.assert_array_equal(found[name], expected, strict=True)
    both = [np.concatenate(columns) for columns in zip(*parts(found, "whole", "real"), strict=True)]
    np.testing.assert_array_equal(both[0], arrays["whole"])
    np.testing.assert_array_equal(both[1], arrays["real"])


def test_an_array_that_claims_more_than_is_there_is_refused():
    file = io.BytesIO()
    Arrays({"a": Stream(np.dtype(float), 10, lambda: iter([np.zeros(9)]))}).write(file)
    with pytest.raises(ValueError, match=r"a.npy is not \(10,\) numbers of type float64"):
        unread(file)


def test_filled_streams_keep_their_length():
    values = np.arange(10.0)
    filled = Arrays({"a": stream(values, 3), "b": values}).filled(("a",), np.nan)
    assert np.isnan(filled["a"]).all()
    assert len(filled["a"]) == 10
    assert filled["b"] is values


@pytest.mark.parametrize("size", [1, 7, 64, 5000])
def test_statistics_do_not_depend_on_how_rows_are_divided(size):
    rng, number = np.random.default_rng(2), 3000
    columns = {
        "coverage": np.linspace(0, 1, number),
        "missing_information_nats": 90 * np.exp(-np.arange(number) / 400) * rng.uniform(0.9, 1.1, number),
        "information_gain_nats": rng.random(number),
        "expected_information_gain_nats": rng.random(number),
        "planning_loss_bound_nats": rng.random(number),
        "expected_missing_information_nats": rng.random(number),
        "concentration": rng.random(number),
        "reward": rng.integers(-3, 4, number) * 0.25,
        "terminated": rng.random(number) < 0.02,
        "truncated": rng.random(number) < 0.02,
    }
    start = {"coverage": 0.0, "missing_information_nats": 100.0, "planning_loss_bound_nats": np.nan}
    start |= {"expected_missing_information_nats": 5.0, "concentration": 1.0}
    tally = Tally(metric_steps(number), 100.0, start)
    for i in range(0, number, size):
        part = {name: column[i : i + size] for name, column in columns.items()}
        tally.take(part, len(part["reward"]))
    at, metrics = metric_steps(number), tally.metrics()
    for name in ("coverage", "missing_information_nats", "concentration"):
        np.testing.assert_array_equal(metrics[name], np.append(start[name], columns[name])[at])
    for name in ("information_gain_nats", "expected_information_gain_nats"):
        np.testing.assert_array_equal(metrics[name], np.append(0.0, np.cumsum(columns[name]))[at])
    missing = np.append(100.0, columns["missing_information_nats"])
    crossings = steps_to_fraction(np.arange(number + 1), missing / 100.0)
    assert tally.crossings == crossings
    assert tally.coverage == coverage_at_fraction(crossings, np.append(0.0, columns["coverage"]))
    assert tally.reward == columns["reward"].sum()
    assert tally.episodes == (columns["terminated"] | columns["truncated"]).sum()


def test_resets_follow_ends_of_episodes():
    state, ended = np.array([3, 1, 4, 1, 5], np.int32), np.array([False, True, False, True, True])
    found = resets({"state": state, "terminated": ended, "truncated": np.zeros(5, bool)})
    np.testing.assert_array_equal(found["reset_step"], [0, 2, 4], strict=True)
    np.testing.assert_array_equal(found["reset_state"], np.array([3, 4, 5], np.int32), strict=True)


def test_blocks_in_files_hold_what_was_put_there(tmp_path):
    row = np.dtype([("a", "<i4"), ("b", "?"), ("c", "<f8")])
    rows = np.zeros(100, row)
    rows["a"], rows["b"], rows["c"] = np.arange(100), np.arange(100) % 3 == 0, np.linspace(0, 1, 100)
    blocks = Blocks(tmp_path)
    blocks.add(rows[:50])
    blocks.add(rows[50:])
    for names in ((), ("c",), ("c", "a")):
        found = list(columns_of(tmp_path, blocks.files, row, *names))
        for name in names or row.names:
            np.testing.assert_array_equal(np.concatenate([part[name] for part in found]), rows[name], strict=True)
    content = bytearray((tmp_path / "000001.rows").read_bytes())
    content[7] ^= 1
    (tmp_path / "000001.rows").write_bytes(content)
    assert len(list(columns_of(tmp_path, blocks.files, row, "c"))) == 2  # what is not damaged can be read
    with pytest.raises(ValueError, match="damaged: the SHA-256 of a"):
        list(columns_of(tmp_path, blocks.files, row))


def test_a_block_that_cannot_be_written_is_not_lost_and_is_written_once_there_is_room(tmp_path, monkeypatch):
    rows = np.array([(1, 0.5), (2, 1.5)], [("a", "<i4"), ("b", "<f8")])
    blocks, whole_file, full = Blocks(tmp_path), storage.whole_file, [True]

    def fails_while_full(path, *arguments):
        if full[0]:
            raise OSError(28, "No space left on device")
        return whole_file(path, *arguments)

    monkeypatch.setattr(storage, "whole_file", fails_while_full)
    blocks.add(rows)
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            _ = blocks.files
        with pytest.raises(OSError, match="No space left"):
            blocks.add(rows)
        assert len(blocks) == 1
        (held,) = blocks.columns(rows.dtype)
        np.testing.assert_array_equal(held["a"], [1, 2])
    full[0] = False
    blocks.add(rows[::-1])
    assert [name for name, _ in blocks.files] == ["000000.rows", "000001.rows"]
    for found in (blocks.columns(rows.dtype, "a"), columns_of(tmp_path, blocks.files, rows.dtype, "a")):
        np.testing.assert_array_equal(np.concatenate([part["a"] for part in found]), [1, 2, 2, 1])


def test_a_long_run_is_stored_and_loaded_as_a_short_one(tmp_path, monkeypatch):
    expected = a_run(tmp_path / "short", life=Life(1000))
    monkeypatch.setattr(recorder, "BLOCK", 128)
    monkeypatch.setattr(marks, "LARGE", 1000)
    stored = written(tmp_path / "long", life=Life(1000))
    assert isinstance(stored.trace, Arrays)
    loaded = run_directory.load_run(tmp_path / "long")
    assert isinstance(loaded.trace, Arrays)
    for run in (stored, loaded):
        assert list(run.trace) == list(expected.trace)
        for name, column in expected.trace.items():
            np.testing.assert_array_equal(run.trace[name], column, strict=True)
    for name, column in expected.metrics.items():
        np.testing.assert_array_equal(loaded.metrics[name], column)
