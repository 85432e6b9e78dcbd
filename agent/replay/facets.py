"""What states are made of, on a map: where it is not told, in words, and where televisions are.

Rows and columns make a map where a world does not tell where its states are. What else tells states apart makes maps of
their own, side by side: a taxi's passenger to the right, its destination downwards.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..worlds import FiniteMDP, StateEnv
from .places import Places

CHANNEL = "channel"
"""The feature that tells what a television shows; 0: nothing."""

MOST_MAPS = 64
MOST_LISTED = 20_000
"""States of a map that is shown whole; of a larger one, the part that was seen."""


def map_of(env: StateEnv, known: NDArray[np.int64]) -> tuple[NDArray[np.int64], str] | None:
    """Return row and column of states by number, `[n, 2]`, -1 -1 nowhere, and what a reader has to know.

    Args:
        env: the world.
        known: states that are certainly to be drawn, in any order, at least one.

    Returns:
        None where features are not row, column and at most two more that have few values.
    """
    names, number = env.feature_names, int(known.max()) + 1
    if names[:2] != ("row", "column") or len(names) > 4:
        return None
    number = max(number, env.num_states or 0)
    is_whole = number <= MOST_LISTED
    values = np.full((number if is_whole else int(known.max()) + 1, 4), -1)
    for state in range(number) if is_whole else np.unique(known).tolist():
        with suppress(ValueError):  # a number that stands for no state
            values[state, : len(names)] = env.features(state)
    values[:, len(names) :] = np.where(values[:, :1] >= 0, 0, -1)
    nowhere, caption = values.min(axis=1) < 0, ""
    if nowhere.all():
        return None
    if not is_whole:
        first = values[~nowhere].min(axis=0)
        values[~nowhere] -= first
        caption = f"this is the part that was seen at all, from row {first[0]}, column {first[1]} on"
    rows, columns, across, downwards = (values.max(axis=0) + 1).tolist()
    if across * downwards > MOST_MAPS:
        return None
    row, column = values[:, 3] * (rows + 1) + values[:, 0], values[:, 2] * (columns + 1) + values[:, 1]
    position = np.stack([row, column], axis=1)
    position[nowhere] = -1
    ways = [f"{name} ({way})" for name, way in zip(names[2:], ("to the right", "downwards"), strict=False)]
    return position, f"a map for each {' and '.join(ways)}" if ways else caption


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
    if CHANNEL in names:
        below = "below the map: the states without a place on it"
        places = replace(places, caption=places.caption.replace(below, "below the map: channels, by number"))
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


def televisions(
    names: Sequence[str], states: NDArray[np.int64], values: NDArray[np.int64] | None, mdp: FiniteMDP | None
) -> dict[str, NDArray[Any]]:
    """Return for every known state whether it is a television's place, and the channel that it is, 0: none.

    Both are empty where the world has no channels, or its truth is not known.

    Args:
        names: of the features.
        states: those that are known.
        values: of their features (`values_of`).
        mdp: the truth.
    """
    if CHANNEL not in names or values is None or mdp is None or mdp.position is None or states.max() >= mdp.num_states:
        return {"television": np.zeros(0, bool), "channel": np.zeros(0, np.int64)}
    nowhere = np.asarray((mdp.position < 0).all(axis=1))
    leads = (mdp.transition @ nowhere.astype(float)).reshape(mdp.num_states, mdp.num_actions).any(axis=1)
    return {"television": (leads & ~nowhere)[states], "channel": values[:, names.index(CHANNEL)]}
