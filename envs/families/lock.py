"""A combination lock: one wrong action and all is lost.

Isolates: depth. A random walk gets n states deep once in 2**n attempts; an agent that remembers which action was wrong
needs two attempts a state. Source: the combination lock of Whitehead 1991 and, as Deep Sea, of Osband et al. 2019,
"Behaviour suite for reinforcement learning", arXiv 1908.03568.
"""

import numpy as np

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv


class Lock(TabularEnv):
    """A chain of states, in each of which one action advances and every other leads back to the first."""

    def __init__(
        self, world_seed: int = 0, num_states: int = 25, num_actions: int = 2, render_mode: str | None = None
    ) -> None:
        """Draw the combination from `world_seed`."""
        super().__init__(lock(world_seed, num_states, num_actions), render_mode)


def lock(world_seed: int = 0, num_states: int = 25, num_actions: int = 2) -> FiniteMDP:
    """Draw the combination; the right action in the last state opens the lock: reward 1, and back to the first.

    Args:
        world_seed: draws the combination.
        num_states: length of the combination, at least 2.
        num_actions: actions, of which one goes on in each state, at least 2.

    Raises:
        ValueError: fewer than 2 states or 2 actions.
    """
    num_states = arguments.whole("num_states", num_states, 2, what="of each, states and actions")
    num_actions = arguments.whole("num_actions", num_actions, 2, what="of each, states and actions")
    arguments.fits_table(num_states, num_actions, f"num_states is {num_states} and num_actions is {num_actions}")
    states = np.arange(num_states)
    combination = arguments.generator(world_seed).integers(num_actions, size=num_states)
    transition = np.zeros((num_states, num_actions, num_states))
    transition[:, :, 0] = 1
    transition[states, combination] = np.eye(num_states)[(states + 1) % num_states]
    reward = np.zeros((num_states, num_actions))
    reward[-1, combination[-1]] = 1
    return FiniteMDP.from_dense(transition, reward, position=np.stack([0 * states, states], axis=1))
