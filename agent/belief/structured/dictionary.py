"""Which state has certain features: a compiled hash map that answers alike in whatever order states were entered.

Two states may share their features where one of them is an end, and the other is not. A digest is linear in the
features, so that of a change follows from the change alone:

    digest(f) = sum_i f_i power_i  modulo a prime

Only the features in which named states differ are compared: a world may show hundreds that always are the same.
"""

from ...compilation.compiled import part
from ..updates import FULL, INVALID
from .tables import ENDED, LIVE, MISSING, NAMELESS

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
def load(structure, state):
    """Let a state's features be what is looked up; return their digest."""
    names, first = structure.names, state * structure.numbers.width
    for k in range(structure.numbers.num_varying):
        names.key[names.varying[k]] = names.features[first + names.varying[k]]
    return int(names.digest[state])


@part
def number_of(structure, digest, ends):
    """Number of the state with the features that are looked up; MISSING if there is none.

    Args:
        structure: the tables.
        digest: of these features.
        ends: whether an end is asked for; where there is only the other kind, it is the answer.
    """
    names = structure.names
    slot = _slot_of(structure, digest)
    live, ended = names.live[slot], names.ended[slot]
    if ended > 0 and (ends or live == 0):
        return int(ended) - 1
    return int(live) - 1 if live > 0 else MISSING


@part
def admit(structure, state, ended):
    """Enter a state by its features, which are in the table; of several with the same, the smallest has the name.

    Returns:
        FULL, before anything has changed, where there is no room for another name; INVALID of no state; else 0.
    """
    names, numbers = structure.names, structure.numbers
    if state < 0:
        return INVALID
    if state >= numbers.state_room or 2 * (numbers.num_named + 1) > numbers.name_slots:
        return FULL
    if names.named[state] != NAMELESS:
        return 0.0
    digest, first = 0, state * numbers.width
    for i in range(numbers.num_features):
        digest = shifted(structure, digest, i, names.features[first + i])
    names.digest[state] = digest
    names.named[state] = ENDED if ended else LIVE
    numbers.num_named += 1
    _compare(structure, state)
    enter(structure, state)
    return 0.0


@part
def _compare(structure, state):
    """Take note of what tells a state from those named before."""
    names, numbers = structure.names, structure.numbers
    if numbers.first_named == 0:
        numbers.first_named = state + 1
    here, there = state * numbers.width, (numbers.first_named - 1) * numbers.width
    for i in range(numbers.width):
        if names.varies[i] == 0 and names.features[here + i] != names.features[there + i]:
            names.varies[i] = 1
            if i < numbers.num_features:
                _insert(names.varying, numbers.num_varying, i)
                numbers.num_varying += 1


@part
def _insert(ascending, num, entry):
    """Insert an entry into a list in order."""
    place = num
    while place > 0 and ascending[place - 1] > entry:
        ascending[place] = ascending[place - 1]
        place -= 1
    ascending[place] = entry


@part
def enter(structure, state):
    """Put an admitted state in its slot."""
    names = structure.names
    slot = _slot_of(structure, load(structure, state))
    column = names.ended if names.named[state] == ENDED else names.live
    if column[slot] == 0 or column[slot] > state + 1:
        column[slot] = state + 1


@part
def _slot_of(structure, digest):
    """The slot of the features that are looked up: where they are, or where they would be."""
    names, numbers = structure.names, structure.numbers
    slot = start_of(digest, numbers.name_slots)
    while True:
        entry = names.live[slot] if names.live[slot] > 0 else names.ended[slot]
        if entry == 0 or _agrees(structure, entry - 1, digest):
            return slot
        slot = (slot + 1) & (numbers.name_slots - 1)


@part
def _agrees(structure, state, digest):
    names = structure.names
    if names.digest[state] != digest:
        return False
    first = state * structure.numbers.width
    for k in range(structure.numbers.num_varying):  # compiled as it stands
        if names.features[first + names.varying[k]] != names.key[names.varying[k]]:
            return False
    return True
