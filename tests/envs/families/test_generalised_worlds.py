"""Generalised worlds: what their files allow, and how they are drawn."""

import numpy as np
import pytest

from agent.planners.value_iteration import solve
from tests.envs.families.test_classic_families import arrays, drawn

CHAIN_OUTCOMES = [[0, 1], [0, 2], [0, 3], [0, 4], [0, 4]]  # by state, whatever the action: BBRL's GC-distrib


LOOP_OUTCOMES = [[1, 5], [2], [3], [4], [0], [0, 6], [0, 7], [0, 8], [0]]  # GDL-distrib


GRID_OUTCOMES = {  # some pairs of state and action (up, right, down, left) of Grid-distrib, where the goal is 0
    (0, 0): [0], (0, 1): [0, 1], (0, 2): [0, 5], (0, 3): [0], (7, 0): [2, 7], (7, 1): [7, 8], (7, 2): [7, 12],
    (7, 3): [6, 7], (14, 1): [14], (19, 2): [0, 19], (22, 2): [22], (23, 1): [0, 23], (23, 3): [22, 23],
}  # fmt: skip


def test_generalised_worlds_allow_what_their_files_say():
    for seed in range(20):
        chain, paid, _ = arrays("generalised-chain", world_seed=seed)
        assert [np.flatnonzero(row).tolist() for row in chain.reshape(15, 5)] == [
            outcome for outcome in CHAIN_OUTCOMES for _ in range(3)
        ]
        assert np.all(paid[:, :, 0] == 2)
        assert np.all(paid[3:, :, 4] == 10)
        assert np.count_nonzero(paid) == 15 + 6
        loops, paid, _ = arrays("generalised-double-loop", world_seed=seed)
        assert [np.flatnonzero(row).tolist() for row in loops.reshape(18, 9)] == [
            outcome for outcome in LOOP_OUTCOMES for _ in range(2)
        ]
        assert {tuple(at): paid[tuple(at)] for at in np.argwhere(paid).tolist()} == {
            (4, 0, 0): 1, (4, 1, 0): 1, (8, 0, 0): 2, (8, 1, 0): 2,
        }  # fmt: skip
        grid, paid, _ = arrays("generalised-grid", world_seed=seed)
        assert grid.shape == (24, 4, 24)
        for (state, action), allowed in GRID_OUTCOMES.items():
            assert np.flatnonzero(grid[state, action]).tolist() == allowed
        assert {tuple(at): paid[tuple(at)] for at in np.argwhere(paid).tolist()} == {(19, 2, 0): 10, (23, 1, 0): 10}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["generalised-chain", "generalised-double-loop", "generalised-grid"])
def test_generalised_worlds_are_drawn_from_flat_dirichlets(name):
    """Of two outcomes with concentration 1 each has a uniform share: mean 1/2, variance 1/12, mean of squares 1/3.

    Over 200 worlds the mean of every pair, and those of all pairs together, are within 4 standard errors.
    """
    share = drawn(name)
    uncertain = (share > 0).all(axis=0) & (share < 1).all(axis=0)
    first = share[:, uncertain].reshape(len(share), -1, 2)[:, :, 0]  # of each such row, its first outcome
    assert np.allclose(share[:, ~uncertain], np.round(share[0, ~uncertain]))
    error = np.sqrt(1 / 12 / len(share))
    np.testing.assert_allclose(first.mean(axis=0), 0.5, atol=4 * error)
    assert first.mean() == pytest.approx(0.5, abs=4 * error / np.sqrt(first.shape[1]))
    of_squares = np.sqrt((1 / 5 - 1 / 9) / first.size)  # the fourth moment is 1/5
    assert np.mean(first**2) == pytest.approx(1 / 3, abs=4 * of_squares)


def test_a_generalised_chain_whose_best_action_is_known():
    """In the last state the action that stays most often has probability p of 10, else 2 and the start."""
    p, _, mdp = arrays("generalised-chain", world_seed=7)
    assert solve(mdp, 0.95, 1e-6).policy[4] == p[4, :, 4].argmax()
    assert mdp.reward[4] == pytest.approx(10 * p[4, :, 4] + 2 * p[4, :, 0])
