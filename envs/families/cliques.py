"""Two cliques of random transitions joined by a long corridor: what only planning crosses to and fro.

Isolates: directed travel. What is left to learn lies at two far ends with nothing in between, so an agent must give up
a small gain here for a larger one fifty steps away, again and again. Source: Sun, Gomez and Schmidhuber 2011, "Planning
to be surprised", arXiv 1103.5708, section 5; there the corridor is deterministic, here a step of it may fail.
"""

import numpy as np
from numpy.typing import NDArray

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

CLIQUE = 10
LEFT, RIGHT = 0, 50  # first states of the cliques
NUM_STATES, NUM_ACTIONS = 60, 4


class Cliques(TabularEnv):
    """Ten states, a corridor of forty, ten states; 4 actions."""

    def __init__(self, world_seed: int = 0, render_mode: str | None = None) -> None:
        """Draw the world from `world_seed`."""
        super().__init__(cliques(world_seed), render_mode)


def cliques(world_seed: int = 0) -> FiniteMDP:
    """Draw the world.

    In a clique every pair leads to one random member with .7 and to any member with .3. Action 3 in state 9 and in
    state 50 is a gate to the corridor, states 10 to 49, where action 0 leads left and action 1 right with .95 (else one
    stays), and actions 2 and 3 stay.

    Args:
        world_seed: draws the world.
    """
    rng = arguments.generator(world_seed)
    transition = np.zeros((NUM_STATES, NUM_ACTIONS, NUM_STATES))
    for first in (LEFT, RIGHT):
        members = np.arange(first, first + CLIQUE)
        transition[first : first + CLIQUE, :, first : first + CLIQUE] = 0.3 / CLIQUE
        for state in members:
            transition[state, np.arange(NUM_ACTIONS), rng.choice(members, NUM_ACTIONS)] += 0.7
    for state in range(LEFT + CLIQUE, RIGHT):
        for action, successor in enumerate((state - 1, state + 1, state, state)):
            transition[state, action, state] += 0.05
            transition[state, action, successor] += 0.95
    for state, successor in ((LEFT + CLIQUE - 1, LEFT + CLIQUE), (RIGHT, RIGHT - 1)):
        transition[state, 3] = 0
        transition[state, 3, [successor, state]] = 0.9, 0.1
    return FiniteMDP.from_dense(transition, position=_position())


def _position() -> NDArray[np.int64]:
    """The cliques as blocks of two rows, the corridor along the lower row."""
    left = [(state // 5, state % 5) for state in range(CLIQUE)]
    corridor = [(1, state - 5) for state in range(CLIQUE, RIGHT)]
    right = [(1 - state // 5, 45 + state % 5) for state in range(CLIQUE)]
    return np.array(left + corridor + right)
