"""Two puzzles of 2 by 3 places: deterministic worlds whose rules are hard to tell from what is seen.

What lies in the places is seen row by row. In the *sliding puzzle* five tiles and a gap lie there, and an action moves
the gap: half of all orders can be reached, 360. In the *rings* six tiles of four kinds do, and an action turns a row by
one place, or swaps the two tiles of a column: 180 orders.
"""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete

Order = tuple[int, ...]
WIDTH, GAP = 3, 0
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


class _Puzzle(gymnasium.Env[int, int]):
    """A puzzle, its orders numbered, with its table `P` and its first order."""

    follows_table = True

    def __init__(self, first: Order, num_actions: int, moved: Callable[[Order, int], Order]) -> None:
        self.orders = sorted(set(permutations(first)))
        self.feature_ranges = ((0, max(first)),) * len(first)
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
        super().__init__(tuple(range(2 * WIDTH)), len(MOVES), _slid)


class Rings(_Puzzle):
    """Two rows that turn, and three columns of two."""

    def __init__(self) -> None:
        super().__init__((0, 0, 1, 1, 2, 3), 2 + WIDTH, _turned)


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


gymnasium.register("Puzzle-v0", SlidingPuzzle)
gymnasium.register("Rings-v0", Rings)
