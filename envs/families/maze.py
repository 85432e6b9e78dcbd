"""Mazes with transporters: rooms of unreliable moves, thrown back to one room again and again.

Isolates: spatial structure with traps. Rooms differ in how reliable their moves are, and one pair in five leads back
to room 0 for certain. Source: Little and Sommer 2013, doi 10.3389/fncir.2013.00037 (the layout by a random spanning
tree is ours). Features are row and column.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from .. import arguments
from ..coordinates import PLACE, Digits
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

SIDE = 6
ROOMS = SIDE * SIDE
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
EXTRA_OPENINGS, TRANSPORTERS = 8, 30
LIKELY = 0.1  # a room counts as within reach by moves at least this probable: the drawn shares may be as small as 1e-9


class Maze(TabularEnv):
    """36 rooms, 4 actions: up, right, down, left."""

    action_names = "up", "right", "down", "left"

    def __init__(self, world_seed: int = 0, render_mode: str | None = None) -> None:
        """Draw the world from `world_seed`."""
        super().__init__(maze(world_seed), render_mode, coordinates=Digits((SIDE, SIDE), names=PLACE))


def maze(world_seed: int = 0) -> FiniteMDP:
    """Draw mazes until every room can reach every other by likely moves.

    The rooms are joined by a random spanning tree and eight more openings. A move has .7 of its own outcome and shares
    the rest, drawn from Dirichlet(.25, ...), among the outcomes of all four moves (a wall: stay); then 30 of the pairs
    are replaced by a certain jump to room 0.

    Args:
        world_seed: draws the world.
    """
    rng = arguments.generator(world_seed)
    while True:
        outcome = _outcomes(rng)
        transition = np.zeros((ROOMS, 4, ROOMS))
        for room, action in np.ndindex(ROOMS, 4):
            share = 0.3 * rng.dirichlet(np.full(4, 0.25))
            share[action] += 0.7
            np.add.at(transition[room, action], outcome[room], share)
        transporters = rng.choice(ROOMS * 4, TRANSPORTERS, replace=False)
        transition.reshape(-1, ROOMS)[transporters] = np.eye(ROOMS)[0]
        likely = (transition > LIKELY).any(axis=1)
        if connected_components(likely, connection="strong", return_labels=False) == 1:
            return FiniteMDP.from_dense(transition, position=np.stack(np.divmod(np.arange(ROOMS), SIDE), axis=1))


def _outcomes(rng: np.random.Generator) -> NDArray[np.int64]:
    """The room that each move leads to, `[rooms, 4]`: itself where there is a wall."""
    outcome = np.repeat(np.arange(ROOMS)[:, None], 4, axis=1)
    group = np.arange(ROOMS)  # rooms already joined by the tree have the same group
    closed = []
    for room, action in rng.permutation([(room, action) for room in range(ROOMS) for action in (1, 2)]):
        neighbour = _neighbour(room, action)
        if neighbour is None:
            continue
        if group[room] == group[neighbour]:
            closed.append((room, action, neighbour))
            continue
        group[group == group[neighbour]] = group[room]
        _open(outcome, room, action, neighbour)
    for room, action, neighbour in closed[:EXTRA_OPENINGS]:
        _open(outcome, room, action, neighbour)
    return outcome


def _neighbour(room: int, action: int) -> int | None:
    row, column = np.add(divmod(room, SIDE), MOVES[action])
    return int(row * SIDE + column) if 0 <= row < SIDE and 0 <= column < SIDE else None


def _open(outcome: NDArray[np.int64], room: int, action: int, neighbour: int) -> None:
    outcome[room, action] = neighbour
    outcome[neighbour, (action + 2) % 4] = room
