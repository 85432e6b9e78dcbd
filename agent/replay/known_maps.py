"""Maps of Gymnasium's own table worlds, which do not tell where their states are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

TAXI_SIDE, PASSENGERS, DESTINATIONS = 5, 5, 4


def position_of(env: Any, num_states: int) -> tuple[NDArray[np.int64], str] | None:
    """Return row and column of states by number, `[n, 2]`, and what a reader has to know; None of other worlds.

    Args:
        env: the world.
        num_states: so many numbers, terminal twins included, which stand nowhere.
    """
    world = env.unwrapped
    if type(world).__module__.split(".")[0] != "gymnasium":
        return None
    kind = type(world).__name__
    if kind == "FrozenLakeEnv":
        return _rows(int(world.ncol), num_states, int(world.nrow) * int(world.ncol)), ""
    if kind == "CliffWalkingEnv":
        return _rows(int(world.shape[1]), num_states, int(np.prod(world.shape))), ""
    if kind == "TaxiEnv":
        return _taxi(num_states), "a map for each passenger (left to right) and destination (downwards)"
    return None


def _rows(columns: int, num_states: int, num_placed: int) -> NDArray[np.int64]:
    states = np.arange(num_states)
    position = np.stack(np.divmod(states, columns), axis=1)
    position[states >= num_placed] = -1
    return position


def _taxi(num_states: int) -> NDArray[np.int64]:
    """Lay the maps of one passenger and destination each side by side, a wall apart."""
    states, number = np.arange(num_states), TAXI_SIDE * TAXI_SIDE * PASSENGERS * DESTINATIONS
    rest, destination = np.divmod(states, DESTINATIONS)
    rest, passenger = np.divmod(rest, PASSENGERS)
    row, column = np.divmod(rest, TAXI_SIDE)
    position = np.stack([destination * (TAXI_SIDE + 1) + row, passenger * (TAXI_SIDE + 1) + column], axis=1)
    position[states >= number] = -1
    return position
