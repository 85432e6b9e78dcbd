"""What a pair predicts: its outcomes and labels are listed, its types and their blend described, given what was seen.

What these components, Dirichlet distributions of responsibilities r_z, say together is worked out in `mixture`:

    r_z ~ w_z (c_z b_z)_n / (c_z)_n          w_z: the gate's weights, and the blend's, see `membership`
"""

import math

from ....compilation.compiled import part
from ....information.special import FEW, log_rising
from .. import dictionary
from ..fitting import labels, strays, targets
from ..fitting.gates import floored_weights
from ..fitting.types import spread_labels, spread_own
from ..tables import (
    ADJACENT,
    FIRST_LEARNT,
    FIRST_SIBLING,
    INVALID,
    MISSING,
    SYMMETRIC,
)
from .membership import blend
from .mixture import expect, mix

LEAST_WEIGHT, LEAST_RESPONSIBILITY = 0.002, 1e-7
"""Types that weigh less, in a pair never taken, or are less responsible, are left out of a prediction."""


@part
def predict(known, structure, pair):
    """Work out a pair's prediction, and return what it is expected to teach, nats.

    The scratch lists outcomes with their `local` concentration; among the numbers are the pair's and what is unnamed.
    """
    numbers, actions = structure.numbers, structure.actions
    state, action = pair // numbers.num_actions, pair % numbers.num_actions
    visited = int(structure.marks.visited[pair]) - 1
    num_types, numbers.num_outcomes = int(actions.num_types[action]), 0
    if num_types > 0:
        _point(known, structure, state, action)
        floored_weights(structure, action, state, visited)
    else:
        num_types = 1
        structure.scratch.gate[SYMMETRIC] = 1.0
    _list_observed(known, structure, pair)
    if visited >= 0:
        spread_own(structure, visited, 1)
    numbers.stray = strays.excess(known, structure, pair)
    _describe_types(known, structure, known.pairs.visits[pair], action, num_types)
    if visited >= 0:
        spread_own(structure, visited, 0)
    numbers.num_components = num_types
    if num_types > 1 and numbers.is_blended:
        numbers.num_components = blend(structure, num_types)
    return _conclude(known, structure, pair)


@part
def predict_counted(known, structure, pair):
    """Do so when all that has changed since is the count of an outcome that the pair had had before."""
    scratch, numbers = structure.scratch, structure.numbers
    for k in range(numbers.num_outcomes):
        if scratch.outcome[k] == known.numbers.last_successor:
            scratch.times[k] += 1
    for z in range(numbers.num_components):
        scratch.responsibility[z] = 1.0
    return _conclude(known, structure, pair)


@part
def _conclude(known, structure, pair):
    """Say how responsible the components are that were described, and what they predict together."""
    numbers, visits = structure.numbers, known.pairs.visits[pair]
    _respond(structure, visits)
    mix(structure, visits)
    numbers.predicted, numbers.counted = pair + 1, 0
    return expect(known, structure, pair % numbers.num_actions, visits)


@part
def _point(known, structure, state, action):
    """List what the labels point to that tell something, and here, after the neighbours that are known."""
    scratch, numbers, telling = structure.scratch, structure.numbers, structure.actions.telling[action]
    numbers.num_pointed = numbers.num_neighbours = 0
    if telling & (1 << ADJACENT):
        numbers.num_neighbours = labels.neighbours(known, structure, state, action)
    for i in range(numbers.num_neighbours):
        scratch.neighbour[i] = _place(structure, scratch.adjacent[i])
    dictionary.load(structure, state)
    for other in range(numbers.num_siblings):
        if other != action and telling & (1 << (FIRST_SIBLING + other)):
            _point_to(structure, FIRST_SIBLING + other, labels.sibling_target(known, structure, state, other))
    for label in range(FIRST_LEARNT, FIRST_LEARNT + structure.actions.num_learnt[action]):
        if telling & (1 << label):
            _point_to(structure, label, targets.learnt_target(structure, action, label, state))


@part
def _point_to(structure, label, target):
    """Append a label to the list, unless it says nothing."""
    scratch, numbers = structure.scratch, structure.numbers
    if target != INVALID:
        scratch.pointed[numbers.num_pointed] = label
        scratch.label_place[numbers.num_pointed] = _place(structure, target) if target >= 0 else MISSING
        numbers.num_pointed += 1


@part
def _place(structure, state):
    """Place of a state in the list of outcomes, where it is put if it was not there."""
    scratch, numbers = structure.scratch, structure.numbers
    if scratch.place[state] == 0:
        scratch.outcome[numbers.num_outcomes] = state
        scratch.times[numbers.num_outcomes] = 0
        numbers.num_outcomes += 1
        scratch.place[state] = numbers.num_outcomes
    return int(scratch.place[state]) - 1


@part
def _list_observed(known, structure, pair):
    """List what was observed of a pair, with its counts, and free the places."""
    scratch, numbers = structure.scratch, structure.numbers
    link = known.pairs.first_out[pair]
    while link > 0:
        if known.edges.count[link - 1] > 0:
            place = _place(structure, known.edges.successor[link - 1])
            scratch.times[place] = known.edges.count[link - 1]
        link = known.edges.next_out[link - 1]
    for k in range(numbers.num_outcomes):
        scratch.place[scratch.outcome[k]] = 0


@part
def _describe_types(known, structure, visits, action, num_types):
    """Base measures of the types, and which are left out: these are not responsible."""
    scratch, numbers = structure.scratch, structure.numbers
    for z in range(num_types):
        scratch.responsibility[z] = 0.0
        if visits == 0 and z != SYMMETRIC and scratch.gate[z] <= LEAST_WEIGHT:
            continue
        scratch.responsibility[z] = 1.0
        for k in range(numbers.num_outcomes):
            scratch.base[z * numbers.outcome_room + k] = 0.0
        if z == SYMMETRIC:
            scratch.concentration[z], scratch.unnamed[z] = numbers.concentration + numbers.stray, 0.0
            scratch.anywhere[z] = scratch.concentration[z] / known.numbers.num_outcomes
        else:
            spread_labels(known, structure, action, z)


@part
def _respond(structure, visits):
    """How responsible each component that was described is for what was seen."""
    scratch, num_components = structure.scratch, structure.numbers.num_components
    largest, total = -math.inf, 0.0
    for z in range(num_components):
        if scratch.responsibility[z] > 0.0:
            scratch.evidence_of[z] = _evidence(structure, z, visits)
            largest = max(largest, scratch.evidence_of[z])
    for z in range(num_components):
        share = 0.0
        if scratch.responsibility[z] > 0.0:
            evidence = scratch.evidence_of[z]
            share = evidence / largest if visits <= FEW else math.exp(evidence - largest)
        scratch.responsibility[z] = share if share > LEAST_RESPONSIBILITY else 0.0
        total += scratch.responsibility[z]
    for z in range(num_components):
        scratch.responsibility[z] /= total


@part
def _evidence(structure, z, visits):
    """How probable a component, and by it what was seen, is: of few visits a product, in range; else its logarithm."""
    scratch, row = structure.scratch, z * structure.numbers.outcome_room
    concentration, anywhere = scratch.concentration[z], scratch.anywhere[z]
    if visits > FEW:
        total = math.log(scratch.gate[z]) - log_rising(concentration, visits)
        for k in range(structure.numbers.num_outcomes):
            if scratch.times[k] > 0:
                total += log_rising(scratch.base[row + k] + anywhere, int(scratch.times[k]))
        return total
    above, below = scratch.gate[z], 1.0
    for i in range(visits):
        below *= concentration + i
    for k in range(structure.numbers.num_outcomes):
        for i in range(scratch.times[k]):
            above *= scratch.base[row + k] + anywhere + i
    return above / below
