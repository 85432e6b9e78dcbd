"""A river whose every state has one action more that is noise, and one that is none.

Isolates: estimating what is noisy where it takes long to get there: the noisy actions lie all along the river, half of
them each, and what they lead to is anywhere. Source: Tarbouriech, Shekhar, Pirotta, Ghavamzadeh and Lazaric 2020,
"Active model estimation in Markov decision processes", arXiv 2003.03297: NoisyRiverSwim(12). Before the first step its
mean model error is 1.3125.
"""

import numpy as np

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

LEFT, RIGHT, ODD, EVEN = range(4)


class NoisyRiverSwim(TabularEnv):
    """A chain of states; 4 actions: left and right, and two that lead anywhere, or stay."""

    action_names = "left", "right", "odd", "even"

    def __init__(self, num_states: int = 12, render_mode: str | None = None) -> None:
        """Make the river."""
        super().__init__(noisy_river(num_states), render_mode)


def noisy_river(num_states: int = 12) -> FiniteMDP:
    """Work out the river: right is .35 ahead, .6 stay, .05 back, of the first state .6 ahead, of the last .4 back.

    Left is certain. States are counted from 1: of an odd one `odd` leads anywhere, uniformly, and `even` stays; of an
    even one it is the other way round.

    Args:
        num_states: its length, at least 2.

    Raises:
        ValueError: fewer than 2 states.
    """
    num_states = arguments.whole("num_states", num_states, 2)
    arguments.fits_table(num_states, 4, f"num_states is {num_states}")
    states, last = np.arange(num_states), num_states - 1
    transition = np.zeros((num_states, 4, num_states))
    transition[states, LEFT, np.maximum(states - 1, 0)] = 1
    transition[states[:-1], RIGHT, states[1:]] = 0.35
    transition[states, RIGHT, states] = 0.6
    transition[states[1:], RIGHT, states[:-1]] = 0.05
    transition[0, RIGHT, :2] = 0.4, 0.6
    transition[last, RIGHT, last - 1] = 0.4
    for action, number in ((ODD, 1), (EVEN, 0)):
        is_noisy = (states + 1) % 2 == number
        transition[is_noisy, action] = 1 / num_states
        transition[~is_noisy, action] = np.eye(num_states)[~is_noisy]
    return FiniteMDP.from_dense(transition, position=np.stack([0 * states, states], axis=1))
