"""Which state has certain features: a compiled hash map that answers alike in whatever order states were entered.

Two states may share their features where one of them is an end, and the other is not. A digest is linear in the
features, so that of a change follows from the change alone:

    digest(f) = sum_i f_i power_i  modulo a prime

Only the features in which named states differ are compared: a world may show hundreds that always are the same.
"""

import numpy as np
from numpy.typing import NDArray

from ...compilation.compiled import part
from ..updates import FULL, INVALID
from .tables import ENDED, LIVE, MISSING, NAMELESS, Structured

PRIME = 2**31 - 1
_SPREAD = 1640531527  # golden ratio of 2^32, odd and below 2^31: products stay within 63 bits


@part
def start_of(digest, slots):
    """Where a digest is looked for first, among a power of two of slots."""
    return (digest * _SPREAD >> 15) & (slots - 1)


@part
def shifted(structure, digest, coordinate, change):
    """Digest of features one of which changes."""
    return (digest + int(change) % PRIME * int(structure.names.power[coordinate])) % PRIME


@part
def feature(structure, state, i):
    """Return a feature or context of a state that was named."""
    names, column = structure.names, structure.names.place[i] - 1
    return int(names.features[state * structure.numbers.row_room + column] if column >= 0 else names.first[i])


def rows(rules: Structured, states: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return all features and contexts of states that were named, `[..., width]`."""
    names, numbers = rules.names, rules.numbers
    found = np.tile(names.first, (*np.shape(states), 1))
    table = names.features.reshape(numbers.state_room, numbers.row_room)
    columns = slice(numbers.num_columns)
    found[..., names.varying[columns]] = table[states][..., columns]
    return found


@part
def load(structure, state):
    """Let a state's features be what is looked up; return their digest."""
    names, first = structure.names, state * structure.numbers.row_room
    for k in range(structure.numbers.num_varying):
        names.key[k] = names.features[first + k]
    return int(names.digest[state])


@part
def number_of(structure, digest, ends):
    """Number of the state with the features that are looked up; MISSING if there is none.

    Args:
        structure: the tables.
        digest: of these features.
        ends: whether an end is asked for; where there is only the other kind, it is the answer.
    """
    names, numbers, found = structure.names, structure.numbers, MISSING
    kind, slot = ENDED if ends else LIVE, start_of(digest, numbers.name_slots)
    while names.slot[slot] > 0:
        state = int(names.slot[slot]) - 1
        if _agrees(structure, state, digest):
            found = state
            if names.named[state] == kind:
                break
        slot = (slot + 1) & (numbers.name_slots - 1)
    return found


@part
def admit(structure, state, ended):
    """Enter a state by its features, which were told; of several with the same, the smallest has the name.

    Returns:
        FULL, before anything has changed, where there is no room for another name, or for what tells it from others;
        INVALID of no state; else 0.
    """
    names, numbers = structure.names, structure.numbers
    if state < 0:
        return INVALID
    if state >= numbers.state_room or 2 * (numbers.num_named + 1) > numbers.name_slots:
        return FULL
    if names.named[state] != NAMELESS:
        return 0.0
    if _compare(structure, state) == FULL:
        return FULL
    digest, first = 0, state * numbers.row_room
    for i in range(numbers.num_features):
        digest = shifted(structure, digest, i, names.told[i])
    for k in range(numbers.num_columns):
        names.features[first + k] = names.told[names.varying[k]]
    numbers.num_rows = max(numbers.num_rows, state + 1)
    names.digest[state] = digest
    names.named[state] = ENDED if ended else LIVE
    numbers.num_named += 1
    enter(structure, state)
    return 0.0


@part
def _compare(structure, state):
    """Make columns of what tells a state from those named before; return FULL, before that, without room, else 0."""
    names, numbers, num_new = structure.names, structure.numbers, 0
    if numbers.first_named == 0:
        numbers.first_named = state + 1
        for i in range(numbers.width):
            names.first[i] = names.told[i]
    for i in range(numbers.width):
        if names.place[i] == 0 and names.told[i] != names.first[i]:
            num_new += 1
    numbers.more_columns = 0
    if numbers.num_columns + num_new > numbers.row_room:
        numbers.more_columns = num_new
        return FULL
    for i in range(numbers.width if num_new > 0 else 0):
        if names.place[i] == 0 and names.told[i] != names.first[i]:
            _insert(structure, i)
    return 0.0


@part
def _insert(structure, i):
    """Insert a column for a feature or context in which all states that were named are as the first one was."""
    names, numbers, column = structure.names, structure.numbers, structure.numbers.num_columns
    while column > 0 and names.varying[column - 1] > i:
        column -= 1
    for state in range(numbers.num_rows):
        row = state * numbers.row_room
        for k in range(numbers.num_columns, column, -1):
            names.features[row + k] = names.features[row + k - 1]
        names.features[row + column] = names.first[i]
    for k in range(numbers.num_columns, column, -1):
        names.varying[k] = names.varying[k - 1]
        names.place[names.varying[k]] = k + 1
    names.varying[column], names.place[i] = i, column + 1
    numbers.num_columns += 1
    if i < numbers.num_features:
        numbers.num_varying += 1


@part
def enter(structure, state):
    """Put an admitted state in its slot."""
    names, numbers, digest = structure.names, structure.numbers, load(structure, state)
    slot = start_of(digest, numbers.name_slots)
    while names.slot[slot] > 0:
        other = names.slot[slot] - 1
        if names.named[other] == names.named[state] and _agrees(structure, other, digest):
            break
        slot = (slot + 1) & (numbers.name_slots - 1)
    if names.slot[slot] == 0 or names.slot[slot] > state + 1:
        names.slot[slot] = state + 1


@part
def _agrees(structure, state, digest):
    names = structure.names
    if names.digest[state] != digest:
        return False
    first = state * structure.numbers.row_room
    for k in range(structure.numbers.num_varying):  # noqa: SIM110  # compiled as it stands
        if names.features[first + k] != names.key[k]:
            return False
    return True
