"""The chain: a small reward now against a large one at the end of a slippery path.

Isolates: a tempting detour. Going back pays at once from everywhere, while the far end pays five times as much only to
those who walk there and remain, and every slip throws back to the start. Source: Dearden, Friedman and Russell 1998,
"Bayesian Q-learning", AAAI, 761-768, and Strens 2000, "A Bayesian framework for reinforcement learning", ICML, 943-950.
"""

import numpy as np

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

FORWARD, BACK = 0, 1
RETURN_REWARD, END_REWARD = 2, 10


class Chain(TabularEnv):
    """A row of states; 2 actions, forward and back to the first."""

    def __init__(self, num_states: int = 5, slip: float = 0.2, render_mode: str | None = None) -> None:
        """Make the chain."""
        super().__init__(chain(num_states, slip), render_mode)


def chain(num_states: int = 5, slip: float = 0.2) -> FiniteMDP:
    """Work out the chain: with probability `slip` an action does what the other one does.

    Being back in the first state pays 2, going forward in the last state stays there and pays 10.

    Args:
        num_states: its length, at least 2.
        slip: probability that an action does what the other one does.

    Raises:
        ValueError: fewer than 2 states, or a slip that is no probability.
    """
    num_states = arguments.whole("num_states", num_states, 2)
    slip = arguments.real("slip", slip, 0, 1, "0 to 1")
    arguments.fits_table(num_states, 2, f"num_states is {num_states}")
    states, last = np.arange(num_states), num_states - 1
    transition = np.zeros((num_states, 2, num_states))
    for action, forward in ((FORWARD, 1 - slip), (BACK, slip)):
        transition[states, action, np.minimum(states + 1, last)] = forward
        transition[states, action, 0] = 1 - forward
    reward = np.zeros((num_states, 2, num_states))
    reward[:, :, 0] = RETURN_REWARD
    reward[last, :, last] = END_REWARD
    return FiniteMDP.from_dense(transition, reward, position=np.stack([0 * states, states], axis=1))
