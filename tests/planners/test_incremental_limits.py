"""The incremental planner at its limits: a fine eps, a capped plan, many states."""

import threading

import numpy as np
import pytest

import envs
from agent import make_agent
from agent.agents.explorer import Explorer
from agent.belief.priors import Symmetric
from agent.belief.world_model import WorldModel
from agent.bonuses import expected_information_gain
from agent.planners.incremental.planner import Incremental
from agent.protocols import Transition
from agent.simulation.interaction import interact
from tests.benchmarks.explored import explored_grid
from tests.planners.test_incremental import true_residuals


def wanted(planner, model, state):
    """The eps that the tolerance asks for at a state, operation for operation."""
    share = 0.5 * planner.tolerance * (1.0 - planner.discount) / planner.discount
    return share * abs(model.states.value[state])


def test_an_eps_that_just_fits_is_reached():
    """To come from T to .9 T, where T is what is wanted, takes a round; rounding must not leave it one state short.

    It would for one T in a thousand, and mending would never end.
    """
    model, planner = explored_grid(5), Incremental(0.95, 0.01)

    def plan_often():
        for factor in np.random.default_rng(0).uniform(0.1, 10, 10_000):
            model.pairs.payoff[:100] = factor * np.arange(100)
            planner.progress.plan.revision = -1
            planner.plan(model, 0.0, 7)
            planner.progress.plan.eps, planner.progress.plan.is_tightening = wanted(planner, model, 7), 0
            planner.plan(model, 0.0, 7)

    thread = threading.Thread(target=plan_often, daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def test_eps_follows_the_value_up_once_work_has_been_done():
    """Four times the payoffs, four times the eps: else the plan would stay four times as fine, and as dear."""
    model, rng = explored_grid(30), np.random.default_rng(0)
    size = 4 * 900
    payoff = rng.random(size)
    planner = Incremental(0.95, 1e-3)
    for factor in (1.0, 4.0):
        model.pairs.payoff[:size] = factor * payoff
        planner.progress.plan.revision = -1
        planner.plan(model, 0.0, 0)
        begun = planner.num_pops
        while planner.num_pops < begun + 10 * 900:  # changes as large as the payoffs themselves
            pair = int(rng.integers(size))
            model.pairs.payoff[pair] = factor * rng.random()
            planner.progress.plan.revision = -1
            planner.plan(model, 0.0, 0)
            value, q_values = model.states.value[:900], model.pairs.q_value[:size].reshape(-1, 4)
            assert np.abs(q_values.max(axis=1) - value).max() <= planner.progress.plan.largest_residual
        assert 1 / 0.9 - 1e-6 <= wanted(planner, model, 0) / planner.progress.plan.eps <= 1.5 / 0.9


def test_a_capped_plan_is_honest():
    env = envs.make("four-rooms")
    agent = make_agent("curious", env, 0, planner=Incremental(0.99, 0.001, max_pops=5))
    waiting = 0
    for t, transition in enumerate(interact(env, agent, 600, seed=0)):
        before = agent.planner.num_pops
        agent.act(transition.next_state)
        assert agent.planner.num_pops - before <= 5
        waiting += agent.planner.progress.plan.queue_length > 0
        if t % 20 == 0:
            _, residuals, _ = true_residuals(agent)
            assert np.abs(residuals).max() <= agent.planner.progress.plan.largest_residual * (1 + 1e-9)
    assert waiting > 100


def test_work_does_not_follow_the_number_of_states():
    """One more observation in an explored grid costs as much among 14 400 states as among 3 600.

    But for the few that move the level of all values: another loop has become the best one.
    """
    work = []
    for side in (60, 120):
        num_states = side * side
        agent = make_agent("curious", envs.make("four-rooms"), 0, prior="symmetric:0.1")
        model = type(agent.model)(4, num_states, agent.model.prior)
        explorer = type(agent)(model, 0, agent.bonus, Incremental(0.95, 0.01))
        rng = np.random.default_rng(0)
        model.begin(0)
        for state in range(num_states):
            row, column = divmod(state, side)
            for action, (dr, dc) in enumerate(((-1, 0), (0, 1), (1, 0), (0, -1))):
                to = min(max(row + dr, 0), side - 1) * side + min(max(column + dc, 0), side - 1)
                for successor in (to, to, state):
                    model.observe(Transition(state, action, 0.0, successor, False, False))
        centre = num_states // 2 + side // 2
        explorer.act(centre)
        pops = []
        for _ in range(200):
            before = explorer.planner.num_pops
            state = centre + int(rng.integers(-3, 4))
            explorer.observe(Transition(state, int(rng.integers(4)), 0.0, state, False, False))
            explorer.act(state)
            pops.append(explorer.planner.num_pops - before)
        work.append(sum(sorted(pops)[:190]))
    assert 0 < work[1] < 1.5 * work[0]


def test_options_are_checked():
    with pytest.raises(ValueError, match="discount"):
        Incremental(1.0, 0.01)
    with pytest.raises(ValueError, match="max_pops"):
        Incremental(0.9, 0.01, max_pops=-1)


def test_a_capped_plan_keeps_its_certificate_when_the_tables_grow():
    """States wait in a ring that is as large as the table of states; none is lost when that becomes larger."""
    wrapped, rng = 0, np.random.default_rng(0)
    for max_pops in (2, 3, 5):
        planner = Incremental(0.9, 1e-3, max_pops)
        agent = Explorer(WorldModel(2, 5000, Symmetric()), 0, expected_information_gain, planner)
        model, plan = agent.model, planner.progress.plan
        model.begin(0)
        for state in range(1, 1100):
            agent.observe(Transition(state - 1, agent.act(state - 1), 0.0, int(rng.integers(state)), False, False))
            agent.act(state - 1)
            room, is_wrapped = model.states.kind.size, plan.queue_head + plan.queue_length > model.states.kind.size
            agent.observe(Transition(state - 1, 0, 0.0, state, False, False))
            agent.act(state)
            if model.states.kind.size > room:
                wrapped += is_wrapped
                _, residuals, _ = true_residuals(agent)
                assert np.abs(residuals).max() <= planner.progress.plan.largest_residual * (1 + 1e-9) + 1e-12
                places = (plan.queue_head + np.arange(plan.queue_length)) % model.states.kind.size
                waiting = set(np.flatnonzero(model.states.queued).tolist())
                assert set(model.states.queue[places].tolist()) == waiting
    assert wrapped > 0
