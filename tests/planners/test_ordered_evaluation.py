"""Policies evaluated in the order of their ways, against linear equations written out in full."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from agent.compilation.compiled import compiled
from agent.compilation.handles import Pack
from agent.planners.bellman.ordered_evaluation import evaluate_in_order
from agent.planners.policy_iteration import room_for, rows_at, solve_rows

DISCOUNT = 0.97


@compiled
def _evaluate(address, discount, enough, is_first=True, is_same=False):
    return evaluate_in_order(rows_at(address, 0, 0), discount, enough, is_first, is_same)


def problem(rng, num_states, slip, hub, num_actions=3):
    """Rows that lead to one state each, slip to two others and spread anywhere; with terminal and unseen states."""
    rows = room_for(num_states, num_actions, 3 * num_states * num_actions, 2, has_hub=True)
    sizes, num_rows = rows.sizes, num_states * num_actions
    sizes.num_in_hub, sizes.in_order = num_states, 1
    sizes.num_terminal, sizes.num_unseen, sizes.num_outcomes, sizes.unseen_payoff = 1.0, 4.0, num_states + 5.0, 0.3
    aims = rng.integers(0, num_states + 1, (num_rows, 3))  # the last is terminal
    aims[rng.random(num_rows) < 0.2, 0] //= num_actions * 2
    stays = rng.random(num_rows) < 0.2
    aims[stays, 0] = np.arange(num_rows)[stays] // num_actions
    rows.rest[:] = hub * rng.random(num_rows)
    is_kept = rng.random(aims.shape) < [1, 0.9, 0.9]  # rows differ in length; what is left out ends
    rows.indptr[1:] = np.cumsum(is_kept.sum(axis=1))
    rows.successor[: rows.indptr[-1]] = aims[is_kept]
    rows.weight[: rows.indptr[-1]] = ((1 - rows.rest)[:, None] * [1 - slip, slip / 2, slip / 2])[is_kept]
    rows.payoff[:] = rng.random(num_rows)
    rows.start[:], rows.start_weight[:] = [0, num_states - 1], [0.25, 0.75]
    return rows


def equations(rows):
    """Dense weights `[rows, n + 2]` of the values, what is spread anywhere included."""
    n, num_rows = rows.sizes.num_states, len(rows.payoff)
    dense = np.zeros((num_rows, n + 2))
    used = slice(rows.indptr[-1])
    np.add.at(dense, (np.repeat(np.arange(num_rows), np.diff(rows.indptr)), rows.successor[used]), rows.weight[used])
    mean = np.r_[np.ones(n), rows.sizes.num_terminal, rows.sizes.num_unseen] / rows.sizes.num_outcomes
    return dense + rows.rest[:, None] * mean, mean


def exact(rows, policy):
    """Values of a policy by one linear solution: states, terminal, unseen."""
    n, (dense, mean) = rows.sizes.num_states, equations(rows)
    start = np.zeros(n + 2)
    np.add.at(start, rows.start, rows.start_weight)
    matrix = np.eye(n + 2) - np.vstack([DISCOUNT * dense[policy], start, DISCOUNT * mean])
    return np.linalg.solve(matrix, np.r_[rows.payoff[policy], 0.0, rows.sizes.unseen_payoff])


@pytest.mark.parametrize(("slip", "hub"), [(0.0, 0.0), (0.1, 0.01), (0.6, 0.2)])
@pytest.mark.parametrize("num_states", [1, 2, 7, 60])
def test_values_are_those_of_the_policy(num_states, slip, hub):
    rng = np.random.default_rng(num_states)
    for _ in range(10):
        rows = problem(rng, num_states, slip, hub)
        rows.policy[:] = 3 * np.arange(num_states) + rng.integers(0, 3, num_states)
        pack = Pack(rows)
        for k in range(60):  # 25 sweeps each
            _evaluate(pack.address, DISCOUNT, -1.0, k == 0)
        assert_allclose(rows.value, exact(rows, rows.policy), rtol=1e-9)


def test_of_another_policy_only_what_has_changed_is_copied():
    """The outcome is, to the last bit, that of an evaluation from nothing."""
    rng = np.random.default_rng(0)
    for _ in range(10):
        rows = problem(rng, 60, 0.3, 0.1)
        policy, pack, value = 3 * np.arange(60) + rng.integers(0, 3, 60), Pack(rows), rng.random(62)
        for k in range(4):
            policy = np.where(rng.random(60) < 0.3, 3 * np.arange(60) + rng.integers(0, 3, 60), policy)
            rows.policy[:], rows.value[:] = policy, value
            _evaluate(pack.address, DISCOUNT, 1e-3, k == 0)
            found = rows.value.copy()
            anew = problem(np.random.default_rng(0), 60, 0.3, 0.1)
            for name in ("indptr", "successor", "weight", "rest", "payoff", "start", "start_weight"):
                getattr(anew, name)[:] = getattr(rows, name)
            anew.policy[:], anew.value[:] = policy, value
            _evaluate(Pack(anew).address, DISCOUNT, 1e-3)
            assert_array_equal(found, anew.value)


def test_where_all_is_certain_two_sweeps_are_enough():
    """Also round cycles, where plain sweeps gain no more than a hundredth each."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows = problem(rng, 40, 0.0, 0.0)
        rows.sizes.num_starts = 0  # terminal states are worth nothing
        rows.policy[:] = 3 * np.arange(40) + rng.integers(0, 3, 40)
        pack = Pack(rows)
        assert _evaluate(pack.address, 1 - 1e-6, 1e-6) <= 2


@pytest.mark.parametrize(("slip", "hub"), [(0.0, 0.0), (0.1, 0.01), (0.6, 0.2)])
def test_the_solution_is_optimal(slip, hub):
    rng = np.random.default_rng(3)
    for _ in range(20):
        rows = problem(rng, 30, slip, hub)
        bound, _ = solve_rows(Pack(rows).address, DISCOUNT, 1e-9, 0.0, 0)
        assert bound <= 1e-9
        best, before = rows.policy.copy(), None
        while before is None or (best != before).any():  # Howard's policy iteration
            before = best
            value = exact(rows, best)
            q = rows.payoff + DISCOUNT * equations(rows)[0] @ value
            better = q.reshape(30, 3).max(axis=1) > value[:30] + 1e-10
            best = np.where(better, 3 * np.arange(30) + q.reshape(30, 3).argmax(axis=1), best)
        assert_allclose(rows.value[:30], value[:30], atol=2e-9)
