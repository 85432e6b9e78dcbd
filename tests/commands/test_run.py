"""`agent.run`: what a run leaves behind, and how it is found again."""

import json
from pathlib import Path

import numpy as np
import pytest

import envs
from agent import load_run, registry, run
from agent.results import storage

SUMMARY_KEYS = {
    "steps", "coverage", "missing_information_nats", "missing_information_fraction",
    "expected_missing_information_nats", "information_gain_nats", "expected_information_gain_nats",
    "steps_to_fraction", "coverage_at_fraction",
    "planning_loss_bound", "agent_seconds", "env_seconds", "steps_per_second", "peak_memory_mb",
}  # fmt: skip
"""What scripts rely on."""

COSTS = ("start_seconds", "agent_seconds", "env_seconds", "steps_per_second", "peak_memory_mb")
"""Entries of a summary that differ between two runs of the same configuration."""

SMALL = ("--env", "four-rooms", "--steps", "150")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The directory of a small run, drawn and all."""
    out = tmp_path_factory.mktemp("runs")
    assert run.main([*SMALL, "--out", str(out), "--quiet"]) == 0
    (directory,) = out.glob("four-rooms-curious-*")
    return directory


def test_a_run_leaves_everything_that_was_promised(small):
    assert sorted(path.name for path in small.iterdir()) == [
        "checkpoints", "config.json", "figures", "metrics.csv", "summary.json", "trace.npz",
    ]  # fmt: skip
    assert {path.suffix for path in (small / "figures").iterdir()} == {".png", ".gif"}
    newest = max(
        (path for path in small.iterdir() if path.name != "checkpoints"), key=lambda path: path.stat().st_mtime_ns
    )
    assert newest.name == "summary.json"
    summary = json.loads((small / "summary.json").read_text())
    assert set(summary) >= SUMMARY_KEYS
    levels = ["0.5", "0.25", "0.1", "0.05", "0.02", "0.01", "0.005"]
    assert list(summary["steps_to_fraction"]) == list(summary["coverage_at_fraction"]) == levels
    assert summary["steps"] == 150
    baseline = [path for path in small.parent.iterdir() if path != small]
    assert [path.name.rsplit("-", 1)[0] for path in baseline] == ["four-rooms-random-s0"]
    assert load_run(baseline[0]).complete


def test_the_trace_is_a_walk_through_the_world(small):
    run_ = load_run(small)
    trace, mdp = run_.trace, envs.true_mdp(envs.make("four-rooms"))
    assert mdp is not None
    follows = np.concatenate([[trace["reset_state"][0]], trace["next_state"][:-1]])
    follows[trace["reset_step"]] = trace["reset_state"]
    np.testing.assert_array_equal(trace["state"], follows)
    pair = trace["state"].astype(int) * mdp.num_actions + trace["action"]
    assert all(mdp.transition[p, s] > 0 for p, s in zip(pair, trace["next_state"], strict=True))
    np.testing.assert_array_equal(trace["world_position"], mdp.position)


def test_the_final_belief_is_that_of_the_trace(small):
    trace = load_run(small).trace
    visits = np.zeros((68, 4), dtype=int)
    np.add.at(visits, (trace["state"], trace["action"]), 1)
    np.testing.assert_array_equal(trace["final_visits"], visits[trace["final_state"]])
    seen = dict.fromkeys(np.stack([trace["state"], trace["next_state"]], axis=1).ravel().tolist())
    assert trace["final_state"].tolist() == list(seen)  # in order of first sight
    np.testing.assert_allclose(trace["final_value_nats"], trace["final_q_nats"].max(axis=1), rtol=0.02)
    assert (trace["final_q_nats"] > trace["final_expected_gain_nats"]).all()  # more is to come than at once


def test_the_figures_follow_from_the_trace_and_the_truth(small):
    """Missing information and coverage, anew from counts: dense, by the definitions."""
    run_ = load_run(small)
    trace, summary, mdp = run_.trace, run_.summary, envs.true_mdp(envs.make("four-rooms"))
    assert mdp is not None
    counts = np.zeros((68 * 4, 68))
    np.add.at(counts, (trace["state"].astype(int) * 4 + trace["action"], trace["next_state"]), 1)
    prior = summary["concentration"]
    predictive = (counts + prior / 68) / (counts.sum(axis=1, keepdims=True) + prior)
    true = mdp.transition.toarray()
    with np.errstate(divide="ignore", invalid="ignore"):
        missing = np.where(true > 0, true * np.log(true / predictive), 0).sum()
        yardstick = np.where(true > 0, true * np.log(true * 68), 0).sum()
    assert summary["missing_information_nats"] == pytest.approx(missing, rel=1e-9)
    assert summary["missing_information_fraction"] == pytest.approx(missing / yardstick, rel=1e-9)
    assert summary["coverage"] == pytest.approx((counts.sum(axis=1) > 0).mean())
    assert summary["information_gain_nats"] == pytest.approx(trace["information_gain_nats"].sum())
    assert trace["missing_information_nats"][-1] == summary["missing_information_nats"]


def test_the_same_again_is_found_and_said(call, small):
    stamp = (small / "trace.npz").stat().st_mtime_ns
    status, lines, errors = call(run, *SMALL, "--out", small.parent)
    assert status == 0
    assert lines[-1] == str(small)
    assert any("coverage" in line for line in lines)
    assert len(errors) == 1
    assert "found the finished run" in errors[0]
    assert (small / "trace.npz").stat().st_mtime_ns == stamp


def test_the_config_given_back_is_the_same_run(played, small):
    assert played(small.parent, "--config", small / "config.json") == small
    assert played(small.parent, "--config", small) == small  # its directory will do
    other = played(small.parent, "--config", small / "config.json", "--seed", 5, "--steps", 20)
    assert other.name.startswith("four-rooms-curious-s5-")
    assert load_run(other).config["steps"] == 20


def test_the_same_seed_gives_the_same_bytes(played, small, tmp_path):
    again = played(tmp_path, *SMALL)
    assert again.name == small.name
    for name in ("trace.npz", "metrics.csv", "config.json"):
        assert (again / name).read_bytes() == (small / name).read_bytes()
    first, second = (json.loads((path / "summary.json").read_text()) for path in (small, again))
    for summary in (first, second):
        del summary["sha256"]["summary.json"]  # of the costs too
    assert {k: v for k, v in first.items() if k not in COSTS} == {k: v for k, v in second.items() if k not in COSTS}


def test_another_seed_gives_another_life(played, small):
    other = load_run(played(small.parent, *SMALL, "--seed", 1, "--baseline", "none"))
    assert (other.trace["state"] != load_run(small).trace["state"]).any()


def test_the_baseline_is_a_run_of_its_own(played, small):
    alone = played(small.parent, *SMALL, "--agent", "random", "--baseline", "none")
    assert alone == next(small.parent.glob("four-rooms-random-s0-*"))
    assert played(small.parent, *SMALL, "--agent", "random") == alone  # its own baseline: none
    assert (alone / "figures").is_dir()


@pytest.mark.slow
def test_force_does_it_again(played, small):
    stamp = (small / "trace.npz").stat().st_mtime_ns
    assert played(small.parent, *SMALL, "--force") == small
    assert (small / "trace.npz").stat().st_mtime_ns > stamp


def test_a_damaged_run_is_done_again(call, played, tmp_path):
    arguments = ("--env", "lock", "--steps", 30, "--baseline", "none")
    directory = played(tmp_path, *arguments)
    (directory / "trace.npz").write_bytes(b"rubbish")
    status, lines, errors = call(run, *arguments, "--out", tmp_path, "--quiet")
    assert (status, lines) == (0, [str(directory)])
    assert len(errors) == 2  # nor can the run go on from that trace
    assert "000001.rest: damaged" in errors[1]
    assert "not an .npz file" in errors[0]
    assert load_run(directory).complete


@pytest.mark.slow
def test_missing_figures_are_drawn_from_the_finished_run(played, tmp_path):
    arguments = ("--env", "lock", "--steps", 30)
    directory = played(tmp_path, *arguments)
    stamp = (directory / "trace.npz").stat().st_mtime_ns
    for path in (directory / "figures").iterdir():
        path.unlink()
    (directory / "figures").rmdir()
    assert played(tmp_path, *arguments) == directory
    assert (directory / "figures" / "exploration.gif").is_file()
    assert (directory / "trace.npz").stat().st_mtime_ns == stamp


@pytest.mark.slow
@pytest.mark.parametrize("name", registry.AGENTS)
def test_every_agent_runs(played, tmp_path, name):
    directory = played(tmp_path, "--env", "lock", "--steps", 20, "--agent", name, "--baseline", "none")
    assert load_run(directory).complete


def test_the_table_sets_agent_and_baseline_side_by_side(call, tmp_path):
    status, lines, errors = call(run, "--env", "lock", "--steps", 40, "--out", tmp_path)
    assert (status, errors) == (0, [])
    heading = next(line for line in lines if "curious" in line)
    assert "random" in heading
    assert any("missing information (nats)" in line for line in lines)
    assert Path(lines[-1]).is_dir()


def test_a_full_disk_is_told_in_one_line_and_leaves_no_finished_run(call, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "write_arrays", full)
    status, output, errors = call(run, "--env", "lock", "--steps", 20, "--out", tmp_path)
    assert (status, output, len(errors)) == (1, [], 1)
    assert "No space left on device" in errors[0]
    (directory,) = tmp_path.iterdir()
    with pytest.raises(ValueError, match="no finished run"):
        load_run(directory)
