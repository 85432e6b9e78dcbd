"""Backups of the incremental planner: pushes along the edges into a state, and shifts of all values alike."""

import math

from ...belief import updates
from ...belief.tables import SEEN
from ...compilation.compiled import part
from .patches import HELD, join, settle
from .residuals import (
    ALLOWED,
    BEFORE,
    CENTRED,
    DISCOUNT,
    DONE,
    EPS,
    HEAD,
    HUB,
    LARGEST,
    LENGTH,
    MAX_POPS,
    MEMBERS,
    MOST_MEMBERS,
    NEXT_CENTRE,
    OVERRUN,
    POPS,
    SHARE,
    TERMINAL,
    TRAVEL,
    VALUE_SUM,
    enqueue,
    leads_anywhere,
    mean_value,
    move,
    push,
    residual_of,
    rest_of,
    share_of_hub,
    touch,
)

UNEVEN = 64.0  # times eps: residuals that differ by more are something local, which a common shift does not help
OFF_CENTRE = 0.2  # times eps: a mean residual that a shift is worth while for
PATCH_AFTER, FAR_OFF = 64, 4.0
"""After so many pops in a step, states whose residual is so many times their share of eps are solved together."""


@part
def drain(known, progress):
    """Back up queued states, first in, first out, until none has a residual above its share of eps.

    It stops early, with DONE, when values should be centred, and with OVERRUN when it took too much work.
    """
    marks, levels, states, counts = progress.marks, progress.levels, known.states, known.counts
    value, queue, queued, q_value = states.value, states.queue, states.queued, known.pairs.q_value
    num_actions, room, threshold = counts[updates.ACTIONS], counts[updates.STATE_ROOM], levels[SHARE] * levels[EPS]
    per_state = share_of_hub(known, marks, levels)
    while marks[LENGTH] > 0 or marks[MEMBERS] > 0:
        if marks[POPS] >= marks[ALLOWED]:
            return OVERRUN
        if marks[LENGTH] == 0:
            if settle(known, progress) == OVERRUN:
                return OVERRUN
            continue
        if marks[POPS] >= marks[NEXT_CENTRE] and marks[MEMBERS] == 0:
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
        is_far_off = abs(change) > FAR_OFF * threshold and marks[POPS] > marks[BEFORE] + PATCH_AFTER
        if marks[MEMBERS] > 0 or (is_far_off and marks[MAX_POPS] == 0):
            if states.place[state] > 0:
                queued[state] = HELD
                continue
            if marks[MEMBERS] == MOST_MEMBERS:
                return OVERRUN
            join(known, progress, state)
        move(known, levels, state, change, per_state)
        push(known, marks, levels, state, change)
    return DONE


@part
def plan_centring(known, marks):
    """Say after how many more pops values are centred."""
    num_states = known.counts[updates.STATES]
    marks[NEXT_CENTRE] = min(marks[CENTRED] + num_states, marks[POPS] + num_states // 16 + 100)


@part
def centre(known, marks, levels):
    """Shift all values alike, so that the mean residual is zero.

    Where everything loses its novelty together, or the best loop becomes another one, pushes would move the level in
    steps of eps and 1/(1 - discount) sweeps: a shift by c changes every residual by about (discount - 1) c at once, and
    the policy not at all. Tried after as many pops as there are states, and within a step after a sixteenth of that,
    when pushing cost as much as a shift does. The middle between the extremes would be no better guide: a few states
    far off would push all others off as far.
    """
    low, high, total, seen = math.inf, -math.inf, 0.0, 0
    states, counts = known.states, known.counts
    value, q_value, num_actions = states.value, known.pairs.q_value, counts[updates.ACTIONS]
    for k in range(counts[updates.STATES]):
        state = states.order[k]
        if states.kind[state] == SEEN:
            residual = residual_of(q_value, value, num_actions, state)
            low, high, total, seen = min(low, residual), max(high, residual), total + residual, seen + 1
    marks[CENTRED] = marks[POPS]
    plan_centring(known, marks)
    if seen == 0 or high - low > UNEVEN * levels[EPS]:  # something local: no common shift helps
        return
    mean = total / seen
    if abs(mean) > OFF_CENTRE * levels[SHARE] * levels[EPS]:
        unseen = max(counts[updates.OUTCOMES] - counts[updates.STATES], 0)  # these follow the hub, and hold it back
        known_states = counts[updates.STATES]
        follows = known_states / (known_states + (1.0 - levels[DISCOUNT]) * unseen)
        _shift(known, marks, levels, mean / (1.0 - levels[DISCOUNT] * follows))


@part
def _shift(known, marks, levels, shift):
    """Add a constant to all values, and what follows from it to all q-values."""
    states, pairs, counts = known.states, known.pairs, known.counts
    levels[LARGEST] += abs(shift)
    levels[VALUE_SUM] += shift * (counts[updates.STATES] - counts[updates.TERMINALS])
    if counts[updates.RESETS] > 0:
        levels[TERMINAL] += shift
        for k in range(counts[updates.TERMINALS]):
            states.value[states.terminal_order[k]] += shift
    levels[HUB] = mean_value(known, levels)
    levels[TRAVEL] = 0.0
    discount, concentration, hub = levels[DISCOUNT], known.sums[updates.CONCENTRATION], levels[HUB]
    q_value, num_actions = pairs.q_value, counts[updates.ACTIONS]
    is_local, is_coupled = counts[updates.HAS_LOCAL] != 0, leads_anywhere(marks)
    for k in range(counts[updates.STATES]):
        state = states.order[k]
        if states.kind[state] == SEEN:
            moved = hub - states.hub[state] - shift
            for pair in range(state * num_actions, (state + 1) * num_actions):
                rest = concentration * updates.count_weight(known, pair)
                if is_local:
                    rest = rest_of(known, pair) if is_coupled else 0.0
                q_value[pair] += discount * (shift + rest * moved)
            states.hub[state] = hub
            states.value[state] += shift
            if abs(residual_of(q_value, states.value, num_actions, state)) > levels[SHARE] * levels[EPS]:
                enqueue(known, marks, state)


@part
def push_terminal(known, marks, levels):
    """Let terminal states follow the value of the start, once it has moved by eps / 4."""
    states, counts = known.states, known.counts
    if counts[updates.TERMINALS] == 0:
        return
    change = levels[TERMINAL] - states.value[states.terminal_order[0]]
    if abs(change) > 0.25 * levels[EPS]:
        for k in range(counts[updates.TERMINALS]):
            state = states.terminal_order[k]
            states.value[state] += change
            push(known, marks, levels, state, change)
