"""Maps of Gymnasium's own table worlds, which do not tell where their states are."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TAXI_SIDE, PASSENGERS, DESTINATIONS = 5, 5, 4


class KnownMap(NamedTuple):
    """Where states are, and what they are called.

    Attributes:
        position: `[n, 2]`, row and column by number; -1 -1 nowhere.
        caption: what a reader has to know.
        names: of what else tells a state; none where row and column do.
        values: `[n, len(names)]`.
    """

    position: NDArray[np.int64]
    caption: str = ""
    names: tuple[str, ...] = ()
    values: NDArray[np.int64] | None = None

    def features(self, states: NDArray[np.int64]) -> dict[str, Any] | None:
        """Return names and values of what tells states; None where row and column do."""
        return None if self.values is None else {"names": self.names, "values": self.values[states], "is_all": True}


def known_map(env: Any, num_states: int) -> KnownMap | None:
    """Return the map of a world that is known to have one; None of others.

    Args:
        env: the world.
        num_states: so many numbers, terminal twins included, which stand nowhere.
    """
    world = env.unwrapped
    if type(world).__module__.split(".")[0] != "gymnasium":
        return None
    kind = type(world).__name__
    if kind == "FrozenLakeEnv":
        return KnownMap(_rows(int(world.ncol), num_states, int(world.nrow) * int(world.ncol)))
    if kind == "CliffWalkingEnv":
        return KnownMap(_rows(int(world.shape[1]), num_states, int(np.prod(world.shape))))
    return _taxi(num_states) if kind == "TaxiEnv" else None


def _rows(columns: int, num_states: int, num_placed: int) -> NDArray[np.int64]:
    states = np.arange(num_states)
    position = np.stack(np.divmod(states, columns), axis=1)
    position[states >= num_placed] = -1
    return position


def _taxi(num_states: int) -> KnownMap:
    """Lay the maps of one passenger and destination each side by side, a wall apart."""
    states, number = np.arange(num_states), TAXI_SIDE * TAXI_SIDE * PASSENGERS * DESTINATIONS
    rest, destination = np.divmod(states, DESTINATIONS)
    rest, passenger = np.divmod(rest, PASSENGERS)
    row, column = np.divmod(rest, TAXI_SIDE)
    position = np.stack([destination * (TAXI_SIDE + 1) + row, passenger * (TAXI_SIDE + 1) + column], axis=1)
    position[states >= number] = -1
    caption = "a map for each place of the passenger (left to right; the last: in the taxi) and destination (downwards)"
    names = "row", "column", "passenger", "destination"
    return KnownMap(position, caption, names, np.stack([row, column, passenger, destination], axis=1))
