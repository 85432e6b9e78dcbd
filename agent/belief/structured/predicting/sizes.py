"""What predictions ask again and again of the size A of a Dirichlet distribution, and of an outcome's concentration a.

That is ln A, the excess f(A), and f(a) - f(A). A type has few concentrations, and pairs have few visits: what was
worked out is kept by type and visits. What many pairs have seen equally often is by a type as probable in all of them.
"""

import math

from ....compilation.compiled import part
from ....information.special import SMALL, excess, excess_drop, surprise_drop

KEPT = 2
"""Numbers of visits, or times, for which it is kept, of each type; of more, those alike modulo this share a place."""


@part
def place_of(structure, entry, visits, size):
    """Place in the scratch of what a size asks for.

    Args:
        structure: the tables.
        entry: a type, `action * TYPES + type`.
        visits: of a pair.
        size: these and the concentration of the type there, positive.
    """
    scratch, place = structure.scratch, entry * KEPT + int(visits) % KEPT
    if scratch.size[place] != size:
        scratch.size[place], scratch.log_size[place], scratch.excess[place] = size, math.log(size), excess(size)
    return place


@part
def drop_of(structure, entry, times, a, others, excess_of_size):
    """Return `surprise_drop(a, others, excess_of_size)`; where that takes long it is kept by type and times seen.

    Args:
        structure: the tables.
        entry: a type, `action * TYPES + type`.
        times: how often the outcome was seen.
        a: its concentration, by the type, these included; positive.
        others: that of all other outcomes.
        excess_of_size: of a + others.
    """
    if a <= SMALL and others >= a:
        return surprise_drop(a, others, excess_of_size)
    scratch, place = structure.scratch, entry * KEPT + int(times) % KEPT
    if scratch.mass[place] != a or scratch.others[place] != others:
        scratch.mass[place], scratch.others[place], scratch.drop[place] = a, others, excess_drop(a, others)
    return scratch.drop[place], math.inf
