"""Dense Bellman rows, solved by value iteration through BLAS, and by policy iteration where that mixes slowly."""

import math

import numpy as np
from numpy.typing import NDArray

from ..compilation.compiled import compiled
from ..interruption import pause
from .policy_iteration import FEW, HALF_ULP, MAX_SWEEPS, MOST_SOLVED, MOST_SYSTEMS

# A policy's linear equations cost 7 to 10 sweeps (60 to 1000 states, 4 actions); what two spans predict is rough.
SOLVE_COST = 12.0
BLOCK = (
    8192  # entries of one call of BLAS, too few to be spread over threads, which wait for each other when it is busy
)


def solve_dense(
    transition: NDArray[np.float64],
    reward: NDArray[np.float64],
    value: NDArray[np.float64],
    q_values: NDArray[np.float64],
    policy: NDArray[np.int32],
    discount: float,
    absolute: float,
    num_terms: int,
    deviation: float,
) -> tuple[float, int]:
    """Solve to a policy loss of `absolute`; return (bound, sweeps).

    Plain value iteration is stopped on the span of the change, discount/(1 - discount) * span(TV - V) (Puterman 1994,
    theorem 6.6.6), and its value centred: where the rows mix, a handful of sweeps does. Where the rate of the last two
    spans promises more than `SOLVE_COST` further sweeps, the greedy policy's value is solved for instead. What backups
    err by is part of the bound, as in `agent.planners.policy_iteration.solve_rows`, and where a span is no larger it
    ends.

    Args:
        transition: `[S * A, S]`, contiguous.
        reward: `[S * A]`.
        value: `[S]`, where to start; becomes V within half the bound.
        q_values: `[S * A]`, to be filled.
        policy: `[S]`, to be filled with the greedy row of each state.
        discount: in (0, 1).
        absolute: loss allowed.
        num_terms: most successors of a pair: the others are not added to its sum.
        deviation: by how much the probabilities of a row may sum to other than one.

    Raises:
        CalledOff: the solution is not wanted any more.
    """
    precision = HALF_ULP * (num_terms + FEW)
    previous, solved = math.inf, False
    num_sweeps = num_systems = 0
    while True:
        low, high, num_changed = _improve(transition, reward, value, q_values, policy, discount)
        num_sweeps += 1
        span = high - low
        shift = 0.5 * discount / (1.0 - discount) * (low + high)
        largest = float(np.abs(value).max())
        error = precision * (largest + max(abs(low), abs(high))) + deviation * (largest + abs(shift))
        bound = (discount * span + 2.0 * error) / (1.0 - discount)
        if bound <= absolute or span <= error or num_sweeps >= MAX_SWEEPS or (solved and num_changed == 0):
            break  # if not for the first reason: as exact as numbers are, and the bound stays what it is
        target = (absolute * (1.0 - discount) - 2.0 * error) / discount
        is_slow = _remaining(max(target, error), span, previous) > SOLVE_COST
        solved = is_slow and value.size <= MOST_SOLVED and num_systems < MOST_SYSTEMS
        previous = span
        if solved:
            value[:] = _policy_value(transition, reward, policy, discount)
            previous = math.inf
            num_sweeps, num_systems = num_sweeps + 1, num_systems + 1
        pause()
    value += shift
    q_values += shift
    return bound, num_sweeps


@compiled
def _improve(transition, reward, value, q_values, policy, discount):
    num_actions = reward.size // value.size
    block = max(1, BLOCK // value.size)
    for first in range(0, q_values.size, block):
        np.dot(transition[first : first + block], value, q_values[first : first + block])
    low, high = math.inf, -math.inf
    num_changed = 0
    for state in range(value.size):
        best, chosen = -math.inf, 0
        for row in range(state * num_actions, (state + 1) * num_actions):
            q = reward[row] + discount * q_values[row]
            q_values[row] = q
            if q > best:
                best, chosen = q, row
        change = best - value[state]
        low, high = min(low, change), max(high, change)
        value[state] = best
        num_changed += policy[state] != chosen
        policy[state] = chosen
    return low, high, num_changed


def _remaining(target: float, span: float, previous: float) -> float:
    """Sweeps to go until the span is at the target, if it goes on shrinking as it did last."""
    if previous == math.inf:
        return 0.0
    if span >= previous:
        return math.inf
    return math.log(target / span) / math.log(span / previous)


@compiled
def _policy_value(transition, reward, policy, discount):
    matrix = np.empty((policy.size, policy.size))
    payoff = np.empty(policy.size)
    for state in range(policy.size):
        payoff[state] = reward[policy[state]]
        matrix[state] = -discount * transition[policy[state]]
        matrix[state, state] += 1.0
    return np.linalg.solve(matrix, payoff)
