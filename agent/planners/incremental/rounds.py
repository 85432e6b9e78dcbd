"""Rounds of the incremental planner, in which states that the hub has left behind are brought up to date."""

from ...belief.pair_gains import concentration_in
from ...compilation.compiled import part
from .eps import HUB_SHARE
from .residuals import NUM_CLASSES, enqueue_if_due, rest_of, rest_without_local, touch


@part
def _class_of(largest_rest):
    """Class of a state whose predictions lead anywhere with at most this probability."""
    k, bound = 0, 0.5
    while k < NUM_CLASSES - 2 and largest_rest <= bound:
        k += 1
        bound *= 0.5
    return k if largest_rest > 0.0 else NUM_CLASSES - 1


@part
def _largest_rest(known, state):
    """Largest probability that the prediction of any action in a state spreads anywhere."""
    numbers, rest = known.numbers, 0.0
    if numbers.has_local:
        for pair in range(state * numbers.num_actions, (state + 1) * numbers.num_actions):
            rest = max(rest, rest_of(known, pair))
    else:
        concentration = concentration_in(known, state)
        for pair in range(state * numbers.num_actions, (state + 1) * numbers.num_actions):
            rest = max(rest, rest_without_local(known, pair, concentration))
    return rest


@part
def join_round(known, plan, state):
    """Put a state at the end of the round of its class: the more of its predictions is known, the rarer is its turn."""
    states, k = known.states, _class_of(_largest_rest(known, state))
    last = plan.round_last[k] if plan.round_size[k] > 0 else 0
    states.round[state], states.last_scrub[state], states.next_scrub[state] = k, last, 0
    if last == 0:
        plan.round_first[k] = state + 1
    else:
        states.next_scrub[last - 1] = state + 1
    plan.round_last[k] = state + 1
    plan.round_size[k] += 1
    if k < NUM_CLASSES - 1:
        plan.num_coupled += 1


@part
def _leave_round(known, plan, state):
    states, k = known.states, known.states.round[state]
    former, following = states.last_scrub[state], states.next_scrub[state]
    if former == 0:
        plan.round_first[k] = following
    else:
        states.next_scrub[former - 1] = following
    if following == 0:
        plan.round_last[k] = former
    else:
        states.last_scrub[following - 1] = former
    plan.round_size[k] -= 1
    if k < NUM_CLASSES - 1:
        plan.num_coupled -= 1


@part
def change_round(known, plan, state):
    """Put a state that is up to date into the round of another class, if it has to be visited more often from now on.

    What rules spread anywhere may grow at any time; under other priors it only shrinks, but for what `scrub` allows.
    """
    if known.numbers.has_rules and _class_of(_largest_rest(known, state)) < known.states.round[state]:
        _leave_round(known, plan, state)
        join_round(known, plan, state)


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
    for k in range(NUM_CLASSES - 1):
        size = plan.round_size[k]
        if size > 0:
            plan.round_credit[k] = min(plan.round_credit[k] + travel / reach * size, float(size))
            while plan.round_credit[k] >= 1.0:
                plan.round_credit[k] -= 1.0
                state = plan.round_first[k] - 1
                _leave_round(known, plan, state)
                join_round(known, plan, state)
                touch(known, plan, state)
                enqueue_if_due(known, plan, state)
        reach *= 2.0
