"""Backups of the incremental planner: pushes along the edges into a state, and shifts of all values alike."""

import math

from agent import belief
from agent.compiled import part
from agent.planners.residuals import (
    ALLOWED,
    BEFORE,
    CENTRED,
    DISCOUNT,
    DONE,
    EPS,
    HEAD,
    HUB,
    LENGTH,
    NEXT_CENTRE,
    OVERRUN,
    POPS,
    SHARE,
    TERMINAL,
    TRAVEL,
    VALUE_SUM,
    enqueue,
    enqueue_if_due,
    leads_anywhere,
    mean_value,
    residual_of,
    rest_of,
    touch,
)
from agent.tables import SEEN

UNEVEN = 64.0  # times eps: so much between the residuals is something local, or far from settled


@part
def drain(known, marks, levels):
    """Back up queued states, first in, first out, until none has a residual above its share of eps.

    The one hot loop, written out: some ten nanoseconds for each edge into a state that changed. It stops early, with
    DONE, when values should be centred, and with OVERRUN when it took too much work.
    """
    states, pairs, edges, counts = known.states, known.pairs, known.edges, known.counts
    value, queue, queued, starts, first_in = states.value, states.queue, states.queued, states.starts, states.first_in
    q_value, count_weight = pairs.q_value, pairs.count_weight
    edge_pair, edge_count, edge_local, next_in = edges.pair, edges.count, edges.local, edges.next_in
    num_actions, discount, threshold = counts[belief.ACTIONS], levels[DISCOUNT], levels[SHARE] * levels[EPS]
    unseen = max(counts[belief.OUTCOMES] - counts[belief.STATES], 0)
    population = max(counts[belief.OUTCOMES], counts[belief.STATES]) - discount * unseen
    per_state = 1.0 / population if leads_anywhere(marks) else 0.0
    per_action = 1.0 / num_actions  # (pair + .5) * per_action: an exact division at a third of its cost
    is_local, room = counts[belief.HAS_LOCAL] != 0, counts[belief.STATE_ROOM]
    while marks[LENGTH] > 0:
        if marks[POPS] >= marks[ALLOWED]:
            return OVERRUN
        if marks[POPS] >= marks[NEXT_CENTRE]:
            return DONE
        state = queue[marks[HEAD]]
        marks[HEAD] = marks[HEAD] + 1 if marks[HEAD] + 1 < room else 0
        marks[LENGTH] -= 1
        marks[POPS] += 1
        queued[state] = 0
        touch(known, levels, state)
        change = residual_of(q_value, value, num_actions, state)
        if abs(change) <= threshold:
            continue
        value[state] += change
        levels[VALUE_SUM] += change
        moved = change * per_state
        if starts[state] > 0:
            terminal = change * starts[state] / counts[belief.RESETS]
            levels[TERMINAL] += terminal
            moved += counts[belief.TERMINALS] * terminal * per_state
        levels[HUB] += moved
        levels[TRAVEL] += abs(moved)
        step = discount * change
        link = first_in[state]
        while link > 0:  # push the change to the pairs that lead here
            edge = link - 1
            pair = edge_pair[edge]
            mass = edge_count[edge] + (edge_local[edge] if is_local else 0.0)
            before = q_value[pair]
            after = before + step * count_weight[pair] * mass
            q_value[pair] = after
            source = int((pair + 0.5) * per_action)
            if queued[source] == 0:
                base = value[source]  # the maximum over actions moved only if this action was, or is, near it
                if after > base + threshold or (
                    before >= base - threshold and abs(residual_of(q_value, value, num_actions, source)) > threshold
                ):
                    enqueue(known, marks, source)
            link = next_in[edge]
    return DONE


@part
def plan_centring(known, marks):
    """Say after how many more pops values are centred."""
    num_states = known.counts[belief.STATES]
    marks[NEXT_CENTRE] = min(marks[CENTRED] + num_states, marks[POPS] + num_states // 8 + 100)


@part
def centre(known, marks, levels):
    """Shift all values alike, so that the residuals lie evenly about zero.

    Where everything loses its novelty together, or the best loop becomes another one, pushes would move the level in
    steps of eps and 1/(1 - discount) sweeps: a shift by c changes every residual by about (discount - 1) c at once, and
    the policy not at all. Tried after as many pops as there are states, and within a step after an eighth of that.

    Returns:
        OVERRUN where a step's pops have not brought the residuals anywhere near eps: a full solution is due. Else DONE.
    """
    low, high = math.inf, -math.inf
    states, counts = known.states, known.counts
    value, q_value, num_actions = states.value, known.pairs.q_value, counts[belief.ACTIONS]
    for k in range(counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] == SEEN:
            residual = residual_of(q_value, value, num_actions, state)
            low, high = min(low, residual), max(high, residual)
    unseen = max(counts[belief.OUTCOMES] - counts[belief.STATES], 0)  # these follow the hub, and hold it back
    seen = max(counts[belief.STATES], 1)
    shift = 0.5 * (low + high) / (1.0 - levels[DISCOUNT] * seen / (seen + (1.0 - levels[DISCOUNT]) * unseen))
    marks[CENTRED] = marks[POPS]
    is_late = marks[POPS] > marks[BEFORE] + known.counts[belief.STATES] // 8
    plan_centring(known, marks)
    if high - low > UNEVEN * levels[EPS]:  # no common shift helps; each state would be looked at over and over
        return OVERRUN if is_late else DONE
    if abs(shift) * (1.0 - levels[DISCOUNT]) > 0.05 * levels[EPS]:
        _shift(known, marks, levels, shift)
    return DONE


@part
def _shift(known, marks, levels, shift):
    """Add a constant to all values, and what follows from it to all q-values."""
    states, pairs, counts = known.states, known.pairs, known.counts
    levels[VALUE_SUM] += shift * (counts[belief.STATES] - counts[belief.TERMINALS])
    if counts[belief.RESETS] > 0:
        levels[TERMINAL] += shift
        for k in range(counts[belief.TERMINALS]):
            states.value[states.terminal_order[k]] += shift
    levels[HUB] = mean_value(known, levels)
    levels[TRAVEL] = 0.0
    discount, concentration, hub = levels[DISCOUNT], known.sums[belief.CONCENTRATION], levels[HUB]
    q_value, count_weight, num_actions = pairs.q_value, pairs.count_weight, counts[belief.ACTIONS]
    is_local, is_coupled = counts[belief.HAS_LOCAL] != 0, leads_anywhere(marks)
    for k in range(counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] == SEEN:
            moved = hub - states.hub[state] - shift
            for pair in range(state * num_actions, (state + 1) * num_actions):
                rest = concentration * count_weight[pair]
                if is_local:
                    rest = rest_of(known, pair) if is_coupled else 0.0
                q_value[pair] += discount * (shift + rest * moved)
            states.hub[state] = hub
            states.value[state] += shift
            if abs(residual_of(q_value, states.value, num_actions, state)) > levels[SHARE] * levels[EPS]:
                enqueue(known, marks, state)


@part
def _push(known, marks, levels, state, change):
    """Add a change of a terminal state's value to the q-values of all pairs that lead to it."""
    pairs, edges, counts = known.pairs, known.edges, known.counts
    step = levels[DISCOUNT] * change
    link = known.states.first_in[state]
    while link > 0:
        edge = link - 1
        pair = edges.pair[edge]
        mass = edges.count[edge] + (edges.local[edge] if counts[belief.HAS_LOCAL] else 0.0)
        pairs.q_value[pair] += step * pairs.count_weight[pair] * mass
        enqueue_if_due(known, marks, levels, pair // counts[belief.ACTIONS])
        link = edges.next_in[edge]


@part
def push_terminal(known, marks, levels):
    """Let terminal states follow the value of the start, once it has moved by eps / 4."""
    states, counts = known.states, known.counts
    if counts[belief.TERMINALS] == 0:
        return
    change = levels[TERMINAL] - states.value[states.terminal_order[0]]
    if abs(change) > 0.25 * levels[EPS]:
        for k in range(counts[belief.TERMINALS]):
            state = states.terminal_order[k]
            states.value[state] += change
            _push(known, marks, levels, state, change)
