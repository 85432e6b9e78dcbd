"""What is asked of the size of Dirichlet distributions again and again: ln A, the excess f(A), and ln (c)_n.

A type has few concentrations c, and pairs have few visits n: what was worked out is kept by type and visits. A = n + c.
"""

import math

from ...compilation.compiled import part
from ...information.special import excess, log_rising

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


RISES = 32
"""Numbers of visits for which ln (c)_n is kept."""


@part
def log_rise(structure, row, concentration, visits):
    """Return ln (c)_n = ln G(c + n) - ln G(c), one concentration kept in each row of the scratch."""
    if visits >= RISES:
        return log_rising(concentration, visits)
    scratch, place = structure.scratch, row * RISES + visits
    if scratch.rise_of[place] != concentration:
        scratch.rise_of[place], scratch.rise[place] = concentration, log_rising(concentration, visits)
    return scratch.rise[place]
