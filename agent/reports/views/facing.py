"""Where one looks, in worlds whose states have a direction."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from ...worlds import StateEnv

COMPASS = {
    "up": (-1, 0), "north": (-1, 0), "right": (0, 1), "east": (0, 1),
    "down": (1, 0), "south": (1, 0), "left": (0, -1), "west": (0, -1),
}  # fmt: skip
"""Directions by name, as steps of rows and columns."""

DIRECTION = "direction"
"""The feature that tells where one looks."""


def values_of(env: StateEnv, states: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the features of states, `[n, features]`; None where they are not told, or too large."""
    with suppress(ValueError, OverflowError):  # of states that were met in that life alone
        return np.array([env.features(int(state)) for state in states], dtype=np.int64)
    return None


def facing(
    names: Sequence[str], values: NDArray[np.int64] | None, words: Mapping[str, Sequence[str]]
) -> NDArray[np.int64]:
    """Return where one looks in each state, as a step of rows and columns, `[n, 2]`; empty where that is not known.

    It is where a feature is called direction, and its values up, down, left, right, or north, south, west, east.

    Args:
        names: of the features.
        values: of them, `[n, features]` (`values_of`).
        words: what values are called.
    """
    nowhere = np.zeros((0, 2), np.int64)
    ways = [COMPASS.get(word) for word in words.get(DIRECTION, ())]
    if values is None or DIRECTION not in names or not ways or None in ways:
        return nowhere
    at = values[:, names.index(DIRECTION)]
    return np.array(ways, np.int64)[at] if (at >= 0).all() and (at < len(ways)).all() else nowhere
