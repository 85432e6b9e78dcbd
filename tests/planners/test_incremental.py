"""Incremental planning against full solutions: residuals, certificates, resets, refits, caps."""

import gymnasium
import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from scipy.sparse.linalg import spsolve

import envs
from agent import make_agent
from agent.belief.tables import SEEN
from agent.planners.compact_rows import CompactModel
from agent.planners.incremental.planner import Incremental
from agent.planners.incremental.residuals import NUM_CLASSES
from agent.planners.policy_iteration import solve_rows
from agent.protocols import Transition
from agent.simulation.interaction import interact
from tests.benchmarks.explored import explored_grid

CASES = [
    ("four-rooms", "empirical-bayes", "expected-information-gain", 0.0),
    ("four-rooms", "symmetric:60", "expected-information-gain", 0.0),
    ("four-rooms", "local", "expected-information-gain", 0.0),
    ("traps", "empirical-bayes", "expected-information-gain", 0.3),
    ("noisy-tv", "symmetric", "predictive-entropy", 0.0),
    ("traps", "local", "count", 1.0),
    ("lock", "empirical-bayes", "predicted-information-gain", 0.0),
    ("four-rooms", "structured", "expected-information-gain", 0.0),
    ("traps", "structured", "predicted-information-gain", 0.3),
    ("flags", "structured", "predictive-entropy", 0.0),
    ("one-two-three", "equal-targets", "predicted-information-gain", 0.0),
    ("lock", "equal-targets:1", "expected-information-gain", 0.0),
]


def used(rows):
    """The part of the rows that is in use."""
    num_states, num_actions, num_starts = rows.sizes.num_states, rows.sizes.num_actions, rows.sizes.num_starts
    num_rows = num_states * num_actions
    return rows._replace(
        indptr=rows.indptr[: num_rows + 1],
        successor=rows.successor[: rows.indptr[num_rows]],
        weight=rows.weight[: rows.indptr[num_rows]],
        rest=rows.rest[:num_rows],
        payoff=rows.payoff[:num_rows],
        start=rows.start[:num_starts],
        start_weight=rows.start_weight[:num_starts],
        value=rows.value[: num_states + 2],
    )


def true_residuals(agent):
    """Bellman residuals of all live states, from the predictions and the values in the tables, by compact rows."""
    compact = CompactModel()
    model = agent.model
    compact.unseen_value = agent.unvisited_payoff + agent.planner.progress.plan.discount * hub_of(agent)
    compact.rebuild(model, agent.unvisited_payoff)
    rows, discount = used(compact.rows), agent.planner.progress.plan.discount
    live = np.array([s for s in model.known_states() if model.states.kind[s] == 1])
    value, num_in_hub = rows.value.copy(), rows.sizes.num_in_hub
    beyond = slice(num_in_hub, rows.sizes.num_states)  # each leads back to the one that it was reached from
    back = rows.successor[rows.indptr[num_in_hub * model.num_actions : -1 : model.num_actions]]
    value[beyond] = agent.unvisited_payoff + discount * value[back]
    start = (rows.start_weight * value[rows.start]).sum() if rows.start.size else 0.0
    value[-2] = start
    hub = rows.sizes.num_terminal * start + rows.sizes.num_unseen * value[-1] + value[:num_in_hub].sum()
    hub /= rows.sizes.num_outcomes
    expected = np.add.reduceat(np.append(rows.weight * value[rows.successor], 0.0), rows.indptr[:-1])
    expected[np.diff(rows.indptr) == 0] = 0.0
    q = (rows.payoff + discount * (expected + rows.rest * hub)).reshape(-1, model.num_actions)
    residuals = q.max(axis=1) - value[:-2]
    assert np.abs(residuals[beyond]).max(initial=0.0) < 1e-9
    return live, residuals[:num_in_hub], q[:num_in_hub]


def hub_of(agent):
    """Mean value of all states with the unseen ones solved for, by iteration."""
    model, (discount, _) = agent.model, agent.planner.outlook(agent.model)
    known = model.known_states()
    live = [s for s in known if model.states.kind[s] == 1]
    starts = model.states.starts[live] * model.states.value[live]
    terminal = starts.sum() / max(model.states.starts[live].sum(), 1)
    total = model.states.value[live].sum() + (len(known) - len(live)) * terminal
    unseen = max(model.num_outcomes - len(known), 0)
    value = 0.0
    for _ in range(5000):
        hub = (total + unseen * value) / max(model.num_outcomes, len(known))
        value = agent.unvisited_payoff + discount * hub
    return hub


@pytest.mark.parametrize(("world", "prior", "bonus", "reward_weight"), CASES)
def test_every_residual_is_below_eps(world, prior, bonus, reward_weight):
    env = envs.make(world)
    options = {"prior": prior, "bonus": bonus, "reward_weight": reward_weight, "tolerance": 0.01}
    agent = make_agent("curious", env, 0, discount=0.95, **options)
    for t, transition in enumerate(interact(env, agent, 400, seed=0)):
        if transition.terminated or t % 23:
            continue
        agent.act(transition.next_state)
        _, residuals, q = true_residuals(agent)
        plan = agent.planner.progress.plan
        in_force, discount = plan.largest_residual, plan.discount
        assert np.abs(residuals).max() <= in_force * (1 + 1e-9) + 1e-12
        assert agent.loss_bound == pytest.approx(2 * (discount * in_force + plan.rounding_error) / (1 - discount))
        assert agent.loss_bound <= 0.01 * abs(agent.value([transition.next_state])[0]) * (1 + 1e-9) + 1e-4
        index = list(agent.model.known_states()).index(transition.next_state)
        if not (agent.model.states.kind[agent.model.known_states()] == 2).any():
            assert agent.q_values([transition.next_state])[0] == pytest.approx(q[index], abs=1e-9)


@pytest.mark.parametrize("world", ["four-rooms", "traps"])
def test_values_are_those_of_a_full_solution(world):
    env = envs.make(world)
    agent = make_agent("curious", env, 0, planner="incremental", discount=0.97)
    for _ in range(3):
        state = list(interact(env, agent, 150, seed=0))[-1]
        state = state.state
        agent.act(state)
        live = [s for s in agent.model.known_states() if agent.model.states.kind[s] == 1]
        mended = agent.value(live).copy()
        compact = CompactModel()
        solve_rows(compact.rebuild(agent.model, agent.unvisited_payoff), 0.97, 1e-9, 0.0, 0)
        assert (
            np.abs(mended - used(compact.rows).value[:-2]).max() <= agent.planner.progress.plan.largest_residual / 0.03
        )


def test_truncations_resets_and_gaps_are_taken_in():
    """A plan after many unplanned transitions and resets is as good as one mended after each."""
    env = gymnasium.wrappers.TimeLimit(envs.make("traps"), 9)
    agent = make_agent("curious", env, 0, planner="incremental", discount=0.9)
    random = make_agent("random", env, 1)
    for round_ in range(5):
        for transition in interact(env, random, 40, seed=round_):
            if transition.state != 0:
                agent.model.begin(transition.state)
            agent.observe(transition)
        agent.act(transition.state)
        _, residuals, _ = true_residuals(agent)
        assert np.abs(residuals).max() <= agent.planner.progress.plan.largest_residual * (1 + 1e-9)


def prediction(model, num_states):
    """Transition matrix of a model under a local prior, from its edges."""
    edges = model.edges
    pair, successor = edges.pair[: model.num_edges], edges.successor[: model.num_edges]
    weight = (edges.count + edges.local)[: model.num_edges] / (model.pairs.visits[pair] + model.concentration)
    return sp.csr_matrix((weight, (pair, successor)), shape=(4 * num_states, num_states))


def policy_iteration(transition, payoff, discount):
    """Values by Howard's policy iteration with a sparse direct solver: an oracle."""
    num_states = transition.shape[1]
    value = np.zeros(num_states)
    while True:
        greedy = (payoff + discount * transition @ value).reshape(-1, 4).argmax(axis=1)
        rows = 4 * np.arange(num_states) + greedy
        system = sp.identity(num_states, format="csc") - discount * transition[rows].tocsc()
        better = spsolve(system, payoff[rows])
        if np.abs(better - value).max() < 1e-10:
            return better
        value = better


@pytest.mark.slow
@pytest.mark.parametrize(("discount", "tolerance", "num_changes"), [(0.95, 1e-6, 400), (0.99, 1e-4, 200)])
def test_changes_far_above_eps_are_solved_together(discount, tolerance, num_changes):
    """What a change moves by thousands of eps is found without solving everything anew, and no state is left behind."""
    side, rng = 50, np.random.default_rng(1)
    num_states = side * side
    model = explored_grid(side)
    payoff = rng.random(4 * num_states)
    payoff[rng.choice(4 * num_states, 5, replace=False)] += 10
    model.pairs.payoff[: payoff.size] = payoff
    planner = Incremental(discount, tolerance)
    planner.plan(model, 0.0, 0)
    solutions, solve = [], planner.solve
    planner.solve = lambda *given: solutions.append(given) or solve(*given)
    work = []
    for _ in range(num_changes):
        pair, before = int(rng.integers(payoff.size)), planner.num_pops
        successors = np.flatnonzero(prediction(model, num_states)[[pair]].toarray()[0])
        model.observe(Transition(pair // 4, pair % 4, 0.0, int(rng.choice(successors)), False, False))
        planner.plan(model, 0.0, 0)
        work.append(planner.num_pops - before)
        value = model.states.value[:num_states]
        transition = prediction(model, num_states)
        residual = (payoff + discount * transition @ value).reshape(-1, 4).max(axis=1) - value
        assert np.abs(residual).max() <= planner.progress.plan.largest_residual * (1 + 1e-9)
        assert not model.states.queued[:num_states].any()
        assert not model.states.place[:num_states].any()
    assert not solutions
    assert max(work) > 1000  # some did reach far
    assert np.mean(work) < 0.4 * num_states
    exact = policy_iteration(transition, payoff, discount)
    assert np.abs(value - exact).max() <= planner.progress.plan.largest_residual / (1 - discount)


@pytest.mark.parametrize("world", ["four-rooms", "traps"])
def test_states_are_in_the_round_of_what_their_predictions_spread_anywhere(world):
    """Under rules that may grow at any step; each state waits in one round, none for longer than it may."""
    env, num_checked = envs.as_states(envs.make(world)), 0
    agent = make_agent("curious", env, 0, prior="structured")
    for _ in interact(env, agent, 300, seed=0):
        model, plan, states = agent.model, agent.planner.progress.plan, agent.model.states
        if plan.revision != model.revision or plan.num_steps != model.steps - 1:
            continue
        waiting = []
        for k in range(NUM_CLASSES):
            before, link = 0, plan.round_first[k] if plan.round_size[k] else 0
            for _ in range(plan.round_size[k]):
                assert states.last_scrub[link - 1] == before
                assert states.round[link - 1] == k
                waiting.append(link - 1)
                before, link = link, int(states.next_scrub[link - 1])
        acting = [int(s) for s in model.known_states() if states.kind[s] == SEEN]
        assert sorted(waiting) == sorted(acting[: len(waiting)])
        for state in set(waiting) - set(states.changed[: model.numbers.num_changed].tolist()):
            if state != model.numbers.last_pair // model.num_actions:
                pairs = np.arange(state * model.num_actions, (state + 1) * model.num_actions)
                rest = model.pairs.free[pairs] / (model.pairs.visits[pairs] + model.pairs.concentration[pairs])
                assert rest.max() <= 2.0 ** -int(states.round[state])
                num_checked += 1
    assert num_checked > 1000


@pytest.mark.parametrize("world", ["four-rooms", "traps", "flags"])
def test_a_full_solution_stands_with_its_own_q_values(world):
    """Under rules they are taken over as they are, whatever lies beyond what was seen, and terminal states."""
    env, num_beyond, num_terminal, num_checked = envs.make(world), 0, 0, 0
    agent = make_agent("curious", env, 0, prior="structured")
    planner, model = agent.planner, agent.model
    for t, transition in enumerate(interact(env, agent, 300, seed=0)):
        if transition.terminated or t % 29:
            continue
        planner.plan(model, agent.unvisited_payoff, transition.next_state)
        planner.solve(model, agent.unvisited_payoff, transition.next_state)
        live, _, expected = true_residuals(agent)
        pairs = live[:, None] * model.num_actions + np.arange(model.num_actions)
        behind = hub_of(agent) - model.states.hub[live]
        kept = model.pairs.q_value[pairs] + planner.progress.plan.discount * behind[:, None] * model.pairs.rest[pairs]
        assert_allclose(kept, expected, rtol=1e-12)
        num_beyond += (model.pairs.beyond[pairs] > 0).sum()
        num_terminal += model.numbers.num_terminal
        num_checked += 1
        planner.plan(model, agent.unvisited_payoff, transition.next_state)
        _, residuals, _ = true_residuals(agent)
        assert np.abs(residuals).max() <= planner.progress.plan.largest_residual * (1 + 1e-9)
    assert num_beyond > 0
    assert (num_terminal > 0) == (world == "traps")
    assert num_checked >= 8
