"""Rounds of the incremental planner: states that the hub has left behind, and all states before eps shrinks."""

import math

from ...belief.tables import SEEN
from ...compilation.compiled import part
from .residuals import NUM_CLASSES, SHRINK, TINY, enqueue_if_due, residual_of, rest_of, touch

LOOSER, MUCH_LOOSER = 1.5, 8.0
"""A larger eps replaces one so many times smaller: now and then, or at once. Each tenth that it shrinks costs a
round."""
LOOSENING_PERIOD = 8  # backups a state between two times
COMPLETE = 1e-9  # a round that lacks less than this share of its states is complete
FAR, NEAR = 1000.0, 2.0  # times the target: an eps further above it comes near it at once, in one round

FLOOR = 1e-7  # of the payoff of an unvisited pair: the smallest eps
ROUNDING = 1e-14  # of the largest value there is: residuals that small are rounding, whatever the tolerance
MOST_SHARE = 1e80  # of the value of the state at hand: a tolerance may be any number


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
    _append(known.states.next_scrub, plan, _class_of(rest), state)


@part
def scrub(known, plan):
    """Bring states up to date with the hub in rounds, fast enough that no residual is off by more than eps / 4."""
    travel, reach = plan.hub_travel, 0.25 * plan.eps / plan.discount
    if travel == 0.0:
        return
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


@part
def in_force(plan):
    """The eps that every residual is known to be below: the last one, while a smaller one is on its way."""
    return plan.eps / SHRINK if plan.is_tightening else plan.eps


@part
def wanted_eps(known, plan, state):
    """The eps that the tolerance asks for at a state, and no less than numbers can tell; it is never zero."""
    share = min(0.5 * plan.tolerance * (1.0 - plan.discount) / plan.discount, MOST_SHARE)
    least = max(FLOOR * abs(plan.unvisited_payoff), ROUNDING * plan.largest_value)
    return max(share * abs(known.states.value[state]), least, TINY)


@part
def tighten(known, plan, state):
    """Let eps follow the value of the state at hand, and check all states before a smaller one is in force.

    Half of the states are checked by the time that the target is half way to the smaller eps, all when it arrives.
    It ends: every round but the last makes eps smaller by a tenth, and the target is not zero.
    """
    target = wanted_eps(known, plan, state)
    is_due = plan.num_pops - plan.loosened_at > LOOSENING_PERIOD * known.numbers.num_known_states
    if target > MUCH_LOOSER * plan.eps or (is_due and target > LOOSER * plan.eps):  # nothing to look through
        plan.eps, plan.is_tightening, plan.loosened_at = target, 0, plan.num_pops
    while plan.is_tightening or SHRINK * target < plan.eps:
        if not plan.is_tightening:
            near = NEAR * target if plan.eps > FAR * target else plan.eps
            plan.eps *= SHRINK
            while plan.eps > near:
                plan.eps *= SHRINK
            plan.checked_share, plan.num_checked, plan.is_tightening = 0.0, 0, 1
        covered = math.log(plan.eps / (SHRINK * SHRINK * target)) / math.log(1.0 / SHRINK)
        plan.checked_share = max(plan.checked_share, min(covered + COMPLETE, 1.0))
        goal = math.ceil(plan.checked_share * known.numbers.num_known_states)
        while plan.num_checked < goal:
            other = known.states.order[plan.num_checked]
            plan.num_checked += 1
            if known.states.kind[other] == SEEN:
                touch(known, plan, other)
                enqueue_if_due(known, plan, other)
        if plan.checked_share < 1.0:
            break
        plan.is_tightening = 0


@part
def pending(known, plan):
    """Largest residual there may be while states are waiting in the queue."""
    states, numbers = known.states, known.numbers
    largest = in_force(plan)
    position = plan.queue_head
    for _ in range(plan.queue_length):
        waiting = (
            abs(residual_of(known.pairs.q_value, states.value, numbers.num_actions, states.queue[position]))
            + (1.0 - plan.residual_share) * plan.eps
        )
        largest = max(largest, waiting)
        position = position + 1 if position + 1 < numbers.state_room else 0
    return largest
