"""Types of an action: mixtures of labels, and what each pair contributes to them.

A type z has, in a state s, a Dirichlet of concentration c_z over a base measure

    b_z(s' | s) = sum_l m_zl u_l(s' | s) / sum_l m_zl        over the labels l that say something in s

where u_l is the state that the label points to (evenly many, for the uniform label and the adjacent one), and m_zl is
what pairs have contributed to the label, T_zl, and a pseudo-count: .001, .3 for the uniform label, 1 more for the label
that owns the type; and what pairs elsewhere have contributed, as far as that is trusted. The contribution of a pair is
left out wherever something is said of this very pair.
"""

from ....compilation.compiled import part
from ..carrying import totals
from ..tables import (
    ADJACENT,
    FIRST_LEARNT,
    FIRST_OWNED,
    FIRST_SIBLING,
    GENERIC,
    LABEL_ROOM,
    MASS,
    MISSING,
    PARTS,
    SHARE,
    TYPES,
    UNIFORM,
)
from . import parts

PSEUDO, PSEUDO_UNIFORM, PSEUDO_OWNER = 0.001, 0.3, 1.0
"""Pseudo-counts of a label in a type; an owner has `PSEUDO` as well."""
MOST_MASS = 2**30
LEAST_TOLD = 2e-5
"""Share of the weight of all labels of an action with which one tells something."""


@part
def mass_place(structure, action, z, label):
    """Where contributions to a label of a type stand; the symmetric one has none."""
    return (action * (TYPES - GENERIC) + z - GENERIC) * structure.numbers.label_room + label


@part
def weight(structure, action, z, label, own):
    """Weight m of a label in a type, its pseudo-count included; `own` is what the pair at hand contributed."""
    return weight_of(structure, action, weighed(structure, action, z), label, own)


@part
def weighed(structure, action, z):
    """Return what `weight_of` asks of a type."""
    at, boost_from = action * TYPES + z, structure.numbers.boost_from if z == GENERIC else LABEL_ROOM
    is_carried = structure.carried.trust[action] > 0.0
    return at, mass_place(structure, action, z, UNIFORM), structure.types.owner[at], boost_from, is_carried


@part
def weight_of(structure, action, asked, label, own):
    """Weight m of a label in a type, of which `weighed` was asked: the same for all its labels."""
    at, first, owner, boost_from, is_carried = asked
    mass = (structure.types.mass[first + label] - own) / MASS
    if is_carried:
        mass += totals.mass(structure, action, at, label)
    if label == UNIFORM:
        return mass + PSEUDO_UNIFORM
    mass += PSEUDO
    if label == owner:
        mass += PSEUDO_OWNER
    if label >= boost_from:
        mass += 1.0
    return mass


@part
def spread_labels(known, structure, action, z):
    """Spread the concentration of a type over what its labels point to, and anywhere at least what strays add.

    What the pair at hand contributed stands in the scratch, and outcomes that no label points to are zero there.
    """
    scratch, numbers, asked = structure.scratch, structure.numbers, weighed(structure, action, z)
    row, own = z * numbers.outcome_room, z * LABEL_ROOM
    uniform = weight_of(structure, action, asked, UNIFORM, scratch.own[own + UNIFORM])
    total, unnamed = uniform, 0.0
    if numbers.num_neighbours > 0:
        mass = weight_of(structure, action, asked, ADJACENT, scratch.own[own + ADJACENT])
        total += mass
        for i in range(numbers.num_neighbours):
            scratch.base[row + scratch.neighbour[i]] += mass / numbers.num_neighbours
    for i in range(numbers.num_pointed):
        label, place = scratch.pointed[i], scratch.label_place[i]
        mass = weight_of(structure, action, asked, label, scratch.own[own + label])
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
def take_note(structure, action):
    """Note which labels of an action tell something: they own a type, or weigh more than a share in all types together.

    Predictions leave out the others. What tells without anything that was carried here is kept: both are compared.
    """
    actions, types = structure.actions, structure.types
    first, num_types, telling = action * TYPES, int(actions.num_types[action]), 0
    total, elsewhere = PSEUDO_UNIFORM, 0.0
    for at in range(first + GENERIC, first + num_types):
        total += types.total[at] / MASS
        elsewhere += totals.total(structure, action, at)
    for label in range(ADJACENT, FIRST_LEARNT + actions.num_learnt[action]):
        mass, more, owns = PSEUDO, 0.0, False
        for at in range(first + GENERIC, first + num_types):
            mass += types.mass[mass_place(structure, action, at - first, label)] / MASS
            more += totals.mass(structure, action, at, label)
            owns = owns or types.owner[at] == label
        if owns or mass > LEAST_TOLD * total or mass + more > LEAST_TOLD * (total + elsewhere):
            telling |= 1 << label
    actions.telling[action] = telling


@part
def num_labels(structure, action):
    """Labels of an action beside the uniform one."""
    num_siblings = max(structure.numbers.num_siblings - 1, 0)
    return 1 + num_siblings + int(structure.actions.num_learnt[action])


@part
def normaliser(structure, action, z, own_total, invalid):
    """Sum of the weights of all labels of a type but those that are invalid (bits)."""
    types, at = structure.types, action * TYPES + z
    total = (types.total[at] - own_total) / MASS + totals.total(structure, action, at)
    total += PSEUDO_UNIFORM + PSEUDO * num_labels(structure, action)
    if types.owner[at] > 0:
        total += PSEUDO_OWNER
    if z == GENERIC:
        total += structure.numbers.num_boosted
    if invalid & (1 << ADJACENT):
        total -= weight(structure, action, z, ADJACENT, structure.scratch.own[z * LABEL_ROOM + ADJACENT])
    siblings = invalid >> FIRST_SIBLING
    is_any = siblings != 0 and siblings != 1 << action  # of another action
    for other in range(structure.numbers.num_siblings if is_any else 0):
        label = FIRST_SIBLING + other
        if other != action and invalid & (1 << label):
            total -= weight(structure, action, z, label, structure.scratch.own[z * LABEL_ROOM + label])
    return total


@part
def boost(structure, action):
    """Let labels that the latest fit did not know weigh more in the generic type; `unboost` ends it."""
    numbers, new_from = structure.numbers, int(structure.actions.new_from[action])
    numbers.boost_from, numbers.num_boosted = LABEL_ROOM, 0
    if new_from < FIRST_LEARNT + structure.actions.num_learnt[action]:
        numbers.boost_from = new_from
        num_new = FIRST_LEARNT + int(structure.actions.num_learnt[action]) - max(new_from, FIRST_LEARNT)
        numbers.num_boosted = num_new + (
            num_labels(structure, action) - int(structure.actions.num_learnt[action]) if new_from < FIRST_LEARNT else 0
        )


@part
def unboost(structure):
    """Let all labels weigh as they do."""
    structure.numbers.boost_from, structure.numbers.num_boosted = LABEL_ROOM, 0


@part
def spread_own(structure, visited, sign):
    """Write what a pair contributes to labels into the scratch, `sign` 1, or clear it, 0."""
    table, own = structure.parts, structure.scratch.own
    link = int(structure.visited.first_part[visited])
    while link > 0:
        own[table.label[link - 1]] = sign * table.mass[link - 1]
        link = int(table.following[link - 1])


@part
def withdraw(structure, action, visited):
    """Take away all that a pair contributes, to types and to contexts."""
    _add(structure, action, visited, -1)
    parts.free(structure, visited)
    for z in range(TYPES):
        structure.visited.responsibility[visited * TYPES + z] = 0


@part
def _add(structure, action, visited, sign):
    """Add a pair's stored contributions to the totals, or subtract them."""
    table, types = structure.parts, structure.types
    link = int(structure.visited.first_part[visited])
    while link > 0:
        label, part_mass = int(table.label[link - 1]), sign * int(table.mass[link - 1])
        at = action * TYPES + label // LABEL_ROOM
        types.mass[mass_place(structure, action, label // LABEL_ROOM, label % LABEL_ROOM)] += part_mass
        types.total[at] += part_mass
        link = int(table.following[link - 1])
    add_responsibility(structure, visited, action, sign)
    node = int(structure.visited.node[visited]) - 1
    for _ in range(structure.actions.chain_length[action] if node >= 0 else 0):
        add_responsibility(structure, visited, node, sign)
        node = int(structure.nodes.parent[node])


@part
def add_responsibility(structure, visited, node, sign):
    """Add the responsibilities for a pair to a context, or subtract them."""
    for z in range(TYPES):
        share = sign * int(structure.visited.responsibility[visited * TYPES + z])
        structure.nodes.weight[node * TYPES + z] += share


@part
def contribute(structure, action, visited, num_types):
    """Store what is in the scratch (`own`, and responsibilities) as a pair's contributions, and add it to all totals.

    Of more contributions to labels than are kept, the smallest are left out. There must be room (`parts.is_short`).
    """
    scratch = structure.scratch
    for z in range(num_types):
        share = int(scratch.responsibility[z] * SHARE + 0.5)
        structure.visited.responsibility[visited * TYPES + z] = share
    least, most = 1, (num_types - GENERIC) * structure.numbers.num_touched
    while most > PARTS and _num_parts(structure, num_types, least) > PARTS:
        least *= 2
    for z in range(GENERIC, num_types):
        for i in range(structure.numbers.num_touched):
            place = z * LABEL_ROOM + int(scratch.touched[i])
            mass = int(scratch.own[place])
            scratch.own[place] = 0
            if mass >= least:
                parts.add(structure, visited, place, mass)
    _add(structure, action, visited, 1)


@part
def _num_parts(structure, num_types, least):
    num = 0
    for z in range(GENERIC, num_types):
        for i in range(structure.numbers.num_touched):
            if structure.scratch.own[z * LABEL_ROOM + structure.scratch.touched[i]] >= least:
                num += 1
    return num


@part
def add_type(structure, action, owner, concentration):
    """Append a type to an action's."""
    actions = structure.actions
    at = action * TYPES + int(actions.num_types[action])
    structure.types.owner[at], structure.types.concentration[at] = owner, concentration
    actions.num_types[action] += 1


@part
def is_owner(structure, action, label):
    """Whether a label owns a type."""
    for z in range(FIRST_OWNED, structure.actions.num_types[action]):
        if structure.types.owner[action * TYPES + z] == label:
            return True
    return False
