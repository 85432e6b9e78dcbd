"""The default grid is a world in which direction matters: computed exactly on its transition matrix."""

import numpy as np
import pytest

import envs


@pytest.fixture(scope="module")
def world():
    env = envs.make("grid").unwrapped
    mdp = env.mdp
    dense = mdp.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1)
    vault = mdp.position[:, 1] >= 25
    return mdp, dense, vault, np.array([list(line) for line in env.map_text.splitlines()])


def test_its_size(world):
    mdp, _, vault, signs = world
    num_cells = np.sum(mdp.position[:, 0] >= 0)
    assert 200 <= num_cells <= 400
    assert vault.sum() >= num_cells / 4
    assert np.sum(signs == "T") == 2
    assert not mdp.terminal.any()


def test_the_way_to_the_vault_is_a_corridor(world):
    """Thirty cells and more, each with two neighbours that are not portals, lie between the rooms and the vault."""
    signs = world[3]
    walkable = (signs != "#") & ~np.char.islower(signs)
    neighbours = sum(np.roll(walkable, shift, axis) for shift in (-1, 1) for axis in (0, 1))
    narrow = walkable & (neighbours == 2)
    assert np.sum(narrow[:, 15:25]) >= 30


def test_a_random_walk_hardly_ever_reaches_the_vault(world):
    """Probability of having been there after 300 000 steps: the vault made absorbing, the matrix to that power."""
    mdp, dense, vault, _ = world
    walk = dense.mean(axis=1)
    walk[vault] = np.eye(mdp.num_states)[vault]
    reached = mdp.start @ np.linalg.matrix_power(walk, 300_000)
    assert reached[vault].sum() < 0.05


def test_a_deliberate_walk_reaches_the_vault_and_is_hardly_ever_thrown_back(world):
    """Value iteration of the probability of getting there without passing an end of a portal near the start."""
    mdp, dense, vault, signs = world
    portal = np.zeros(mdp.num_states, dtype=bool)
    cells = mdp.position[:, 0] >= 0
    portal[cells] = np.char.islower(signs)[tuple(mdp.position[cells].T)] & (signs[tuple(mdp.position[cells].T)] != "v")
    value = vault.astype(float)
    for _ in range(3000):
        value = np.where(vault, 1.0, np.where(portal, 0.0, 0.999 * (dense @ value).max(axis=1)))
    policy = (dense @ value).argmax(axis=1)
    chosen = dense[np.arange(mdp.num_states), policy]
    open_states = ~vault & ~portal
    inside = chosen[np.ix_(open_states, open_states)]
    success = np.linalg.solve(np.eye(open_states.sum()) - inside, chosen[np.ix_(open_states, vault)].sum(axis=1))
    assert mdp.start[open_states] @ success > 0.6
