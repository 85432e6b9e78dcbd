"""Full solvers, sparse and dense, against linear equations, quantecon and each other, and where they could go wrong."""

import numpy as np
import pytest
import scipy.sparse as sp

from agent.planners import value_iteration
from agent.planners.value_iteration import solve
from envs import FiniteMDP


def random_mdp(seed, num_states=30, num_actions=3, num_successors=4, laziness=0.0, terminals=0):
    """Successors drawn at random; `laziness` is the probability of staying, which makes a chain mix slowly."""
    rng = np.random.default_rng(seed)
    transition = np.zeros((num_states, num_actions, num_states))
    for row in transition.reshape(-1, num_states):
        row[rng.choice(num_states, num_successors, replace=False)] = rng.dirichlet(np.ones(num_successors))
    transition = laziness * np.eye(num_states)[:, None, :] + (1 - laziness) * transition
    reward = rng.normal(size=(num_states, num_actions))
    terminal = np.arange(num_states) >= num_states - terminals
    transition[terminal], reward[terminal] = 0.0, 0.0
    return FiniteMDP(sp.csr_array(transition.reshape(-1, num_states)), reward, np.eye(num_states)[0], terminal)


def grid(side, seed=0, slip=0.1):
    """Four moves that slip to each side, random rewards and a few large ones."""
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(side * side), side)
    steps = ((-1, 0), (0, 1), (1, 0), (0, -1))
    ends = [np.clip(row + i, 0, side - 1) * side + np.clip(column + j, 0, side - 1) for i, j in steps]
    transition = np.zeros((side * side, 4, side * side))
    for action in range(4):
        for turn, probability in ((0, 1 - 2 * slip), (1, slip), (3, slip)):
            np.add.at(transition, (np.arange(side * side), action, ends[(action + turn) % 4]), probability)
    reward = rng.random((side * side, 4))
    reward[rng.choice(side * side, 3, replace=False)] += 10
    return FiniteMDP.from_dense(transition, reward)


def policy_value(mdp, discount, policy):
    """Value of a policy by a dense linear solve."""
    rows = np.arange(mdp.num_states)
    transition = mdp.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1)[rows, policy]
    return np.linalg.solve(np.eye(mdp.num_states) - discount * transition, mdp.reward[rows, policy])


def check(mdp, discount, tolerance):
    """Solve; hold value, q-values and the certified bound against the optimality equation, solved exactly.

    A policy that is greedy for its own exact value is optimal (Howard 1960), so this needs no second solver: policy
    iteration from ours ends at the optimum.
    """
    plan = solve(mdp, discount, tolerance)
    policy = plan.policy
    for _ in range(50):
        optimal = policy_value(mdp, discount, policy)
        q = mdp.reward + discount * (mdp.transition @ optimal).reshape(mdp.reward.shape)
        better = q.max(axis=1) > optimal + 1e-12 * (1 + np.abs(optimal))
        if not better.any():
            break
        policy = np.where(better, q.argmax(axis=1), policy)
    else:
        pytest.fail("policy iteration did not end")
    rounding = 1e-12 * (1 + np.abs(optimal).max())
    assert np.abs(plan.value - optimal).max() <= plan.loss_bound / 2 + rounding
    assert np.abs(plan.q_values - q).max() <= plan.loss_bound / 2 + rounding
    assert (optimal - policy_value(mdp, discount, plan.policy)).max() <= plan.loss_bound + rounding
    assert plan.loss_bound <= 2 * tolerance + rounding
    assert (plan.value[mdp.terminal] == 0).all()
    assert (plan.q_values[mdp.terminal] == 0).all()
    return plan


@pytest.fixture(params=["sparse", "dense"])
def path(request, monkeypatch):
    """Send every problem down one of the two paths, whatever its density."""
    monkeypatch.setattr(value_iteration, "DENSE", 2.0 if request.param == "sparse" else 0.0)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("discount", [0.3, 0.95, 0.999])
@pytest.mark.parametrize("laziness", [0.0, 0.99])
@pytest.mark.parametrize("terminals", [0, 4])
def test_the_certificate_holds(discount, laziness, terminals):
    for seed in range(4):
        for tolerance in (1.0, 1e-3, 1e-8):
            check(random_mdp(seed, laziness=laziness, terminals=terminals), discount, tolerance)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("discount", [0.95, 0.99])
def test_a_grid_with_several_attractors(discount):
    check(grid(12), discount, 1e-7)


def test_paths_agree_and_density_chooses(monkeypatch):
    full = random_mdp(3, num_successors=30)
    thin = random_mdp(3, num_successors=3)
    used = []
    for name in ("solve_dense", "solve_rows"):
        solver = getattr(value_iteration, name)
        monkeypatch.setattr(value_iteration, name, lambda *given, f=solver, n=name: used.append(n) or f(*given))
    chosen = [solve(mdp, 0.95, 1e-9) for mdp in (full, thin)]
    assert used == ["solve_dense", "solve_rows"]
    for density, mdp, first in ((2.0, full, chosen[0]), (0.0, thin, chosen[1])):
        monkeypatch.setattr(value_iteration, "DENSE", density)
        other = solve(mdp, 0.95, 1e-9)
        assert np.abs(other.value - first.value).max() <= 2e-9
        assert np.abs(other.q_values - first.q_values).max() <= 2e-9
        assert (other.policy == first.policy).all()
    assert used == ["solve_dense", "solve_rows", "solve_rows", "solve_dense"]


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("method", ["modified_policy_iteration", "policy_iteration"])
def test_against_quantecon(method):
    qe = pytest.importorskip("quantecon", reason="the extra [oracles] is not installed")
    mdp = grid(15, seed=2)
    pairs = np.arange(mdp.reward.size)
    model = qe.markov.DiscreteDP(mdp.reward.ravel(), sp.csr_matrix(mdp.transition), 0.99, pairs // 4, pairs % 4)
    theirs = model.solve(method=method, epsilon=2e-8)
    assert np.abs(solve(mdp, 0.99, 1e-8).value - theirs.v).max() <= 2e-8


@pytest.mark.usefixtures("path")
class TestDegenerate:
    def test_one_state(self):
        plan = check(FiniteMDP.from_dense(np.ones((1, 2, 1)), [[1.0, 3.0]]), 0.99, 1e-9)
        assert plan.value == pytest.approx([300.0], abs=1e-9)
        assert plan.policy.tolist() == [1]

    def test_one_action(self):
        check(random_mdp(0, num_actions=1), 0.99, 1e-9)

    def test_all_terminal(self):
        """No start can act, so that `FiniteMDP` refuses; what is left is one acting state that ends at once."""
        transition = sp.csr_array(np.array([[0, 1.0, 0], [0, 0, 1.0]] + [[0, 0, 0]] * 4))
        mdp = FiniteMDP(transition, np.array([[2.0, 1], [0, 0], [0, 0]]), np.eye(3)[0], np.array([False, True, True]))
        assert check(mdp, 0.9, 1e-9).value.tolist() == [2.0, 0.0, 0.0]

    def test_zero_rewards(self):
        mdp = random_mdp(1)
        plan = solve(FiniteMDP(mdp.transition, np.zeros((30, 3)), mdp.start, mdp.terminal), 0.99, 1e-9)
        assert (plan.value == 0).all()
        assert plan.loss_bound == 0

    def test_two_closed_loops_of_period_two(self):
        """0 <-> 1 and 2 <-> 3: the span of plain value iteration shrinks no faster than the discount."""
        swap = np.zeros((4, 1, 4))
        swap[[0, 1, 2, 3], 0, [1, 0, 3, 2]] = 1
        plan = check(FiniteMDP.from_dense(swap, [[1.0], [0.0], [5.0], [0.0]]), 0.999, 1e-8)
        expected = np.array([1, 0.999, 5, 5 * 0.999]) / (1 - 0.999**2)
        assert plan.value == pytest.approx(expected, abs=1e-8)
        assert plan.num_iterations < 1000

    def test_a_long_cycle(self):
        ring = np.roll(np.eye(50), 1, axis=1)[:, None, :]
        reward = np.zeros((50, 1))
        reward[-1] = 1
        plan = check(FiniteMDP.from_dense(ring, reward), 0.99, 1e-9)
        assert plan.value == pytest.approx(0.99 ** np.arange(49, -1, -1.0) / (1 - 0.99**50), abs=1e-9)

    def test_a_tolerance_below_rounding_ends(self):
        """The bound is then what could be reached, not what was asked for."""
        plan = solve(grid(6), 0.999, 1e-300)
        assert plan.loss_bound < 1e-6
        assert plan.num_iterations < 100_000

    def test_ties(self):
        """Equal actions everywhere: policies may flip between them, the solver ends all the same."""
        transition = random_mdp(2, num_actions=1).transition.toarray().repeat(3, axis=0)
        reward = np.random.default_rng(0).normal(size=(30, 1)).repeat(3, axis=1)
        check(FiniteMDP.from_dense(transition.reshape(30, 3, 30), reward), 0.999, 1e-9)
