"""Worlds as pixels and as text, with NumPy alone.

The colours are those of Okabe and Ito (2008), told apart with every kind of colour vision, and each sign also has a
shape of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .layouts import FLOOR, GOAL, ICE, ONE_WAY, PORTALS, START, TELEVISION, TRAP, WALL, text_of

Colour = tuple[int, int, int]
Pixels = NDArray[np.uint8]
Shape = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]

PAPER, LINE, SLATE, ARROW = (247, 245, 240), (226, 222, 212), (62, 68, 82), (122, 128, 140)
BLUE, SKY, GREEN = (0, 114, 178), (86, 180, 233), (0, 158, 115)
ORANGE, VERMILLION, PURPLE, WHITE, BLACK = (230, 159, 0), (213, 94, 0), (204, 121, 167), (255, 255, 255), (20, 20, 20)
AGENT, AGENT_WATCHING = BLUE, BLACK
OVERSAMPLING = 4
MOST_CELLS, WINDOW = 1000, 128  # cells a side that are drawn as a whole; of larger maps
LARGEST_RING = 40  # states; beyond, a ring would be a thin line around nothing


class Places(Protocol):
    """Where the agent is drawn in each state."""

    def place(self, state: int) -> tuple[int, int]:
        """Row and column."""
        ...

    def watches(self, state: int) -> bool:
        """Whether the state is a channel of a television, where the agent is marked otherwise."""
        ...


@dataclass(frozen=True, eq=False)
class Picture:
    """What a world looks like.

    A side of more than 1000 cells is not drawn as a whole, but the 128 cells of it around the agent.

    Attributes:
        codes: `[rows, columns]`, code points of the signs of a text map.
        places: where the agent is drawn.
    """

    codes: NDArray[np.uint8]
    places: Places

    def frame(self, state: int) -> Pixels:
        """The world with the agent in `state`, `[height, width, 3]`."""
        codes, place = self._window(state)
        cell = cell_size(codes.shape)
        pixels = self._background(cell).copy() if codes is self.codes else paint(codes, cell)
        draw_agent(pixels, place, cell, AGENT_WATCHING if self.places.watches(state) else AGENT)
        return pixels

    def text(self, state: int) -> str:
        """The map with `@` where the agent is, `%` while it watches a channel."""
        codes, place = self._window(state)
        marked = codes.copy()
        marked[place] = ord("%" if self.places.watches(state) else "@")
        return text_of(marked)

    def _window(self, state: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
        """The part of the map that is drawn, and the agent's row and column in it."""
        row, column = self.places.place(state)
        if max(self.codes.shape) <= MOST_CELLS:
            return self.codes, (row, column)
        rows, columns = (_around(at, size) for at, size in zip((row, column), self.codes.shape, strict=True))
        return self.codes[rows, columns], (row - rows.start, column - columns.start)

    def _background(self, cell: int) -> Pixels:
        cached = self.__dict__.get("_pixels")
        if cached is None:
            cached = self.__dict__["_pixels"] = paint(self.codes, cell)
        return cached


@dataclass(frozen=True, eq=False)
class Positions:
    """Places that are given one by one.

    Attributes:
        position: `[S, 2]`, row and column.
        watching: `[S]`, true in the channels of a television; None: nowhere.
    """

    position: NDArray[np.int64]
    watching: NDArray[np.bool_] | None = None

    def place(self, state: int) -> tuple[int, int]:
        """Row and column."""
        row, column = self.position[state]
        return int(row), int(column)

    def watches(self, state: int) -> bool:
        """Whether the state is a channel of a television."""
        return self.watching is not None and bool(self.watching[state])


def arrange(num_states: int, position: NDArray[np.int64] | None) -> Picture:
    """The picture of a world that has no text map.

    Cells at the states' positions; without any, a ring of cells, and of more than 40 states the rows of a near-square.
    """
    if position is not None:
        place = np.maximum(position, 0)
    else:
        place = ring(num_states) if num_states <= LARGEST_RING else near_square(num_states)
    codes = np.full(place.max(axis=0) + 1, ord(WALL), dtype=np.uint8)
    codes[tuple(place.T)] = ord(FLOOR)
    return Picture(codes, Positions(place))


def _around(at: int, size: int) -> slice:
    """The cells of one side that are drawn: all, or a window around the agent that stays inside the map."""
    if size <= MOST_CELLS:
        return slice(0, size)
    first = min(max(at - WINDOW // 2, 0), size - WINDOW)
    return slice(first, first + WINDOW)


def ring(num_cells: int) -> NDArray[np.int64]:
    """Rows and columns of cells along the rim of a rectangle, clockwise; fewer than four in a strip, `[cells, 2]`."""
    height = max(1, (num_cells + 4) // 4)
    width = num_cells if height == 1 else (num_cells + 5) // 2 - height
    rim = [(0, column) for column in range(width)]
    rim += [(row, width - 1) for row in range(1, height)]
    rim += [(height - 1, column) for column in reversed(range(width - 1))]
    rim += [(row, 0) for row in reversed(range(1, height - 1))]
    return np.array(rim[:num_cells])


def two_rings() -> NDArray[np.int64]:
    """Rows and columns of two rings of five cells, right and left, that have the first cell in common, `[9, 2]`."""
    right = [(0, 3), (0, 4), (1, 4), (2, 3)]
    left = [(0, 1), (0, 0), (1, 0), (2, 1)]
    return np.array([(1, 2), *right, *left])


def near_square(num_cells: int) -> NDArray[np.int64]:
    """Rows and columns of cells row by row, about as many rows as columns, `[cells, 2]`."""
    return np.stack(np.divmod(np.arange(num_cells), int(np.ceil(np.sqrt(num_cells)))), axis=1)


def cell_size(shape: tuple[int, ...]) -> int:
    """Pixels along a cell's side: a map is about 640 pixels, a cell 1 to 24."""
    return int(np.clip(640 // max(shape), 1, 24))


def paint(codes: NDArray[np.uint8], cell: int) -> Pixels:
    """Draw a map without an agent.

    Args:
        codes: `[rows, columns]`, code points of signs.
        cell: pixels along the side of a cell.

    Returns:
        `[rows * cell, columns * cell, 3]`.
    """
    rows, columns = codes.shape
    canvas = np.empty((rows, columns, cell, cell, 3), dtype=np.uint8)
    for code in np.unique(codes):
        canvas[codes == code] = tile(chr(code), cell)
    return canvas.transpose(0, 2, 1, 3, 4).reshape(rows * cell, columns * cell, 3)


def draw_agent(pixels: Pixels, place: tuple[int, int], cell: int, colour: Colour = AGENT) -> None:
    """Draw a disc with a white rim on top of `pixels`, at least nine pixels wide so that it shows on a large map."""
    size = max(cell, 9)
    corner = np.asarray(place) * cell + (cell - size) // 2
    low, high = np.maximum(corner, 0), np.minimum(corner + size, pixels.shape[:2])
    view = pixels[low[0] : high[0], low[1] : high[1]]
    within = tuple(slice(a, b) for a, b in zip(low - corner, high - corner, strict=True))
    for shape, paint_with in ((_disc(0.78), WHITE), (_disc(0.62), colour)):
        view[:] = _blend(view, _coverage(shape, size)[within], paint_with)


@cache
def tile(sign: str, cell: int) -> Pixels:
    """One cell of a map, `[cell, cell, 3]`."""
    ground, layers = _LOOKS["portal" if sign in PORTALS else sign]
    pixels = np.full((cell, cell, 3), ground, dtype=np.uint8)
    for shape, colour in layers:
        pixels = _blend(pixels, _coverage(shape, cell), colour)
    if sign != WALL and cell >= 6:
        pixels[0, :] = pixels[:, 0] = LINE
    return pixels


def _coverage(shape: Shape, cell: int) -> NDArray[np.float64]:
    """Share of each pixel that a shape covers; a shape tells for x to the right and y down, both in -1 .. 1."""
    steps = (np.arange(cell * OVERSAMPLING) + 0.5) / (cell * OVERSAMPLING) * 2 - 1
    covered = shape(steps[None, :], steps[:, None])
    return covered.reshape(cell, OVERSAMPLING, cell, OVERSAMPLING).mean(axis=(1, 3))


def _blend(pixels: Pixels, share: NDArray[np.float64], colour: Colour) -> Pixels:
    mixed = pixels + (np.array(colour) - pixels) * share[:, :, None]
    return np.round(mixed).astype(np.uint8)


def _disc(radius: float) -> Shape:
    return lambda x, y: x**2 + y**2 <= radius**2


def _ring(inner: float, outer: float) -> Shape:
    return lambda x, y: (x**2 + y**2 <= outer**2) & (x**2 + y**2 >= inner**2)


def _box(width: float, height: float) -> Shape:
    return lambda x, y: (abs(x) <= width) & (abs(y) <= height)


def _arrow(action: int) -> Shape:
    """A triangle that points in the direction of a move."""
    sign = (-1, 1, 1, -1)[action]

    def shape(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        along, across = (x, y) if action % 2 else (y, x)
        return (sign * along >= -0.5) & (sign * along + 1.7 * abs(across) <= 0.6)

    return shape


def _cross(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (np.minimum(abs(x - y), abs(x + y)) <= 0.24) & (np.maximum(abs(x), abs(y)) <= 0.62)


def _diamond(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    return abs(x) + abs(y) <= 0.75


def _streaks(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (np.mod(x + y + 0.5, 1.0) <= 0.2) & (abs(x) <= 0.8) & (abs(y) <= 0.8)


def _static(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (abs(x) <= 0.55) & (abs(y) <= 0.4) & ((np.floor(x * 5) + np.floor(y * 5)) % 2 == 0)


_LOOKS: dict[str, tuple[Colour, list[tuple[Shape, Colour]]]] = {
    WALL: (SLATE, []),
    FLOOR: (PAPER, []),
    START: (PAPER, [(_ring(0.5, 0.78), BLUE)]),
    GOAL: (PAPER, [(_diamond, GREEN)]),
    TRAP: (PAPER, [(_cross, VERMILLION)]),
    ICE: ((222, 240, 250), [(_streaks, SKY)]),
    TELEVISION: (PAPER, [(_box(0.8, 0.65), ORANGE), (_box(0.55, 0.4), BLACK), (_static, WHITE)]),
    "portal": (PAPER, [(_ring(0.55, 0.8), PURPLE), (_disc(0.3), PURPLE)]),
    **{sign: (PAPER, [(_arrow(action), ARROW)]) for action, sign in enumerate(ONE_WAY)},
}
