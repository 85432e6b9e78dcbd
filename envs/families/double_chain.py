"""DoubleChain: two ways from the middle, one of which is paid at its far end, as an explorer learns too late.

Isolates: exploring before it is known what will be worth what. Both ends are as far, and a walk that slips rarely gets
to either. Source: Kaufmann, Menard, Domingues, Jonsson, Leurent and Valko 2021, "Adaptive reward-free exploration",
arXiv 2006.06294, in episodes of 20 steps (`max_episode_steps=20`) and with a reward that is revealed after exploring.
Its text has slips of .1, its code .05, and only .05 has the values of its figure: the best one is 2.6495 in 20 steps at
a discount of .99.
"""

import numpy as np

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

LEFT, RIGHT = 0, 1


class DoubleChain(TabularEnv):
    """A chain of states that begins in its middle; 2 actions, left and right."""

    action_names = "left", "right"

    def __init__(self, num_states: int = 31, slip: float = 0.05, render_mode: str | None = None) -> None:
        """Make the chain."""
        super().__init__(double_chain(num_states, slip), render_mode)


def double_chain(num_states: int = 31, slip: float = 0.05) -> FiniteMDP:
    """Work out the chain: beyond its ends one stays, and in the last state an action pays its probability of staying.

    Args:
        num_states: its length, at least 3.
        slip: probability that an action goes the other way, below 1.

    Raises:
        ValueError: too short a chain, or no such probability.
    """
    num_states = arguments.whole("num_states", num_states, 3)
    slip = arguments.real("slip", slip, 0, 1, "a probability, 0 to 1")
    arguments.fits_table(num_states, 2, f"num_states is {num_states}")
    states = np.arange(num_states)
    left, right = np.maximum(states - 1, 0), np.minimum(states + 1, num_states - 1)
    transition = np.zeros((num_states, 2, num_states))
    for action, ahead, back in ((LEFT, left, right), (RIGHT, right, left)):
        transition[states, action, ahead] = 1 - slip
        transition[states, action, back] = slip
    reward = np.zeros((num_states, 2))
    reward[-1] = transition[-1, :, -1]
    position = np.stack([0 * states, states], axis=1)
    return FiniteMDP.from_dense(transition, reward, start=num_states // 2, position=position)
