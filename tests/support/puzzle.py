"""Puzzles: deterministic worlds whose rules are hard to tell from what is seen.

Two are of 2 by 3 places, and what lies there is seen row by row. In the *sliding puzzle* it is five tiles and a gap,
and an action moves the gap: half of all orders can be reached, 360. In the *rings* it is six tiles of four kinds, and
an action turns a row by one place, or swaps the two tiles of a column: 180 orders.

The *edges* are those of a tetrahedron (the pyraminx, without what is at its corners): an action turns the three around
a corner either way, and half of all orders can be reached, 360. The *lamps* are nine in a ring, and an action switches
three neighbours: 128 of the 512 states can be reached.
"""

from collections.abc import Callable, Iterable
from itertools import permutations, product
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete

Order = tuple[int, ...]
WIDTH, GAP = 3, 0
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
CORNERS = ((0, 1, 2), (0, 3, 4), (1, 3, 5), (2, 4, 5))
"""Places of the three edges around each."""
LAMPS = 9


class _Puzzle(gymnasium.Env[int, int]):
    """A puzzle, its orders numbered, with its table `P` and the order in which it begins."""

    follows_table = True

    def __init__(
        self, first: Order, orders: Iterable[Order], num_actions: int, moved: Callable[[Order, int], Order]
    ) -> None:
        self.orders = sorted(set(orders))
        self.feature_ranges = ((0, max(map(max, self.orders))),) * len(first)
        self.observation_space, self.action_space = Discrete(len(self.orders)), Discrete(num_actions)
        number = {order: k for k, order in enumerate(self.orders)}
        self.P = {
            k: {action: [(1.0, number[moved(order, action)], 0.0, False)] for action in range(num_actions)}
            for k, order in enumerate(self.orders)
        }
        self.initial_state_distrib = np.eye(len(self.orders))[number[first]]
        self.first = self.state = number[first]

    def features(self, observation: int) -> Order:
        """What lies in each place."""
        return self.orders[observation]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Put the tiles in order."""
        super().reset(seed=seed)
        self.state = self.first
        return self.state, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Move tiles."""
        _, self.state, reward, has_ended = self.P[self.state][int(action)][0]
        return self.state, reward, has_ended, False, {}


class SlidingPuzzle(_Puzzle):
    """Tiles that slide into a gap."""

    def __init__(self) -> None:
        first = tuple(range(2 * WIDTH))
        super().__init__(first, permutations(first), len(MOVES), _slid)


class Rings(_Puzzle):
    """Two rows that turn, and three columns of two."""

    def __init__(self) -> None:
        first = 0, 0, 1, 1, 2, 3
        super().__init__(first, permutations(first), 2 + WIDTH, _turned)


class Edges(_Puzzle):
    """Edges of a tetrahedron, three of which turn around a corner."""

    def __init__(self) -> None:
        first = tuple(range(6))
        super().__init__(first, permutations(first), 2 * len(CORNERS), _turned_around)


class Lamps(_Puzzle):
    """Lamps in a ring, three of which are switched at once."""

    def __init__(self) -> None:
        super().__init__((0,) * LAMPS, product((0, 1), repeat=LAMPS), LAMPS, _switched)


def _slid(order: Order, action: int) -> Order:
    gap, move = order.index(GAP), MOVES[action]
    row, column = gap // WIDTH + move[0], gap % WIDTH + move[1]
    if not (0 <= row < 2 and 0 <= column < WIDTH):
        return order
    moved, other = list(order), row * WIDTH + column
    moved[gap], moved[other] = moved[other], moved[gap]
    return tuple(moved)


def _turned(order: Order, action: int) -> Order:
    moved = np.reshape(order, (2, WIDTH))
    if action < 2:
        moved[action] = np.roll(moved[action], 1)
    else:
        moved[:, action - 2] = moved[::-1, action - 2].copy()
    return tuple(moved.ravel().tolist())


def _turned_around(order: Order, action: int) -> Order:
    moved, corner = np.array(order), list(CORNERS[action // 2])
    moved[corner] = np.roll(moved[corner], 1 if action % 2 else -1)
    return tuple(moved.tolist())


def _switched(order: Order, action: int) -> Order:
    return tuple(1 - lamp if (k - action) % LAMPS in (0, 1, LAMPS - 1) else lamp for k, lamp in enumerate(order))


gymnasium.register("Puzzle-v0", SlidingPuzzle)
gymnasium.register("Rings-v0", Rings)
gymnasium.register("Edges-v0", Edges)
gymnasium.register("Lamps-v0", Lamps)
