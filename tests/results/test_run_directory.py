"""What is recorded of a life, and a recorded run comes back as it was."""

import json
import math
import os
import time

import numpy as np
import pytest

from agent.results import storage
from agent.results.recorder import Recorder, metric_steps, resets
from agent.results.run_directory import load_run
from agent.results.schema import BELIEF_ARRAYS, METRICS, STEP_COLUMNS
from tests.support.synthetic_life import Life, a_run, written


def test_steps_come_back_exactly():
    life = Life(10_000)  # more than the first buffer holds
    steps = life.recorder().steps()
    t = np.arange(10_000)
    assert {name: column.dtype for name, column in steps.items()} == {n: np.dtype(d) for n, d in STEP_COLUMNS.items()}
    np.testing.assert_array_equal(steps["state"], t % 5)
    np.testing.assert_array_equal(steps["action"], t % 2)
    np.testing.assert_array_equal(steps["reward"], 0.25 * t)
    np.testing.assert_array_equal(steps["next_state"], (t + 1) % 5)
    np.testing.assert_array_equal(steps["terminated"], t % 10 == 9)
    np.testing.assert_array_equal(steps["truncated"], t % 10 == 4)
    np.testing.assert_array_equal(steps["information_gain_nats"], 1.0 / (t + 1))
    np.testing.assert_array_equal(steps["expected_information_gain_nats"], 2.0 / (t + 1))
    np.testing.assert_array_equal(steps["missing_information_nats"], 80.0 / (t + 2))
    np.testing.assert_array_equal(steps["coverage"], np.minimum(1, (t + 1) / 40))
    np.testing.assert_array_equal(steps["planning_loss_bound_nats"], 0.5 / (t + 2))


def test_numpy_numbers_are_recorded_like_plain_ones():
    life = Life(1)
    recorder = Recorder(life, 1, life)
    life.t = 1
    recorder.record((np.int64(3), np.int32(1), np.float32(0.5), np.int64(2), np.bool_(True), np.bool_(False)))
    steps = recorder.steps()
    assert [steps[n][0] for n in ("state", "action", "reward", "next_state", "terminated", "truncated")] == [
        3, 1, 0.5, 2, True, False,
    ]  # fmt: skip


def test_metrics_are_the_running_sums_and_the_samples():
    metrics = Life(50).recorder().metrics()
    assert tuple(metrics) == METRICS
    np.testing.assert_array_equal(metrics["step"], np.arange(51))
    harmonic = np.array([sum(1.0 / k for k in range(1, t + 1)) for t in range(51)])
    np.testing.assert_allclose(metrics["information_gain_nats"], harmonic, rtol=1e-14)
    np.testing.assert_allclose(metrics["expected_information_gain_nats"], 2 * harmonic, rtol=1e-14)
    np.testing.assert_allclose(metrics["missing_information_fraction"], 0.8 / (1 + np.arange(51)), rtol=1e-15)
    np.testing.assert_array_equal(metrics["expected_missing_information_nats"], 100.0 - np.arange(51))
    np.testing.assert_array_equal(metrics["concentration"], 1.0 + np.arange(51))
    np.testing.assert_array_equal(metrics["coverage"], np.minimum(1, np.arange(51) / 40))
    assert math.isnan(metrics["planning_loss_bound_nats"][0])


@pytest.mark.parametrize("num_steps", [1, 2, 50, 999, 1000, 1001, 12_345, 10**6, 10**12])
def test_metric_steps_span_the_run(num_steps):
    steps = metric_steps(num_steps)
    assert steps[0] == 0
    assert steps[-1] == num_steps
    assert (np.diff(steps) > 0).all()
    assert len(steps) <= 1001
    assert len(steps) == num_steps + 1 if num_steps < 1000 else len(steps) > 600
    if num_steps > 10_000:
        assert np.diff(steps).max() <= num_steps / 400
        assert (steps <= 100).sum() > 25


def test_sampled_metrics_lie_on_the_planned_steps():
    metrics = Life(5000).recorder().metrics()
    np.testing.assert_array_equal(metrics["step"], metric_steps(5000))
    np.testing.assert_array_equal(metrics["expected_missing_information_nats"], 100.0 - metric_steps(5000))


def test_an_interrupted_run_has_a_last_row_at_its_last_step():
    metrics = Life(5000).recorder(steps=4321).metrics()
    assert metrics["step"][-1] == 4321
    assert metrics["concentration"][-1] == 4322
    assert (np.diff(metrics["step"]) > 0).all()


def test_summary():
    summary = a_run("nowhere").summary
    assert summary["steps"] == 50
    assert summary["missing_information_nats"] == 80 / 51
    assert summary["missing_information_fraction"] == pytest.approx(0.8 / 51)
    # .8 / (1 + t) <= level first at t = .8 / level - 1, rounded up; by then t / 40 were seen
    nowhere = {"0.01": None, "0.005": None}
    assert summary["steps_to_fraction"] == {"0.5": 1, "0.25": 3, "0.1": 7, "0.05": 15, "0.02": 39} | nowhere
    seen = {"0.5": 1 / 40, "0.25": 3 / 40, "0.1": 7 / 40, "0.05": 15 / 40, "0.02": 39 / 40} | nowhere
    assert summary["coverage_at_fraction"] == seen
    assert summary["planning_loss_bound"] == 0.5 / 51
    assert summary["reward"] == 0.25 * sum(range(50))
    assert summary["episodes"] == 10
    assert summary["agent_seconds"] == 0.5


def test_levels_that_were_not_reached_are_null():
    assert a_run("nowhere", steps=10).summary["steps_to_fraction"] == {
        "0.5": 1, "0.25": 3, "0.1": 7, "0.05": None, "0.02": None, "0.01": None, "0.005": None,
    }  # fmt: skip


def test_without_the_truth_what_depends_on_it_is_null(tmp_path):
    written(tmp_path / "run", life=Life(with_truth=False))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["missing_information_nats"] is None
    assert summary["missing_information_fraction"] is None
    assert summary["coverage"] is None
    assert set(summary["steps_to_fraction"].values()) == set(summary["coverage_at_fraction"].values()) == {None}
    assert summary["expected_missing_information_nats"] == 50
    run = load_run(tmp_path / "run")
    assert np.isnan(run.trace["missing_information_nats"]).all()
    assert np.isnan(run.metrics["coverage"]).all()


def test_resets_follow_the_ends_of_episodes():
    steps = Life(50).recorder().steps()
    found = resets(steps)
    # episodes end with steps 4, 9, 14, ...: the next one starts one step later; the last end has no follower
    np.testing.assert_array_equal(found["reset_step"], np.arange(0, 50, 5))
    np.testing.assert_array_equal(found["reset_state"], [0] * 10)


def test_resets_of_an_unbroken_run_and_of_none():
    steps = Life(4).recorder().steps()
    np.testing.assert_array_equal(resets(steps)["reset_step"], [0])
    empty = resets(Life(4).recorder(steps=0).steps())
    assert empty["reset_step"].size == empty["reset_state"].size == 0


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("steps", [0, 1, 50])
def test_a_run_comes_back_as_it_was(tmp_path, complete, steps):
    run = written(tmp_path / "run", steps=steps, complete=complete)
    back = load_run(tmp_path / "run")
    assert back.complete is complete
    assert back.directory == tmp_path / "run"
    assert back.config == {"schema": 1, "env": "test", "agent": "life", "seed": 7}
    assert set(back.trace) == set(run.trace)
    assert {*STEP_COLUMNS, *BELIEF_ARRAYS, "reset_step", "reset_state"} == set(back.trace)
    for name in run.trace:
        assert back.trace[name].dtype == run.trace[name].dtype
        np.testing.assert_array_equal(back.trace[name], run.trace[name])
    for name in METRICS:
        np.testing.assert_array_equal(back.metrics[name], run.metrics[name])
    assert back.summary["steps"] == steps
    assert back.summary.get("partial", False) is not complete


def test_equal_runs_are_equal_bytes(tmp_path):
    written(tmp_path / "one")
    time.sleep(0.01)
    written(tmp_path / "two")
    for name in ("trace.npz", "metrics.csv", "config.json", "summary.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_finished_run_replaces_a_partial_one(tmp_path):
    written(tmp_path / "run", steps=20, complete=False)
    written(tmp_path / "run")
    assert load_run(tmp_path / "run").complete
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "config.json", "metrics.csv", "summary.json", "trace.npz",
    ]  # fmt: skip


def test_data_without_the_mark_is_no_run(tmp_path):
    written(tmp_path / "run")
    (tmp_path / "run" / "summary.json").unlink()
    with pytest.raises(ValueError, match=r"neither summary\.json nor partial\.json"):
        load_run(tmp_path / "run")


def test_what_killed_writers_left_is_removed(tmp_path):
    """At once where directories can be locked, as nobody else writes then; otherwise once it is old."""
    old, young = tmp_path / ".trace.npz.1-ab.tmp", tmp_path / ".trace.npz.2-cd.tmp"
    for locked in (False, True):
        for path in (old, young):
            path.write_bytes(b"half")
        os.utime(old, (0, 0))
        with pytest.MonkeyPatch.context() as patch:
            if not locked:
                patch.setattr(storage, "_locked", lambda _: None)
            written(tmp_path)
        assert not old.exists()
        assert young.exists() is not locked


def test_a_failed_write_leaves_the_old_content_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "summary.json"
    storage.write_json(path, {"steps": 1})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        storage.write_json(path, {"steps": 2})
    assert [p.name for p in tmp_path.iterdir()] == ["summary.json"]
    assert json.loads(path.read_text()) == {"steps": 1}


def test_a_printed_run_is_short_of_its_arrays():
    text = repr(a_run("somewhere"))
    assert "somewhere" in text
    assert "array" not in text
