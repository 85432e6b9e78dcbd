"""Some columns of the trace alone: what a run leaves then, how it goes on, and who misses the others."""

import numpy as np
import pytest

from agent import load_run, replay, run
from agent.experiments.resuming import living
from agent.results import recorder
from tests.support.cut_lives import assert_same, job

GRID = "--env", "grid", "--env-kwargs", "size=9", "--baseline", "none"


def test_the_trace_has_the_columns_that_were_asked_for_and_equal_figures(tmp_path, call):
    whole, thin = (
        call(run, *GRID, "--steps", 60, "--out", tmp_path, *more)
        for more in ((), ("--trace-columns", "next_state", "reward"))
    )
    assert thin[2] == [
        "no maps and no animation: they need action, state, terminated, truncated, which --trace-columns leaves out"
    ]
    first, second = load_run(whole[1][-1]), load_run(thin[1][-1])
    assert {name for name in second.trace if not name.startswith(("final_", "world_"))} == {"next_state", "reward"}
    for name in second.trace:
        np.testing.assert_array_equal(second.trace[name], first.trace[name])
    assert (second.directory / "metrics.csv").read_bytes() == (first.directory / "metrics.csv").read_bytes()
    assert second.summary["trace_columns"] == ["next_state", "reward"]
    with pytest.raises(KeyError, match=r"no 'coverage' \(--trace-columns, .*\); it has next_state, reward, final_"):
        second.trace["coverage"]
    status, _, (error,) = call(replay, second.directory)
    assert status == 2
    assert "no replay: its trace has no state, action" in error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("stat",), "unknown column of --trace-columns 'stat'. Did you mean 'state'? Known: state, action, next_state"),
        (("reward_information_gain_nats",), "rewards teach nothing; expected a --reward-belief"),
        (("state", "--trace-every", 0), "--trace-every 0 keeps no step"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_line(words, told, tmp_path, call):
    status, _, (error,) = call(run, *GRID, "--steps", 60, "--out", tmp_path, "--trace-columns", *words)
    assert status == 2
    assert told in error
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("world", [GRID[:4], ("--env", "FrozenLake-v1")])
@pytest.mark.parametrize("more", [(), ("--trace-every", 7)])
def test_a_run_of_some_columns_is_gone_on_with(world, more, tmp_path, monkeypatch):
    monkeypatch.setattr(living, "CHUNK", 1)
    monkeypatch.setattr(living, "FEWEST", 1)
    monkeypatch.setattr(recorder, "BLOCK", 32)
    asked = job(tmp_path / "runs", *world, "--steps", 200, "--trace-columns", "state", "coverage", *more)
    assert_same(asked, (31, 64, 150), tmp_path)
    sizes = {path.stat().st_size for path in (asked.directory / "checkpoints").glob("*.rows")}
    assert sizes == {32 * (12 if "grid" in world else 22 + 8)}  # of what is walked through again, all that is needed


@pytest.mark.slow
def test_a_run_of_some_columns_is_not_made_longer(tmp_path, call):
    arguments = *GRID, "--out", tmp_path, "--trace-columns", "state", "--quiet"
    assert call(run, *arguments, "--steps", 50)[0] == 0
    status, _, errors = call(run, *arguments, "--steps", 80)
    told = "curious: a run of 50 steps cannot be made longer: it did not keep all that it recorded"
    assert (status, errors) == (0, [told])
    assert not list(tmp_path.glob("*/checkpoints"))  # of what is finished, as nothing can go on from it
