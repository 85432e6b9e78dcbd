"""Where states of a world are drawn, as it tells, or as follows from what they are made of.

Rows and columns make a map where a world does not tell where its states are. What else tells states apart makes maps of
their own, side by side: a taxi's passenger to the right, its destination downwards.
"""

from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...worlds import FiniteMDP, StateEnv, layers

CHANNEL = "channel"
"""The feature that tells what a television shows; 0: nothing."""
TELEVISION = -1
"""In place of a channel: here one stands before a television."""

MOST_MAPS = 64
MOST_LISTED = 20_000
"""States of a map that is shown whole; of a larger one, the part that was seen."""
MOST_CELLS = 1_000_000
"""Of all maps together: places that are few and far between are no map."""


class Maps(NamedTuple):
    """Where states are drawn.

    Attributes:
        position: row and column of states by number, `[n, 2]`, -1 -1 nowhere.
        caption: what a reader has to know.
        names: `[2, k]`, of maps from left to right, and from top to bottom; empty texts: none.
    """

    position: NDArray[np.int64]
    caption: str
    names: NDArray[np.str_]


def map_of(env: StateEnv, known: NDArray[np.int64]) -> Maps | None:
    """Return where states are drawn by what tells them apart.

    Args:
        env: the world.
        known: states that are certainly to be drawn, in any order, at least one.

    Returns:
        None where features are not row, column and at most two more that have few values, or places lie far apart.
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
    if across * downwards > MOST_MAPS or (rows + 1) * (columns + 1) * across * downwards > MOST_CELLS:
        return None
    row, column = values[:, 3] * (rows + 1) + values[:, 0], values[:, 2] * (columns + 1) + values[:, 1]
    position = np.stack([row, column], axis=1)
    position[nowhere] = -1
    ways = [f"{name} ({way})" for name, way in zip(names[2:], ("to the right", "downwards"), strict=False)]
    called = [_called(env, name, number) for name, number in zip(names[2:], (across, downwards), strict=False)]
    lines = [*called, [], []][:2]
    texts = [[*line, *[""] * (max(map(len, lines)) - len(line))] for line in lines]
    return Maps(position, f"a map for each {' and '.join(ways)}" if ways else caption, np.array(texts, dtype=np.str_))


def _called(env: StateEnv, feature: str, number: int) -> list[str]:
    """Return what the values of a feature are called, with its own name."""
    words = env.value_names.get(feature, ())
    return [f"{feature} {words[value] if value < len(words) else value}" for value in range(number)]


def channels_of(env: StateEnv, mdp: FiniteMDP) -> NDArray[np.int64] | None:
    """Return the channel of a television that each state is, `[S]`: from 1 on, 0 none, -1 the place of a television.

    Channels have no place on the map; a television is where an action leads to them.

    Args:
        env: the world.
        mdp: its truth.

    Returns:
        None where there are no channels, or no map.
    """
    if CHANNEL not in env.feature_names or mdp.position is None:
        return None
    nowhere, column = (mdp.position < 0).all(axis=1), env.feature_names.index(CHANNEL)
    leads = (mdp.transition @ nowhere.astype(float)).reshape(mdp.num_states, mdp.num_actions).any(axis=1)
    found = np.where(leads & ~nowhere, TELEVISION, 0)
    found[nowhere] = [env.features(int(state))[column] for state in np.flatnonzero(nowhere)]
    return found


def things_of(env: StateEnv) -> NDArray[np.str_] | None:
    """Return what kind of thing stands in each cell of a map as an episode begins, `[rows, columns]`, "" nothing.

    None where the world does not say, by `map_things`, as MiniGrid's do; or where it says it of too many.
    """
    for layer in layers(env):
        with suppress(Exception, SystemExit):  # of whatever somebody else's world has by this name
            told = np.array(layer.map_things, dtype=np.str_)  # pyright: ignore[reportAttributeAccessIssue]
            if told.ndim == 2 and told.size <= MOST_CELLS:
                return told
    return None


def is_map(env: StateEnv) -> bool:
    """Whether the places of a world's states are rows and columns, as it says; else they are those of a drawing."""
    return {"row", "column"} <= set(env.feature_names)
