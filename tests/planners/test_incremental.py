"""Incremental planning against full solutions: residuals, certificates, resets, refits, caps."""

import threading

import gymnasium
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

import envs
from agent import make_agent
from agent.agents.explorer import Explorer
from agent.belief.priors import Symmetric
from agent.belief.world_model import WorldModel
from agent.bonuses import expected_information_gain
from agent.planners.compaction import CompactModel
from agent.planners.incremental.planner import Incremental
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
    compact.unseen_value = agent.unvisited_payoff + agent.planner.discount * hub_of(agent)
    compact.rebuild(model, agent.unvisited_payoff)
    rows, discount = used(compact.rows), agent.planner.discount
    live = np.array([s for s in model.known_states() if model.states.kind[s] == 1])
    value = rows.value.copy()
    start = (rows.start_weight * value[rows.start]).sum() if rows.start.size else 0.0
    value[-2] = start
    hub = rows.sizes.num_terminal * start + rows.sizes.num_unseen * value[-1] + value[:-2].sum()
    hub /= rows.sizes.num_outcomes
    expected = np.add.reduceat(np.append(rows.weight * value[rows.successor], 0.0), rows.indptr[:-1])
    expected[np.diff(rows.indptr) == 0] = 0.0
    q = (rows.payoff + discount * (expected + rows.rest * hub)).reshape(-1, model.num_actions)
    return live, q.max(axis=1) - value[:-2], q


def hub_of(agent):
    """Mean value of all states with the unseen ones solved for, by iteration."""
    model, planner = agent.model, agent.planner
    known = model.known_states()
    live = [s for s in known if model.states.kind[s] == 1]
    starts = model.states.starts[live] * model.states.value[live]
    terminal = starts.sum() / max(model.states.starts[live].sum(), 1)
    total = model.states.value[live].sum() + (len(known) - len(live)) * terminal
    unseen = max(model.num_outcomes - len(known), 0)
    value = 0.0
    for _ in range(5000):
        hub = (total + unseen * value) / max(model.num_outcomes, len(known))
        value = agent.unvisited_payoff + planner.discount * hub
    return hub


@pytest.mark.parametrize(("world", "prior", "bonus", "reward_weight"), CASES)
def test_every_residual_is_below_eps(world, prior, bonus, reward_weight):
    env = envs.make(world)
    options = {"prior": prior, "bonus": bonus, "reward_weight": reward_weight, "planner": "incremental"}
    agent = make_agent("curious", env, 0, discount=0.95, **options)
    for t, transition in enumerate(interact(env, agent, 400, seed=0)):
        if transition.terminated or t % 23:
            continue
        agent.act(transition.next_state)
        _, residuals, q = true_residuals(agent)
        in_force = agent.planner.progress.plan.largest_residual
        assert np.abs(residuals).max() <= in_force * (1 + 1e-9) + 1e-12
        assert agent.loss_bound == pytest.approx(
            2 * (0.95 * in_force + agent.planner.progress.plan.rounding_error) / 0.05
        )
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
