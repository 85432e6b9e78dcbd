"""What rows, columns and axes of a drawing are called, from the features of states."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..worlds import StateEnv
from .places import Places


def values_of(env: StateEnv, states: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the features of states, `[n, features]`; None where they are not told, or too large."""
    with suppress(ValueError, OverflowError):  # of states that were met in that life alone
        return np.array([env.features(int(state)) for state in states], dtype=np.int64)
    return None


def with_words(
    places: Places, names: Sequence[str], states: NDArray[np.int64], values: NDArray[np.int64] | None, caption: str
) -> Places:
    """Call rows, columns and axes what the world calls them.

    Args:
        places: where states are drawn.
        names: of the features.
        states: those that are known.
        values: of their features (`values_of`).
        caption: what a reader has to know of the map, besides; empty: nothing.
    """
    plan = places.plan
    if plan is None:
        return places
    if plan.has_axes:
        told = [part for part in places.caption.split("; ") if " bins: " not in part]
        axes = f"to the right: {names[0]}; upwards: {names[-1]}; at the edges: numbers of bins"
        return replace(places, caption="; ".join([axes, *told])) if len(names) == 2 else places
    if caption:
        told = [part for part in places.caption.split("; ") if "without a place" not in part]
        places = replace(places, caption="; ".join(filter(None, [*told, caption])))
    at = plan.positions(states)
    is_placed = (at >= 0).all(axis=1)
    if values is None or not {"row", "column"} <= set(names) or not is_placed.any():
        return places
    told_at = values[is_placed][:, [names.index("row"), names.index("column")]]
    row = _called(places.row_number, at[is_placed, 0], told_at[:, 0])
    column = _called(places.column_number, at[is_placed, 1], told_at[:, 1])
    return replace(places, row_number=row, column_number=column)


def _called(number: NDArray[np.int64], at: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what the lines of a map are called, -1: nothing, from places and what is told of them."""
    if (shift := np.unique(values - at)).size == 1:
        return np.where(number >= 0, number + shift, -1)
    called = np.full(len(number), -1)
    called[at] = values
    return called
