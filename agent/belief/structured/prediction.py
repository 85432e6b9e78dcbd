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

with f of `agent.information.special`, where the summands are (`mixture_surprise`); no term is negative.
"""

import math

from ...compilation.compiled import part
from ...information.special import FEW, excess, log_rising, mixture_surprise, surprise_drop, surprise_of_drop
from . import dictionary
from .fitting import labels, strays, targets
from .fitting.gates import floored_weights
from .fitting.types import spread_labels, spread_own
from .sizes import drop_of, place_of
from .tables import (
    ADJACENT,
    FIRST_LEARNT,
    FIRST_SIBLING,
    INVALID,
    MISSING,
    SYMMETRIC,
    TYPES,
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
    _respond(structure, known.pairs.visits[pair], num_types)
    mix(structure, known.pairs.visits[pair], num_types)
    numbers.predicted, numbers.counted = pair + 1, 0
    return expect(known, structure, action, known.pairs.visits[pair], num_types)


@part
def predict_counted(known, structure, pair):
    """Do so when all that has changed since is the count of an outcome that the pair had had before."""
    scratch, numbers, visits = structure.scratch, structure.numbers, known.pairs.visits[pair]
    action = pair % numbers.num_actions
    num_types = max(int(structure.actions.num_types[action]), 1)
    for k in range(numbers.num_outcomes):
        if scratch.outcome[k] == known.numbers.last_successor:
            scratch.times[k] += 1
    for z in range(num_types):
        scratch.responsibility[z] = 1.0
    _respond(structure, visits, num_types)
    mix(structure, visits, num_types)
    numbers.predicted, numbers.counted = pair + 1, 0
    return expect(known, structure, action, visits, num_types)


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
def _respond(structure, visits, num_types):
    """How responsible each type that was described is for what was seen."""
    scratch, largest, total = structure.scratch, -math.inf, 0.0
    for z in range(num_types):
        if scratch.responsibility[z] > 0.0:
            scratch.evidence_of[z] = _evidence(structure, z, visits)
            largest = max(largest, scratch.evidence_of[z])
    for z in range(num_types):
        share = 0.0
        if scratch.responsibility[z] > 0.0:
            evidence = scratch.evidence_of[z]
            share = evidence / largest if visits <= FEW else math.exp(evidence - largest)
        scratch.responsibility[z] = share if share > LEAST_RESPONSIBILITY else 0.0
        total += scratch.responsibility[z]
    for z in range(num_types):
        scratch.responsibility[z] /= total


@part
def _evidence(structure, z, visits):
    """How probable a type, and by it what was seen, is: of few visits a product, in range; else its logarithm."""
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


@part
def mix(structure, visits, num_types):
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
def expect(known, structure, action, visits, num_types):
    """What is expected to be learnt: the surprises of all outcomes, each as probable as it is."""
    scratch, numbers = structure.scratch, structure.numbers
    num_others = float(max(known.numbers.num_outcomes - numbers.num_outcomes, 0))
    for k in range(numbers.num_outcomes):
        scratch.log_mixed[k] = math.log(scratch.mixed[k])
    of_anywhere, of_unnamed = numbers.mixed_anywhere * num_others, numbers.mixed_unnamed
    log_anywhere = math.log(numbers.mixed_anywhere) if of_anywhere > 0.0 else 0.0
    log_unnamed = math.log(of_unnamed) if of_unnamed > 0.0 else 0.0
    total = 0.0
    for z in range(num_types):
        share, row = scratch.responsibility[z], z * numbers.outcome_room
        if share == 0.0:
            continue
        concentration, anywhere, taught = scratch.concentration[z], scratch.anywhere[z], 0.0
        size = visits + concentration
        kept = place_of(structure, action * TYPES + z, visits, size)
        log_size, excess_of_size = scratch.log_size[kept], scratch.excess[kept]
        drop, log_base = surprise_drop(anywhere, visits + max(concentration - anywhere, 0.0), excess_of_size)
        for k in range(numbers.num_outcomes):
            base, times, mixed = scratch.base[row + k], scratch.times[k], scratch.mixed[k]
            log_odds, expected = log_size + scratch.log_mixed[k], size * mixed
            if base == 0.0 and times == 0:  # by this type as probable as any state
                taught += mixed * surprise_of_drop(anywhere, drop, log_base, expected, log_odds)
                continue
            prior = base + anywhere
            mass, others = prior + times, (visits - times) + max(concentration - prior, 0.0)
            drop_here, log_mass = drop_of(structure, action * TYPES + z, times, mass, others, excess_of_size)
            taught += mixed * surprise_of_drop(mass, drop_here, log_mass, expected, log_odds)
        if of_anywhere > 0.0:
            expected, log_odds = size * numbers.mixed_anywhere, log_size + log_anywhere
            taught += of_anywhere * surprise_of_drop(anywhere, drop, log_base, expected, log_odds)
        if of_unnamed > 0.0:
            unnamed = scratch.unnamed[z]
            others, log_odds = visits + max(concentration - unnamed, 0.0), log_size + log_unnamed
            taught += of_unnamed * mixture_surprise(unnamed, others, size * of_unnamed, log_odds, excess_of_size)
        total += share * taught
    return total


@part
def teaches(prior, times, visits, concentration, mixed):
    """What an outcome, seen so many times and `mixed` probable under all types, teaches by way of one type, nats."""
    size = visits + concentration
    others = (visits - times) + max(concentration - prior, 0.0)
    return mixture_surprise(prior + times, others, size * mixed, math.log(size) + math.log(mixed), excess(size))


@part
def surprise(known, structure, pair, successor):
    """What an outcome would teach, nats, once `predict` was called for the pair."""
    scratch, numbers, visits = structure.scratch, structure.numbers, known.pairs.visits[pair]
    place, mixed = -1, numbers.mixed_anywhere
    for k in range(numbers.num_outcomes):
        if scratch.outcome[k] == successor:
            place, mixed = k, scratch.mixed[k]
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
