"""Dense random worlds: every action may lead anywhere, so there is nowhere to travel to.

Isolates: nothing to plan. Every exploration strategy learns equally fast, up to chance: the honest control for all
others. Source: Little and Sommer 2013, "Learning and exploration in action-perception loops", Frontiers in Neural
Circuits 7:37, doi 10.3389/fncir.2013.00037.
"""

import numpy as np

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv


class Dense(TabularEnv):
    """10 states, 4 actions, rows drawn from a flat Dirichlet distribution."""

    def __init__(
        self, world_seed: int = 0, num_states: int = 10, num_actions: int = 4, render_mode: str | None = None
    ) -> None:
        """Draw the world from `world_seed`."""
        super().__init__(dense(world_seed, num_states, num_actions), render_mode)


def dense(world_seed: int = 0, num_states: int = 10, num_actions: int = 4) -> FiniteMDP:
    """Draw every row from Dirichlet(1, ..., 1).

    Args:
        world_seed: draws the world.
        num_states: states, at least 1.
        num_actions: actions, at least 1.

    Raises:
        ValueError: fewer than 1 state or action.
    """
    num_states = arguments.whole("num_states", num_states, 1, what="of each, states and actions")
    num_actions = arguments.whole("num_actions", num_actions, 1, what="of each, states and actions")
    arguments.fits_table(num_states, num_actions, f"num_states is {num_states} and num_actions is {num_actions}")
    rng = arguments.generator(world_seed)
    return FiniteMDP.from_dense(rng.dirichlet(np.ones(num_states), size=(num_states, num_actions)))
