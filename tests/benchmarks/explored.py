"""Beliefs about a grid that has been explored: what planners are timed on, of any size, made in seconds."""

import copy

import numpy as np

from agent.belief import updates
from agent.belief.priors import Local, Symmetric
from agent.belief.tables import SEEN, Edges, reserved, with_columns
from agent.belief.world_model import WorldModel
from agent.compilation.compiled import compiled, part


def explored_grid(
    side: int, visits: int = 10, concentration: float = 1.0, is_local: bool = True, successors: int = 3
) -> WorldModel:
    """Return the belief of one who took every pair of a square so many times; slip .1 to each side.

    Args:
        side: Cells; the border is walls one bumps into.
        visits: Of every pair.
        concentration: Total of the prior.
        is_local: Spread over the cells that a pair may lead to; otherwise over all cells.
        successors: Of a pair: 3, or 2, of which slip to the left is not one.
    """
    num_states = side * side
    model = WorldModel(4, num_states, Local({}, concentration) if is_local else Symmetric(concentration))
    model.make_room(num_states - 1)
    model.edges = reserved(Edges, 4 * successors * num_states + 1)
    if is_local:
        model.edges = with_columns(model.edges, "local")
    model.exceeding = np.zeros((2, 4096), dtype=np.int64)
    model = copy.copy(model)  # packs its tables anew
    _explore(model.address, side, visits, concentration if is_local else 0.0, successors)
    return model


@part
def _end(state, move, side):
    row, column = state // side, state % side
    if move == 0:
        return state - side if row > 0 else state
    if move == 1:
        return state + 1 if column < side - 1 else state
    if move == 2:
        return state + side if row < side - 1 else state
    return state - 1 if column > 0 else state


@compiled
def _explore(address, side, visits, local, successors):
    """Of ten visits one leads to each side and the others ahead, in an order that differs from pair to pair."""
    known = updates.belief_at(address)
    num_states = side * side
    if local > 0.0:
        for state in range(num_states):
            updates.add_state(known, state, SEEN)
            for action in range(4):
                for turn in range(successors):
                    end = _end(state, (action + (0, 1, 3)[turn]) % 4, side)
                    link = updates.find_edge(known, 4 * state + action, end)
                    edge = link - 1 if link > 0 else updates.add_edge(known, 4 * state + action, end)
                    known.edges.local[edge] += local / successors
    updates.begin(known, (side // 2) * side + side // 2)
    for k in range(visits):
        for state in range(num_states):
            for action in range(4):
                luck = (7 * k + 3 * state + action) % 10
                turn = 1 if luck == 8 else (3 if luck == 9 and successors == 3 else 0)
                updates.observe(known, state, action, 0.0, _end(state, (action + turn) % 4, side), False)
