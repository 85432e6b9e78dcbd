"""What a pair predicts, what it expects to learn, and how much an outcome surprised.

With n visits, counts n_j, types of responsibilities r_z, sizes A_z = n + c_z and a_zj = n_j + c_z b_zj, the prediction
has the shape of a local prior with a concentration of the pair's own:

    P(j) = (n_j + local_j + free / K) / (n + c)                  1 / (n + c) = sum_z r_z / A_z
    local_j = (n + c) sum_z r_z c_z b_zj^local / A_z             free = c - sum_j local_j - unnamed

where `unnamed` is what stands on features that no known number has. What an outcome x teaches, and what is expected,
the very same terms weighted by P, are exact for the mixture, in nats:

    sum_z r'_z [psi(a_zx + 1) - psi(A_z + 1)] - ln P(x)          r'_z ~ r_z a_zx / A_z
      = sum_z r_z [(1 + t_z) (f(a_zx) - f(A_z)) + (1 + t_z) ln(1 + t_z) - t_z],      t_z = a_zx / A_z / P(x) - 1
    expected = sum_z r_z gain_z + Jensen-Shannon divergence of the types' predictions

with f of `agent.information.special`; t_z has mean zero, and no term is negative.
"""

import math

from ...compilation.compiled import part
from ...information.special import entropy_gap, excess_drop, log_rising
from . import dictionary
from .fitting import labels
from .fitting.gates import gate_weights
from .fitting.strays import excess
from .fitting.types import spread_own, weight
from .tables import (
    ADJACENT,
    FIRST_LEARNT,
    FIRST_SIBLING,
    GENERIC,
    INVALID,
    LABEL_ROOM,
    MISSING,
    SYMMETRIC,
    TYPES,
    UNIFORM,
)

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
    num_types = int(actions.num_types[action])
    numbers.num_outcomes = 0
    if num_types > 0:
        _point(known, structure, state, action)
        _weigh(structure, action, state, visited)
    else:
        num_types = 1
        structure.scratch.gate[SYMMETRIC] = 1.0
    _list_observed(known, structure, pair)
    if visited >= 0:
        spread_own(structure, visited, 1)
    numbers.stray = excess(known, structure, pair)
    _describe_types(known, structure, pair, action, num_types)
    if visited >= 0:
        spread_own(structure, visited, 0)
    _mix(structure, known.pairs.visits[pair], num_types)
    numbers.predicted = pair + 1
    return _expect(known, structure, known.pairs.visits[pair], num_types)


@part
def _point(known, structure, state, action):
    """List what every label points to."""
    scratch, numbers = structure.scratch, structure.numbers
    num = labels.neighbours(known, structure, state, action)
    scratch.label_place[ADJACENT] = num if num > 0 else INVALID  # how many
    for i in range(num):
        scratch.neighbour[i] = _place(structure, scratch.neighbour[i])
    dictionary.load(structure, state)
    for other in range(numbers.num_siblings):
        target = INVALID if other == action else labels.sibling_target(known, structure, state, other)
        scratch.label_place[FIRST_SIBLING + other] = _place(structure, target) if target >= 0 else target
    for label in range(FIRST_LEARNT, FIRST_LEARNT + structure.actions.num_learnt[action]):
        target = labels.learnt_target(structure, action, label, state)
        scratch.label_place[label] = _place(structure, target) if target >= 0 else target


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
def _weigh(structure, action, state, visited):
    """Weights of the types, the symmetric one's at least its least: of few pairs little is certain."""
    gate, num_types = structure.scratch.gate, int(structure.actions.num_types[action])
    gate_weights(structure, action, state, visited)
    least = float(structure.actions.least[action])
    if gate[SYMMETRIC] < least:
        factor = (1.0 - least) / (1.0 - gate[SYMMETRIC])
        for z in range(GENERIC, num_types):
            gate[z] *= factor
        gate[SYMMETRIC] = least


@part
def _describe_types(known, structure, pair, action, num_types):
    """Base measures of the types, and how responsible each is for what was seen."""
    scratch, numbers, visits, largest = structure.scratch, structure.numbers, int(known.pairs.visits[pair]), -math.inf
    for z in range(num_types):
        scratch.responsibility[z] = 0.0
        if visits == 0 and z != SYMMETRIC and scratch.gate[z] <= LEAST_WEIGHT:
            continue
        for k in range(numbers.num_outcomes):
            scratch.base[z * numbers.outcome_room + k] = 0.0
        if z == SYMMETRIC:
            scratch.concentration[z], scratch.unnamed[z] = numbers.concentration + numbers.stray, 0.0
            scratch.anywhere[z] = scratch.concentration[z] / known.numbers.num_outcomes
        else:
            _spread_labels(known, structure, action, z)
        scratch.log_evidence[z] = math.log(scratch.gate[z]) - log_rising(scratch.concentration[z], visits)
        for k in range(numbers.num_outcomes):
            if scratch.times[k] > 0:
                prior = scratch.base[z * numbers.outcome_room + k] + scratch.anywhere[z]
                scratch.log_evidence[z] += log_rising(prior, int(scratch.times[k]))
        scratch.responsibility[z] = 1.0
        largest = max(largest, scratch.log_evidence[z])
    total = 0.0
    for z in range(num_types):
        share = math.exp(scratch.log_evidence[z] - largest) if scratch.responsibility[z] > 0.0 else 0.0
        scratch.responsibility[z] = share if share > LEAST_RESPONSIBILITY else 0.0
        total += scratch.responsibility[z]
    for z in range(num_types):
        scratch.responsibility[z] /= total


@part
def _spread_labels(known, structure, action, z):
    """Spread the concentration of a type over what its labels point to, and anywhere at least what strays add."""
    scratch, numbers, row = structure.scratch, structure.numbers, z * structure.numbers.outcome_room
    uniform = _weight(structure, action, z, UNIFORM)
    total, unnamed = uniform, 0.0
    num = int(scratch.label_place[ADJACENT])
    if num > 0:
        mass = _weight(structure, action, z, ADJACENT)
        total += mass
        for i in range(num):
            scratch.base[row + scratch.neighbour[i]] += mass / num
    for label in range(FIRST_SIBLING, FIRST_LEARNT + structure.actions.num_learnt[action]):
        if label >= FIRST_SIBLING + numbers.num_siblings and label < FIRST_LEARNT:
            continue
        place = scratch.label_place[label]
        if place == INVALID:
            continue
        mass = _weight(structure, action, z, label)
        total += mass
        if place == MISSING:
            unnamed += mass
        else:
            scratch.base[row + place] += mass
    concentration = float(structure.types.concentration[action * TYPES + z])
    scale = concentration / total
    for k in range(numbers.num_outcomes):
        scratch.base[row + k] *= scale
    anywhere = max(uniform * scale, numbers.stray)
    scratch.concentration[z] = concentration + (anywhere - uniform * scale)
    scratch.anywhere[z], scratch.unnamed[z] = anywhere / known.numbers.num_outcomes, unnamed * scale


@part
def _weight(structure, action, z, label):
    return weight(structure, action, z, label, structure.scratch.own[z * LABEL_ROOM + label])


@part
def _mix(structure, visits, num_types):
    """Write the prediction of all types together."""
    scratch, numbers = structure.scratch, structure.numbers
    count_weight, unnamed, anywhere = 0.0, 0.0, 0.0
    for k in range(numbers.num_outcomes):
        scratch.mixed[k] = scratch.local[k] = 0.0
    for z in range(num_types):
        if scratch.responsibility[z] == 0.0:
            continue
        share = scratch.responsibility[z] / (visits + scratch.concentration[z])
        count_weight += share
        unnamed += share * scratch.unnamed[z]
        anywhere += share * scratch.anywhere[z]
        row = z * numbers.outcome_room
        for k in range(numbers.num_outcomes):
            scratch.local[k] += share * scratch.base[row + k]
            scratch.mixed[k] += share * ((scratch.base[row + k] + scratch.anywhere[z]) + scratch.times[k])
    for k in range(numbers.num_outcomes):
        scratch.local[k] /= count_weight
    numbers.pair_concentration = 1.0 / count_weight - visits
    numbers.pair_unnamed, numbers.pair_anywhere = unnamed / count_weight, anywhere / count_weight
    numbers.mixed_unnamed, numbers.mixed_anywhere = unnamed, anywhere


@part
def _expect(known, structure, visits, num_types):
    """What is expected to be learnt: the surprises of all outcomes, each as probable as it is."""
    scratch, numbers = structure.scratch, structure.numbers
    num_others = max(known.numbers.num_outcomes - numbers.num_outcomes, 0)
    total = 0.0
    for z in range(num_types):
        share, row = scratch.responsibility[z], z * numbers.outcome_room
        if share == 0.0:
            continue
        concentration, anywhere = scratch.concentration[z], scratch.anywhere[z]
        taught, known_prior, known_drop = 0.0, -1.0, 0.0  # of many labels that point elsewhere priors are the same
        for k in range(numbers.num_outcomes):
            prior, times = scratch.base[row + k] + anywhere, scratch.times[k]
            drop = known_drop
            if times > 0 or prior != known_prior:
                drop = _drop(prior, times, visits, concentration)
            if times == 0:
                known_prior, known_drop = prior, drop
            ratio = (prior + times) / (visits + concentration) / scratch.mixed[k]
            taught += scratch.mixed[k] * _teaches(ratio, drop)
        if num_others > 0 and numbers.mixed_anywhere > 0.0:
            mixed = numbers.mixed_anywhere
            taught += num_others * (mixed * teaches(anywhere, 0, visits, concentration, mixed))
        if numbers.mixed_unnamed > 0.0:
            mixed = numbers.mixed_unnamed
            taught += mixed * teaches(scratch.unnamed[z], 0, visits, concentration, mixed)
        total += share * taught
    return total


@part
def teaches(prior, times, visits, concentration, mixed):
    """What an outcome, seen so many times and `mixed` probable under all types, teaches by way of one type, nats."""
    ratio = (prior + times) / (visits + concentration) / mixed
    drop = _drop(prior, times, visits, concentration) if prior + times > 0.0 else 0.0
    return _teaches(ratio, drop)


@part
def _drop(prior, times, visits, concentration):
    return excess_drop(prior + times, (visits - times) + max(concentration - prior, 0.0))


@part
def _teaches(ratio, drop):
    return ratio * drop + entropy_gap(ratio - 1.0)


@part
def surprise(known, structure, pair, successor):
    """What an outcome would teach, nats, once `predict` was called for the pair."""
    scratch, numbers, visits = structure.scratch, structure.numbers, known.pairs.visits[pair]
    place = -1
    for k in range(numbers.num_outcomes):
        if scratch.outcome[k] == successor:
            place = k
    mixed = numbers.mixed_anywhere if place < 0 else scratch.mixed[place]
    total = 0.0
    for z in range(max(structure.actions.num_types[pair % numbers.num_actions], 1)):
        if scratch.responsibility[z] == 0.0:
            continue
        prior, times = scratch.anywhere[z], 0
        if place >= 0:
            prior, times = prior + scratch.base[z * numbers.outcome_room + place], int(scratch.times[place])
        total += scratch.responsibility[z] * teaches(prior, times, visits, scratch.concentration[z], mixed)
    return total


@part
def probability(structure, successor):
    """Probability of an outcome, once `predict` was called for the pair."""
    scratch, numbers = structure.scratch, structure.numbers
    for k in range(numbers.num_outcomes):
        if scratch.outcome[k] == successor:
            return scratch.mixed[k]
    return numbers.mixed_anywhere
