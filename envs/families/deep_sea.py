"""Deep Sea: a treasure at the end of a dive on which every step to the right costs a little.

Isolates: deep exploration. Of the 2**N ways down exactly one finds the treasure, which action goes right differs from
cell to cell, and all the reward that is met on other ways is a cost. Source: Osband et al. 2019, "Behaviour suite for
reinforcement learning", arXiv 1908.03568, `deep_sea` and `deep_sea_stochastic`; which action goes right is drawn by
another generator than there. An episode of N steps ends there with an observation of nothing: here that is a terminal
state, the sea floor, which the last row leads to. The cells above the diagonal cannot be met and are no states.
Features are row and column, of the floor the row below the last and the middle column.
"""

import numpy as np
from scipy.sparse import csr_array

from .. import arguments, memory
from ..coordinates import PLACE, listed
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

MOVE_COST = 0.01  # of a whole dive to the right
TREASURE = 1.0
CELL_BYTES = 200.0  # of a square as wide as the sea, while it is made


class DeepSea(TabularEnv):
    """A triangle of cells under the surface; 2 actions, of which one goes right."""

    def __init__(
        self, world_seed: int = 0, size: int = 10, stochastic: bool = False, render_mode: str | None = None
    ) -> None:
        """Draw from `world_seed` which action goes right in which cell."""
        mdp = deep_sea(world_seed, size, stochastic)
        assert mdp.position is not None
        size = int(mdp.position[-1, 0])
        super().__init__(mdp, render_mode, coordinates=listed(mdp.position, (0, size), (0, size - 1), names=PLACE))


def deep_sea(world_seed: int = 0, size: int = 10, stochastic: bool = False) -> FiniteMDP:
    """Work out the sea: its cells are numbered row by row, the floor comes last.

    A step goes one row down, and left (at the left edge straight down) or right; going right costs .01 / size. In the
    last row, whichever way one goes ends the episode, and going right in its last cell finds the treasure, 1.

    Args:
        world_seed: draws the actions that go right.
        size: rows, and columns of the last one.
        stochastic: going right leads straight down with probability 1 / size. The noise that the source adds to the
            rewards in both corners of the last row has mean 0; here there is none.

    Raises:
        ValueError: fewer than 2 rows.
    """
    size = arguments.whole("size", size, 2)
    stochastic = arguments.switch("stochastic", stochastic)
    memory.require(CELL_BYTES * size**2, f"size is {size}, which", "use a smaller size")
    row, column = np.tril_indices(size)
    cells, floor = np.arange(row.size), row.size
    right = arguments.generator(world_seed).integers(2, size=row.size)
    below = np.where(row == size - 1, floor, cells + row + 1)  # straight down: the next row is longer by one
    beside = np.where(row == size - 1, floor, below + 1)
    behind = np.where(row == size - 1, floor, below - (column > 0))
    fails = 1 / size if stochastic else 0.0
    pairs = 2 * cells
    entries = [
        (pairs + right, beside, np.full(row.size, 1 - fails)),
        (pairs + right, below, np.full(row.size, fails)),
        (pairs + 1 - right, behind, np.ones(row.size)),
    ]
    rows, successors, probabilities = (np.concatenate(part) for part in zip(*entries, strict=True))
    reward = np.zeros((floor + 1, 2))
    reward[cells, right] = -MOVE_COST / size
    reward[floor - 1, right[-1]] += TREASURE
    return FiniteMDP(
        csr_array((probabilities, (rows, successors)), shape=(2 * floor + 2, floor + 1)),
        reward,
        start=np.arange(floor + 1) == 0,
        terminal=np.arange(floor + 1) == floor,
        position=np.append(np.stack([row, column], axis=1), [[size, size // 2]], axis=0),
    )
