"""Grid worlds: text maps and generated ones, stepped by rule.

Actions: 0 up, 1 right, 2 down, 3 left, and 4 watch where the map has a television. A move goes to each of the two sides
with probability `slip` instead of forward; against a wall, or into a one-way cell from the wrong direction, one stays.
States are the cells that are not walls, row by row, then the channels of each television. `watch` leads from a
television to one of its channels, drawn uniformly, from which every action returns; elsewhere it stays. Features are
row and column and, on a map with televisions, the channel: 0 in a cell, and from 1 on at the place of a television.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from .. import arguments, layouts, memory
from ..drawing import Picture
from ..layouts import Layout
from ..mdp import FiniteMDP
from ..successor_draws import DOWN, GOAL, LEFT, NUM_SHARED, OWN, RIGHT, STAY, TRAP, UP, Outcomes
from ..tabular import TabularEnv
from . import terrain
from .rule import GridRule

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
SHARED_MOVES = (UP, RIGHT, DOWN, LEFT)  # of the actions
WATCH = len(MOVES)
ACTIONS = "up", "right", "down", "left", "watch"
ICE_BIT = 16  # of a cell's code; the bits below it tell which moves are open
WIDEST = int(np.iinfo(np.uint16).max)
CHANNEL_BYTES = 1000.0  # of a channel, while the world is made

Entries = list[tuple[NDArray[np.integer], int, NDArray[np.integer], NDArray[np.float64]]]
# (blocks of rows, action, successors, probabilities)


class Grid(TabularEnv):
    """A world drawn as a text map, one that is shipped, one's own, or one that is generated in any size."""

    def __init__(
        self,
        map_name: str = "grid",
        map_file: str | None = None,
        map_text: str | None = None,
        size: int | None = None,
        kind: str | None = None,
        world_seed: int = 0,
        slip: float = 0.1,
        channels: int = 30,
        render_mode: str | None = None,
    ) -> None:
        """Make the world.

        Args:
            map_name: a map that comes with the package: a file of `envs/maps` without `.txt`.
            map_file: a file to read the map from instead.
            map_text: the map itself, instead; wins over all others.
            size: cells a side of a map that is generated instead, as is a map whose `kind` is given (default 100).
            kind: what is generated: "caves" (default), "maze", "rooms" or "open".
            world_seed: draws the generated map.
            slip: probability that a move goes to *each* side, 0 to 0.5.
            channels: channels of each television, at least 1.
            render_mode: "rgb_array", "ansi", or None.
        """
        arguments.generator(world_seed)  # also where nothing is drawn, and so nobody would notice
        generated = map_text is None and map_file is None and (size is not None or kind is not None)
        if generated:
            layout = terrain.generate(100 if size is None else size, "caves" if kind is None else kind, world_seed)
        elif map_text is not None:
            layout = layouts.parse(arguments.text("map_text", map_text))
        else:
            layout = layouts.shipped(map_name) if map_file is None else layouts.read(map_file)
        rule = grid_rule(layout, slip, channels)
        picture, map_text = Picture(layout.codes, rule), None if generated else layout.text
        super().__init__(rule, render_mode, picture, map_text, coordinates=rule)
        self.action_names = ACTIONS[: self.rows.num_actions]


def grid_mdp(layout: Layout, slip: float = 0.1, channels: int = 30) -> FiniteMDP:
    """Work out the transition probabilities of a map, however large.

    Raises:
        ValueError: `slip` outside [0, 0.5], or fewer than one channel.
    """
    return grid_rule(layout, slip, channels).mdp()


def grid_rule(layout: Layout, slip: float = 0.1, channels: int = 30) -> GridRule:
    """Work out the rules of a map.

    Raises:
        ValueError: `slip` outside [0, 0.5], fewer than one channel, or a map too wide.
    """
    slip = arguments.real("slip", slip, 0, 0.5, "a probability of going to each side, 0 to 0.5")
    channels = arguments.whole("channels", channels, 1, what="channel for each television")
    if layout.codes.shape[1] > WIDEST:
        raise ValueError(f"the map has {layout.codes.shape[1]} columns, expected at most {WIDEST}")
    is_open = layout.is_open
    number = np.cumsum(is_open, dtype=np.int32).reshape(is_open.shape)
    number -= 1
    open_ways = _open_ways(layout.codes)
    with_own = _with_own_rows(layout, open_ways)
    num_channels = int(layout.where(layouts.TELEVISION).sum()) * channels
    memory.require(CHANNEL_BYTES * num_channels, f"channels is {channels}, which", "use fewer")
    code = np.append(_codes(layout, open_ways, with_own)[is_open], np.full(num_channels, OWN, dtype=np.uint8))
    num_actions = len(MOVES) + (num_channels > 0)
    own = _own_entries(layout, number, np.argwhere(with_own), open_ways, slip, channels)
    matrices = _shared_rows(slip, num_actions), _matrix(own, num_actions, code.size)
    return GridRule.of(layout, channels, num_actions, code, _gaps(number, is_open), _outcomes(*matrices))


def _open_ways(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Which moves lead out of each cell, a bit for each action, `[rows, columns]`."""
    ways = np.zeros_like(codes)
    for action in range(len(MOVES)):
        closed = layouts.WALL + layouts.ONE_WAY.replace(layouts.ONE_WAY[action], "")
        enterable = np.ones(256, dtype=np.uint8)
        enterable[[ord(sign) for sign in closed]] = 0
        ways |= _ahead(enterable[codes], action) << action
    return ways


def _ahead(values: NDArray[np.uint8], action: int) -> NDArray[np.uint8]:
    """The value in the cell that a move leads to from each cell, 0 beyond the rim, `[rows, columns]`."""
    found = np.zeros_like(values)
    here = tuple(slice(max(0, -move), min(0, -move) or None) for move in MOVES[action])
    there = tuple(slice(max(0, move), min(0, move) or None) for move in MOVES[action])
    found[here] = values[there]
    return found


def _with_own_rows(layout: Layout, open_ways: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Televisions and cells from which a move leads through a portal, unless they are terminal, `[rows, columns]`."""
    own = layout.where(layouts.TELEVISION)
    for (row, column), action in ((end, action) for end in layout.portals.reshape(-1, 2) for action in range(4)):
        before = row - MOVES[action][0], column - MOVES[action][1]
        if 0 <= before[0] < own.shape[0] and 0 <= before[1] < own.shape[1]:
            own[before] |= bool(open_ways[before] >> action & 1)
    return own & layout.is_open & ~layout.where(layouts.GOAL) & ~layout.where(layouts.TRAP)


def _codes(layout: Layout, open_ways: NDArray[np.uint8], with_own_rows: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The code of each cell, as in `envs.successor_draws.Rows`, `[rows, columns]`."""
    code = open_ways + ICE_BIT * layout.where(layouts.ICE).view(np.uint8)
    code[with_own_rows] = OWN
    code[layout.where(layouts.GOAL)] = GOAL
    code[layout.where(layouts.TRAP)] = TRAP
    return code


def _gaps(number: NDArray[np.int32], is_open: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """How far, in state numbers, the cells above and below each cell are, `[cells, 2]`."""
    between = np.empty((len(number) - 1, number.shape[1]), dtype=np.uint16)
    np.subtract(number[1:], number[:-1], out=between, casting="unsafe")
    gap = np.zeros((int(number[-1, -1]) + 1, 2), dtype=np.uint16)
    gap[np.count_nonzero(is_open[0]) :, 0] = between[is_open[1:]]
    gap[: len(gap) - np.count_nonzero(is_open[-1]), 1] = between[is_open[:-1]]
    return gap


def _shared_rows(slip: float, num_actions: int) -> csr_array:
    """The rows of the cells of each code, `[32 * A, 5]`."""
    code, stays = np.arange(NUM_SHARED), np.full(NUM_SHARED, STAY)
    ways = [np.where(code >> action & 1, move, STAY) for action, move in enumerate(SHARED_MOVES)]
    destinations = np.stack(ways, axis=1) - UP
    entries = _moves(destinations, np.where(code & ICE_BIT, _slip_on_ice(slip), slip))
    if num_actions > WATCH:
        entries.append((code, WATCH, stays - UP, np.ones(NUM_SHARED)))
    return _matrix(entries, num_actions, DOWN - UP + 1)


def _own_entries(
    layout: Layout,
    number: NDArray[np.int32],
    cells: NDArray[np.int64],
    open_ways: NDArray[np.uint8],
    slip: float,
    channels: int,
) -> Entries:
    """The rows of the cells that share none, then of the channels."""
    signs = layout.codes[tuple(cells.T)]
    destinations = np.repeat(number[tuple(cells.T)][:, None], len(MOVES), axis=1)
    for action, move in enumerate(MOVES):
        through = np.flatnonzero(open_ways[tuple(cells.T)] >> action & 1)
        destinations[through, action] = _stepped_on(layout, number, cells[through] + move)
    entries = _moves(destinations, np.where(signs == ord(layouts.ICE), _slip_on_ice(slip), slip))
    televisions = np.flatnonzero(signs == ord(layouts.TELEVISION))
    return _with_watching(entries, number[tuple(cells.T)], televisions, channels, int(number[-1, -1]) + 1)


def _stepped_on(layout: Layout, number: NDArray[np.int32], cells: NDArray[np.int64]) -> NDArray[np.int32]:
    """The state that stepping on each cell puts you in."""
    stepped_on = number[tuple(cells.T)]
    states = stepped_on.copy()
    for one, other in number[tuple(layout.portals.T)].T:
        states[stepped_on == one], states[stepped_on == other] = other, one
    return states


def _slip_on_ice(slip: float) -> float:
    return min(2 * slip, 0.5)


def _moves(destinations: NDArray[np.integer], slip: NDArray[np.float64]) -> Entries:
    """Forward with 1 - 2 slip, to either side with slip; `destinations` `[blocks, 4]` are those of the four moves."""
    block, forward = np.arange(len(destinations)), 1 - 2 * slip
    return [
        (block, action, destinations[:, (action + turn) % 4], probability)
        for action in range(4)
        for turn, probability in ((0, forward), (-1, slip), (1, slip))
    ]


def _with_watching(
    entries: Entries, state: NDArray[np.int32], televisions: NDArray[np.int64], channels: int, first_channel: int
) -> Entries:
    """Add the action `watch` to the cells of the given states, and the channels with their way back."""
    if not televisions.size:
        return entries
    elsewhere = np.setdiff1d(np.arange(state.size), televisions)
    owner = np.repeat(televisions, channels)  # of each channel
    number = np.arange(owner.size)
    back = [(state.size + number, action, state[owner], np.ones(owner.size)) for action in range(WATCH + 1)]
    stay = (elsewhere, WATCH, state[elsewhere], np.ones(elsewhere.size))
    return [*entries, stay, (owner, WATCH, first_channel + number, np.full(owner.size, 1 / channels)), *back]


def _matrix(entries: Entries, num_actions: int, num_columns: int) -> csr_array:
    """Add all entries up in one sparse matrix, in their order."""
    block = np.concatenate([block for block, *_ in entries])
    row = np.concatenate([block * num_actions + action for block, action, _, _ in entries])
    column = np.concatenate([column for _, _, column, _ in entries])
    probability = np.concatenate([probability for *_, probability in entries])
    num_blocks = int(block.max(initial=-1)) + 1
    shape = (num_blocks * num_actions, num_columns)
    matrix = csr_array(coo_array((probability, (row, column)), shape=shape))  # adds duplicates
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


def _outcomes(shared: csr_array, own: csr_array) -> Outcomes:
    """Shared rows, then the others, in one; nothing is paid but for entering a cell."""
    return Outcomes(
        length=np.concatenate([np.diff(shared.indptr), np.diff(own.indptr)]),
        successor=np.concatenate([shared.indices.astype(np.int64) + UP, own.indices]),
        probability=np.concatenate([shared.data, own.data]),
        reward=np.zeros(shared.nnz + own.nnz),
    )
