"""What rows, columns and axes of a drawing are called, and where televisions are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reports.views.world_maps import TELEVISION
from ..worlds import FiniteMDP
from .places import Places


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


def televisions(channel: NDArray[np.int64] | None, states: NDArray[np.int64], mdp: FiniteMDP | None) -> dict[str, Any]:
    """Return which of the known states are televisions' places, and which are their channels.

    `television`: whether each is a place; `channel`: the channel that each is, 0: none; `watched_at`: the places, as
    indices into `states`, that lead to each, a list of lists, of which `watched` names one for every state, -1: none.
    The arrays are empty where the world has no channels, or its truth is not known.

    Args:
        channel: of each state of the world (`agent.reports.views.world_maps.channels_of`).
        states: those that are known.
        mdp: the truth.
    """
    if channel is None or mdp is None:
        nothing = np.zeros(0, np.int64)
        return {"television": np.zeros(0, bool), "channel": nothing, "watched": nothing, "watched_at": []}
    place = np.full(mdp.num_states, -1)
    place[states] = np.arange(len(states))
    edges = mdp.transition.tocoo()
    source, shown = edges.row // mdp.num_actions, edges.col
    leads = (channel[shown] > 0) & (channel[source] == TELEVISION) & (place[source] >= 0)
    ways = np.unique(np.stack([place[shown[leads]], place[source[leads]]], axis=1), axis=0)
    channels, first = np.unique(ways[:, 0], return_index=True)
    watched = zip(channels.tolist(), np.split(ways[:, 1], first)[1:], strict=True)
    sources = {known: tuple(at.tolist()) for known, at in watched if known >= 0}
    watched_at = sorted(set(sources.values()))
    return {
        "television": channel[states] == TELEVISION,
        "channel": np.maximum(channel[states], 0),
        "watched": np.array([watched_at.index(sources[at]) if at in sources else -1 for at in range(len(states))]),
        "watched_at": watched_at,
    }
