"""Strays: outcomes that no label foresaw, and how many more to expect of other actions in the same place.

Where actions of a state have led to what no label foresaw, others may, too: of the doors of a hub some open rarely.
So a state has a concentration of its own, by empirical Bayes over its pairs: with the strays of the other actions, each
counted as the probability that nothing foresaw it, and with as many as a concentration of one would have led to,

    c_s = (k + sum_b strays_b) / (k / c_0 + sum_b (1 + 1 / 2 + ... + 1 / (n_b - 1)))

under a gamma prior of mean c_0, the concentration of the symmetric type, that weighs as much as k strays. (n visits of
a Dirichlet of small concentration c lead to some c (1 + ... + 1 / (n - 1)) outcomes beyond the first.) What c_s has
beyond c_0 is the least that every type spreads anywhere.
"""

from ....compilation.compiled import part
from ....information.special import digamma_rise

PRIOR_STRAYS = 0.1
"""k: what the prior weighs, in strays."""


@part
def add(structure, pair, probability):
    """Count an outcome of a pair that was visited before: as probable as it is that no label foresaw it."""
    visited = int(structure.marks.visited[pair]) - 1
    structure.visited.strays[visited] = float(structure.visited.strays[visited]) + probability


@part
def expose(known, structure):
    """Count the visits of all pairs, at a fit: what others expect here does not change with each of them."""
    for visited in range(structure.numbers.num_visited):
        visits = int(known.pairs.visits[structure.visited.pair[visited]])
        structure.visited.exposure[visited] = digamma_rise(1.0, visits - 1)


@part
def excess(known, structure, pair):
    """Concentration that strays of the other actions of a state add to the symmetric one."""
    numbers, table, marks = structure.numbers, structure.visited, structure.marks
    first = pair - pair % known.numbers.num_actions
    strays, exposure = PRIOR_STRAYS, PRIOR_STRAYS / numbers.concentration
    for other in range(first, first + known.numbers.num_actions):
        visited = int(marks.visited[other]) - 1
        if other != pair and visited >= 0:
            strays += float(table.strays[visited])
            exposure += float(table.exposure[visited])
    return max(strays / exposure - numbers.concentration, 0.0)
