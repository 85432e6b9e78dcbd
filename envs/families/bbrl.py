"""Three distributions of worlds: a chain, two loops and a grid whose structure is known and whose odds are drawn.

Isolates: knowing what kind of world it is. Every row of transitions is drawn from a Dirichlet distribution with
concentration 1 on the outcomes that the structure allows and 0 elsewhere, which is an agent's accurate prior; a prior
of 1 on all states is the inaccurate one. Source: Castronovo, Ernst, Couëtoux and Fonteneau 2016, "Benchmarking for
Bayesian reinforcement learning", doi 10.1371/journal.pone.0157088, arXiv 1509.04064; concentrations and rewards are
those of their library's files GC-distrib, GDL-distrib and Grid-distrib (500 worlds each, discount .95, 250 steps).

All that is allowed has positive probability, so every state of every world drawn can be reached. Of the grid's 25
cells 24 are states here: entering the goal is being at the start, there as here, so the goal itself is never met. Their
features are row and column.
"""

import numpy as np
from numpy.typing import NDArray

from .. import arguments
from ..coordinates import PLACE, Digits
from ..drawing import Picture, Positions, two_rings
from ..layouts import FLOOR, GOAL, START
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

SIDE = 5
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


class GeneralisedChain(TabularEnv):
    """5 states, 3 actions; each goes on with a probability of its own, else back to the first state."""

    def __init__(self, world_seed: int = 0, render_mode: str | None = None) -> None:
        """Draw the world from `world_seed`."""
        super().__init__(generalised_chain(world_seed), render_mode)


class GeneralisedDoubleLoop(TabularEnv):
    """9 states, 2 actions; one loop cannot be left, in the other every step may fail."""

    def __init__(self, world_seed: int = 0, render_mode: str | None = None) -> None:
        """Draw the world from `world_seed`."""
        super().__init__(generalised_double_loop(world_seed), render_mode)


class GeneralisedGrid(TabularEnv):
    """24 cells and a goal, 4 actions: up, right, down, left, each of which may fail in each cell."""

    action_names = "up", "right", "down", "left"

    def __init__(self, world_seed: int = 0, render_mode: str | None = None) -> None:
        """Draw the world from `world_seed`."""
        mdp = generalised_grid(world_seed)
        assert mdp.position is not None
        codes = np.full((SIDE, SIDE), ord(FLOOR), dtype=np.uint8)
        codes[0, 0], codes[-1, -1] = ord(START), ord(GOAL)
        picture = Picture(codes, Positions(mdp.position))
        super().__init__(mdp, render_mode, picture, coordinates=Digits((SIDE, SIDE), names=PLACE))


def generalised_chain(world_seed: int = 0) -> FiniteMDP:
    """Draw a chain: entering the first state pays 2, entering or staying in the last one 10.

    Args:
        world_seed: draws the world.
    """
    states = np.arange(5)
    concentration = np.zeros((5, 3, 5))
    concentration[:, :, 0] = 1
    concentration[states, :, np.minimum(states + 1, 4)] = 1
    reward = np.zeros_like(concentration)
    reward[:, :, 0], reward[:, :, 4] = 2, 10
    return _draw(world_seed, concentration, reward, np.stack([0 * states, states], axis=1))


def generalised_double_loop(world_seed: int = 0) -> FiniteMDP:
    """Draw two loops, 0, 1, 2, 3, 4 and 0, 5, 6, 7, 8: leaving state 4 pays 1, leaving state 8 pays 2.

    State 0 leads to 1 or 5. The first loop goes on for certain; from 5, 6 and 7 one goes on or back to state 0.

    Args:
        world_seed: draws the world.
    """
    concentration = np.zeros((9, 2, 9))
    concentration[0, :, [1, 5]] = 1
    concentration[[1, 2, 3, 4], :, [2, 3, 4, 0]] = 1
    concentration[[5, 6, 7, 8], :, [6, 7, 8, 0]] = 1
    concentration[[5, 6, 7], :, 0] = 1
    reward = np.zeros_like(concentration)
    reward[4, :, 0], reward[8, :, 0] = 1, 2
    return _draw(world_seed, concentration, reward, two_rings())


def generalised_grid(world_seed: int = 0) -> FiniteMDP:
    """Draw a grid of 5 x 5 cells: a move succeeds or stays, entering the goal pays 10 and is being at the start.

    Args:
        world_seed: draws the world.
    """
    goal = SIDE * SIDE - 1
    concentration = np.zeros((goal, len(MOVES), goal))
    reward = np.zeros_like(concentration)
    for cell, action in np.ndindex(goal, len(MOVES)):
        concentration[cell, action, cell] = 1
        row, column = np.add(divmod(cell, SIDE), MOVES[action])
        if not (0 <= row < SIDE and 0 <= column < SIDE):
            continue
        entered = row * SIDE + column
        concentration[cell, action, entered % goal] = 1
        if entered == goal:
            reward[cell, action, 0] = 10
    return _draw(world_seed, concentration, reward, np.stack(np.divmod(np.arange(goal), SIDE), axis=1))


def _draw(
    world_seed: int, concentration: NDArray[np.float64], reward: NDArray[np.float64], position: NDArray[np.int64]
) -> FiniteMDP:
    """Draw a world: gamma variates over their sum are Dirichlet, and exactly 0 where the concentration is."""
    share = arguments.generator(world_seed).standard_gamma(concentration)
    return FiniteMDP.from_dense(share / share.sum(axis=2, keepdims=True), reward, position=position)
