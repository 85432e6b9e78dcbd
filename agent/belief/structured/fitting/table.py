"""The tables of labels that were learnt, of those that transitions have shown, and of the contexts of gates."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.int8]


class Labels(NamedTuple):
    """One entry a learnt label, numbered `action * LABEL_ROOM + label`."""

    kind: Bytes  # ADD, SET or ABSOLUTE; 0: none
    ends: Bytes  # whether it ends the episode where the same features do not always
    state: Ints  # of ABSOLUTE labels
    num_changes: Ints
    coordinate: Ints  # [label * num_features + i]: what changes
    amount: Longs  # likewise by how much, or to what


class Candidates(NamedTuple):
    """Labels by the first transition that showed them, and how many pairs have."""

    kind: Bytes
    ends: Bytes
    is_learnt: Bytes
    is_varied: Bytes  # of SET: whether pairs have shown it that changed by different amounts
    pair: Ints  # of the transition
    successor: Ints
    num_pairs: Ints
    digest: Ints
    following: Ints  # the next one of the same action, plus one
    slot: Ints  # [slots]: candidate + 1


class Nodes(NamedTuple):
    """One entry a context of a gate; the first are the actions' own."""

    parent: Ints
    value: Ints
    weight: Longs  # [node * TYPES + type]: responsibilities
    slot: Ints  # [slots]: node + 1
