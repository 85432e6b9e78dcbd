"""1-2-3 worlds: actions of one, two and three targets, and one state that is everybody's favourite target.

Isolates: uneven uncertainty. Action k has k + 1 equally probable targets, so pairs differ in how much there is to
learn, and state 0 is met far more often than the others. Source: Little and Sommer 2013, doi 10.3389/fncir.2013.00037.
"""

import numpy as np
from scipy.sparse.csgraph import connected_components

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

NUM_STATES, NUM_ACTIONS = 20, 3
FAVOUR = 3.0  # how many times more probable state 0 is as a target


class OneTwoThree(TabularEnv):
    """20 states, 3 actions."""

    def __init__(self, world_seed: int = 0, render_mode: str | None = None) -> None:
        """Draw the world from `world_seed`."""
        super().__init__(one_two_three(world_seed), render_mode)


def one_two_three(world_seed: int = 0) -> FiniteMDP:
    """Draw targets until every state can reach every other.

    Args:
        world_seed: draws the world.
    """
    rng = arguments.generator(world_seed)
    weight = np.ones(NUM_STATES)
    weight[0] = FAVOUR
    while True:
        transition = np.zeros((NUM_STATES, NUM_ACTIONS, NUM_STATES))
        for state, action in np.ndindex(NUM_STATES, NUM_ACTIONS):
            targets = rng.choice(NUM_STATES, action + 1, replace=False, p=weight / weight.sum())
            transition[state, action, targets] = 1 / (action + 1)
        if connected_components(transition.sum(axis=1), connection="strong", return_labels=False) == 1:
            return FiniteMDP.from_dense(transition)
