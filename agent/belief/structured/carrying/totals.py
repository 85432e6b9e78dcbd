"""What was learnt of an action elsewhere, as far as it counts here: there are no tables of it unless there is some."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....compilation.compiled import part
from ..tables import GENERIC, LABEL_ROOM, MASS, SHARE, TYPES, Structured
from .table import WEIGHTS


@part
def mass(structure, action, at, label):
    """Contributions to a label of a type (`action * TYPES + type`)."""
    carried = structure.carried
    if carried.trust[action] > 0.0:
        return carried.trust[action] * carried.mass[at * LABEL_ROOM + label]
    return 0.0


@part
def total(structure, action, at):
    """Contributions to all labels of a type."""
    carried = structure.carried
    return carried.trust[action] * carried.total[at] if carried.trust[action] > 0.0 else 0.0


@part
def responsibility(structure, action, node, z):
    """Responsibilities of a type in a context."""
    carried = structure.carried
    if carried.trust[action] > 0.0 and carried.entry[node] > 0:
        return carried.trust[action] * carried.weight[(carried.entry[node] - 1) * TYPES + z]
    return 0.0


@part
def mistrust(structure, action):
    """Return how probable it is, as others turned out, that what was carried here about an action is wrong.

    0 where it has predicted better than nothing, and where it was forgotten.
    """
    is_in_force = structure.carried.trust[action] > 0.0
    return structure.numbers.mistrust if is_in_force and not is_ahead(structure, action) else 0.0


@part
def is_ahead(structure, action):
    """Whether what was carried here about an action has predicted better than nothing by any of the weights."""
    return best_weight(structure, action)[1] > 0.0


@part
def best_weight(structure, action):
    """Return which weight of what was carried here predicted best so far, and by how much it is ahead of none, nats."""
    num_weights, found, ahead = len(WEIGHTS), 0, structure.carried.ahead
    for i in range(1, num_weights):
        if ahead[action * num_weights + i] > ahead[action * num_weights + found]:
            found = i
    return found, float(ahead[action * num_weights + found])


def masses(rules: Structured, action: int) -> NDArray[np.float64]:
    """Return what pairs contribute to the labels of an action's types, here and elsewhere, `[TYPES, LABEL_ROOM]`."""
    here, room = np.zeros((TYPES, LABEL_ROOM)), rules.numbers.label_room
    here[GENERIC:, :room] = rules.types.mass.reshape(-1, TYPES - GENERIC, room)[action] / MASS
    trust: Any = rules.carried.trust[action]
    return here + trust * rules.carried.mass.reshape(-1, TYPES, LABEL_ROOM)[action] if trust > 0.0 else here


def weights(rules: Structured, action: int, node: int) -> NDArray[np.float64]:
    """Return responsibilities of an action's types in a context, here and elsewhere, `[TYPES]`."""
    here = rules.nodes.weight[node * TYPES : (node + 1) * TYPES] / SHARE
    trust: Any = rules.carried.trust[action]
    entry = int(rules.carried.entry[node]) if trust > 0.0 else 0
    return here + trust * rules.carried.weight[(entry - 1) * TYPES : entry * TYPES] if entry > 0 else here
