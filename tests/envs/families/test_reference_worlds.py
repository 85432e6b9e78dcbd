"""Row values of the reference worlds, written out from their definitions."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

import envs


def arrays(name, **kwargs):
    mdp = envs.make(name, **kwargs).unwrapped.mdp
    assert mdp.start.tolist() == [1.0] + [0.0] * (mdp.num_states - 1) or name == "four-rooms"
    assert not mdp.terminal.any()
    return mdp.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1), mdp


@pytest.mark.parametrize("world_seed", range(3))
def test_cliques(world_seed):
    p, _ = arrays("cliques", world_seed=world_seed)
    assert p.shape == (60, 4, 60)
    for members in (slice(0, 10), slice(50, 60)):
        for state in range(members.start, members.stop):
            for action in range(4):
                if (state, action) in ((9, 3), (50, 3)):
                    continue
                row = np.sort(p[state, action, members])
                np.testing.assert_allclose(row, [0.03] * 9 + [0.73])
    assert p[9, 3, 10] == p[50, 3, 49] == 0.9
    np.testing.assert_allclose([p[9, 3, 9], p[50, 3, 50]], 0.1)
    for state in range(10, 50):
        np.testing.assert_allclose(p[state, 0, [state - 1, state]], [0.95, 0.05])
        np.testing.assert_allclose(p[state, 1, [state + 1, state]], [0.95, 0.05])
        assert p[state, 2, state] == p[state, 3, state] == 1


@pytest.mark.parametrize("num_actions", [2, 3])
def test_lock(num_actions):
    p, mdp = arrays("lock", world_seed=5, num_actions=num_actions)
    assert p.shape == (25, num_actions, 25)
    assert set(np.unique(p)) == {0, 1}
    for state in range(24):
        assert p[state, :, state + 1].sum() == 1
        assert p[state, :, 0].sum() == num_actions - 1
    assert np.all(p[24, :, 0] == 1)
    assert mdp.reward.sum() == mdp.reward[24].sum() == 1


def test_river():
    p, mdp = arrays("river-swim")
    assert p.shape == (20, 2, 20)
    for state in range(20):
        assert p[state, 0, max(state - 1, 0)] == 1
    for state in range(1, 19):
        np.testing.assert_allclose(p[state, 1, state - 1 : state + 2], [0.05, 0.6, 0.35])
    np.testing.assert_allclose(p[0, 1, :2], [0.4, 0.6])
    np.testing.assert_allclose(p[19, 1, 18:], [0.4, 0.6])
    assert mdp.reward[0, 0] == 0.005
    assert mdp.reward[19, 1] == 1
    assert np.count_nonzero(mdp.reward) == 2


def test_noisy_tv():
    p, mdp = arrays("noisy-tv")
    assert p.shape == (79, 5, 79)
    np.testing.assert_allclose(p[24, :4, [24 - 7, 24 + 1, 24 + 7, 24 - 1]].diagonal(), 0.9)
    np.testing.assert_allclose(p[24, :4, 24], 0.1)
    assert p[0, 0, 0] == p[0, 3, 0] == 1  # a corner
    for television in (0, 1, 7):
        np.testing.assert_allclose(p[television, 4, 49:], 1 / 30)
    others = [cell for cell in range(49) if cell not in (0, 1, 7)]
    assert all(p[cell, 4, cell] == 1 for cell in others)
    assert np.all(p[49:, :, 0] == 1)
    assert mdp.position[:49].tolist() == [[cell // 7, cell % 7] for cell in range(49)]
    assert np.all(mdp.position[49:] == -1)


def test_dense():
    """A coordinate of Dirichlet(1, ..., 1) over 10 has mean .1, variance .09 / 11; 400 rows, 4 standard errors."""
    p = np.concatenate([arrays("dense", world_seed=seed)[0].reshape(-1, 10) for seed in range(10)])
    assert np.all(p > 0)
    np.testing.assert_allclose(p[:, 0].mean(), 0.1, atol=4 * np.sqrt(0.09 / 11 / 400))
    np.testing.assert_allclose(p.var(), 0.09 / 11, rtol=0.15)


@pytest.mark.parametrize("world_seed", range(3))
def test_one_two_three(world_seed):
    p, _ = arrays("one-two-three", world_seed=world_seed)
    assert p.shape == (20, 3, 20)
    for action in range(3):
        targets = p[:, action] > 0
        assert np.all(targets.sum(axis=1) == action + 1)
        np.testing.assert_allclose(p[:, action][targets], 1 / (action + 1))
    assert connected_components(p.sum(axis=1), connection="strong", return_labels=False) == 1


def test_one_two_three_favours_state_0():
    """With one target, state 0 has 3 of 22 parts: 200 draws a seed on average 27.3 (binomial, four standard errors)."""
    hits = np.mean([(arrays("one-two-three", world_seed=seed)[0][:, 0, 0] > 0).mean() for seed in range(50)])
    assert hits == pytest.approx(3 / 22, abs=4 * np.sqrt(3 / 22 * 19 / 22 / 1000))


@pytest.mark.parametrize("world_seed", range(3))
def test_maze(world_seed):
    p, mdp = arrays("maze", world_seed=world_seed)
    assert p.shape == (36, 4, 36)
    assert connected_components(p.sum(axis=1), connection="strong", return_labels=False) == 1
    jumps = p[:, :, 0] == 1
    assert jumps.sum() >= 30
    distance = np.abs(mdp.position[:, None] - mdp.position[None]).sum(axis=2)
    moved = p[~jumps]
    assert np.all(distance[np.nonzero(~jumps)[0]][moved > 0] <= 1)  # to a neighbour, or stay
    assert np.all(moved.max(axis=1) >= 0.7)
    openings = {frozenset(pair) for pair in np.argwhere((p * (distance == 1)[:, None]).any(axis=1)).tolist()}
    assert len(openings - {frozenset((0, 1)), frozenset((0, 6))}) <= 35 + 8


def test_four_rooms():
    """9 x 9 cells, a cross-shaped wall along row 4 and column 4 with doors at (4,1), (4,7), (1,4), (7,4)."""
    _, mdp = arrays("four-rooms")
    doors = {(4, 1), (4, 7), (1, 4), (7, 4)}
    cells = {(r, c) for r in range(9) for c in range(9) if (r != 4 and c != 4) or (r, c) in doors}
    assert {(r - 1, c - 1) for r, c in mdp.position.tolist()} == cells
    assert (mdp.num_states, mdp.num_actions) == (68, 4)
