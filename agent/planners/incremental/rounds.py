"""Rounds of the incremental planner, in which states that the hub has left behind are brought up to date."""

from ...compilation.compiled import part
from .eps import HUB_SHARE
from .residuals import NUM_CLASSES, enqueue_if_due, rest_of, touch


@part
def _class_of(largest_rest):
    """Class of a state whose predictions lead anywhere with at most this probability."""
    k, bound = 0, 0.5
    while k < NUM_CLASSES - 2 and largest_rest <= bound:
        k += 1
        bound *= 0.5
    return k if largest_rest > 0.0 else NUM_CLASSES - 1


@part
def _append(next_scrub, plan, k, state):
    """Put a state at the end of the round of class k."""
    next_scrub[state] = 0
    if plan.round_size[k] == 0:
        plan.round_first[k] = state + 1
    else:
        next_scrub[plan.round_last[k] - 1] = state + 1
    plan.round_last[k] = state + 1
    plan.round_size[k] += 1
    if k < NUM_CLASSES - 1:
        plan.num_coupled += 1


@part
def join_round(known, plan, state):
    """Put a state in the round of its class: the more of its predictions is known, the rarer it is visited."""
    num_actions, rest = known.numbers.num_actions, 0.0
    for pair in range(state * num_actions, (state + 1) * num_actions):
        rest = max(rest, rest_of(known, pair))
    if known.numbers.has_rules:  # what they spread anywhere may grow at any time
        rest = 1.0
    _append(known.states.next_scrub, plan, _class_of(rest), state)


@part
def concentrations(known):
    """The lesser and the larger concentration that any state's prior has."""
    one = other = 1.0 if known.numbers.has_rules else known.numbers.concentration
    if known.numbers.spread_to < known.numbers.spread_end:
        other = known.numbers.former_concentration
    return min(one, other), max(one, other)


@part
def scrub(known, plan):
    """Bring states up to date with the hub in rounds, fast enough that none is off by more than its share of eps."""
    travel, reach = plan.hub_travel, HUB_SHARE * plan.eps / plan.discount
    if travel == 0.0:
        return
    travel *= concentrations(known)[1] / plan.least_concentration  # c / (n + c) grows by no larger factor than c does
    plan.hub_travel = 0.0
    next_scrub = known.states.next_scrub
    for k in range(NUM_CLASSES - 1):
        size = plan.round_size[k]
        if size > 0:
            plan.round_credit[k] = min(plan.round_credit[k] + travel / reach * size, float(size))
            while plan.round_credit[k] >= 1.0:
                plan.round_credit[k] -= 1.0
                state = plan.round_first[k] - 1
                plan.round_first[k] = next_scrub[state]
                plan.round_size[k] -= 1
                plan.num_coupled -= 1
                join_round(known, plan, state)
                touch(known, plan, state)
                enqueue_if_due(known, plan, state)
        reach *= 2.0
