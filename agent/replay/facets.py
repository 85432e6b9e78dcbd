"""A map from what states are made of, where a world has rows and columns but does not tell where its states are.

What else tells states apart makes maps of their own, side by side: a taxi's passenger to the right, its destination
downwards.
"""

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from ..worlds import StateEnv

MOST_MAPS = 64


def map_of(env: StateEnv, num_states: int) -> tuple[NDArray[np.int64], str] | None:
    """Return row and column of states by number, `[num_states, 2]`, -1 -1 nowhere, and what a reader has to know.

    Args:
        env: the world.
        num_states: so many numbers, terminal twins included.

    Returns:
        None where features are not row, column and at most two more that have few values.
    """
    names = env.feature_names
    if names[:2] != ("row", "column") or len(names) > 4:
        return None
    values = np.full((num_states, 4), -1)
    for state in range(num_states):
        with suppress(ValueError):  # a number that stands for no state
            values[state, : len(names)] = env.features(state)
    values[:, len(names) :] = np.where(values[:, :1] >= 0, 0, -1)
    rows, columns, across, downwards = (values.max(axis=0) + 1).tolist()
    nowhere = values.min(axis=1) < 0
    if across * downwards > MOST_MAPS or nowhere.all():
        return None
    row, column = values[:, 3] * (rows + 1) + values[:, 0], values[:, 2] * (columns + 1) + values[:, 1]
    position = np.stack([row, column], axis=1)
    position[nowhere] = -1
    ways = [f"{name} ({way})" for name, way in zip(names[2:], ("to the right", "downwards"), strict=False)]
    return position, f"a map for each {' and '.join(ways)}" if ways else ""
