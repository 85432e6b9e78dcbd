"""Patches of the incremental planner: the states that one change reaches, solved together.

A change travels upstream, against the plan. States that lead back to each other (a loop that is best for ever, a slip
to the side) pass it round many times. So after some number of backups, a state that was backed up once joins the
*patch* and is held. When the front has died away, the policy's equations of the patch are solved together,

    (I - discount P) change = residual        between the members; all other states stay as they are

by Gauss-Seidel sweeps in the order in which the change reached the members: nearly all of them then depend only on
members solved before them. The solution is pushed like any other change, and the front goes on from the border of the
patch. No step of this needs to be exact: q-values follow the values, and what counts is the measured residuals.
"""

import math

from ...belief import pair_gains
from ...compilation.compiled import part
from .pushes import move, push, share_of_hub
from .residuals import MOST_LINKS, TINY, beyond_of, enqueue_if_due, touch

HELD = 2  # in `states.queued`: not to be queued before the patch is solved

SOLVED = 0.25  # times eps: changes of a sweep so small are the last ones
MOST_SWEEPS = 100
PERIOD = 8  # sweeps from one extrapolation to the next


@part
def join(known, progress, state):
    """Make a state a member of the patch."""
    plan = progress.plan
    progress.member[plan.num_members] = state
    plan.num_members += 1
    known.states.place[state] = plan.num_members


@part
def dissolve(known, progress):
    """Let all members go."""
    place, queued = known.states.place, known.states.queued
    for k in range(progress.plan.num_members):
        state = progress.member[k]
        place[state] = 0
        if queued[state] == HELD:
            queued[state] = 0
    progress.plan.num_members = 0


@part
def gather(known, progress):
    """Collect the equations of the patch; return the largest residual, infinite where there is no room for them."""
    states, pairs, edges, numbers = known.states, known.pairs, known.edges, known.numbers
    plan, place, value, q_value = progress.plan, states.place, states.value, pairs.q_value
    neighbour, weight, residual = progress.neighbour, progress.weight, progress.residual
    is_local, num_actions, discount = numbers.has_local != 0, numbers.num_actions, plan.discount
    largest, links = 0.0, 0
    for k in range(progress.plan.num_members):
        state = progress.member[k]
        touch(known, plan, state)
        states.queued[state] = HELD
        best = state * num_actions
        for pair in range(best + 1, (state + 1) * num_actions):
            if q_value[pair] > q_value[best]:
                best = pair
        progress.first_link[k] = first = links
        own, per_count = (
            1.0 - discount * discount * beyond_of(known, best),
            discount * pair_gains.count_weight(known, best),
        )
        link = pairs.first_out[best]
        while link > 0:
            edge = link - 1
            other = place[edges.successor[edge]]
            if other > 0:
                mass = per_count * (edges.count[edge] + (edges.local[edge] if is_local else 0.0))
                if other == k + 1:
                    own -= mass
                elif links == MOST_LINKS:
                    return math.inf
                else:
                    neighbour[links], weight[links] = other - 1, mass
                    links += 1
            link = edges.next_out[edge]
        for i in range(first, links):
            weight[i] /= own
        residual[k] = (q_value[best] - value[state]) / own
        progress.change[k] = 0.0
        progress.step[k] = 0.0
        largest = max(largest, abs(q_value[best] - value[state]))
    progress.first_link[progress.plan.num_members] = links
    return largest


@part
def relax(progress, enough):
    """Sweep until no value changes by more than `enough`; return the number of sweeps.

    Errors that are slow to go shrink by much the same factor in each sweep, which the last two changes tell: now and
    then what is still to come is added at once (Aitken).
    """
    first_link, neighbour, weight = progress.first_link, progress.neighbour, progress.weight
    residual, change, step, num_members = progress.residual, progress.change, progress.step, progress.plan.num_members
    for sweep in range(MOST_SWEEPS):
        largest, product, square = 0.0, 0.0, 0.0
        for k in range(num_members):
            total = residual[k]
            for link in range(first_link[k], first_link[k + 1]):
                total += weight[link] * change[neighbour[link]]
            moved = total - change[k]
            product += moved * step[k]
            square += step[k] * step[k]
            largest = max(largest, abs(moved))
            change[k], step[k] = total, moved
        if largest <= enough:
            return sweep + 1
        if sweep % PERIOD == PERIOD - 1 and TINY < product <= progress.plan.discount * square:
            factor = product / (square - product)
            for k in range(num_members):
                change[k] += factor * step[k]
    return MOST_SWEEPS


@part
def settle(known, progress):
    """Solve the patch for its present policy and let the change spread; return whether there is no room for it.

    A patch with nothing left to solve is dissolved.
    """
    plan, states = progress.plan, known.states
    threshold = plan.residual_share * plan.eps
    largest = gather(known, progress)
    if largest <= threshold:
        dissolve(known, progress)
    if largest <= threshold or largest == math.inf:
        return largest > threshold
    relax(progress, SOLVED * threshold)
    plan.num_pops += plan.num_members
    per_state = share_of_hub(known, plan)
    for k in range(plan.num_members):
        move(known, plan, progress.member[k], progress.change[k], per_state)
    for k in range(plan.num_members):
        push(known, plan, progress.member[k], progress.change[k])
    for k in range(plan.num_members):
        state = progress.member[k]
        touch(known, plan, state)
        states.queued[state] = 0
        enqueue_if_due(known, plan, state)
    return False
