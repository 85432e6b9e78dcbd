"""Mixed membership: whether a pair is of one type, or each visit shows one anew.

What a pair did once tells its type, if it is of one. Where a step may slip, any type may show the next time. Both
explain equally well what was visited once, and types that are fitted to such pairs are too sure of what follows. So
beside the types there is a blend of them, whose base measure is what the gate expects of the pair,

    theta_sa ~ (1 - m) sum_z w_z Dir(c_z b_z) + m Dir(c_m sum_z w_z b_z)

Of a pair never taken it predicts what the types do. It is the more responsible for a pair, the more types its outcomes
come from. (Mixed-membership models: Erosheva, Fienberg and Lafferty 2004, doi 10.1073/pnas.0307760101.) There is none
as long as no pair had a second outcome by the latest fit.
"""

from ....compilation.compiled import part

WEIGHT, CONCENTRATION = 0.03, 4.0
"""m and c_m, the same for all pairs; chosen on the seeds of development."""


@part
def blend(structure, num_types):
    """Append the blend to the types that a prediction describes, their weights in the gate; return how many there are.

    The weights become those of all components. Types that were left out have no part in it.
    """
    scratch, numbers = structure.scratch, structure.numbers
    row, anywhere, unnamed, kept = num_types * numbers.outcome_room, 0.0, 0.0, 0.0
    for k in range(numbers.num_outcomes):
        scratch.base[row + k] = 0.0
    for z in range(num_types):
        if scratch.responsibility[z] > 0.0:
            kept += scratch.gate[z]
    for z in range(num_types):
        if scratch.responsibility[z] > 0.0:
            scale = CONCENTRATION * scratch.gate[z] / (kept * scratch.concentration[z])
            for k in range(numbers.num_outcomes):
                scratch.base[row + k] += scale * scratch.base[z * numbers.outcome_room + k]
            anywhere += scale * scratch.anywhere[z]
            unnamed += scale * scratch.unnamed[z]
        scratch.gate[z] *= 1.0 - WEIGHT
    scratch.gate[num_types], scratch.concentration[num_types] = WEIGHT, CONCENTRATION
    scratch.anywhere[num_types], scratch.unnamed[num_types] = anywhere, unnamed
    scratch.responsibility[num_types] = 1.0
    return num_types + 1
