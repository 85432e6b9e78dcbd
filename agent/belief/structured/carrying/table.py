"""The table of what was carried here from elsewhere, all as it counted there: how much it does here is `trust`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]
Floats = NDArray[np.float64]

WEIGHTS = (1.0, 0.125, 0.015625)
"""How much it may count, of as much as it did elsewhere; or it is forgotten."""


class Carried(NamedTuple):
    """Of actions, their types and labels; and of contexts, an action's own, which has no parent, before those below.

    Where nothing was carried here there is no room but for what has an entry an action.
    """

    trust: Floats  # [action]: one of the weights; 0: nothing was carried here, or it was forgotten
    ahead: Floats  # [action * len(WEIGHTS) + i]: nats by which each would have predicted better than none
    num_labels: Ints  # [action]: labels that were carried here, the first ones
    is_planted: Bytes  # [action]: whether its gate is the one that was
    median: Floats  # [type]: of the prior of its concentration, or 0
    mass: Floats  # [type * LABEL_ROOM + label]: contributions
    total: Floats  # [type]: their sum
    action: Ints  # [context]: whose it is
    parent: Ints  # [context]: the one above, or -1
    value: Ints  # [context]
    node: Ints  # [context]: where it was planted
    entry: Ints  # [node]: the context that was planted there, plus one
    weight: Floats  # [context * TYPES + type]: responsibilities
