"""The table of labels that transitions have shown, see `candidates`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.int8]


class Candidates(NamedTuple):
    """Labels by the first transition that showed them, and how many pairs have."""

    kind: Bytes
    ends: Bytes
    is_learnt: Bytes
    action: Ints
    state: Ints
    successor: Ints
    num_pairs: Ints
    digest: Longs
    following: Ints  # the next one of the same action, plus one
    slot: Ints  # [slots]: candidate + 1
