"""What rows, columns and axes of a drawing are called, and where televisions are, from the features of states."""

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
) -> dict[str, Any]:
    """Return which of the known states are televisions' places, and which are their channels.

    `television`: whether each is a place; `channel`: the channel that each is, 0: none; `watched_at`: the places, as
    indices into `states`, that lead to each, a list of lists, of which `watched` names one for every state, -1: none.
    The arrays are empty where the world has no channels, or its truth is not known.

    Args:
        names: of the features.
        states: those that are known.
        values: of their features (`values_of`).
        mdp: the truth.
    """
    if CHANNEL not in names or values is None or mdp is None or mdp.position is None or states.max() >= mdp.num_states:
        nothing = np.zeros(0, np.int64)
        return {"television": np.zeros(0, bool), "channel": nothing, "watched": nothing, "watched_at": []}
    nowhere = np.asarray((mdp.position < 0).all(axis=1))
    place = np.full(mdp.num_states, -1)
    place[states] = np.arange(len(states))
    edges = mdp.transition.tocoo()
    source, shown = edges.row // mdp.num_actions, edges.col
    leads = nowhere[shown] & ~nowhere[source] & (place[source] >= 0)
    ways = np.unique(np.stack([place[shown[leads]], place[source[leads]]], axis=1), axis=0)
    channels, first = np.unique(ways[:, 0], return_index=True)
    watched = zip(channels.tolist(), np.split(ways[:, 1], first)[1:], strict=True)
    sources = {channel: tuple(at.tolist()) for channel, at in watched if channel >= 0}
    watched_at, is_place = sorted(set(sources.values())), np.zeros(len(states), bool)
    is_place[ways[:, 1]] = True
    return {
        "television": is_place,
        "channel": values[:, names.index(CHANNEL)],
        "watched": np.array([watched_at.index(sources[at]) if at in sources else -1 for at in range(len(states))]),
        "watched_at": watched_at,
    }
