"""Evaluation of a policy in the order of its ways: where one successor is nearly certain, a sweep or two are enough.

Each state has a *main* successor, the commonest that is not itself. Followed from anywhere, main successors end in a
cycle. So the values of cycles come first, in closed form, and then those of all other states, each after its main
successor. A state's way back to itself is solved for, too:

    V = (payoff + sum of the others) / (1 - discount P(self))

What is left to repeated sweeps is what the less common successors add, and what is spread anywhere.
"""

import math

from ...compilation.compiled import part
from .rows import lumped_values

MAX_SWEEPS = 25  # of one policy before the next improvement
LEAST = 1e-9  # of what is divided by


@part
def evaluate_in_order(rows, discount, enough, is_first, is_same):
    """Sweep a policy's own rows until the changes of all values differ by `enough` at most; return how many sweeps.

    `is_first`: no policy of these rows was evaluated before; of another one only what has changed is copied. `is_same`:
    the latest one is evaluated further.
    """
    if is_first:
        _make_places(rows)
    if is_first or not is_same:
        _choose(rows, discount)
        rows.sizes.num_cyclic = _arrange(rows)
    for k in range(MAX_SWEEPS):
        if _sweep(rows, discount, rows.sizes.num_cyclic) <= enough:
            return k + 1
    return MAX_SWEEPS


@part
def _make_places(rows):
    """Make room among the rows that are copied for the longest one of each state."""
    indptr, num_actions, begin = rows.indptr, rows.sizes.num_actions, 0
    for state in range(rows.sizes.num_states):
        rows.chosen_indptr[state], rows.chosen_row[state], longest = begin, -1, 0
        for row in range(state * num_actions, (state + 1) * num_actions):
            longest = max(longest, indptr[row + 1] - indptr[row])
        begin += longest


@part
def _choose(rows, discount):
    """Copy the rows that a policy chose, discounted, each solved for its own state; find the main successors."""
    indptr, successor, weight, num_states = rows.indptr, rows.successor, rows.weight, rows.sizes.num_states
    chosen_successor, chosen_weight, has_hub = rows.chosen_successor, rows.chosen_weight, rows.sizes.has_hub != 0
    for state in range(num_states):
        row, own, first, largest = rows.policy[state], 1.0, rows.chosen_indptr[state], 0.0
        if rows.chosen_row[state] == row:
            continue
        place, rows.chosen_row[state], rows.main[state] = first, row, -1
        for k in range(indptr[row], indptr[row + 1]):
            if successor[k] == state and own - discount * weight[k] > LEAST:
                own -= discount * weight[k]
                continue
            chosen_successor[place] = successor[k]
            chosen_weight[place] = discount * weight[k]
            if weight[k] > largest and successor[k] < num_states and successor[k] != state:
                largest, rows.main[state] = weight[k], place
            place += 1
        for k in range(first, place):
            chosen_weight[k] /= own
        rows.chosen_end[state] = place
        rows.chosen_payoff[state] = rows.payoff[row] / own
        if has_hub:
            rows.chosen_rest[state] = discount * rows.rest[row] / own


@part
def _arrange(rows):
    """Put the states in order: cycles, then each state after its main successor; return how many are in cycles."""
    main, order, waiting, num_states = rows.main, rows.order, rows.waiting, rows.sizes.num_states
    successor, begin, read, num_cyclic = rows.chosen_successor, num_states, num_states, 0
    for state in range(num_states):
        waiting[state] = 0
    for state in range(num_states):
        if main[state] >= 0:
            waiting[successor[main[state]]] += 1
    for state in range(num_states):  # those that nobody waits for come last; without branches, which nothing foretells
        order[begin - 1] = state
        begin -= int(waiting[state] == 0)
    while read > begin:
        read -= 1
        place = main[order[read]]
        if place >= 0:
            following = successor[place]
            waiting[following] -= 1
            order[begin - 1] = following
            begin -= int(waiting[following] == 0)
    for first in range(num_states):
        if waiting[first] > 0:
            state = first
            while waiting[state] > 0:
                waiting[state] = 0
                order[num_cyclic] = state
                num_cyclic += 1
                state = successor[main[state]]
            order[num_cyclic - 1] = -1 - order[num_cyclic - 1]
    return num_cyclic


@part
def _sweep(rows, discount, num_cyclic):
    """One sweep in order, in place; return by how much the changes of the states' values differ."""
    order, value, num_states, has_hub = rows.order, rows.value, rows.sizes.num_states, rows.sizes.has_hub != 0
    payoff, rest, begins, ends = rows.chosen_payoff, rows.chosen_rest, rows.chosen_indptr, rows.chosen_end
    successor, weight = rows.chosen_successor, rows.chosen_weight
    hub = lumped_values(rows, rows.value)
    low, high = math.inf, -math.inf
    if rows.sizes.num_unseen > 0.0:
        value[num_states + 1] = rows.sizes.unseen_payoff + discount * hub
    begin = 0
    while begin < num_cyclic:
        end = begin
        while order[end] >= 0:
            end += 1
        last = -1 - order[end]
        first = order[begin]
        total, product = 0.0, 1.0
        for k in range(begin, end + 1):
            state = order[k] if k < end else last
            total += product * _worth(rows, state, hub, has_hub, rows.main[state])
            product *= rows.chosen_weight[rows.main[state]]
        around = total / (1.0 - product) if 1.0 - product > LEAST else total + product * value[first]
        low, high = min(low, around - value[first]), max(high, around - value[first])
        value[first] = around
        for k in range(end, begin, -1):
            state = order[k] if k < end else last
            total = _worth(rows, state, hub, has_hub, -1)
            low, high = min(low, total - value[state]), max(high, total - value[state])
            value[state] = total
        begin = end + 1
    for k in range(num_cyclic, num_states):
        state = order[k]
        total = payoff[state]  # as `_worth`, written out: this is where the time goes
        if has_hub:
            total += rest[state] * hub
        begin, end = begins[state], ends[state]
        if begin < end:  # most rows have a single transition: it costs no loop
            total += weight[begin] * value[successor[begin]]
            for place in range(begin + 1, end):
                total += weight[place] * value[successor[place]]
        change = total - value[state]
        if change > high:  # predictable branches: `max` would make every state wait for the one before
            high = change
        if change < low:
            low = change
        value[state] = total
    return high - low


@part
def _worth(rows, state, hub, has_hub, without):
    """What a state is worth by its chosen row and the present values, one of the places left out."""
    total = rows.chosen_payoff[state]
    if has_hub:
        total += rows.chosen_rest[state] * hub
    for k in range(rows.chosen_indptr[state], rows.chosen_end[state]):
        if k != without:
            total += rows.chosen_weight[k] * rows.value[rows.chosen_successor[k]]
    return total
