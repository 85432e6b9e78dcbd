"""Grid worlds: a text map becomes a finite Markov decision process.

Actions: 0 up, 1 right, 2 down, 3 left, and 4 watch where the map has a television. A move goes to each of the two sides
with probability `slip` instead of forward; against a wall, or into a one-way cell from the wrong direction, one stays.
States are the cells that are not walls, row by row, then the channels of each television. `watch` leads from a
television to one of its channels, drawn uniformly, from which every action returns; elsewhere it stays.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from envs import layouts
from envs.drawing import Picture
from envs.layouts import Layout
from envs.mdp import FiniteMDP
from envs.tabular import TabularEnv

MOVES = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)])
NOWHERE = ANY = -1

Entries = list[tuple[NDArray[np.integer], int, NDArray[np.integer], NDArray[np.float64]]]
# (states, action, next states, probabilities)


class Grid(TabularEnv):
    """A world drawn as a text map, either one that is shipped or one's own."""

    def __init__(
        self,
        map_name: str = "grid",
        map_file: str | None = None,
        map_text: str | None = None,
        slip: float = 0.1,
        channels: int = 30,
        render_mode: str | None = None,
    ) -> None:
        """Make the world.

        Args:
            map_name: A map that comes with the package: a file of `envs/maps` without `.txt`.
            map_file: A file to read the map from instead.
            map_text: The map itself, instead; wins over `map_file`.
            slip: Probability that a move goes to *each* side, 0 to 0.5.
            channels: Channels of each television, at least 1.
            render_mode: "rgb_array", "ansi", or None.
        """
        if map_text is not None:
            layout = layouts.parse(map_text)
        else:
            layout = layouts.shipped(map_name) if map_file is None else layouts.read(map_file)
        mdp = grid_mdp(layout, slip, channels)
        super().__init__(mdp, render_mode, picture_of(layout, mdp, channels), layout.text)


def grid_mdp(layout: Layout, slip: float = 0.1, channels: int = 30) -> FiniteMDP:
    """Work out the transition probabilities of a map.

    Raises:
        ValueError: `slip` outside [0, 0.5], or less than one channel.
    """
    if not 0 <= slip <= 0.5:
        raise ValueError(f"slip is {slip}, expected a probability of going to each side, 0 to 0.5")
    if channels < 1:
        raise ValueError(f"channels is {channels}, expected at least 1 channel for each television")
    cells = np.argwhere(layout.signs != layouts.WALL)
    signs = layout.signs[tuple(cells.T)]
    televisions = np.flatnonzero(signs == layouts.TELEVISION)
    num_channels = televisions.size * channels
    goal, trap = _padded(signs == layouts.GOAL, num_channels), _padded(signs == layouts.TRAP, num_channels)
    start = _padded(signs == layouts.START, num_channels)
    entries = _moves(_destinations(layout, cells, signs), _slips(signs, slip))
    if televisions.size:
        entries = _with_watching(entries, len(cells), televisions, channels)
    num_actions = len(MOVES) + (televisions.size > 0)
    transition = _matrix(entries, goal | trap, num_actions)
    entering = goal.astype(np.float64) - trap.astype(np.float64)
    return FiniteMDP(
        transition=transition,
        reward=(transition @ entering).reshape(-1, num_actions),
        start=start / start.sum(),
        terminal=goal | trap,
        position=np.concatenate([cells, np.full((num_channels, 2), NOWHERE)]),
        outcome_reward=entering[transition.indices],
    )


def picture_of(layout: Layout, mdp: FiniteMDP, channels: int) -> Picture:
    """The picture of a map's world: an agent that watches a channel is drawn on its television."""
    assert mdp.position is not None
    place = mdp.position.copy()
    televisions = np.argwhere(layout.signs == layouts.TELEVISION)
    watching = place[:, 0] == NOWHERE
    place[watching] = np.repeat(televisions, channels, axis=0)
    return Picture(layout.signs, place, watching)


def _destinations(layout: Layout, cells: NDArray[np.int64], signs: NDArray[np.str_]) -> NDArray[np.int32]:
    """Where each of the four moves ends up if it does not slip, `[cells, 4]`."""
    number = np.full(np.add(layout.signs.shape, 2), NOWHERE, dtype=np.int32)  # with a rim of walls
    number[tuple(cells.T + 1)] = np.arange(len(cells))
    through = np.arange(len(cells), dtype=np.int32)  # where stepping on a cell puts you
    for end, other in layout.portals + 1:
        through[number[tuple(end)]] = number[tuple(other)]
        through[number[tuple(other)]] = number[tuple(end)]
    only = _only_entrance(signs)
    destinations = np.empty((len(cells), 4), dtype=np.int32)
    for action, move in enumerate(MOVES):
        ahead = number[tuple((cells + move + 1).T)]
        blocked = (ahead == NOWHERE) | ((only[ahead] != ANY) & (only[ahead] != action))
        destinations[:, action] = np.where(blocked, np.arange(len(cells)), through[ahead])
    return destinations


def _only_entrance(signs: NDArray[np.str_]) -> NDArray[np.int8]:
    """The one move that enters each cell, or ANY."""
    only = np.full(signs.size, ANY, dtype=np.int8)
    for action, sign in enumerate(layouts.ONE_WAY):
        only[signs == sign] = action
    return only


def _slips(signs: NDArray[np.str_], slip: float) -> NDArray[np.float64]:
    return np.where(signs == layouts.ICE, min(2 * slip, 0.5), slip)


def _padded(cells: NDArray[np.bool_], num_channels: int) -> NDArray[np.bool_]:
    return np.concatenate([cells, np.zeros(num_channels, dtype=np.bool_)])


def _moves(destinations: NDArray[np.int32], slip: NDArray[np.float64]) -> Entries:
    """Forward with 1 - 2 slip, to either side with slip."""
    state = np.arange(len(destinations), dtype=np.int32)
    forward = 1 - 2 * slip
    return [
        (state, action, destinations[:, (action + turn) % 4], probability)
        for action in range(4)
        for turn, probability in ((0, forward), (-1, slip), (1, slip))
    ]


def _with_watching(entries: Entries, num_cells: int, televisions: NDArray[np.int64], channels: int) -> Entries:
    """Add the action `watch` to every cell, and the channels with their way back."""
    elsewhere = np.setdiff1d(np.arange(num_cells), televisions)
    owner = np.repeat(televisions, channels)  # of each channel
    channel = num_cells + np.arange(owner.size)
    watch = len(MOVES)
    back = [(channel, action, owner, np.ones(owner.size)) for action in range(watch + 1)]
    stay = (elsewhere, watch, elsewhere, np.ones(elsewhere.size))
    return [*entries, stay, (owner, watch, channel, np.full(owner.size, 1 / channels)), *back]


def _matrix(entries: Entries, terminal: NDArray[np.bool_], num_actions: int) -> csr_array:
    """Add all entries up in one sparse matrix, leaving out what a terminal state would do."""
    state = np.concatenate([state for state, _, _, _ in entries])
    pair = np.concatenate([state * num_actions + action for state, action, _, _ in entries])
    successor = np.concatenate([successor for _, _, successor, _ in entries])
    probability = np.concatenate([probability for *_, probability in entries])
    probability = np.where(terminal[state], 0.0, probability)
    shape = (terminal.size * num_actions, terminal.size)
    matrix = csr_array(coo_array((probability, (pair, successor)), shape=shape))  # adds duplicates
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix
