"""Where labels lead, and what gates look at: coordinates, or whether there is a state where a label leads.

Coordinates tell where walls stand in one world. That there is no state one further up tells it in any world that lists
its states, and so it is by this that rules say where they hold when they are carried there.
"""

from ....compilation.compiled import part
from .. import dictionary
from ..tables import ABSOLUTE, ADD, INVALID, LABEL_ROOM, MISSING, NAMELESS


@part
def learnt_target(structure, action, label, state):
    """State that a learnt label points to, MISSING or INVALID; `dictionary.load` was called for the state."""
    labels, names, numbers = structure.labels, structure.names, structure.numbers
    entry = action * LABEL_ROOM + label
    kind = labels.kind[entry]
    if kind == ABSOLUTE:
        return int(labels.state[entry])
    if names.named[state] == NAMELESS:
        return INVALID
    digest = int(names.digest[state])
    first, row = int(labels.first[entry]), state * numbers.row_room
    num_changes, is_named = labels.num_changes[entry], True
    for k in range(first, first + num_changes):
        coordinate = labels.coordinate[k]
        column = names.place[coordinate] - 1
        former = int(names.features[row + column] if column >= 0 else names.first[coordinate])
        value = amount = int(labels.amount[k])
        if kind == ADD:
            value = min(max(former + amount, int(names.low[coordinate])), int(names.high[coordinate]))
        if column >= 0:
            names.key[column] = value
        digest = dictionary.shifted(structure, digest, coordinate, value - former)
        is_named = is_named and (value == former or column >= 0)
    found = dictionary.number_of(structure, digest, labels.ends[entry] == 1) if is_named else MISSING
    for k in range(first, first + num_changes):
        column = names.place[labels.coordinate[k]] - 1
        if column >= 0:
            names.key[column] = names.features[row + column]
    return found


@part
def looked_at(structure, action, state, coordinate):
    """Return what a gate sees of a state: a coordinate; from `width` on, whether a label leads to a listed state.

    Args:
        structure: the tables.
        action: whose gate it is.
        state: whose features are known.
        coordinate: of features and contexts; `width` and more: the label of the action that is so much less.
    """
    width = structure.numbers.width
    if coordinate < width:
        return dictionary.feature(structure, state, coordinate)
    dictionary.load(structure, state)
    target = learnt_target(structure, action, coordinate - width, state)
    return 1 if 0 <= target < structure.numbers.num_listed else 0
