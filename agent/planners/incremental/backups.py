"""Backups of the incremental planner: pushes along the edges into a state, and shifts of all values alike."""

import math

from ...belief import pair_gains
from ...belief.tables import SEEN
from ...compilation.compiled import part
from .eps import TERMINAL_SHARE
from .patches import HELD, join, settle
from .pushes import move, push, share_of_hub
from .residuals import (
    MOST_MEMBERS,
    beyond_of,
    enqueue,
    leads_anywhere,
    mean_value,
    residual_of,
    rest_of,
    touch,
)

UNEVEN = 64.0  # times eps: residuals that differ by more are something local, which a common shift does not help
OFF_CENTRE = 0.2  # times eps: a mean residual from which on a shift is worthwhile
WIDE, LEAST_WIDE = 16, 16
"""Under rules: once one of so many states waits, and so many do, after `PATCH_AFTER` pops, the change is on its way to
most of them, and a full solution is the cheaper way out."""
PATCH_AFTER, FAR_OFF = 64, 4.0
"""After so many pops in a step, states whose residual is so many times their share of eps are solved together."""


@part
def drain(known, progress):
    """Back up queued states, first in, first out, until none has a residual above its share of eps.

    It stops early when values should be centred, and when it took too much work: returns whether it did.
    """
    plan, states, numbers = progress.plan, known.states, known.numbers
    value, queue, queued, q_value = states.value, states.queue, states.queued, known.pairs.q_value
    num_actions, room, threshold = numbers.num_actions, numbers.state_room, plan.residual_share * plan.eps
    per_state = share_of_hub(known, plan)
    is_patient = numbers.has_rules == 0 or plan.max_pops > 0
    wide = max(numbers.num_known_states // WIDE, LEAST_WIDE)
    while plan.queue_length > 0 or plan.num_members > 0:
        if plan.num_pops >= plan.last_pop or (
            not is_patient and plan.queue_length > wide and plan.num_pops > plan.pops_before + PATCH_AFTER
        ):
            return True
        if plan.queue_length == 0:
            if settle(known, progress):
                return True
            continue
        if plan.num_pops >= plan.next_centring and plan.num_members == 0:
            return False
        state = queue[plan.queue_head]
        plan.queue_head = plan.queue_head + 1 if plan.queue_head + 1 < room else 0
        plan.queue_length -= 1
        plan.num_pops += 1
        queued[state] = 0
        touch(known, plan, state)
        change = residual_of(q_value, value, num_actions, state)
        if abs(change) <= threshold:
            continue
        is_far_off = abs(change) > FAR_OFF * threshold and plan.num_pops > plan.pops_before + PATCH_AFTER
        if plan.num_members > 0 or (is_far_off and plan.max_pops == 0):
            if states.place[state] > 0:
                queued[state] = HELD
                continue
            if plan.num_members == MOST_MEMBERS:
                return True
            join(known, progress, state)
        move(known, plan, state, change, per_state)
        push(known, plan, state, change)
    return False


@part
def plan_centring(known, plan):
    """Say after how many more pops values are centred."""
    num_states = known.numbers.num_known_states
    plan.next_centring = min(plan.centred_at + num_states, plan.num_pops + num_states // 16 + 100)


@part
def centre(known, plan):
    """Shift all values alike, so that the mean residual is zero.

    Where everything loses its novelty together, or another loop becomes the best one, pushes would move the common
    level in steps of eps, and take 1/(1 - discount) sweeps. A shift by c changes every residual by about (discount - 1)
    c at once, and the policy not at all. Tried after as many pops as there are states, and within a step after a
    sixteenth of that, when pushing cost as much as a shift does. The middle between the extremes would be a worse
    guide: a few states that are far off would move all others as far.
    """
    low, high, total, seen = math.inf, -math.inf, 0.0, 0
    states, numbers = known.states, known.numbers
    value, q_value, num_actions = states.value, known.pairs.q_value, numbers.num_actions
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] == SEEN:
            residual = residual_of(q_value, value, num_actions, state)
            low, high, total, seen = min(low, residual), max(high, residual), total + residual, seen + 1
    plan.centred_at = plan.num_pops
    plan_centring(known, plan)
    if seen == 0 or high - low > UNEVEN * plan.eps:  # something local: no common shift helps
        return
    mean = total / seen
    if abs(mean) > OFF_CENTRE * plan.residual_share * plan.eps:
        unseen = max(numbers.num_outcomes - numbers.num_known_states, 0)  # these follow the hub, and hold it back
        known_states = numbers.num_known_states
        follows = known_states / (known_states + (1.0 - plan.discount) * unseen)
        _shift(known, plan, mean / (1.0 - plan.discount * follows))


@part
def _shift(known, plan, shift):
    """Add a constant to all values, and what follows from it to all q-values."""
    states, pairs, numbers = known.states, known.pairs, known.numbers
    plan.largest_value += abs(shift)
    plan.value_sum += shift * (numbers.num_known_states - numbers.num_terminal)
    if numbers.num_resets > 0:
        plan.terminal_value += shift
        for k in range(numbers.num_terminal):
            states.value[states.terminal_order[k]] += shift
    plan.hub = mean_value(known, plan)
    plan.hub_travel = 0.0
    discount, hub = plan.discount, plan.hub
    q_value, num_actions = pairs.q_value, numbers.num_actions
    is_local, is_coupled = numbers.has_local != 0, leads_anywhere(plan)
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] == SEEN:
            moved = hub - states.hub[state] - shift
            concentration = pair_gains.concentration_in(known, state)
            for pair in range(state * num_actions, (state + 1) * num_actions):
                rest, lost = concentration / (pairs.visits[pair] + concentration), 0.0
                if is_local:
                    rest = rest_of(known, pair) if is_coupled else 0.0
                    lost = (1.0 - discount) * beyond_of(known, pair)  # the way beyond and back takes two steps
                q_value[pair] += discount * ((1.0 - lost) * shift + rest * moved)
            states.hub[state] = hub
            states.value[state] += shift
            if abs(residual_of(q_value, states.value, num_actions, state)) > plan.residual_share * plan.eps:
                enqueue(known, plan, state)


@part
def push_terminal(known, plan):
    """Let terminal states follow the value of the start, once it has moved by eps / 4."""
    states, numbers = known.states, known.numbers
    if numbers.num_terminal == 0:
        return
    change = plan.terminal_value - states.value[states.terminal_order[0]]
    if abs(change) > TERMINAL_SHARE * plan.eps:
        for k in range(numbers.num_terminal):
            state = states.terminal_order[k]
            states.value[state] += change
            push(known, plan, state, change)
