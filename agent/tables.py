"""The belief's three tables: states, pairs and edges, as named arrays that grow.

A *pair* is a state and an action, numbered `state * num_actions + action`; an *edge* is an observed (or, under a local
prior, expected) transition from a pair to a successor. Edges are threaded twice: through the pair they leave
(`first_out`, `next_out`) and through the state they enter (`first_in`, `next_in`). Links are edge numbers plus one, so
that zero, the content of untouched memory, means none.

Room is reserved with `np.zeros`, which touches no memory: what is used follows what was visited. Compiled functions
take a table as a named tuple; out of room, they say so before they change anything, and `grown` makes more.
"""

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

UNSEEN, SEEN, TERMINAL = 0, 1, 2


class States(NamedTuple):
    """One entry a state number; 46 bytes. The orders list states, the k-th at index k: they fill from the front."""

    kind: NDArray[np.int8]  # UNSEEN, SEEN (known to exist, with actions) or TERMINAL
    value: Floats  # planned value, nats
    first_in: Ints  # latest edge into the state
    starts: Ints  # resets that led here
    order: Ints  # known states in order of sight
    start_order: Ints  # start states in order of sight
    terminal_order: Ints  # terminal states in order of sight
    hub: Floats  # mean value of all states that the q-values of the state's pairs were computed with
    queued: NDArray[np.int8]  # waiting in the planner's queue
    queue: Ints  # the planner's queue, a ring
    next_scrub: Ints  # next state in a planner's round


class Pairs(NamedTuple):
    """One entry a pair; 32 bytes, and 16 more once a reward was seen."""

    visits: Ints
    first_out: Ints  # latest edge out of the pair
    count_weight: Floats  # 1 / (visits + total prior concentration): what one count weighs in the prediction
    payoff: Floats  # what a planner is paid here: curiosity_weight * bonus + reward_weight * mean reward
    q_value: Floats  # payoff + discount * expected value of the successor
    reward_sum: Floats  # empty until the first non-zero reward
    reward_square_sum: Floats


class Edges(NamedTuple):
    """One entry an edge; 20 bytes, and 8 more under a prior with a local part."""

    pair: Ints
    successor: Ints
    count: Ints  # pyright: ignore[reportIncompatibleMethodOverride]
    next_out: Ints
    next_in: Ints
    local: Floats  # prior concentration on this very outcome; empty under priors without a local part


T = TypeVar("T", States, Pairs, Edges)

_ITEMS = {
    "kind": np.int8,
    "queued": np.int8,
    "value": np.float64,
    "hub": np.float64,
    "count_weight": np.float64,
    "payoff": np.float64,
    "q_value": np.float64,
    "reward_sum": np.float64,
    "reward_square_sum": np.float64,
    "local": np.float64,
}
OPTIONAL = ("reward_sum", "reward_square_sum", "local")


def reserved(table: type[T], room: int, optional: bool = False) -> T:
    """Return a table with room for `room` entries, all zero; optional columns are empty unless asked for."""
    sizes = {name: room if optional or name not in OPTIONAL else 0 for name in table._fields}
    return table._make(np.zeros(size, _ITEMS.get(name, np.int32)) for name, size in sizes.items())


def grown(table: T, room: int, used: int) -> T:
    """Return the table with room for `room` entries, the first `used` of them kept."""
    return table._make(column if column.size == 0 else _grown(column, room, used) for column in table)


def with_columns(table: T, *names: str) -> T:
    """Return the table with optional columns made, as long as the others."""
    return table._replace(**{name: np.zeros(len(table[0]), _ITEMS[name]) for name in names})


def used_bytes(table: States | Pairs | Edges, used: int) -> int:
    """Bytes taken by the first `used` entries of all columns."""
    return sum(column.itemsize * min(used, column.size) for column in table)


def _grown(column: NDArray, room: int, used: int) -> NDArray:
    larger = np.zeros(room, column.dtype)
    larger[:used] = column[:used]
    return larger
