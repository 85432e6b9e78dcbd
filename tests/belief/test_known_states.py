"""Tables and pictures of states with large numbers cost what was visited."""

import tracemalloc
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agent import WorldModel
from agent.belief import serialization
from agent.belief.priors import Symmetric
from agent.protocols import Transition
from agent.reports import animation
from agent.reports.animation import write_animation
from agent.reports.figures import write_run_figures
from agent.reports.state_layout import floor_plan
from tests.support.synthetic_run import synthetic_run

STATES = ("state", "next_state", "reset_state", "final_state")
LARGEST = 2**31 - 1


def scattered(run: Any, factor: int) -> Any:
    """Give the states of a run without a map other numbers, as far apart as that."""
    del run.trace["world_position"]
    for name in STATES:
        run.trace[name] = run.trace[name] * np.int32(factor)
    return run


def runs_of(factor: int) -> dict[str, Any]:
    return {name: scattered(synthetic_run(name, 300, size=8), factor) for name in ("curious", "random")}


@pytest.fixture
def traced():
    """Gives the most memory taken so far, bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.parametrize("factor", [5, 1000, LARGEST // 100])
def test_known_states_are_laid_out_as_if_they_had_the_first_numbers(factor):
    near, far = (list(runs_of(each).values()) for each in (1, factor))
    plan, scattered_plan = floor_plan(near), floor_plan(far)
    known = np.union1d(near[0].trace["final_state"], near[1].trace["final_state"])
    assert scattered_plan.state.tolist() == (factor * known).tolist()
    assert plan.shape == scattered_plan.shape
    for run, other in zip(near, far, strict=True):
        assert plan.cells(run.trace["state"]).tolist() == scattered_plan.cells(other.trace["state"]).tolist()
    assert "known states" in scattered_plan.caption
    assert scattered_plan.cells([1, factor * int(known[-1]) + 1, -1]).tolist() == [-1, -1, -1]


def test_unseen_states_among_many_seen_ones_keep_their_place():
    run = scattered(synthetic_run("random", 300, size=8), 2)
    plan = floor_plan([run])
    assert plan.state.tolist() == list(range(run.trace["final_state"].max() + 1))
    assert plan.cells(run.trace["final_state"]).tolist() == run.trace["final_state"].tolist()


@pytest.mark.slow
def test_figures_of_the_largest_numbers_take_little_memory(tmp_path, traced):
    runs = runs_of(LARGEST // 100)
    assert max(run.trace["final_state"].max() for run in runs.values()) > 5 * 10**8
    write_run_figures(runs, tmp_path)
    write_animation(runs, tmp_path / "exploration.gif", 10)
    assert traced() < 60e6


def test_growth_copies_what_was_used():
    """A belief of 10^8 numbers reserves room for them, and touches what is visited."""
    model = WorldModel(2, 10**9)
    model.begin(0)
    before = touched()
    for state, next_state in ((0, 10**6), (10**6, 10**7), (10**7, 10**8)):
        model.observe(Transition(state, 1, 1.0, next_state, False, False))
    if before is not None:
        assert touched() - before < 300e6  # copying 10^7 states took more than a thousand
    assert model.visits([0, 10**6, 10**7, 10**8]).tolist() == [[0, 1], [0, 1], [0, 1], [0, 0]]
    other = WorldModel(2, 10**9)
    serialization.restore(other, serialization.arrays_of(model))
    assert other.mean_reward(10**7, 1)[0] == 1


def touched() -> float | None:
    """Bytes of memory this process holds; None where the system does not tell."""
    try:
        with open("/proc/self/statm") as numbers:
            return 4096.0 * int(numbers.read().split()[1])
    except OSError:
        return None


@pytest.mark.parametrize("num_states", [10**9, 2**62])
def test_gains_are_those_of_the_declared_number_of_states(num_states):
    model = WorldModel(2, num_states, Symmetric(2.0))
    model.begin(0)
    surprise = model.observe(Transition(0, 0, 0.0, 1, False, False))
    # f(a) - f(2) with f(x) = psi(x + 1) - ln x, and a = 2/K so small that f(a) is psi(1) - ln a
    assert surprise == pytest.approx(np.log(num_states) - 1.5, rel=1e-8)
    assert model.num_outcomes == num_states
    assert len(model.states.kind) == 1024


def binned(states: list[list[int]], bins: list[int]) -> list[Any]:
    """Runs of a world whose states are bins, each with the states given, in order of sight."""
    traces = [{"final_state": np.array(each, dtype=np.int32), "world_bins": np.array(bins)} for each in states]
    return [SimpleNamespace(trace=trace, config={}) for trace in traces]


@pytest.mark.parametrize(
    ("bins", "shape"), [([5], (1, 5)), ([4, 4, 4], (4, 16)), ([3, 3, 3, 3], (9, 9)), ([2, 6, 1], (2, 6))]
)
def test_neighbouring_bins_stand_beside_each_other(bins, shape):
    plan = floor_plan(binned([[3, 4], [2]], bins))
    assert plan.shape == shape
    assert plan.state.tolist() == plan.cell.tolist() == list(range(np.prod(bins)))
    assert f"{shape[1]} bins a row" in plan.caption


def test_twins_of_bins_follow_below():
    plan = floor_plan(binned([[3, 9, 10]], [3, 3]))
    assert plan.shape == (4, 3)
    assert plan.cells([0, 3, 9, 10]).tolist() == [6, 7, 9, 10]  # the second number runs upwards


@pytest.mark.parametrize(
    ("states", "order"),
    [([[0, 1, 2], [0, 1]], "each agent met them"), ([[0, 2, 1]], "their numbers"), ([[0, 1], [1, 0]], "their numbers")],
)
def test_numbers_of_first_sight_are_called_that(states, order):
    runs = [SimpleNamespace(trace={"final_state": np.array(each, dtype=np.int32)}, config={}) for each in states]
    assert floor_plan(runs).caption.endswith(order)


def test_an_animation_counts_states_and_not_cells():
    """Ends of episodes count; states that share a cell of a coarse plan are not one."""
    trace = {
        "reset_step": np.array([0, 2]),
        "reset_state": np.array([5, 5], dtype=np.int32),
        "next_state": np.array([6, 9, 5, 7], dtype=np.int32),
    }
    assert animation._first_seen(trace).tolist() == [0, 1, 2, 4]
