"""Wrappers that show what the world inside shows, and wrappers that might show something else."""

import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.spaces import Discrete, MultiDiscrete

from envs import as_states
from tests.envs.adapters.test_told_features import Known


def frozen(*around):
    env = gymnasium.make("FrozenLake-v1")
    for wrapper in around:
        env = wrapper(env)
    return as_states(env)


class Shuffled(gymnasium.ObservationWrapper):
    def observation(self, observation):
        return 15 - observation


class Stepping(gymnasium.Wrapper):
    """A wrapper with code of its own, which nobody knows."""

    def step(self, action):
        return self.env.step(action)


class Harmless(Stepping):
    keeps_dynamics = True


class Telling(Shuffled):
    def features(self, observation):
        return divmod(15 - observation, 4)


KEEPING = [
    lambda env: wrappers.TimeLimit(env, 9),
    lambda env: wrappers.TransformReward(env, lambda reward: 2 * reward),
    lambda env: wrappers.ClipReward(env, 0, 1),
    lambda env: wrappers.NormalizeReward(env),
    lambda env: wrappers.TransformAction(env, lambda action: 3 - action, env.action_space),
    lambda env: wrappers.StickyAction(env, 0.5),
    lambda env: wrappers.RepeatAction(env, 2),
    lambda env: wrappers.RecordEpisodeStatistics(env),
    Harmless,
]


@pytest.mark.parametrize("wrapper", KEEPING)
def test_wrappers_that_show_the_same_keep_the_features(wrapper):
    env = frozen(wrapper, lambda env: wrappers.TimeLimit(env, 50))
    assert env.features(6) == (1, 2)


@pytest.mark.parametrize(
    "wrapper", [Shuffled, Stepping, lambda env: wrappers.TransformObservation(env, int, Discrete(16))]
)
def test_of_what_might_be_something_else_the_number_is_all_there_is(wrapper):
    for around in ((wrapper,), (wrapper, KEEPING[0])):
        env = frozen(*around)
        assert env.features(6) == (6,)
        assert env.feature_ranges == ((0, 15),)


def test_a_context_is_that_of_the_layer_whose_features_are_told():
    assert as_states(KEEPING[0](Known())).context(3) == as_states(Harmless(Known())).context(3) == (0,)
    assert as_states(Stepping(Known())).context(3) == as_states(Telling(Known())).context(3) == ()


def test_a_wrapper_may_tell_the_features_of_what_it_shows():
    env = frozen(Telling, KEEPING[0])
    assert env.features(9) == (1, 2)
    assert frozen(Telling, Shuffled).features(9) == (9,)


def test_a_wrapper_that_shows_numbers_is_taken_by_them():
    class Pair(gymnasium.ObservationWrapper):
        def __init__(self, env):
            super().__init__(env)
            self.observation_space = MultiDiscrete([16, 2])

        def observation(self, observation):
            return np.array([observation, 1])

    env = frozen(Pair)
    state, _ = env.reset(seed=0)
    assert env.features(state) == (0, 1)
    assert env.feature_ranges == ((0, 15), (0, 1))


def test_a_wrapper_that_claims_to_keep_all_and_shows_another_space_does_not_show_the_same():
    class Row(gymnasium.ObservationWrapper):
        keeps_dynamics, observation_space = True, MultiDiscrete([16])

        def observation(self, observation):
            return np.array([observation])

    env = frozen(Row)
    assert env.features(env.reset(seed=0)[0]) == (0,)
    assert env.feature_ranges == ((0, 15),)


def test_flattened_observations_are_those_that_are_seen():
    env = as_states(wrappers.FlattenObservation(gymnasium.make("Taxi-v4")))  # one of 500 bits
    state, _ = env.reset(seed=0)
    assert env.num_features == 500
    assert sum(env.features(state)) == 1


def test_bins_are_those_of_each_number():
    env = wrappers.DiscretizeObservation(gymnasium.make("MountainCar-v0"), (5, 7))
    observed, states = env.reset(seed=3)[0], as_states(env)
    assert states.feature_ranges == ((0, 4), (0, 6))
    assert states.features(observed) == divmod(int(observed), 7)
    assert states.features(observed) == tuple(env._unflatten_index(observed))

    class Other(wrappers.DiscretizeObservation):
        def observation(self, observation):
            return 0

    assert as_states(Other(gymnasium.make("MountainCar-v0"), (5, 7))).features(8) == (8,)
