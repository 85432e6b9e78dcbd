"""Decision problems that solvers are timed on."""

import numpy as np
import scipy.sparse as sp

from envs import FiniteMDP

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left


def grid(side: int, slip: float = 0.1, num_goals: int = 5, seed: int = 0) -> FiniteMDP:
    """A square without inner walls: rewards uniform in [0, 1) for every pair, 10 more in a few cells.

    Args:
        side: Cells.
        slip: Probability of going to each side; bumping into the border stays.
        num_goals: Cells where every action pays 10 more; none is terminal.
        seed: Of the rewards.
    """
    rng = np.random.default_rng(seed)
    num_states = side * side
    row, column = np.divmod(np.arange(num_states), side)
    ends = [np.clip(row + i, 0, side - 1) * side + np.clip(column + j, 0, side - 1) for i, j in MOVES]
    pairs, successors, weights = [], [], []
    for action in range(4):
        for turn, probability in ((0, 1 - 2 * slip), (1, slip), (3, slip)):
            pairs.append(np.arange(num_states) * 4 + action)
            successors.append(ends[(action + turn) % 4])
            weights.append(np.full(num_states, probability))
    entries = np.concatenate(weights), (np.concatenate(pairs), np.concatenate(successors))
    reward = rng.random((num_states, 4))
    reward[rng.choice(num_states, num_goals, replace=False)] += 10
    return FiniteMDP(
        sp.csr_array(entries, shape=(4 * num_states, num_states)),
        reward,
        np.arange(num_states) == 0,
        np.zeros(num_states, bool),
    )


def dense(num_states: int, num_actions: int = 4, seed: int = 0) -> FiniteMDP:
    """Every pair may lead anywhere: rows from a flat Dirichlet, rewards uniform in [0, 1)."""
    rng = np.random.default_rng(seed)
    transition = rng.dirichlet(np.ones(num_states), size=(num_states, num_actions))
    return FiniteMDP.from_dense(transition, rng.random((num_states, num_actions)))
