"""Room graphs: rooms on a branching way, of which some are easy to get into, easy to leave, or beyond control.

Isolates: the structure of the world, one feature at a time. `branching` makes a single way (0) into a bushy tree (1);
a sink room is entered from anywhere, a source room left to anywhere, and in a stochastic room no action matters.
Source: Gruaz, Modirshanechi, Becker and Brea 2024, "Merits of curiosity: a simulation study", doi
10.31234/osf.io/evm9n. As in its published code (in Python and in Julia): the growth of the graph, the doors of rooms,
the added edges, the dynamics, a start drawn from all states, and the settings: 100 states; branching 0, .5, 1; 1, 2 or
4 rooms of side 2, 3, 4; 50 edges added for each sink or source; one room of the named kind, in a mixed world of 4 rooms
one of each, of 2 a sink and a source. Our reading: the settings are what their names say (the script that lists them
gives the shares of kinds in another order than the generator takes them); a mixed world of 3 rooms is like one of 4, of
1 it is refused (there it has no special room). Ours: the actions. There a state has as many actions as neighbours, here
all have as many as the one with most, and action a leads to neighbour a modulo their number, in ascending order.
"""

from collections import deque
from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

KINDS = ("neutral", "sink", "source", "stochastic", "mixed")
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
MOST_STATES = 10_000  # placing them for the picture takes a time that grows with their square: here a minute
MOST_ON_WAY = 3  # a unit with that many neighbours grows one more at most

Graph = list[set[int]]  # the neighbours of each state


class RoomGraph(TabularEnv):
    """Square rooms and single states grown into a tree, and one-way edges; as many actions as the most neighbours."""

    def __init__(
        self,
        world_seed: int = 0,
        kind: str = "mixed",
        branching: float = 0.5,
        rooms: int = 4,
        side: int = 3,
        num_states: int = 100,
        added_edges: int = 50,
        render_mode: str | None = None,
    ) -> None:
        """Draw the world from `world_seed`."""
        super().__init__(room_graph(world_seed, kind, branching, rooms, side, num_states, added_edges), render_mode)


def room_graph(
    world_seed: int = 0,
    kind: str = "mixed",
    branching: float = 0.5,
    rooms: int = 4,
    side: int = 3,
    num_states: int = 100,
    added_edges: int = 50,
) -> FiniteMDP:
    """Draw the world.

    Args:
        world_seed: draws everything.
        kind: what is special about one of the rooms: "neutral" (nothing), "sink", "source", "stochastic"; "mixed": a
            sink, a source and, of three rooms or more, a stochastic one.
        branching: probability that a unit (a room or a single state) which has grown a neighbour grows one more.
        rooms: how many.
        side: states along a room's side.
        num_states: of rooms and single states together.
        added_edges: one-way edges from anywhere else into each sink, and from each source to anywhere else.

    Raises:
        ValueError: no such kind, a probability, a number or a size out of range.
    """
    num_states = arguments.whole("num_states", num_states, 1, MOST_STATES, "states")
    rooms, side = arguments.whole("rooms", rooms, 0), arguments.whole("side", side, 0)
    added_edges = arguments.whole("added_edges", added_edges, 0)
    branching = arguments.real("branching", branching, 0, 1, "a probability, 0 to 1")
    _check(arguments.one_of("kind", kind, KINDS), rooms, side, num_states, added_edges)
    rng = arguments.generator(world_seed)
    units = num_states - rooms * (side**2 - 1)
    sides = np.ones(units, dtype=np.int64)
    sides[rng.choice(units, rooms, replace=False)] = side
    graph, parent = _grow(sides, branching, rng)
    firsts = np.cumsum(sides**2) - sides**2
    chosen = rng.permutation(np.flatnonzero(sides > 1))
    named = ("sink", "source", "stochastic")[:rooms] if kind == "mixed" else (kind,)
    stochastic = np.zeros(num_states, dtype=np.bool_)
    for name, unit in zip(named, chosen, strict=False):
        inside = firsts[unit] + np.arange(side**2)
        outside = np.setdiff1d(np.arange(num_states), inside)
        if name == "stochastic":
            stochastic[inside] = True
        elif name != "neutral":
            _add_edges(graph, *((outside, inside) if name == "sink" else (inside, outside)), added_edges, rng)
    return FiniteMDP(
        transition=_dynamics(graph, stochastic),
        reward=np.zeros((num_states, max(map(len, graph)))),
        start=np.full(num_states, 1 / num_states),
        terminal=np.zeros(num_states, dtype=np.bool_),
        position=_position(sides, parent),
    )


def _check(kind: str, rooms: int, side: int, num_states: int, added_edges: int) -> None:
    fewest = 2 if kind == "mixed" else 1
    if rooms < fewest or side < 2:
        raise ValueError(f"got {rooms} rooms of side {side}, expected at least {fewest} of side 2 in a {kind} world")
    if num_states < rooms * side**2 + 1:
        raise ValueError(
            f"num_states is {num_states}, expected more than the {rooms * side**2} of the rooms, {rooms} of side {side}"
        )
    most = side**2 * (num_states - side**2) // 2
    if not 0 <= added_edges <= most:
        raise ValueError(f"added_edges is {added_edges}, expected 0 to {most}, half of all there could be")


def _grow(sides: NDArray[np.int64], branching: float, rng: np.random.Generator) -> tuple[Graph, list[int]]:
    """Attach each unit to the one whose turn it is; also returns each unit's parent, -1 for the first."""
    graph: Graph = [set() for _ in range(int(np.sum(sides**2)))]
    parent, first = [-1] * len(sides), 0
    doors: list[list[int]] = []  # a room's states that may still get a neighbour; a single state has itself
    waiting: deque[int] = deque()
    for unit, side in enumerate(sides.tolist()):
        entrance = first + (side - 1) // 2
        _join_inside(graph, first, side)
        if waiting:
            parent[unit] = _next_parent(waiting, sides, graph, doors, branching, rng)
            place = _door(doors[parent[unit]], sides[parent[unit]] > 1, rng)
            graph[place].add(entrance)
            graph[entrance].add(place)
        doors.append(_doors(first, side, is_first=unit == 0))
        waiting.append(unit)
        first += side**2
    return graph, parent


def _next_parent(
    waiting: deque[int],
    sides: NDArray[np.int64],
    graph: Graph,
    doors: list[list[int]],
    branching: float,
    rng: np.random.Generator,
) -> int:
    """The unit at the head of the queue; it stays there, with probability `branching`, unless it is full."""
    unit = waiting.popleft()
    taken = 4 - len(doors[unit]) if sides[unit] > 1 else len(graph[doors[unit][0]])
    if rng.random() < branching and taken < MOST_ON_WAY:
        waiting.appendleft(unit)
    return unit


def _door(doors: list[int], is_room: bool, rng: np.random.Generator) -> int:
    """A place of a unit to attach to; that of a room is used up."""
    return doors.pop(int(rng.integers(len(doors)))) if is_room else doors[0]


def _join_inside(graph: Graph, first: int, side: int) -> None:
    for row, column in np.ndindex(side, side):
        state = first + row * side + column
        graph[state] |= {state - side} if row > 0 else set()
        graph[state] |= {state + side} if row < side - 1 else set()
        graph[state] |= {state - 1} if column > 0 else set()
        graph[state] |= {state + 1} if column < side - 1 else set()


def _doors(first: int, side: int, is_first: bool) -> list[int]:
    """The middles of the walls, but for the one that leads to the parent; of a single state, itself."""
    middle, last = (side - 1) // 2, side - 1
    places = {(last, middle), (middle, 0), (middle, last)} | ({(0, middle)} if is_first else set())
    return [first + row * side + column for row, column in sorted(places)]


def _add_edges(
    graph: Graph, sources: NDArray[np.int64], ends: NDArray[np.int64], number: int, rng: np.random.Generator
) -> None:
    while number:
        source, end = int(rng.choice(sources)), int(rng.choice(ends))
        number -= end not in graph[source]
        graph[source].add(end)


def _dynamics(graph: Graph, stochastic: NDArray[np.bool_]) -> csr_array:
    """Each action to its neighbour, but from the states of a stochastic room to any of theirs, uniformly."""
    num_actions, entries = max(map(len, graph)), []
    for state, neighbours in enumerate(map(sorted, graph)):
        for action in range(num_actions):
            ends = neighbours if stochastic[state] else [neighbours[action % len(neighbours)]]
            entries += [(state * num_actions + action, end, 1 / len(ends)) for end in ends]
    row, column, probability = zip(*entries, strict=True)
    return csr_array(coo_array((probability, (row, column)), shape=(len(graph) * num_actions, len(graph))))


def _position(sides: NDArray[np.int64], parent: list[int]) -> NDArray[np.int64]:
    """Each unit as near to its parent as it can be drawn without touching any other unit."""
    owner: dict[tuple[int, int], int] = {}  # of each cell
    corners: list[tuple[int, int]] = []
    for unit, side in enumerate(sides.tolist()):
        above = parent[unit]
        around = _outwards(corners[above], int(sides[above])) if unit else iter([(0, 0)])
        corner = next(place for place in around if _fits(owner, place, side, above))
        owner |= dict.fromkeys(_square(corner, side), unit)
        corners.append(corner)
    cells = np.concatenate([_square(place, side) for place, side in zip(corners, sides.tolist(), strict=True)])
    return cells - cells.min(axis=0)


def _square(corner: tuple[int, int], side: int) -> list[tuple[int, int]]:
    return [(corner[0] + row, corner[1] + column) for row, column in np.ndindex(side, side)]


def _outwards(corner: tuple[int, int], side: int) -> Iterator[tuple[int, int]]:
    """All places around a square, those the fewest steps away first, of these those beside it, the right before."""
    for steps in count(1):
        above_or_below = [row for rise in range(1, steps + 1) for row in (side - 1 + rise, -rise)]
        for row in [*range(side), *above_or_below]:
            aside = steps - max(-row, row - side + 1, 0)
            for column in (side - 1 + aside, -aside) if aside else range(side):
                yield corner[0] + row, corner[1] + column


def _fits(owner: dict[tuple[int, int], int], corner: tuple[int, int], side: int, parent: int) -> bool:
    """Whether the square is free and has no other neighbour than the parent."""
    cells = _square(corner, side)
    beside = ((row + down, column + right) for row, column in cells for down, right in MOVES)
    return owner.keys().isdisjoint(cells) and all(owner.get(cell, parent) == parent for cell in beside)
