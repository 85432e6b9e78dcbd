"""An open field with one cell that pays, as an explorer learns too late.

Isolates: exploring evenly where no wall leads, before it is known what will be worth what. Source: Kaufmann, Menard,
Domingues, Jonsson, Leurent and Valko 2021, "Adaptive reward-free exploration", arXiv 2006.06294, in episodes of 20
steps (`max_episode_steps=20`) and with a reward that is revealed after exploring: the best value is 3.748 in 20 steps
at a discount of .99.
"""

import numpy as np

from .. import arguments
from ..coordinates import PLACE, Digits
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


class OpenGrid(TabularEnv):
    """A field without walls, begun in its middle; 4 actions: up, right, down, left."""

    action_names = "up", "right", "down", "left"

    def __init__(self, side: int = 21, slip: float = 0.05, render_mode: str | None = None) -> None:
        """Make the field."""
        mdp = open_grid(side, slip)
        size = round(mdp.num_states**0.5)
        super().__init__(mdp, render_mode, coordinates=Digits((size, size), names=PLACE))


def open_grid(side: int = 21, slip: float = 0.05) -> FiniteMDP:
    """Work out the field: each entrance of the cell 3/5 of the way from the middle to the lower right corner pays 1.

    An action that leads out of the field stays, for certain; an action is paid its probability of entering.

    Args:
        side: cells along a side, odd, at least 3.
        slip: probability of going to one of the other cells beside instead, uniformly.

    Raises:
        ValueError: an even side, or too small a one, or no such probability.
    """
    side = arguments.whole("side", side, 3)
    slip = arguments.real("slip", slip, 0, 1, "a probability, 0 to 1")
    if side % 2 == 0:
        raise ValueError(f"side is {side}, expected an odd number of cells, of which one is in the middle")
    arguments.fits_table(side**2, len(MOVES), f"side is {side}")
    transition = np.zeros((side, side, len(MOVES), side, side))
    for row, column in np.ndindex(side, side):
        ends = [(row + down, column + right) for down, right in MOVES]
        beside = [end for end in ends if min(end) >= 0 and max(end) < side]
        for action, ahead in enumerate(ends):
            rows = transition[row, column, action]
            if ahead not in beside:
                rows[row, column] = 1
                continue
            for end in beside:
                rows[end] = 1 - slip if end == ahead else slip / (len(beside) - 1)
    middle, paid = side // 2, side // 2 + 3 * (side // 2) // 5
    reward = transition[..., paid, paid].reshape(side**2, -1)
    cells = np.stack(np.divmod(np.arange(side**2), side), axis=1)
    dense = transition.reshape(side**2, len(MOVES), side**2)
    return FiniteMDP.from_dense(dense, reward, start=middle * side + middle, position=cells)
