"""A sliding puzzle of 2 by 3 places: a deterministic world whose rules are hard to tell from what is seen.

Five tiles and a gap are seen as they lie, row by row; an action moves the gap. Half of all orders can be reached: 360.
"""

from itertools import permutations
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete

WIDTH, GAP = 3, 0
ORDERS = tuple(permutations(range(2 * WIDTH)))
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


class Puzzle(gymnasium.Env[int, int]):
    """The puzzle, its orders numbered, with its table `P` and its first order."""

    follows_table = True
    feature_ranges = ((0, 2 * WIDTH - 1),) * (2 * WIDTH)

    def __init__(self) -> None:
        self.observation_space, self.action_space = Discrete(len(ORDERS)), Discrete(len(MOVES))
        number = {order: k for k, order in enumerate(ORDERS)}
        self.P = {
            k: {action: [(1.0, number[_moved(order, move)], 0.0, False)] for action, move in enumerate(MOVES)}
            for k, order in enumerate(ORDERS)
        }
        self.initial_state_distrib = np.eye(len(ORDERS))[0]
        self.state = 0

    def features(self, observation: int) -> tuple[int, ...]:
        """What lies in each place."""
        return ORDERS[observation]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Put the tiles in order."""
        super().reset(seed=seed)
        self.state = 0
        return self.state, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Move the gap."""
        _, self.state, reward, has_ended = self.P[self.state][int(action)][0]
        return self.state, reward, has_ended, False, {}


def _moved(order: tuple[int, ...], move: tuple[int, int]) -> tuple[int, ...]:
    gap = order.index(GAP)
    row, column = gap // WIDTH + move[0], gap % WIDTH + move[1]
    if not (0 <= row < 2 and 0 <= column < WIDTH):
        return order
    moved, other = list(order), row * WIDTH + column
    moved[gap], moved[other] = moved[other], moved[gap]
    return tuple(moved)


gymnasium.register("Puzzle-v0", Puzzle)
