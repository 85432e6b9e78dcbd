"""Sparse Bellman rows and their solution by modified policy iteration, stopped on the span.

A row is what a planner knows of a pair (Puterman 1994, chapter 6):

    Q(pair) = payoff + discount * (sum_j weight_j V(successor_j) + rest * hub)

with `hub` the mean value of all states. Values are `[n + 2]`: n states with actions, then one value for all terminal
states and one for all states never seen, which are all alike. The sweeps are in `sweeps.py`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.compiled import compiled
from agent.planners.sweeps import backup, evaluate, improve_in_place, policy_room


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
def improve(rows, value, improved, q_values, policy, discount):
    """One sweep of value iteration from `value` into `improved`; return the least and the largest change.

    Fills `q_values` and the greedy `policy`.
    """
    low, high, _ = backup(rows, value, improved, q_values, policy, discount)
    return low, high


MAX_SWEEPS = 1_000_000
ROUNDING = 1e-15
SPREADING_SWEEPS = 10  # of value iteration in place, where the policy is mostly new: they carry news across the world
EVALUATED_ROUNDS, EXTRAPOLATED_ROUNDS = 1000, 200  # from then on what is proven to converge, whatever happened before


@compiled
def solve_rows(rows, value, improved, q_values, policy, discount, absolute, relative, state):
    """Solve to a policy loss of `absolute` nats, or of `relative` times the value of `state`; return (bound, sweeps).

    The loss of the greedy policy, V* - V_policy, is at most discount/(1 - discount) * span(TV - V) (Puterman 1994,
    theorem 6.6.6); `value` and `q_values` are centred, so that they err by at most half of that. It holds for whatever
    V the sweeps in between left behind.
    """
    scale = discount / (1.0 - discount)
    num_states = value.size - 2
    room = policy_room(rows, num_states)
    num_sweeps, num_rounds = 0, 0
    while True:
        low, high, num_changed = backup(rows, value, improved, q_values, policy, discount)
        num_sweeps += 1
        largest = 0.0
        for k in range(value.size):  # written out: array expressions take longer to compile
            value[k] = improved[k]
            largest = max(largest, abs(value[k]))
        bound = scale * (high - low)
        shift = 0.5 * scale * (high + low)
        if bound <= max(absolute, relative * abs(value[state] + shift)) or num_sweeps >= MAX_SWEEPS:
            break
        if high - low <= ROUNDING * largest:
            break  # as exact as numbers are: the bound stays what it is
        num_rounds += 1
        if num_rounds == 1 and 4 * num_changed > num_states:
            for k in range(SPREADING_SWEEPS):
                improve_in_place(rows, value, policy, discount, k % 2 == 0)
            num_sweeps += SPREADING_SWEEPS
        elif num_rounds <= EVALUATED_ROUNDS:
            enough = 0.1 * (high - low)
            num_sweeps += evaluate(rows, room, value, policy, discount, enough, num_rounds <= EXTRAPOLATED_ROUNDS)
    for k in range(num_states):
        value[k] += shift
    if rows.population[1] > 0.0:
        value[num_states + 1] += shift
    if rows.start.size > 0:
        value[num_states] += shift
    for row in range(q_values.size):
        q_values[row] += shift
    return bound, num_sweeps
