"""One sweep of incremental EM (Neal and Hinton 1998) over the visited pairs of an action.

Of one pair with counts n_j the E-step leaves out what the pair itself contributed, and has for every type

    e_z = prod_j (c_z b_zj)_{n_j} / (c_z)_n          r_z ~ w_z e_z          (a)_n = G(a + n) / G(a)
    tau_zj = r_z c_z b_zj [psi(c_z b_zj + n_j) - psi(c_z b_zj)]

with w_z from the gate; tau goes to the labels that agree with outcome j in proportion to m_zl u_l(j). Adding these
again completes it. What an outcome agrees with was settled when it was first seen (`labels.judge`).
"""

import math

import numpy as np

from ....compilation.compiled import part
from ....information.special import FEW, digamma_rise, log_rising
from ...updates import FULL
from ..tables import ADJACENT, FIRST_OWNED, GENERIC, LABEL_ROOM, LABELS, MASS, SYMMETRIC, TYPES, UNIFORM
from . import parts
from .gates import gate_weights, settle
from .types import MOST_MASS, boost, contribute, normaliser, unboost, weighed, weight_of, withdraw

_LABEL_OF_POWER = np.zeros(67, np.int64)
_LABEL_OF_POWER[[2**label % 67 for label in range(LABELS)]] = np.arange(LABELS)
"""Labels by the remainders of their bits, all different: 2 is a primitive root of 67."""
LEAST_CONCENTRATION, MOST_CONCENTRATION = 1e-3, 100.0
LOG_VARIANCE = 4.0
"""Log-normal prior of the concentration of a type, and of the median of those that labels own: of the logarithm."""
LEAST_MEDIAN, MOST_MEDIAN = 0.02, 3.0
"""Before anything speaks for another one the median is the symmetric concentration, within these bounds."""


@part
def sweep(known, structure, action, common, is_even=False):
    """One E-step of every visited pair of an action, one after the other, then new concentrations of its types.

    Args:
        known: the belief.
        structure: its rules.
        action: of which some pairs were visited, or types were carried here.
        common: the median shared by the concentrations of all types that labels own (`owned_median`).
        is_even: let all types weigh the same, whatever the gate says.

    Returns:
        FULL where it finds no room for contributions, and is to be called again before anything else, else 0.
    """
    actions, scratch, own = structure.actions, structure.scratch, structure.numbers
    if own.fit_link == 0:
        for z in range(TYPES):
            scratch.tables[z] = scratch.exposure[z] = 0.0
            scratch.log_now[z] = scratch.log_double[z] = scratch.log_half[z] = 0.0
        own.fit_link, own.fit_place = int(actions.first_visited[action]), 0
    boost(structure, action)
    while own.fit_link > 0 and not parts.is_short(structure, 0):
        expect(known, structure, action, own.fit_link - 1, is_even)
        own.fit_link, own.fit_place = int(structure.visited.following[own.fit_link - 1]), own.fit_place + 1
    unboost(structure)
    if own.fit_link > 0:
        return FULL
    actions.new_from[action] = LABELS
    for z in range(GENERIC, actions.num_types[action]):
        median = generic_median(structure) if z == GENERIC else common
        if structure.carried.trust[action] > 0.0 and structure.carried.median[action * TYPES + z] > 0.0:
            median = structure.carried.median[action * TYPES + z]
        _concentrate(structure, action, z, median)
    return 0.0


@part
def generic_median(structure):
    """Median of the prior of the generic type's concentration."""
    return min(max(structure.numbers.concentration, LEAST_MEDIAN), MOST_MEDIAN)


@part
def owned_median(structure):
    """Median of the priors of all concentrations whose types labels own: the likeliest one, given these.

    Its logarithm has the variance of theirs, about that of the generic type: it is the mean of them all. But as long as
    no pair had a second outcome, types are where they began, and say nothing: then it is the generic one, unless rules
    from elsewhere are trusted.
    """
    is_told = structure.numbers.most_outcomes > 1
    for action in range(structure.numbers.num_actions):
        is_told = is_told or structure.carried.trust[action] > 0.0
    if not is_told:
        return generic_median(structure)
    total, num = math.log(generic_median(structure)), 1
    for action in range(structure.numbers.num_actions):
        for z in range(FIRST_OWNED, structure.actions.num_types[action]):
            total += math.log(structure.types.concentration[action * TYPES + z])
            num += 1
    return math.exp(total / num)


@part
def expect(known, structure, action, visited, is_even):
    """E-step of one visited pair."""
    actions, types, scratch, table = structure.actions, structure.types, structure.scratch, structure.visited
    numbers, num_types = structure.numbers, int(actions.num_types[action])
    withdraw(structure, action, visited)
    if actions.chain_length[action] > 0 and table.node[visited] == 0:
        settle(structure, action, visited)
    gather(known, structure, visited)
    pair = int(table.pair[visited])
    visits, invalid = int(known.pairs.visits[pair]), int(table.invalid[visited])
    state = pair // numbers.num_actions
    gate_weights(structure, action, state, visited)
    if is_even:
        for z in range(num_types):
            scratch.gate[z] = 1.0
    for k in range(numbers.num_outcomes):
        scratch.base[k] = 1.0 / known.numbers.num_outcomes
    scratch.evidence_of[SYMMETRIC] = _evidence(structure, SYMMETRIC, numbers.concentration, visits)
    for z in range(GENERIC, num_types):
        scratch.normaliser[z] = normaliser(structure, action, z, 0, invalid)
        base_measure(known, structure, action, z)
        concentration = float(types.concentration[action * TYPES + z])
        scratch.evidence_of[z] = _evidence(structure, z, concentration, visits)
    _respond(structure, num_types, visits)
    for z in range(GENERIC, num_types):
        if scratch.responsibility[z] > 1e-3 and visits > 1:
            _compare(structure, action, z, visits)
        if scratch.responsibility[z] > 1e-4:
            _attribute(structure, action, z, visits)
    contribute(structure, action, visited, num_types)


@part
def gather(known, structure, visited):
    """List the outcomes of a visited pair, and the labels that each agrees with."""
    edges, marks, scratch, numbers = known.edges, structure.marks, structure.scratch, structure.numbers
    numbers.num_outcomes = numbers.num_touched = 0
    seen = 1 << UNIFORM
    link = known.pairs.first_out[structure.visited.pair[visited]]
    while link > 0:
        edge = link - 1
        link = edges.next_out[edge]
        if edges.count[edge] == 0:
            continue
        scratch.times[numbers.num_outcomes] = edges.count[edge]
        place = marks.order[edge]
        bits = int(marks.hits[place])
        scratch.hits[numbers.num_outcomes] = bits
        scratch.adjacent_share[numbers.num_outcomes] = 1.0 / marks.neighbours[place] if bits & (1 << ADJACENT) else 0.0
        seen |= bits
        numbers.num_outcomes += 1
    while seen > 0:
        scratch.touched[numbers.num_touched] = _lowest(seen)
        numbers.num_touched += 1
        seen &= seen - 1


@part
def _lowest(bits):
    """Return the lowest label among bits of some."""
    return _LABEL_OF_POWER[(bits & -bits) % 67]


@part
def base_measure(known, structure, action, z):
    """Base measure of a type on the outcomes that were gathered, given the normaliser."""
    scratch, numbers = structure.scratch, structure.numbers
    row, norm, asked = z * numbers.outcome_room, scratch.normaliser[z], weighed(structure, action, z)
    anywhere = weight_of(structure, action, asked, UNIFORM, 0) / (norm * known.numbers.num_outcomes)
    scratch.anywhere[z] = anywhere
    for k in range(numbers.num_outcomes):
        scratch.base[row + k] = anywhere
        bits = int(scratch.hits[k])
        while bits > 0:
            label = _lowest(bits)
            bits &= bits - 1
            share = scratch.adjacent_share[k] if label == ADJACENT else 1.0
            scratch.base[row + k] += weight_of(structure, action, asked, label, 0) * share / norm


@part
def _evidence(structure, z, concentration, visits):
    """Evidence of a type for what was gathered, had it a concentration: of few visits a product, else its logarithm."""
    scratch, row = structure.scratch, z * structure.numbers.outcome_room
    if visits > FEW:
        total = -log_rising(concentration, visits)
        for k in range(structure.numbers.num_outcomes):
            total += log_rising(concentration * scratch.base[row + k], int(scratch.times[k]))
        return total
    above, below = 1.0, 1.0
    for i in range(visits):
        below *= concentration + i
    for k in range(structure.numbers.num_outcomes):
        for i in range(scratch.times[k]):
            above *= concentration * scratch.base[row + k] + i
    return above / below


@part
def _log_evidence(structure, z, concentration, visits):
    evidence = _evidence(structure, z, concentration, visits)
    return math.log(evidence) if visits <= FEW else evidence


@part
def _respond(structure, num_types, visits):
    """Responsibilities of the types, from the gate's weights and the evidence."""
    scratch, first = structure.scratch, structure.numbers.fit_place * TYPES
    largest = scratch.evidence_of[SYMMETRIC]
    for z in range(1, num_types):
        largest = max(largest, scratch.evidence_of[z])
    total = 0.0
    for z in range(num_types):
        evidence = scratch.evidence_of[z]
        evidence = evidence / largest if visits <= FEW else math.exp(evidence - largest)
        scratch.evidence[first + z] = evidence
        scratch.responsibility[z] = scratch.gate[z] * evidence
        total += scratch.responsibility[z]
    for z in range(num_types):
        scratch.responsibility[z] /= total


@part
def _compare(structure, action, z, visits):
    """Take note of what would speak for a type of half or twice the concentration."""
    scratch, concentration = structure.scratch, structure.types.concentration[action * TYPES + z]
    share = scratch.responsibility[z]
    scratch.log_now[z] += share * _log_evidence(structure, z, concentration, visits)
    scratch.log_double[z] += share * _log_evidence(structure, z, 2.0 * concentration, visits)
    scratch.log_half[z] += share * _log_evidence(structure, z, 0.5 * concentration, visits)


@part
def _attribute(structure, action, z, visits):
    """Attribute a pair's outcomes to the labels of a type."""
    scratch, numbers = structure.scratch, structure.numbers
    row, norm, asked = z * numbers.outcome_room, scratch.normaliser[z], weighed(structure, action, z)
    share, concentration = scratch.responsibility[z], structure.types.concentration[action * TYPES + z]
    scratch.exposure[z] += share * digamma_rise(concentration, visits)
    uniform = 0.0
    for k in range(numbers.num_outcomes):
        mass = concentration * scratch.base[row + k]
        tau = share * mass * digamma_rise(mass, int(scratch.times[k]))
        scratch.tables[z] += tau
        uniform += tau * scratch.anywhere[z] / scratch.base[row + k]
        scratch.mixed[k] = tau / (scratch.base[row + k] * norm)
    scratch.own[z * LABEL_ROOM + UNIFORM] = min(int(uniform * MASS + 0.5), MOST_MASS)
    for i in range(1, numbers.num_touched):  # behind the uniform label
        scratch.tally[scratch.touched[i]] = 0.0
    for k in range(numbers.num_outcomes):
        bits = int(scratch.hits[k])
        while bits > 0:
            label = _lowest(bits)
            bits &= bits - 1
            scratch.tally[label] += scratch.mixed[k] * (scratch.adjacent_share[k] if label == ADJACENT else 1.0)
    for i in range(1, numbers.num_touched):
        label = int(scratch.touched[i])
        total = scratch.tally[label] * weight_of(structure, action, asked, label, 0)
        scratch.own[z * LABEL_ROOM + label] = min(int(total * MASS + 0.5), MOST_MASS)


@part
def _concentrate(structure, action, z, median):
    """Half or twice a concentration, if more speaks for it, else half a step towards the fixed point of EM."""
    scratch, concentrations, at = structure.scratch, structure.types.concentration, action * TYPES + z
    now = concentrations[at]
    log_now = scratch.log_now[z] + _log_prior(now, median)
    log_double = scratch.log_double[z] + _log_prior(2.0 * now, median)
    log_half = scratch.log_half[z] + _log_prior(0.5 * now, median)
    if log_double > log_now and log_double > log_half:
        concentration = 2.0 * now
    elif log_half > log_now and log_half > log_double:
        concentration = 0.5 * now
    else:
        fixed = (scratch.tables[z] + 0.5) / (scratch.exposure[z] + 0.02 + 0.5 / median)
        concentration = math.sqrt(now * fixed)
    concentrations[at] = min(max(concentration, LEAST_CONCENTRATION), MOST_CONCENTRATION)


@part
def _log_prior(concentration, median):
    distance = math.log(concentration / median)
    return -0.5 * distance * distance / LOG_VARIANCE
