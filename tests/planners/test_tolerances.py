"""The solver's tolerance is met, or the plan says that it was not; its bound holds, rounding included."""

import mpmath
import numpy as np
import pytest
import scipy.sparse as sp

import envs
from agent.planners import value_iteration
from agent.planners.value_iteration import solve
from envs import FiniteMDP
from tests.planners.test_solvers import grid, policy_value, random_mdp


def exact_value(mdp, discount, policy):
    """Optimal value in extended precision: policy iteration from a policy, and two steps of iterative refinement."""
    rows = np.arange(mdp.num_states)
    for _ in range(100):
        value = policy_value(mdp, discount, policy)
        q = mdp.reward + discount * (mdp.transition @ value).reshape(mdp.reward.shape)
        better = q.max(axis=1) > value + 1e-13 * (1 + np.abs(value).max())
        if not better.any():
            break
        policy = np.where(better, q.argmax(axis=1), policy)
    else:
        pytest.fail("policy iteration did not end")
    chosen = mdp.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1)[rows, policy]
    system = np.eye(mdp.num_states, dtype=np.longdouble) - np.longdouble(discount) * chosen
    value = value.astype(np.longdouble)
    for _ in range(3):
        rest = mdp.reward[rows, policy] - system @ value
        value = value + np.linalg.solve(system.astype(float), rest.astype(float))
    return value


def worlds():
    for seed in range(2):
        yield f"random-{seed}", random_mdp(seed)
        yield f"lazy-{seed}", random_mdp(seed, laziness=0.99)
        yield f"lazy-{seed}-with-ends", random_mdp(seed, laziness=0.99, terminals=4)
    yield "grid", grid(12)
    for name in ("river-swim", "lock", "traps", "cliques"):
        yield name, envs.true_mdp(envs.make(name)).with_resets()
    ring = np.roll(np.eye(200), 1, axis=1)[:, None, :]
    yield "ring", FiniteMDP.from_dense(ring, np.eye(200)[-1:].T)
    yield "sticky", FiniteMDP.from_dense([[[1 - 1e-6, 1e-6]], [[1e-6, 1 - 1e-6]]], [[1.0], [0.0]])


WORLDS = dict(worlds())
needs_extended = pytest.mark.skipif(
    np.finfo(np.longdouble).eps > 1e-18, reason="no extended precision here to hold values against"
)


@pytest.mark.slow
@needs_extended
@pytest.mark.parametrize("share", [0.0, 2.0], ids=["dense", "sparse"])
@pytest.mark.parametrize("discount", [0.5, 0.99, 0.9999, 0.999999])
@pytest.mark.parametrize("world", WORLDS)
def test_the_tolerance_is_met_or_the_plan_says_why_not(world, discount, share, monkeypatch):
    monkeypatch.setattr(value_iteration, "DENSE", share)
    mdp = WORLDS[world]
    for tolerance in (1e-3, 1e-7, 1e-300):
        plan = solve(mdp, discount, tolerance)
        error = np.abs(plan.value - exact_value(mdp, discount, plan.policy))[~mdp.terminal].max()
        assert error <= plan.loss_bound / 2
        assert plan.tolerance_met == (plan.loss_bound <= 2 * tolerance) == (plan.shortfall == "")
        assert plan.num_iterations < 100_000
        if not plan.tolerance_met:
            assert "rounding" in plan.shortfall
            terms = np.diff(mdp.transition.indptr).max() + 12  # an addition each, and what else a backup rounds
            rounding = 2.0**-53 * terms * np.abs(plan.value).max() / (1 - discount)
            assert plan.loss_bound < 6 * rounding  # nothing else is in the way
    assert solve(mdp, discount, 1e-3).tolerance_met or discount == 0.999999


def test_values_of_two_states_in_fifty_digits():
    """V = (I - d P)^-1 r in exact arithmetic; a rounding of P counts as its change, not as the solver's error."""
    mpmath.mp.dps = 50
    leave = 2.0**-20
    mdp = FiniteMDP.from_dense([[[1 - leave, leave]], [[leave, 1 - leave]]], [[1.0], [0.0]])
    for discount, is_met in ((0.99999, True), (1 - 2.0**-30, False)):
        system = mpmath.eye(2) - mpmath.mpf(discount) * mpmath.matrix([[1 - leave, leave], [leave, 1 - leave]])
        right = mpmath.lu_solve(system, mpmath.matrix([1, 0]))
        plan = solve(mdp, discount, 1e-3)
        assert max(abs(plan.value[state] - right[state]) for state in range(2)) <= plan.loss_bound / 2
        assert plan.tolerance_met == is_met


def test_rows_that_sum_to_one_almost_are_allowed_for():
    """Sums may be off by 1e-9, which is believed: the bound holds for the rows as they are."""
    mpmath.mp.dps = 50
    row = [0.5, 0.5 + 9e-10]
    plan = solve(FiniteMDP.from_dense([[row], [row]], [[1.0], [0.0]]), 0.9999, 1e-6)
    system = mpmath.eye(2) - mpmath.mpf(0.9999) * mpmath.matrix([row, row])
    right = mpmath.lu_solve(system, mpmath.matrix([1, 0]))
    assert max(abs(plan.value[state] - right[state]) for state in range(2)) <= plan.loss_bound / 2
    assert not plan.tolerance_met


def test_too_many_states_for_a_system_of_equations_say_so(monkeypatch):
    monkeypatch.setattr(value_iteration, "MAX_SWEEPS", 3000)
    for module in ("policy_iteration", "dense"):
        monkeypatch.setattr(f"agent.planners.{module}.MAX_SWEEPS", 3000)
    n = 50
    lazy = sp.csr_array(
        sp.eye(n) * (1 - 1e-9) + sp.csr_array((np.full(n, 1e-9), (range(n), [*range(1, n), 0])), (n, n))
    )
    mdp = FiniteMDP(lazy, np.eye(n)[:, :1], np.eye(n)[0], np.zeros(n, bool))
    plan = solve(mdp, 1 - 1e-9, 1e-3)
    assert plan.tolerance_met or "after" in plan.shortfall


@pytest.mark.parametrize("discount", [0.0, 1.0, -0.5, float("nan"), True, "0.9", 0.9j, None])
def test_a_discount_is_a_number_between_zero_and_one(discount):
    with pytest.raises(ValueError, match="discount must"):
        solve(random_mdp(0), discount, 1e-3)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, float("nan"), float("inf"), True, "1", 1j, None])
def test_a_tolerance_is_positive_and_finite(tolerance):
    with pytest.raises(ValueError, match="tolerance must"):
        solve(random_mdp(0), 0.9, tolerance)


@pytest.mark.parametrize("reward", [1e308, -1e308, 1e101])
def test_rewards_that_cannot_be_added_up_are_refused(reward):
    with pytest.raises(ValueError, match=r"reward has entries beyond 1e\+100"):
        FiniteMDP.from_dense(np.ones((1, 1, 1)), [[reward]])


@pytest.mark.parametrize("share", [0.0, 2.0], ids=["dense", "sparse"])
@pytest.mark.parametrize("scale", [1e100, -1e100, 1e-300, 5e-324, 0.0])
def test_rewards_of_any_size_are_planned_for(scale, share, monkeypatch):
    monkeypatch.setattr(value_iteration, "DENSE", share)
    ring = np.roll(np.eye(5), 1, axis=1)[:, None, :]
    reward = np.eye(5)[-1:].T * scale
    plan = solve(FiniteMDP.from_dense(ring, reward), 0.999, 1e-6)
    right = scale * 0.999 ** np.arange(4, -1, -1.0) / (1 - 0.999**5)
    assert np.abs(plan.value - right).max() <= plan.loss_bound / 2 + 1e-15 * abs(scale)
