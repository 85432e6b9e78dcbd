"""Two loops that share one state: the better one is left again at every careless step.

Isolates: commitment. Either loop pays only when it is closed. The right one closes whatever one does; the left one,
which pays twice as much, takes the same action five times in a row. Source: Watkins 1989, "Learning from delayed
rewards", as in Dearden, Friedman and Russell 1998, "Bayesian Q-learning", AAAI, 761-768.
"""

import numpy as np

from ..drawing import two_rings
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

RIGHT, LEFT = 0, 1
RIGHT_REWARD, LEFT_REWARD = 1, 2


class DoubleLoop(TabularEnv):
    """9 states, 2 actions."""

    def __init__(self, render_mode: str | None = None) -> None:
        """Make the loops."""
        super().__init__(double_loop(), render_mode)


def double_loop() -> FiniteMDP:
    """Work out the loops: 0, 1, 2, 3, 4 is the right one, 0, 5, 6, 7, 8 the left one.

    The action in state 0 chooses. In states 1 to 4 both actions go on; in 5 to 7 only `LEFT` does, the other one leads
    back to state 0 unpaid. Leaving state 4 pays 1, leaving state 8 pays 2.
    """
    transition = np.zeros((9, 2, 9))
    transition[0, [RIGHT, LEFT], [1, 5]] = 1
    transition[[1, 2, 3, 4], :, [2, 3, 4, 0]] = 1
    transition[[5, 6, 7, 8], LEFT, [6, 7, 8, 0]] = 1
    transition[[5, 6, 7, 8], RIGHT, 0] = 1
    reward = np.zeros((9, 2))
    reward[4], reward[8] = RIGHT_REWARD, LEFT_REWARD
    return FiniteMDP.from_dense(transition, reward, position=two_rings())
