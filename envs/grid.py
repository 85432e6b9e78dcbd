"""Grid worlds: a text map becomes a finite Markov decision process.

Actions: 0 up, 1 right, 2 down, 3 left, and 4 watch where the map has a television. A move goes to each of the two sides
with probability `slip` instead of forward; against a wall, or into a one-way cell from the wrong direction, one stays.
States are the cells that are not walls, row by row, then the channels of each television. `watch` leads from a
television to one of its channels, drawn uniformly, from which every action returns; elsewhere it stays.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from envs import layouts
from envs.drawing import Picture
from envs.layouts import Layout
from envs.mdp import FiniteMDP
from envs.tabular import TabularEnv

MOVES = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)])
NOWHERE = -1


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
    terminal = (signs == layouts.GOAL) | (signs == layouts.TRAP)
    rows = _move_rows(_destinations(layout, cells, signs), _slips(signs, slip))
    if televisions.size:
        rows = _add_watching(rows, televisions, channels)
    num_channels = televisions.size * channels
    nowhere = np.full((num_channels, 2), NOWHERE)
    start = np.append((signs == layouts.START) / np.sum(signs == layouts.START), np.zeros(num_channels))
    entering = np.append((signs == layouts.GOAL) * 1.0 - (signs == layouts.TRAP), np.zeros(num_channels))
    terminal = np.append(terminal, np.zeros(num_channels, dtype=np.bool_))
    return _assemble(rows, start, terminal, entering, np.concatenate([cells, nowhere]))


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
    destinations = np.empty((len(cells), 4), dtype=np.int32)
    for action, move in enumerate(MOVES):
        ahead = number[tuple((cells + move + 1).T)]
        open_signs = [sign for sign in layouts.ONE_WAY if sign != layouts.ONE_WAY[action]]
        blocked = (ahead == NOWHERE) | np.isin(signs[ahead], open_signs)
        destinations[:, action] = np.where(blocked, np.arange(len(cells)), through[ahead])
    return destinations


def _slips(signs: NDArray[np.str_], slip: float) -> NDArray[np.float64]:
    return np.where(signs == layouts.ICE, min(2 * slip, 0.5), slip)


Rows = tuple[NDArray[np.int32], NDArray[np.float64]]  # next states and their probabilities, [states, actions, outcomes]


def _move_rows(destinations: NDArray[np.int32], slip: NDArray[np.float64]) -> Rows:
    """Forward with 1 - 2 slip, to either side with slip."""
    outcomes = np.stack([destinations, np.roll(destinations, 1, axis=1), np.roll(destinations, -1, axis=1)], axis=2)
    probability = np.stack([1 - 2 * slip, slip, slip], axis=1)
    return outcomes, np.broadcast_to(probability[:, None, :], outcomes.shape)
