"""Evaluation of a policy by extrapolated Gauss-Seidel sweeps over its rows."""

import math

from ...compilation.compiled import part
from .rows import lumped_values

MAX_EVALUATION = 25  # double sweeps of one policy before the next improvement
PERIOD = 12  # double sweeps from one extrapolation to the next
TINY = 1e-300  # products below it have lost their digits


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
    hub = lumped_values(rows, rows.value)
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
