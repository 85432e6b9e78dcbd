"""A small field from one corner to the other, where every step counts and moves fail.

Isolates: learning while time is paid for, over and over, as an episode ends at the goal alone. Source:
Jafarnia-Jahromi, Chen, Jain and Luo 2023, "Posterior sampling-based online learning for the stochastic shortest path
model", UAI, where each step costs 1. Ours: a step costs nothing, and the goal pays 1. Another episode follows, so
whoever earns the most a step takes the fewest steps an episode, and the measure `steps-lost` is their regret.
"""

import numpy as np
from scipy.sparse import csr_array

from .. import arguments
from ..coordinates import PLACE, Digits
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


class ShortestPath(TabularEnv):
    """A field of 3 x 4 cells; 4 actions: up, right, down, left."""

    action_names = "up", "right", "down", "left"

    def __init__(self, rows: int = 3, columns: int = 4, slip: float = 0.15, render_mode: str | None = None) -> None:
        """Make the field."""
        mdp = shortest_path(rows, columns, slip)
        super().__init__(mdp, render_mode, coordinates=Digits((int(rows), int(columns)), names=PLACE))


def shortest_path(rows: int = 3, columns: int = 4, slip: float = 0.15) -> FiniteMDP:
    """Work out the field: it begins in the first cell, and its last one, the goal, ends the episode.

    Args:
        rows: of cells, at least 1.
        columns: of cells, at least 2.
        slip: probability of going to one of the three other sides instead, uniformly; what would leave
            the field stays.

    Raises:
        ValueError: too few cells, or no such probability.
    """
    rows, columns = arguments.whole("rows", rows, 1), arguments.whole("columns", columns, 2)
    slip = arguments.real("slip", slip, 0, 1, "a probability, 0 to 1")
    size, sides = rows * columns, len(MOVES)
    arguments.fits_table(size, sides, f"rows is {rows}, columns {columns}")
    transition, cells = np.zeros((size, sides, size)), np.stack(np.divmod(np.arange(size), columns), axis=1)
    for state, (row, column) in enumerate(cells[:-1].tolist()):
        for side, (down, right) in enumerate(MOVES):
            inside = 0 <= row + down < rows and 0 <= column + right < columns
            end = (row + down) * columns + column + right if inside else state
            for action in range(sides):
                transition[state, action, end] += 1 - slip if side == action else slip / (sides - 1)
    leads, goal = csr_array(transition.reshape(size * sides, size)), size - 1
    is_goal = np.arange(size) == goal
    return FiniteMDP(
        transition=leads,
        reward=transition[..., goal],
        start=(np.arange(size) == 0).astype(np.float64),
        terminal=is_goal,
        position=cells,
        outcome_reward=is_goal[leads.indices].astype(np.float64),
    )
