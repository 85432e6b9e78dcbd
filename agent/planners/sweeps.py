"""Sweeps over sparse Bellman rows: improvement, and evaluation of a policy by extrapolated Gauss-Seidel.

Positions are read as unsigned numbers: numba then leaves out its check for negative indices, which halves the time of
an evaluation and takes three quarters off an improvement (100 x 100 grid: 510 -> 128 us).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.compiled import compiled

MAX_EVALUATION = 25  # double sweeps of one policy before the next improvement
PERIOD = 12  # double sweeps from one extrapolation to the next


class PolicyRows(NamedTuple):
    """The rows that a policy chose, discounted and contiguous: an evaluation streams through them."""

    indptr: NDArray[np.uint32]  # [n + 1]
    successor: NDArray[np.uint32]
    weight: NDArray[np.float64]
    rest: NDArray[np.float64]  # [n], empty where there is no hub
    payoff: NDArray[np.float64]  # [n]
    earlier: NDArray[np.float64]  # [n + 2], scratch of the extrapolation
    change: NDArray[np.float64]  # [n + 2], likewise


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
def backup(rows, value, improved, q_values, policy, discount):
    """One sweep of value iteration from `value` into `improved`.

    Fills `q_values` and the greedy `policy`. Returns the least and the largest change, and how many states changed
    their action.
    """
    num_states = value.size - 2
    num_actions = rows.payoff.size // num_states
    indptr, successor = rows.indptr.view(np.uint32), rows.successor.view(np.uint32)
    weight, rest, payoff = rows.weight, rows.rest, rows.payoff
    has_hub = rows.population[2] > 0.0
    hub = lumped_values(rows, value)
    low, high = math.inf, -math.inf
    num_changed = 0
    if rows.population[1] > 0.0:
        improved[num_states + 1] = rows.unseen_payoff[0] + discount * hub
        low = high = improved[num_states + 1] - value[num_states + 1]
    if rows.start.size == 0 and rows.population[0] > 0.0:  # an absorbing state that pays nothing and never changes
        low, high = min(low, 0.0), max(high, 0.0)
    for state in range(num_states):
        best, chosen = -math.inf, 0
        for row in range(state * num_actions, (state + 1) * num_actions):
            total = rest[row] * hub if has_hub else 0.0
            for k in range(indptr[row], indptr[row + 1]):
                total += weight[k] * value[successor[k]]
            q = payoff[row] + discount * total
            q_values[row] = q
            if q > best:
                best, chosen = q, row
        improved[state] = best
        num_changed += policy[state] != chosen
        policy[state] = chosen
        change = best - value[state]
        low, high = min(low, change), max(high, change)
    improved[num_states] = value[num_states]
    return low, high, num_changed


@compiled
def improve_in_place(rows, value, policy, discount, backwards):
    """One sweep of Gauss-Seidel value iteration, which also leaves the greedy `policy`."""
    num_states = value.size - 2
    num_actions = rows.payoff.size // num_states
    indptr, successor = rows.indptr.view(np.uint32), rows.successor.view(np.uint32)
    weight, rest, payoff = rows.weight, rows.rest, rows.payoff
    has_hub = rows.population[2] > 0.0
    hub = lumped_values(rows, value)
    if rows.population[1] > 0.0:
        value[num_states + 1] = rows.unseen_payoff[0] + discount * hub
    for k in range(num_states):
        state = num_states - 1 - k if backwards else k
        best, chosen = -math.inf, 0
        for row in range(state * num_actions, (state + 1) * num_actions):
            total = rest[row] * hub if has_hub else 0.0
            for position in range(indptr[row], indptr[row + 1]):
                total += weight[position] * value[successor[position]]
            q = payoff[row] + discount * total
            if q > best:
                best, chosen = q, row
        value[state] = best
        policy[state] = chosen


@compiled
def evaluate(rows, chosen, value, policy, discount, enough, extrapolated):
    """Sweep a policy's own rows in place until no value changes by more than `enough`; return the number of sweeps.

    The errors that are slow to go are those that a policy's closed loops keep: after some sweeps each of them shrinks
    by much the same factor per sweep, which the last two changes tell, and their sum to infinity can be added at once
    (Aitken's extrapolation). A grid of 100 x 100 at discount .99 then needs a third of the sweeps.
    """
    _choose(rows, chosen, policy, discount)
    earlier, change = chosen.earlier, chosen.change
    for k in range(MAX_EVALUATION):
        phase = k % PERIOD
        if extrapolated and phase >= PERIOD - 2:
            for i in range(value.size):  # written out: array expressions take longer to compile
                earlier[i] = value[i]
        _sweep(rows, chosen, value, discount, True)
        if _sweep(rows, chosen, value, discount, False) <= enough:
            return 2 * (k + 1)
        if extrapolated and phase == PERIOD - 2:
            for i in range(value.size):
                change[i] = value[i] - earlier[i]
        elif extrapolated and phase == PERIOD - 1:
            _extrapolate(value, earlier, change)
    return 2 * MAX_EVALUATION


@compiled
def policy_room(rows, num_states):
    """Make room for the rows of any policy; what is not used is not touched and costs nothing."""
    num_rests = num_states if rows.population[2] > 0.0 else 0
    return PolicyRows(
        np.empty(num_states + 1, np.uint32),
        np.empty(rows.weight.size, np.uint32),
        np.empty(rows.weight.size),
        np.empty(num_rests),
        np.empty(num_states),
        np.empty(num_states + 2),
        np.empty(num_states + 2),
    )


@compiled
def _choose(rows, chosen, policy, discount):
    """Copy the rows that a policy chose, discounted."""
    indptr, successor, weight = rows.indptr.view(np.uint32), rows.successor.view(np.uint32), rows.weight
    has_hub = chosen.rest.size > 0
    position = 0
    chosen.indptr[0] = 0
    for state in range(policy.size):
        row = policy[state]
        for k in range(indptr[row], indptr[row + 1]):
            chosen.successor[position] = successor[k]
            chosen.weight[position] = discount * weight[k]
            position += 1
        chosen.indptr[state + 1] = position
        chosen.payoff[state] = rows.payoff[row]
        if has_hub:
            chosen.rest[state] = discount * rows.rest[row]


@compiled
def _sweep(rows, chosen, value, discount, backwards):
    """One sweep of a policy's rows in place; return the largest change of a state's value."""
    indptr, successor, weight, payoff = chosen.indptr, chosen.successor, chosen.weight, chosen.payoff
    num_states = payoff.size
    has_hub = chosen.rest.size > 0
    hub = lumped_values(rows, value)
    largest = 0.0
    if rows.population[1] > 0.0:
        value[num_states + 1] = rows.unseen_payoff[0] + discount * hub
    for k in range(num_states):
        state = num_states - 1 - k if backwards else k
        total = payoff[state]
        if has_hub:
            total += chosen.rest[state] * hub
        for position in range(indptr[state], indptr[state + 1]):
            total += weight[position] * value[successor[position]]
        change = abs(total - value[state])
        if change > largest:  # a branch that is foreseen: `max` would make every state wait for the one before
            largest = change
        value[state] = total
    return largest


@compiled
def _extrapolate(value, earlier, change):
    """Add what is still to come if changes go on shrinking as from `change` to `value - earlier`."""
    product, square = 0.0, 0.0
    for k in range(value.size):
        product += change[k] * (value[k] - earlier[k])
        square += change[k] * change[k]
    if 0.0 < product < square:
        factor = product / (square - product)
        for k in range(value.size):
            value[k] += factor * (value[k] - earlier[k])
