"""What predictions ask of the size A of a Dirichlet distribution again and again: ln A, and its excess f(A).

A type has few concentrations, and pairs have few visits: what was worked out is kept by type and visits.
"""

import math

from ...compilation.compiled import part
from ...information.special import excess

KEPT = 4
"""Numbers of visits for which it is kept, of each type; of more, those that are alike modulo this share a place."""


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
