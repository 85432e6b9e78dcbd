"""Rounds of the incremental planner: states that the hub has left behind, and all states before eps shrinks."""

import math

from ...belief import updates
from ...belief.tables import SEEN
from ...compilation.compiled import part
from .residuals import (
    CHECKED,
    COUPLED,
    CREDIT,
    DISCOUNT,
    EPS,
    FIRST,
    HEAD,
    LARGEST,
    LAST,
    LENGTH,
    LOOSENED,
    NUM_CLASSES,
    POPS,
    PROGRESS,
    SHARE,
    SHRINK,
    SIZE,
    TIGHTENING,
    TINY,
    TOLERANCE,
    TRAVEL,
    UNVISITED,
    enqueue_if_due,
    residual_of,
    rest_of,
    touch,
)

LOOSER, MUCH_LOOSER = 1.5, 8.0
"""What replaces eps is so many times larger: now and then, and at once. The way back costs a round for each tenth."""
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
def _append(next_scrub, marks, k, state):
    """Put a state at the end of the round of class k."""
    next_scrub[state] = 0
    if marks[SIZE + k] == 0:
        marks[FIRST + k] = state + 1
    else:
        next_scrub[marks[LAST + k] - 1] = state + 1
    marks[LAST + k] = state + 1
    marks[SIZE + k] += 1
    if k < NUM_CLASSES - 1:
        marks[COUPLED] += 1


@part
def join_round(known, marks, state):
    """Put a state in the round of its class: the more of its predictions is known, the rarer it is visited."""
    num_actions, rest = known.counts[updates.ACTIONS], 0.0
    for pair in range(state * num_actions, (state + 1) * num_actions):
        rest = max(rest, rest_of(known, pair))
    _append(known.states.next_scrub, marks, _class_of(rest), state)


@part
def scrub(known, marks, levels):
    """Bring states up to the hub in rounds, fast enough that no residual is off by more than eps / 4 for its sake."""
    travel, reach = levels[TRAVEL], 0.25 * levels[EPS] / levels[DISCOUNT]
    if travel == 0.0:
        return
    levels[TRAVEL] = 0.0
    next_scrub = known.states.next_scrub
    for k in range(NUM_CLASSES - 1):
        size = marks[SIZE + k]
        if size > 0:
            levels[CREDIT + k] = min(levels[CREDIT + k] + travel / reach * size, float(size))
            while levels[CREDIT + k] >= 1.0:
                levels[CREDIT + k] -= 1.0
                state = marks[FIRST + k] - 1
                marks[FIRST + k] = next_scrub[state]
                marks[SIZE + k] -= 1
                marks[COUPLED] -= 1
                join_round(known, marks, state)
                touch(known, levels, state)
                enqueue_if_due(known, marks, levels, state)
        reach *= 2.0


@part
def in_force(marks, levels):
    """The eps that every residual is known to be below: the last one, while a smaller one is on its way."""
    return levels[EPS] / SHRINK if marks[TIGHTENING] else levels[EPS]


@part
def wanted_eps(known, levels, state):
    """The eps that the tolerance asks for at a state, and no less than numbers can tell; it is never zero."""
    share = min(0.5 * levels[TOLERANCE] * (1.0 - levels[DISCOUNT]) / levels[DISCOUNT], MOST_SHARE)
    least = max(FLOOR * abs(levels[UNVISITED]), ROUNDING * levels[LARGEST])
    return max(share * abs(known.states.value[state]), least, TINY)


@part
def tighten(known, marks, levels, state):
    """Let eps follow the value of the state at hand, and look all states through before a smaller one is in force.

    Half of the looking is done by the time that the target has covered half of its way, and all of it when it arrives.
    It ends: every round but the last makes eps smaller by a tenth, and the target is not zero.
    """
    target = wanted_eps(known, levels, state)
    is_due = marks[POPS] - marks[LOOSENED] > LOOSENING_PERIOD * known.counts[updates.STATES]
    if target > MUCH_LOOSER * levels[EPS] or (is_due and target > LOOSER * levels[EPS]):  # nothing to look through
        levels[EPS], marks[TIGHTENING], marks[LOOSENED] = target, 0, marks[POPS]
    while marks[TIGHTENING] or SHRINK * target < levels[EPS]:
        if not marks[TIGHTENING]:
            near = NEAR * target if levels[EPS] > FAR * target else levels[EPS]
            levels[EPS] *= SHRINK
            while levels[EPS] > near:
                levels[EPS] *= SHRINK
            levels[PROGRESS], marks[CHECKED], marks[TIGHTENING] = 0.0, 0, 1
        covered = math.log(levels[EPS] / (SHRINK * SHRINK * target)) / math.log(1.0 / SHRINK)
        levels[PROGRESS] = max(levels[PROGRESS], min(covered + COMPLETE, 1.0))
        goal = math.ceil(levels[PROGRESS] * known.counts[updates.STATES])
        while marks[CHECKED] < goal:
            other = known.states.order[marks[CHECKED]]
            marks[CHECKED] += 1
            if known.states.kind[other] == SEEN:
                touch(known, levels, other)
                enqueue_if_due(known, marks, levels, other)
        if levels[PROGRESS] < 1.0:
            break
        marks[TIGHTENING] = 0


@part
def pending(known, marks, levels):
    """Largest residual there may be while states are waiting in the queue."""
    states, counts = known.states, known.counts
    largest = in_force(marks, levels)
    position = marks[HEAD]
    for _ in range(marks[LENGTH]):
        waiting = (
            abs(residual_of(known.pairs.q_value, states.value, counts[updates.ACTIONS], states.queue[position]))
            + (1.0 - levels[SHARE]) * levels[EPS]
        )
        largest = max(largest, waiting)
        position = position + 1 if position + 1 < counts[updates.STATE_ROOM] else 0
    return largest
