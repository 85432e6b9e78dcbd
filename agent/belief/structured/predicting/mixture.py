"""What components together predict of a pair, what is expected of it to learn, and what an outcome teaches.

With n visits, counts n_j, components of responsibilities r_z, sizes A_z = n + c_z and a_zj = n_j + c_z b_zj, the
prediction has the shape of a local prior with a concentration of the pair's own:

    P(j) = (n_j + local_j + free / K) / (n + c)                  1 / (n + c) = sum_z r_z / A_z
    local_j = (n + c) sum_z r_z c_z b_zj^local / A_z             free = c - sum_j local_j - unnamed

where `unnamed` is what stands on features that no known number has. What an outcome x teaches, and what is expected,
the very same terms weighted by P, are exact for the mixture, in nats:

    sum_z r'_z [psi(a_zx + 1) - psi(A_z + 1)] - ln P(x)          r'_z ~ r_z a_zx / A_z
      = sum_z r_z [(1 + t_z) (f(a_zx) - f(A_z)) + (1 + t_z) ln(1 + t_z) - t_z],      t_z = a_zx / A_z / P(x) - 1
    expected = sum_z r_z gain_z + Jensen-Shannon divergence of the components' predictions

with f of `agent.information.special`, where the summands are (`mixture_surprise`); no term is negative.
"""

import math

from ....compilation.compiled import part
from ....information.special import excess, mixture_surprise, surprise_drop, surprise_of_drop
from ..tables import TYPES
from .sizes import drop_of, place_of


@part
def mix(structure, visits):
    """Write the prediction of all components together."""
    scratch, numbers = structure.scratch, structure.numbers
    count_weight, unnamed, anywhere = 0.0, 0.0, 0.0
    for k in range(numbers.num_outcomes):
        scratch.mixed[k] = scratch.local[k] = 0.0
    for z in range(numbers.num_components):
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
def expect(known, structure, action, visits):
    """What is expected to be learnt: the surprises of all outcomes, each as probable as it is."""
    scratch, numbers = structure.scratch, structure.numbers
    num_others = float(max(known.numbers.num_outcomes - numbers.num_outcomes, 0))
    for k in range(numbers.num_outcomes):
        scratch.log_mixed[k] = math.log(scratch.mixed[k])
    of_anywhere, of_unnamed = numbers.mixed_anywhere * num_others, numbers.mixed_unnamed
    log_anywhere = math.log(numbers.mixed_anywhere) if of_anywhere > 0.0 else 0.0
    log_unnamed = math.log(of_unnamed) if of_unnamed > 0.0 else 0.0
    total = 0.0
    for z in range(numbers.num_components):
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
            if base == 0.0 and times == 0:  # by this one as probable as any state
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
    """What an outcome, seen so many times and `mixed` probable under all components, teaches by way of one, nats."""
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
    for z in range(numbers.num_components):
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
