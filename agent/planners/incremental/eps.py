"""How exact the plan is: eps follows the value of the state at hand, and who has which share of it."""

import math

from ...belief.tables import SEEN
from ...compilation.compiled import part
from .residuals import SHRINK, TINY, enqueue_if_due, leads_anywhere, residual_of, touch

HUB_SHARE = TERMINAL_SHARE = 0.25
"""Of eps: by how much residuals may be off because the hub, or the value of terminal states, lags behind. Residuals
have the rest to themselves."""

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


@part
def residual_share(known, plan):
    """The share of eps that residuals have to themselves."""
    share = 1.0 - (HUB_SHARE if leads_anywhere(plan) else 0.0)
    return share - (TERMINAL_SHARE if known.numbers.num_terminal > 0 else 0.0)
