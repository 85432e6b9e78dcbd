"""Where each state of a world is drawn: on its map, or row by row in a near-square.

A world with positions is drawn as its map; cells on which no state stands are walls. Its states without a
place (channels of televisions) follow in a strip below the map, as long as they are few. A world without
positions has its states laid out row by row in the order of their numbers, in a near-square, of known states only if
they are few among the numbers. Bins of two numbers are drawn along their axes, the first to the right, the second
upwards; of more of them, neighbouring bins stand beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, prod, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .maps.heads import NONE, Heads, heads_of

if TYPE_CHECKING:
    from ..results.run_directory import Run

MOST_NUMBERS = 4
"""Without a map, unseen states keep their place where there are at most so many numbers for each known state."""

STRIP_SHARE = 1.0
"""The strip of states without a place is drawn when it adds at most this share of the map's rows (or two)."""


LETTERS = {"door": "D", "key": "K", "ball": "B", "box": "X", "goal": "G", "lava": "L"}
"""What things in cells are drawn as."""


@dataclass(frozen=True)
class FloorPlan:
    """A picture's geometry.

    Attributes:
        shape: rows and columns of cells.
        state: int `[n]`, the states that are laid out, increasing.
        cell: int `[n]`, row * columns + column of each of them; -1: not drawn.
        wall: bool `[rows, columns]`.
        position: int `[n, 2]` on the map, -1 -1 nowhere; None where the world has no map.
        caption: what a reader has to know about the layout.
        row_number, column_number: int `[rows]` and `[columns]`, what rows and columns are called; -1: nothing.
        has_axes: whether these are bins of two numbers.
        channel: int `[n]`, the channel of a television that each state is, 0: none, -1: the place of a television; None
            where there are no televisions.
        heads: what maps are called that stand below each other, and beside each other; nothing where there is one.
        things: cells in which something stands as an episode begins, and a letter for it, `LETTERS`.
    """

    shape: tuple[int, int]
    state: NDArray[np.int64]
    cell: NDArray[np.int64]
    wall: NDArray[np.bool_]
    position: NDArray[np.int64] | None
    caption: str
    row_number: NDArray[np.int64]
    column_number: NDArray[np.int64]
    has_axes: bool = False
    channel: NDArray[np.integer] | None = None
    heads: Heads = NONE
    things: tuple[tuple[int, str], ...] = ()

    @property
    def televisions(self) -> NDArray[np.int64]:
        """Cells, `[k]`, in which a television stands."""
        return self.cell[:0] if self.channel is None else np.unique(self.cell[(self.channel < 0) & (self.cell >= 0)])

    @property
    def channels(self) -> NDArray[np.int64]:
        """Cells that are a channel, and its number, `[k, 2]`; none where several share a cell."""
        if self.channel is None or self.shares_cells:
            return np.zeros((0, 2), np.int64)
        shown = (self.channel > 0) & (self.cell >= 0)
        return np.stack([self.cell[shown], self.channel[shown].astype(np.int64)], axis=1)

    @property
    def shares_cells(self) -> bool:
        """Whether several states stand in one cell, looking in different directions, say."""
        placed = self.cell[self.cell >= 0]
        return len(np.unique(placed)) < len(placed)

    def cells(self, states: ArrayLike) -> NDArray[np.int64]:
        """Return the cells of states, -1 for those that are not drawn."""
        return self._of(states, self.cell)

    def positions(self, states: ArrayLike) -> NDArray[np.int64]:
        """Return row and column of states on the map, `[n, 2]`; -1 -1 for those that are nowhere, or without a map."""
        nowhere = np.full((len(self.state), 2), -1)
        return self._of(states, nowhere if self.position is None else self.position)

    def _of(self, states: ArrayLike, column: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the entries of states in a column of the plan; -1 for states that are not laid out."""
        states = np.asarray(states, dtype=np.int64)
        place = np.searchsorted(self.state, states).clip(max=len(self.state) - 1)
        found = self.state[place] == states
        return np.where(found.reshape(found.shape + (1,) * (column.ndim - 1)), column[place], -1)

    def paint(self, states: ArrayLike, values: ArrayLike, *, add: bool = False) -> NDArray[np.float64]:
        """Lay one value a state out in cells: `[rows, columns]`, nan where none is given, or none that is finite.

        Of several states in one cell the largest value shows, or with `add` their sum.
        """
        cells, values = self.cells(states), np.asarray(values, dtype=float)
        drawn = (cells >= 0) & np.isfinite(values)
        canvas = np.full(self.shape[0] * self.shape[1], 0.0 if add else -np.inf)
        (np.add if add else np.maximum).at(canvas, cells[drawn], values[drawn])
        given = np.zeros(canvas.size, dtype=bool)
        given[cells[drawn]] = True
        return np.where(given, canvas, np.nan).reshape(self.shape)


def floor_plan(runs: Sequence[Run], most_cells: int | None = None) -> FloorPlan:
    """Lay out the world that the runs share.

    Args:
        runs: runs in one world, at least one.
        most_cells: a plan with more rows or columns is coarsened to blocks of cells.
    """
    position = next((run.trace["world_position"] for run in runs if "world_position" in run.trace), None)
    if position is not None and (np.asarray(position) >= 0).all(axis=1).any():
        map_text = next((run.config["map_text"] for run in runs if run.config.get("map_text")), "")
        channel = next((run.trace["world_channel"] for run in runs if "world_channel" in run.trace), None)
        names = next((run.trace["world_maps"] for run in runs if "world_maps" in run.trace), None)
        things = next((run.trace["world_things"] for run in runs if "world_things" in run.trace), None)
        plan = on_map(np.asarray(position, dtype=np.int64), map_text, channel, names, things)
    else:
        plan = _without_map(runs)
    if most_cells is not None and max(plan.shape) > most_cells:
        plan = coarsened(plan, ceil(max(plan.shape) / most_cells))
    return plan


def _without_map(runs: Sequence[Run]) -> FloorPlan:
    """Lay out states row by row: all bins, or all numbers up to the largest; if few are known, those only."""
    seen = [np.asarray(run.trace["final_state"], dtype=np.int64) for run in runs]
    known = np.unique(np.concatenate(seen))
    num_numbers = int(known[-1]) + 1 if len(known) else 1
    bins = next((run.trace["world_bins"] for run in runs if "world_bins" in run.trace), None)
    order = "in the order of their numbers"
    if bins is not None and len(bins) == 2:
        return along_axes(int(bins[0]), int(bins[1]), num_numbers)
    if bins is not None:
        states, columns = np.arange(max(num_numbers, prod(bins.tolist()))), prod(bins[len(bins) // 2 :].tolist())
        return _in_rows(states, columns, f"its states stand {order}, {columns} bins a row")
    is_sparse = num_numbers > MOST_NUMBERS * max(len(known), 1)
    states = known if is_sparse else np.arange(num_numbers)
    if all(np.array_equal(each, np.arange(len(each))) for each in seen):
        order = "in the order in which each agent met them"
    caption = f"{'known' if is_sparse else 'its'} states stand row by row {order}"
    return _in_rows(states, ceil(sqrt(len(states))), caption)


def _in_rows(states: NDArray[np.int64], columns: int, caption: str) -> FloorPlan:
    shape = (ceil(len(states) / columns), columns)
    wall, (row_number, column_number) = np.zeros(shape, dtype=bool), (np.full(size, -1) for size in shape)
    told = f"this world has no map: {caption}"
    return FloorPlan(shape, states, np.arange(len(states)), wall, None, told, row_number, column_number)


def along_axes(across: int, upwards: int, num_numbers: int = 0) -> FloorPlan:
    """Lay out bins of two numbers, the first to the right and the second upwards; below, what has a larger number."""
    states = np.arange(max(num_numbers, across * upwards))
    first, second = np.divmod(states, upwards)
    cell = np.where(first < across, (upwards - 1 - second) * across + first, states)
    caption = f"{across} x {upwards} bins: the first number to the right, the second upwards"
    rows = ceil(len(states) / across)
    if rows > upwards:
        caption += "; below them: the ends of episodes"
    wall, row_number = (
        np.zeros((rows, across), dtype=bool),
        np.concatenate([np.arange(upwards)[::-1], np.full(rows, -1)]),
    )
    return FloorPlan(wall.shape, states, cell, wall, None, caption, row_number[:rows], np.arange(across), has_axes=True)


def on_map(
    position: NDArray[np.int64],
    map_text: str = "",
    channel: NDArray[np.integer] | None = None,
    names: NDArray[np.str_] | None = None,
    things: NDArray[np.str_] | None = None,
) -> FloorPlan:
    """Lay out states at their rows and columns, `[S, 2]`, -1 -1 nowhere; walls are where no state is.

    Args:
        position: of states.
        map_text: which may have walls beyond all states.
        channel: as a plan has it, `[S]`.
        names: of several maps side by side, `[2, n]` (`heads_of`).
        things: what stands in each cell of the whole grid, `[rows, columns]`, empty texts: nothing.
    """
    lines = map_text.splitlines()
    rows, columns = position.max(axis=0) + 1
    rows, columns = max(int(rows), len(lines)), max([int(columns), *map(len, lines)])
    whole = np.zeros((0, 0), np.str_) if things is None else things
    rows, columns = max(rows, whole.shape[0]), max(columns, whole.shape[1])
    letters = tuple(
        (row * columns + column, LETTERS[kind]) for (row, column), kind in np.ndenumerate(whole) if kind in LETTERS
    )
    placed = (position >= 0).all(axis=1)
    cell = np.where(placed, position[:, 0] * columns + position[:, 1], -1)
    wall = np.ones(rows * columns, dtype=bool)
    wall[cell[placed]] = False
    wall = wall.reshape((rows, columns))
    row_number, caption = np.arange(rows), "dark: wall" if wall.any() else ""
    heads = NONE if names is None else heads_of(names, rows, columns)
    most_rows, number = max(2, STRIP_SHARE * rows), int((~placed).sum())
    at = np.arange(number) if channel is None else _by_television(channel[~placed], columns, most_rows)
    strip_rows = ceil((at[-1] + 1) / columns) if number else 0
    if 0 < strip_rows <= most_rows:
        cell[~placed] = (rows + 1) * columns + at
        wall = np.pad(wall, ((0, 1 + strip_rows), (0, 0)))
        row_number = np.pad(row_number, (0, 1 + strip_rows), constant_values=-1)
        below = "the states without a place on it" if channel is None else "the channels, by number"
        caption += f"; below the map: {below}"
    elif strip_rows:
        caption += f"; {number} {'states without a place' if channel is None else 'channels'} are not shown"
    if channel is not None:
        caption += "; orange frame: a television"
    caption += "".join(f"; {each}" for each in things_told(letters))
    told = caption.removeprefix("; ")
    numbers = row_number, np.arange(columns)
    shown = {"channel": channel, "heads": heads, "things": letters}
    return FloorPlan(wall.shape, np.arange(len(cell)), cell, wall, position, told, *numbers, **shown)


def things_told(things: Sequence[tuple[int, str]]) -> list[str]:
    """Say what letters on a plan stand for, a text each."""
    kinds = {letter: kind for kind, letter in LETTERS.items()}
    return [f"{letter}: {kinds[letter]}" for letter in dict.fromkeys(letter for _, letter in things)]


def _by_television(channel: NDArray[np.integer], columns: int, most_rows: float) -> NDArray[np.int64]:
    """Return places in a strip, row by row: those of another television begin a row if there is room."""
    at, row = np.arange(len(channel)), 0
    for own in np.split(at, np.flatnonzero(np.diff(channel) < 0) + 1):
        own[:] = row * columns + np.arange(len(own))
        row += ceil(len(own) / columns)
    return at if row <= most_rows else np.arange(len(channel))


def coarsened(plan: FloorPlan, block: int) -> FloorPlan:
    """Merge blocks of block x block cells; a block is wall where all of it is."""
    rows, columns = (ceil(size / block) for size in plan.shape)
    row, column = plan.cell // plan.shape[1] // block, plan.cell % plan.shape[1] // block
    padding = [(0, rows * block - plan.shape[0]), (0, columns * block - plan.shape[1])]
    blocks = np.pad(plan.wall, padding, constant_values=True).reshape(rows, block, columns, block)
    wall = np.asarray(blocks.all(axis=(1, 3)))
    cell = np.where(plan.cell >= 0, row * columns + column, -1)
    position = None  # a block has no single step to its neighbour: no arrows
    caption = f"{plan.caption}; {block} x {block} cells a block".removeprefix("; ")
    numbers = plan.row_number[::block], plan.column_number[::block]
    across, downwards = (tuple(head.coarsened(block) for head in line) for line in plan.heads)
    shape, told = (rows, columns), (plan.has_axes, plan.channel, (across, downwards))
    return FloorPlan(shape, plan.state, cell, wall, position, caption, *numbers, *told)
