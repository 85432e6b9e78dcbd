"""Planners against quantecon, a linear program's optimality conditions, closed forms and brute force."""

import numpy as np
import pytest
import scipy.sparse as sp

from agent import make_agent
from agent.planners.value_iteration import ValueIteration, solve
from agent.simulation.interaction import interact
from envs import FiniteMDP, make
from tests.support.dense_problem import dense_problem


def random_mdp(seed, num_states=40, num_actions=3, num_successors=4, terminals=0):
    rng = np.random.default_rng(seed)
    rows = []
    terminal = np.zeros(num_states, bool)
    if terminals:
        terminal[rng.choice(np.arange(1, num_states), terminals, replace=False)] = True
    for pair in range(num_states * num_actions):
        row = np.zeros(num_states)
        if not terminal[pair // num_actions]:
            row[rng.choice(num_states, num_successors, replace=False)] = rng.dirichlet(np.ones(num_successors))
        rows.append(row)
    reward = rng.normal(size=(num_states, num_actions))
    reward[terminal] = 0
    start = np.eye(num_states)[0]
    return FiniteMDP(sp.csr_array(np.array(rows)), reward, start, terminal)


def exact_value(mdp, discount, policy):
    """Value of a policy by a dense linear solve; terminal states are worth nothing."""
    rows = np.arange(mdp.num_states) * mdp.num_actions + policy
    transition = mdp.transition[rows].toarray()
    reward = np.where(mdp.terminal, 0.0, mdp.reward[np.arange(mdp.num_states), policy])
    return np.linalg.solve(np.eye(mdp.num_states) - discount * transition, reward)


@pytest.mark.parametrize("discount", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("terminals", [0, 5])
def test_solutions_are_optimal_within_the_tolerance(discount, terminals):
    """Policy iteration on dense matrices is the second derivation."""
    for seed in range(5):
        mdp = random_mdp(seed, terminals=terminals)
        policy = np.zeros(mdp.num_states, dtype=int)
        for _ in range(100):
            value = exact_value(mdp, discount, policy)
            q = mdp.reward + discount * (mdp.transition @ value).reshape(mdp.reward.shape)
            if (q.argmax(axis=1) == policy).all():
                break
            policy = q.argmax(axis=1)
        plan = solve(mdp, discount, 1e-6)
        assert np.abs(plan.value - value)[~mdp.terminal].max() <= 1e-6
        assert (plan.value[mdp.terminal] == 0).all()
        assert np.abs(plan.q_values - q)[~mdp.terminal].max() <= 1e-6
        assert (value - exact_value(mdp, discount, plan.policy)).max() <= plan.loss_bound + 1e-9
        assert plan.loss_bound <= 2e-6
        assert plan.num_iterations > 0


@pytest.mark.slow
def test_against_quantecon():
    qe = pytest.importorskip("quantecon", reason="the extra [oracles] is not installed")
    mdp = random_mdp(7, num_states=100, num_actions=4)
    pairs = np.arange(400)
    ddp = qe.markov.DiscreteDP(mdp.reward.ravel(), sp.csr_matrix(mdp.transition), 0.95, pairs // 4, pairs % 4)
    theirs = ddp.solve(method="policy_iteration")
    ours = solve(mdp, 0.95, 1e-8)
    assert np.abs(ours.value - theirs.v).max() <= 1e-8
    assert (ours.policy == theirs.sigma).all()


def test_a_chain_with_a_closed_form():
    """One action moves right along n states and pays 1 at the end, the other stays: V(k) = d^(n - 1 - k)."""
    n, discount = 8, 0.9
    rows = sp.lil_array((2 * n, n))
    for state in range(n - 1):
        rows[2 * state, min(state + 1, n - 1)] = 1
        rows[2 * state + 1, state] = 1
    terminal = np.arange(n) == n - 1
    reward = np.zeros((n, 2))
    reward[n - 2, 0] = 1
    mdp = FiniteMDP(sp.csr_array(rows), reward, np.eye(n)[0], terminal)
    plan = solve(mdp, discount, 1e-10)
    assert plan.value[:-1] == pytest.approx(discount ** np.arange(n - 2, -1, -1.0), abs=1e-10)
    assert (plan.policy[:-1] == 0).all()
    again = solve(mdp.with_resets(), discount, 1e-10)  # a lap of n - 1 steps pays once, the reset is free
    lap = 1 / (1 - discount ** (n - 1))
    assert again.value[:-1] == pytest.approx(lap * discount ** np.arange(n - 2, -1, -1.0), abs=1e-9)


@pytest.mark.parametrize(("discount", "tolerance"), [(1.0, 1e-3), (0.0, 1e-3), (0.9, 0.0)])
def test_options_of_the_solver_are_checked(discount, tolerance):
    with pytest.raises(ValueError, match="must"):
        solve(random_mdp(0), discount, tolerance)
    with pytest.raises(ValueError, match="must"):
        ValueIteration(discount, tolerance)


def dense_value(transition, payoff, discount):
    value = np.zeros(len(payoff))
    for _ in range(5000):
        improved = (payoff + discount * transition @ value).max(axis=1)
        if np.abs(improved - value).max() < 1e-12:
            break
        value = improved
    return value


WORLDS = [
    ("four-rooms", "symmetric"),
    ("traps", "empirical-bayes"),
    ("lock", "symmetric"),
    ("four-rooms", "local"),
    ("four-rooms", "structured"),
    ("traps", "structured"),
    ("flags", "structured"),
    ("one-two-three", "equal-targets"),
    ("lock", "equal-targets:1"),
]


@pytest.mark.parametrize(("world", "prior"), WORLDS)
def test_belief_plans_equal_dense_value_iteration(world, prior):
    """Hub, lumped unseen states, terminal states and starts, against all S x A x S numbers."""
    env = make(world)
    agent = make_agent("curious", env, 0, prior=prior, discount=0.9, tolerance=1e-7)
    for _ in interact(env, agent, 150, seed=0):
        pass
    agent.act(int(agent.model.known_states()[0]))
    transition, payoff, live = dense_problem(agent)
    value = dense_value(transition, payoff, 0.9)
    assert agent.value(live) == pytest.approx(value[live], abs=1e-5)
    q = payoff + 0.9 * transition @ value
    assert agent.q_values(live) == pytest.approx(q[live], abs=1e-5)


def test_the_loss_bound_holds_at_every_step():
    env = make("four-rooms")
    agent = make_agent("curious", env, 1, discount=0.95, tolerance=0.05)
    for t, transition in enumerate(interact(env, agent, 300, seed=1)):
        assert 0 <= agent.loss_bound <= 0.05 * agent.value([transition.state])[0] * 1.01 + 1e-9
        if t % 60 == 59:
            state = transition.next_state
            agent.act(state)
            dense, payoff, live = dense_problem(agent)
            optimal = dense_value(dense, payoff, 0.95)
            # the greedy policy everywhere; states never seen have one and the same value whatever is done there
            policy = np.zeros(len(payoff), dtype=int)
            policy[live] = agent.q_values(live).argmax(axis=1)
            rows = np.arange(len(payoff))
            achieved = np.linalg.solve(np.eye(len(payoff)) - 0.95 * dense[rows, policy], payoff[rows, policy])
            assert (optimal - achieved)[live].max() <= agent.loss_bound + 1e-9


def test_a_finite_horizon_is_backward_induction():
    env = make("four-rooms")
    agent = make_agent("curious", env, 0, planner="finite-horizon:7")
    for _ in interact(env, agent, 100, seed=0):
        pass
    agent.act(int(agent.model.known_states()[0]))
    transition, payoff, live = dense_problem(agent)
    value = np.zeros(len(payoff))
    for _ in range(7):
        q = payoff + transition @ value
        value = q.max(axis=1)
    assert agent.q_values(live) == pytest.approx(q[live], rel=1e-9)
    assert agent.loss_bound == 0


def test_greedy_does_not_look_ahead():
    env = make("four-rooms")
    agent = make_agent("greedy", env, 0)
    state = list(interact(env, agent, 50, seed=0))[-1].next_state
    agent.act(state)
    assert agent.q_values([state]) == pytest.approx(agent.model.expected_gains([state]))


@pytest.mark.parametrize("planner", ["value-iteration", "incremental"])
@pytest.mark.parametrize(("discount", "tolerance"), [(0.995, 1e-3), (0.999, 1e-4), (0.95, 1e-10)])
def test_no_value_is_larger_than_payoffs_allow(planner, discount, tolerance):
    """|V| <= max |payoff| / (1 - discount). Where all is alike at first, what is left of changes is soon rounding,
    which an extrapolation that takes it for slow convergence would magnify without bound.
    """
    env = make("maze")
    options = {"prior": "local:0.3", "bonus": "predicted-information-gain", "reward_weight": 0.3, "planner": planner}
    for seed in range(6):
        agent = make_agent("curious", env, seed, discount=discount, tolerance=tolerance, **options)
        for transition in interact(env, agent, 5, seed):
            agent.act(transition.next_state)
            model = agent.model
            largest = model.pairs.payoff[: 36 * model.num_actions].max() / (1 - discount)
            assert np.abs(model.states.value[:36]).max() <= largest * (1 + tolerance)
