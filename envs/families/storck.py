"""A chain whose far end is noise: all there is to learn lies where hardly any action leads.

Isolates: information at the end of a path. In all states but the last, one action out of n moves on and the others
stay, all of it certain; only the last state is random, and each of its n actions equally so. A random walk is back at
the start after every few looks. Source: Storck, Hochreiter and Schmidhuber 1995, "Reinforcement driven information
acquisition in non-deterministic environments", ICANN 2, 159-164, with n = 10 and n = 100; which state comes first is
not said there, here it is the first of the chain.
"""

import numpy as np

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv


class Storck(TabularEnv):
    """A chain of n states, n actions: the last action moves on, the others stay."""

    def __init__(self, num_states: int = 10, render_mode: str | None = None) -> None:
        """Make the chain."""
        super().__init__(storck(num_states), render_mode)


def storck(num_states: int = 10) -> FiniteMDP:
    """Work out the chain; in its last state every action leads to any state, uniformly.

    Args:
        num_states: its length, and the number of actions, at least 2.

    Raises:
        ValueError: fewer than 2 states.
    """
    num_states = arguments.whole("num_states", num_states, 2)
    arguments.fits_table(num_states, num_states, f"num_states is {num_states}")
    states, advance = np.arange(num_states), num_states - 1
    transition = np.zeros((num_states, num_states, num_states))
    transition[states, :, states] = 1
    transition[states, advance] = np.eye(num_states, k=1)
    transition[-1] = 1 / num_states
    return FiniteMDP.from_dense(transition, position=np.stack([0 * states, states], axis=1))
