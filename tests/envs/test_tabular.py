import copy
import pickle

import gymnasium
import numpy as np
import pytest
from scipy.sparse import csr_array

import envs
from envs import FiniteMDP, TabularEnv


@pytest.mark.parametrize("name", ["grid", "cliques", "ice"])
def test_one_uniform_number_a_step_and_a_reset_inverts_the_row(name):
    """The same walk by NumPy alone: a running sum over the dense row, searched from the right."""
    env = envs.make(name).unwrapped
    mdp, uniform = env.mdp, np.random.default_rng(11).random
    dense = mdp.transition.toarray()
    state, _ = env.reset(seed=11)
    assert state == np.searchsorted(np.cumsum(mdp.start), uniform(), side="right")
    for action in np.random.default_rng(0).integers(mdp.num_actions, size=2000).tolist():
        expected = np.searchsorted(np.cumsum(dense[state * mdp.num_actions + action]), uniform(), side="right")
        state, _, terminated, _, _ = env.step(action)
        assert state == expected
        if terminated:
            state, _ = env.reset()
            assert state == np.searchsorted(np.cumsum(mdp.start), uniform(), side="right")


class Constant:
    """A generator that always draws the largest number below one."""

    def random(self):
        return np.nextafter(1, 0)


def test_the_last_running_sum_counts_as_one():
    almost = np.array([[0.3, 0.7 - 1e-10], [1, 0]])
    env = TabularEnv(FiniteMDP(csr_array(almost), np.zeros((2, 1)), np.array([1, 0]), np.zeros(2)))
    env.reset(seed=0)
    env.np_random = Constant()
    assert env.step(0)[0] == 1
    assert env.reset()[0] == 0


def test_it_speaks_in_plain_numbers():
    env = envs.make("traps").unwrapped
    state, info = env.reset(seed=0)
    assert (type(state), info) == (int, {})
    assert [type(part) for part in env.step(np.int64(1))] == [int, float, bool, bool, dict]


def test_the_reward_is_that_of_the_outcome_where_one_is_given_and_the_mean_otherwise():
    half = csr_array(np.full((2, 2), 0.5))
    paid = TabularEnv(FiniteMDP(half, [[0.5], [0.5]], [1, 0], [False, False], outcome_reward=[0, 1, 0, 1.0]))
    mean = TabularEnv(FiniteMDP(half, [[0.5], [0.5]], [1, 0], [False, False]))
    for env, rewards in ((paid, {(0, 0.0), (1, 1.0)}), (mean, {(0, 0.5), (1, 0.5)})):
        env.reset(seed=0)
        assert {env.step(0)[:2] for _ in range(50)} == rewards


def test_steps_that_cannot_be_taken():
    env = envs.make("grid", map_text="SG", slip=0).unwrapped
    with pytest.raises(gymnasium.error.ResetNeeded, match="call reset"):
        env.step(0)
    env.reset(seed=0)
    for action in (-1, 4):
        with pytest.raises(ValueError, match=f"action is {action}, expected 0 to 3"):
            env.step(action)
    env.step(1)
    with pytest.raises(gymnasium.error.ResetNeeded, match="call reset"):
        env.step(1)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_goes_its_own_way_along_the_same_trajectory(duplicate):
    env = envs.make("grid").unwrapped
    env.reset(seed=4)
    other = duplicate(env)
    assert [env.step(i % 4)[0] for i in range(50)] == [other.step(i % 4)[0] for i in range(50)]


def test_unknown_render_modes_are_refused():
    with pytest.raises(ValueError, match="render_mode is 'human', expected one of"):
        TabularEnv(envs.make("river-swim").unwrapped.mdp, render_mode="human")


def test_without_a_render_mode_nothing_is_drawn():
    env = envs.make("river-swim").unwrapped
    env.reset(seed=0)
    assert env.render() is None
