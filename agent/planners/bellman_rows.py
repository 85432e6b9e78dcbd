"""Sweeps over sparse Bellman rows: improvement, and evaluation of a policy by extrapolated Gauss-Seidel."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compilation.compiled import part
from ..compilation.records import Record, record

MAX_EVALUATION = 25  # double sweeps of one policy before the next improvement
PERIOD = 12  # double sweeps from one extrapolation to the next
TINY = 1e-300  # products below it have lost their digits


@record
class Sizes(Record):
    """How large a decision problem is."""

    num_states: int  # n: states with actions
    num_in_hub: int  # the first of them, which something may spread over
    num_actions: int  # of each
    num_starts: int  # states a reset leads to; none: terminal states are worth nothing
    has_hub: int  # whether some probability is spread over all states: not 0
    num_terminal: float  # terminal states
    num_unseen: float  # states never seen
    num_outcomes: float  # all states
    unseen_payoff: float  # of every pair never seen


class Rows(NamedTuple):
    """A sparse decision problem and its plan: n states, row = state * num_actions + action; see `policy_iteration`.

    All arrays may have room to spare: `sizes` says how much is used.
    """

    sizes: Sizes
    indptr: NDArray[np.int32]  # [rows + 1]
    successor: NDArray[np.int32]  # [nonzeros], n = terminal, n + 1 = never seen
    weight: NDArray[np.float64]  # [nonzeros]
    rest: NDArray[np.float64]  # [rows]: probability that is spread over all states; unused without a hub
    payoff: NDArray[np.float64]  # [rows]
    start: NDArray[np.int32]  # states a reset leads to
    start_weight: NDArray[np.float64]  # sums to one
    value: NDArray[np.float64]  # [n + 2]
    improved: NDArray[np.float64]  # [n + 2]
    q_values: NDArray[np.float64]  # [rows]
    policy: NDArray[np.int32]  # [n]: the greedy row of each state
    chosen_indptr: NDArray[np.int32]  # [n + 1]: the rows of a policy, discounted and contiguous, to stream through
    chosen_successor: NDArray[np.int32]  # [nonzeros]
    chosen_weight: NDArray[np.float64]  # [nonzeros]
    chosen_rest: NDArray[np.float64]  # [n]
    chosen_payoff: NDArray[np.float64]  # [n]
    earlier: NDArray[np.float64]  # [n + 2], scratch of the extrapolation
    change: NDArray[np.float64]  # [n + 2], likewise


@part
def lumped_values(rows):
    """Set the value of terminal states from the start distribution; return the hub."""
    num_states, value = rows.sizes.num_states, rows.value
    if rows.sizes.num_starts > 0:
        total = 0.0
        for k in range(rows.sizes.num_starts):
            total += rows.start_weight[k] * value[rows.start[k]]
        value[num_states] = total
    if not rows.sizes.has_hub:
        return 0.0
    total = rows.sizes.num_terminal * value[num_states] + rows.sizes.num_unseen * value[num_states + 1]
    for state in range(rows.sizes.num_in_hub):
        total += value[state]
    return total / rows.sizes.num_outcomes


@part
def backup(rows, discount):
    """One sweep of value iteration from `rows.value` into `rows.improved`.

    Fills `q_values` and the greedy `policy`. Returns the least and the largest change, and how many states changed
    their action.
    """
    num_states, num_actions, has_hub = rows.sizes.num_states, rows.sizes.num_actions, rows.sizes.has_hub != 0
    indptr, successor, weight, rest, payoff = rows.indptr, rows.successor, rows.weight, rows.rest, rows.payoff
    value, improved, q_values, policy = rows.value, rows.improved, rows.q_values, rows.policy
    hub = lumped_values(rows)
    low, high = math.inf, -math.inf
    num_changed = 0
    if rows.sizes.num_unseen > 0.0:
        improved[num_states + 1] = rows.sizes.unseen_payoff + discount * hub
        low = high = improved[num_states + 1] - value[num_states + 1]
    if (
        rows.sizes.num_starts == 0 and rows.sizes.num_terminal > 0.0
    ):  # an absorbing state that pays nothing and never changes
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


@part
def improve_in_place(rows, discount, backwards):
    """One sweep of Gauss-Seidel value iteration, which also leaves the greedy `policy`."""
    num_states, num_actions, has_hub = rows.sizes.num_states, rows.sizes.num_actions, rows.sizes.has_hub != 0
    indptr, successor, weight, rest, payoff = rows.indptr, rows.successor, rows.weight, rows.rest, rows.payoff
    value, policy = rows.value, rows.policy
    hub = lumped_values(rows)
    if rows.sizes.num_unseen > 0.0:
        value[num_states + 1] = rows.sizes.unseen_payoff + discount * hub
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


@part
def evaluate(rows, discount, enough, extrapolated):
    """Sweep a policy's own rows in place until no value changes by more than `enough`; return the number of sweeps.

    The errors that are slow to go are those that a policy's closed loops keep: after some sweeps each of them shrinks
    by much the same factor per sweep, which the last two changes tell, and their sum to infinity can be added at once
    (Aitken's extrapolation). A grid of 100 x 100 at discount .99 then needs a third of the sweeps.
    """
    _choose(rows, discount)
    value, earlier, change, num_values = rows.value, rows.earlier, rows.change, rows.sizes.num_states + 2
    for k in range(MAX_EVALUATION):
        phase = k % PERIOD
        if extrapolated and phase >= PERIOD - 2:
            for i in range(num_values):  # written out: array expressions take longer to compile
                earlier[i] = value[i]
        _sweep(rows, discount, True)
        if _sweep(rows, discount, False) <= enough:
            return 2 * (k + 1)
        if extrapolated and phase == PERIOD - 2:
            for i in range(num_values):
                change[i] = value[i] - earlier[i]
        elif extrapolated and phase == PERIOD - 1:
            _extrapolate(value, earlier, change, num_values, discount)
    return 2 * MAX_EVALUATION


@part
def _choose(rows, discount):
    """Copy the rows that a policy chose, discounted."""
    indptr, successor, weight, has_hub = rows.indptr, rows.successor, rows.weight, rows.sizes.has_hub != 0
    chosen_successor, chosen_weight = rows.chosen_successor, rows.chosen_weight
    position = 0
    rows.chosen_indptr[0] = 0
    for state in range(rows.sizes.num_states):
        row = rows.policy[state]
        for k in range(indptr[row], indptr[row + 1]):
            chosen_successor[position] = successor[k]
            chosen_weight[position] = discount * weight[k]
            position += 1
        rows.chosen_indptr[state + 1] = position
        rows.chosen_payoff[state] = rows.payoff[row]
        if has_hub:
            rows.chosen_rest[state] = discount * rows.rest[row]


@part
def _sweep(rows, discount, backwards):
    """One sweep of a policy's rows in place; return by how much the changes of the states' values differ."""
    indptr, successor, weight = rows.chosen_indptr, rows.chosen_successor, rows.chosen_weight
    payoff, rest, value = rows.chosen_payoff, rows.chosen_rest, rows.value
    num_states, has_hub = rows.sizes.num_states, rows.sizes.has_hub != 0
    hub = lumped_values(rows)
    low, high = math.inf, -math.inf
    if rows.sizes.num_unseen > 0.0:
        value[num_states + 1] = rows.sizes.unseen_payoff + discount * hub
    for k in range(num_states):
        state = num_states - 1 - k if backwards else k
        total = payoff[state]
        if has_hub:
            total += rest[state] * hub
        for position in range(indptr[state], indptr[state + 1]):
            total += weight[position] * value[successor[position]]
        change = total - value[state]
        if change > high:  # predictable branches: `max` would make every state wait for the one before
            high = change
        if change < low:
            low = change
        value[state] = total
    return high - low


@part
def _extrapolate(value, earlier, change, num_values, discount):
    """Add what is still to come if changes go on shrinking as from `change` to `value - earlier`.

    No error shrinks by less than the discount: changes that seem to are rounding, and would be magnified without bound.
    """
    product, square = 0.0, 0.0
    for k in range(num_values):
        product += change[k] * (value[k] - earlier[k])
        square += change[k] * change[k]
    if TINY < product <= discount * square:
        factor = product / (square - product)
        for k in range(num_values):
            value[k] += factor * (value[k] - earlier[k])
