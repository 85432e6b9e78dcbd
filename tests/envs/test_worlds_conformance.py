"""Every registered world through one suite: a new line of `envs.WORLDS` is tested without writing a test."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from scipy import stats

import envs

pytestmark = pytest.mark.parametrize("name", envs.WORLDS)


def trajectory(name, seed, num_steps=200):
    env = envs.make(name)
    actions = np.random.default_rng(seed).integers(env.action_space.n, size=num_steps).tolist()
    seen = [env.reset(seed=seed)[0]]
    for action in actions:
        state, reward, terminated, truncated, _ = env.step(action)
        seen.append((state, reward, terminated, truncated))
        if terminated:
            seen.append(env.reset()[0])
    return seen


def test_it_is_a_clean_gymnasium_world(name):
    check_env(gymnasium.make(envs.WORLDS[name].id).unwrapped)  # its warnings are errors here


def test_our_worlds_have_no_time_limit(name):
    env = envs.make(name)
    while isinstance(env, gymnasium.Wrapper):
        assert not isinstance(env, gymnasium.wrappers.TimeLimit)
        env = env.env


def test_rows_are_distributions_and_terminal_rows_are_empty(name):
    mdp = envs.make(name).unwrapped.mdp
    totals = mdp.transition.sum(axis=1).reshape(mdp.num_states, mdp.num_actions)
    np.testing.assert_allclose(totals[~mdp.terminal], 1, atol=1e-12)
    assert np.all(totals[mdp.terminal] == 0)
    assert mdp.start.sum() == pytest.approx(1)


def test_every_state_can_be_reached(name):
    assert envs.make(name).unwrapped.mdp.reachable_states().all()


def test_equal_seeds_give_equal_trajectories(name):
    assert trajectory(name, 1) == trajectory(name, 1)


def test_samples_follow_the_arrays(name):
    """Pearson's chi-square, pooled over pairs with several outcomes, at the level 1e-4 (fixed seeds)."""
    env = envs.make(name).unwrapped
    mdp, num_samples = env.mdp, 600
    rows = np.flatnonzero(np.diff(mdp.transition.indptr) > 1)
    rows = np.random.default_rng(0).permutation(rows)[:25]
    env.reset(seed=3)
    statistic = freedom = 0.0
    for row in rows:
        counts = np.zeros(mdp.num_states)
        for _ in range(num_samples):
            env.state = int(row) // mdp.num_actions
            counts[env.step(int(row) % mdp.num_actions)[0]] += 1
        probability = mdp.transition[[row]].toarray()[0]
        assert np.all(counts[probability == 0] == 0)
        expected = num_samples * probability[probability > 0]
        statistic += np.sum((counts[probability > 0] - expected) ** 2 / expected)
        freedom += expected.size - 1
    if rows.size:
        assert stats.chi2.sf(statistic, freedom) > 1e-4


def test_certain_transitions_happen(name):
    """A step from every pair with a single outcome (of large worlds, 500 of them) leads where the arrays say."""
    env = envs.make(name).unwrapped
    mdp = env.mdp
    rows = np.flatnonzero(np.diff(mdp.transition.indptr) == 1)
    env.reset(seed=4)
    for row in np.random.default_rng(0).permutation(rows)[:500]:
        env.state = int(row) // mdp.num_actions
        assert env.step(int(row) % mdp.num_actions)[0] == mdp.transition.indices[mdp.transition.indptr[row]]


def test_states_draw_and_print(name):
    for mode, kind in (("rgb_array", np.ndarray), ("ansi", str)):
        env = envs.make(name, render_mode=mode)
        env.reset(seed=0)
        env.step(1)
        assert isinstance(env.render(), kind)


def test_the_table_says_what_the_world_is(name):
    world = envs.WORLDS[name]
    assert world.default_steps > 0
    assert world.summary
    assert world.id.startswith("blackswan/")
    assert type(envs.make(world.id).unwrapped).__doc__
