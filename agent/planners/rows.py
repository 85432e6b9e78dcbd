"""Sparse Bellman rows and their solution by modified policy iteration, stopped on the span.

A row is what a planner knows of a pair (Puterman 1994, chapter 6):

    Q(pair) = payoff + discount * (sum_j weight_j V(successor_j) + rest * hub)

with `hub` the mean value of all states. Values are `[n + 2]`: n states with actions, then one value for all terminal
states and one for all states never seen, which are all alike.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.compiled import compiled


class Rows(NamedTuple):
    """A sparse decision problem; row = state * num_actions + action."""

    indptr: NDArray[np.int32]  # [rows + 1]
    successor: NDArray[np.int32]  # [nonzeros], n = terminal, n + 1 = never seen
    weight: NDArray[np.float64]  # [nonzeros]
    rest: NDArray[np.float64]  # [rows]: probability that is spread over all states
    payoff: NDArray[np.float64]  # [rows]
    start: NDArray[np.int32]  # states a reset leads to
    start_weight: NDArray[np.float64]  # sums to one; empty: terminal states are worth nothing
    population: NDArray[np.float64]  # [3]: terminal states, never seen ones, all states
    unseen_payoff: NDArray[np.float64]  # [1]


def check_options(discount: float, tolerance: float) -> None:
    """Refuse a discount or a tolerance that no planner could use.

    Raises:
        ValueError: out of range.
    """
    if not 0 < discount < 1:
        raise ValueError(f"discount must lie between 0 and 1, got {discount}")
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")


@compiled
def lumped_values(rows, value):
    """Set the value of terminal states from the start distribution; return the hub."""
    num_states = value.size - 2
    if rows.start.size > 0:
        total = 0.0
        for k in range(rows.start.size):
            total += rows.start_weight[k] * value[rows.start[k]]
        value[num_states] = total
    if rows.population[2] == 0.0:
        return 0.0
    total = rows.population[0] * value[num_states] + rows.population[1] * value[num_states + 1]
    for state in range(num_states):
        total += value[state]
    return total / rows.population[2]


@compiled
def improve(rows, value, improved, q_values, policy, discount):
    """One sweep of value iteration from `value` into `improved`; return the least and the largest change.

    Fills `q_values` and the greedy `policy`.
    """
    num_states = value.size - 2
    num_actions = rows.payoff.size // num_states
    hub = lumped_values(rows, value)
    low, high = math.inf, -math.inf
    if rows.population[1] > 0.0:
        improved[num_states + 1] = rows.unseen_payoff[0] + discount * hub
        low = high = improved[num_states + 1] - value[num_states + 1]
    if rows.start.size == 0 and rows.population[0] > 0.0:  # an absorbing state that pays nothing and never changes
        low, high = min(low, 0.0), max(high, 0.0)
    for state in range(num_states):
        best, chosen = -math.inf, 0
        for row in range(state * num_actions, (state + 1) * num_actions):
            total = rows.rest[row] * hub
            for k in range(rows.indptr[row], rows.indptr[row + 1]):
                total += rows.weight[k] * value[rows.successor[k]]
            q = rows.payoff[row] + discount * total
            q_values[row] = q
            if q > best:
                best, chosen = q, row
        improved[state] = best
        policy[state] = chosen
        change = best - value[state]
        low, high = min(low, change), max(high, change)
    improved[num_states] = value[num_states]
    return low, high


@compiled
def evaluate(rows, value, policy, discount, backwards):
    """One in-place sweep of the policy's own rows; return the largest change."""
    num_states = value.size - 2
    hub = lumped_values(rows, value)
    largest = 0.0
    if rows.population[1] > 0.0:
        value[num_states + 1] = rows.unseen_payoff[0] + discount * hub
    for k in range(num_states):
        state = num_states - 1 - k if backwards else k
        row = policy[state]
        total = rows.rest[row] * hub
        for position in range(rows.indptr[row], rows.indptr[row + 1]):
            total += rows.weight[position] * value[rows.successor[position]]
        new = rows.payoff[row] + discount * total
        largest = max(largest, abs(new - value[state]))
        value[state] = new
    return largest


MAX_SWEEPS = 1_000_000
ROUNDING = 1e-15


@compiled
def solve_rows(rows, value, improved, q_values, policy, discount, absolute, relative, state):
    """Solve to a policy loss of `absolute` nats, or of `relative` times the value of `state`; return (bound, sweeps).

    The loss of the greedy policy, V* - V_policy, is at most discount/(1 - discount) * span(TV - V) (Puterman 1994,
    theorem 6.6.6); `value` and `q_values` are centred, so that they err by at most half of that.
    """
    scale = discount / (1.0 - discount)
    num_states = value.size - 2
    num_sweeps = 0
    backwards = False
    while True:
        low, high = improve(rows, value, improved, q_values, policy, discount)
        num_sweeps += 1
        value[:] = improved
        bound = scale * (high - low)
        shift = 0.5 * scale * (high + low)
        if bound <= max(absolute, relative * abs(value[state] + shift)) or num_sweeps >= MAX_SWEEPS:
            break
        if high - low <= ROUNDING * max(abs(np.max(value)), abs(np.min(value))):
            break  # as exact as numbers are: the bound stays what it is
        enough = 0.1 * (high - low)
        for _ in range(50):
            backwards = not backwards
            num_sweeps += 1
            if evaluate(rows, value, policy, discount, backwards) <= enough:
                break
    for k in range(num_states):
        value[k] += shift
    if rows.population[1] > 0.0:
        value[num_states + 1] += shift
    if rows.start.size > 0:
        value[num_states] += shift
    for row in range(q_values.size):
        q_values[row] += shift
    return bound, num_sweeps
