"""The tables of labels, of what pairs and outcomes agree with and contribute, and of the contexts of gates."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.int8]
Shorts = NDArray[np.int16]
Brief = NDArray[np.float32]


class Labels(NamedTuple):
    """One entry a learnt label, numbered `action * LABEL_ROOM + label`."""

    kind: Bytes  # ADD, SET or ABSOLUTE; 0: none
    ends: Bytes  # whether it ends the episode where the same features do not always
    state: Ints  # of ABSOLUTE labels
    num_changes: Ints
    first: Ints  # where its changes begin
    coordinate: Ints  # [change]: what changes
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
    following: Ints  # the next one of the same action, plus one
    slot: Ints  # [slots]: candidate + 1


class Nodes(NamedTuple):
    """One entry a context of a gate; the first are the actions' own."""

    parent: Ints
    value: Ints
    weight: Longs  # [node * TYPES + type]: responsibilities
    slot: Ints  # [slots]: node + 1


class Visited(NamedTuple):
    """One entry a visited pair, in order of the first visit: 40 bytes."""

    pair: Ints
    following: Ints  # the next one of the same action, plus one
    invalid: Ints  # bits: labels that said nothing at the first visit
    strays: Brief  # how many outcomes after the first were foreseen by no label, each as probable as that is
    exposure: Brief  # how many there would have been until the latest fit, had it a concentration of one
    responsibility: Shorts  # [visited * TYPES + type]
    node: Ints  # its longest context, plus one
    first_part: Ints  # its latest contribution, plus one


class Marks(NamedTuple):
    """What is known of pairs and edges beyond the belief's own tables."""

    visited: Ints  # [pair], plus one
    order: Ints  # [edge]: of first sight, where it was seen
    hits: Longs  # [order]: bits of the labels that the outcome agrees with
    neighbours: Bytes  # [order]: how many states were adjacent when it was first seen, if the outcome was; or 0


class Parts(NamedTuple):
    """One entry a contribution of a visited pair; rows that were freed are linked likewise."""

    label: Shorts  # type * LABEL_ROOM + label
    mass: Ints
    following: Ints  # the next one of the same pair, plus one
