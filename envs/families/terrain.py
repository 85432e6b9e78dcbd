"""Generated maps of any size: a kind, a size and a seed make a map on which every cell can be reached.

Only the largest connected part of what was drawn is kept; the start is its cell nearest to the middle.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from .. import arguments, memory
from ..layouts import FLOOR, START, WALL, Layout

Floor = NDArray[np.bool_]

LARGEST = 46_340  # the cells of a square are counted in 32 bits
CELL_BYTES = 32.0  # of a cell, while a world is made of it


def generate(size: int, kind: str = "caves", world_seed: int = 0) -> Layout:
    """Draw a map of `size` x `size` cells.

    Raises:
        ValueError: no such kind, or a size below 1.
    """
    draw = TERRAINS[arguments.one_of("kind", kind, TERRAINS)]
    size = arguments.whole("size", size, 1, LARGEST, "cell a side")
    memory.require(CELL_BYTES * size**2, f"size is {size}, which", "use a smaller size")
    floor = largest_part(draw(size, arguments.generator(world_seed)))
    codes = np.where(floor, np.uint8(ord(FLOOR)), np.uint8(ord(WALL)))
    codes[_most_central(floor)] = ord(START)
    return Layout(codes, np.zeros((0, 2, 2), dtype=np.int64))


def open_field(size: int, rng: np.random.Generator) -> Floor:
    """Nothing but floor."""
    return np.ones((size, size), dtype=np.bool_)


CAVE_WALLS, CAVE_ROUNDS = 0.45, 5


def caves(size: int, rng: np.random.Generator) -> Floor:
    """Caverns: noise in which every cell turns, five times over, into what most of its 3 x 3 neighbourhood is.

    Source: Johnson, Yannakakis and Togelius 2010, "Cellular automata for real-time generation of infinite cave
    levels", doi 10.1145/1814256.1814266.
    """
    floor = rng.random((size, size), dtype=np.float32) >= CAVE_WALLS
    for _ in range(CAVE_ROUNDS):
        count = np.pad(floor.view(np.uint8), 1)
        count = count[:-2] + count[1:-1] + count[2:]
        floor = count[:, :-2] + count[:, 1:-1] + count[:, 2:] >= 5
    return floor


ROOM_SIDE = 9


def rooms(size: int, rng: np.random.Generator) -> Floor:
    """Rooms of 9 x 9 cells, a door at a random place of every wall between two of them."""
    floor = np.ones((size, size), dtype=np.bool_)
    pitch = ROOM_SIDE + 1
    walls, firsts = np.arange(ROOM_SIDE, size - 1, pitch), np.arange(0, size, pitch)
    floor[walls] = False
    floor[:, walls] = False
    widths = np.minimum(ROOM_SIDE, size - firsts)
    for cells in (floor, floor.T):
        doors = firsts + rng.integers(widths, size=(walls.size, firsts.size))
        cells[walls[:, None], doors] = True
    return floor


def maze(size: int, rng: np.random.Generator) -> Floor:
    """Narrow ways that form a tree: the minimum spanning tree of a lattice with random weights."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    side = (size + 1) // 2
    number = np.arange(side * side, dtype=np.int32).reshape(side, side)
    one = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    other = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    weight = rng.permutation(one.size) + 1.0
    tree = minimum_spanning_tree(coo_array((weight, (one, other)), shape=(side * side,) * 2).tocsr(), overwrite=True)
    joined = tree.tocoo()
    floor = np.zeros((size, size), dtype=np.bool_)
    floor[::2, ::2] = True
    one, other = np.divmod(joined.row, side), np.divmod(joined.col, side)
    floor[one[0] + other[0], one[1] + other[1]] = True
    return floor


TERRAINS: Mapping[str, Callable[[int, np.random.Generator], Floor]] = {
    "caves": caves,
    "maze": maze,
    "rooms": rooms,
    "open": open_field,
}


def largest_part(floor: Floor) -> Floor:
    """Keep, of the parts joined by steps, the one with the most cells; without any floor, a cell in the middle."""
    from scipy.ndimage import label

    if not floor.any():
        floor = floor.copy()
        floor[floor.shape[0] // 2, floor.shape[1] // 2] = True
    part = np.empty(floor.shape, dtype=np.int32)
    label(floor, output=part)
    count = np.bincount(part.ravel())
    count[0] = 0
    return part == count.argmax()


def _most_central(floor: Floor) -> tuple[int, int]:
    """The floor cell nearest to the middle, the first of several."""
    rows, columns = (np.abs(2 * np.arange(size, dtype=np.int32) - (size - 1)) for size in floor.shape)
    distance = np.maximum(rows[:, None], columns)
    distance[~floor] = np.iinfo(np.int32).max
    row, column = np.unravel_index(distance.argmin(), floor.shape)
    return int(row), int(column)
