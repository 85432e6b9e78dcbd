import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiDiscrete

import envs
from envs import StateEnv, as_states


class Scripted(gymnasium.Env):
    """Gives what it is told to: a list of (observation, terminated, truncated)."""

    def __init__(self, script, observations=Discrete(10), actions=Discrete(2)):  # noqa: B008
        self.script, self.taken = list(script), []
        self.observation_space, self.action_space = observations, actions

    def reset(self, *, seed=None, options=None):
        return np.int64(self.script.pop(0)), {}

    def step(self, action):
        self.taken.append(action)
        observation, terminated, truncated = self.script.pop(0)
        return np.int64(observation), 1, np.bool_(terminated), np.bool_(truncated), {}


def test_the_way_an_observation_is_met_first_keeps_its_number():
    end, go_on = True, False
    script = [3, (5, end, False), 3, (5, go_on, False), (3, end, False), 5, (5, end, False), 3, (4, go_on, True)]
    env = as_states(Scripted(script))
    assert env.reset()[0] == 3
    assert env.step(0)[0] == 5  # met as an end: keeps 5
    assert env.reset()[0] == 3
    assert env.step(0)[0] == 10  # the same in mid-episode: the next free number
    assert env.step(0)[0] == 11  # 3 as an end
    assert env.reset()[0] == 10
    assert env.step(0)[0] == 5
    assert env.reset()[0] == 3
    assert env.step(0)[0] == 4  # truncated is not an end
    assert env.num_states == 10
    assert 11 in env.observation_space


def test_a_truncated_end_is_an_end():
    env = as_states(Scripted([1, (2, True, True), 2]))
    env.reset()
    env.step(0)
    assert env.reset()[0] == 10


def test_spaces_that_start_elsewhere_count_from_zero():
    inner = Scripted([-2, (1, False, False)], Discrete(4, start=-2), Discrete(3, start=5))
    env = as_states(inner)
    assert env.reset()[0] == 0
    assert env.step(2)[0] == 3
    assert inner.taken == [7]
    assert (env.num_states, env.num_actions) == (4, 3)


def test_it_speaks_in_plain_numbers():
    env = as_states(Scripted([1, (2, False, False)]))
    assert type(env.reset()[0]) is int
    assert [type(part) for part in env.step(0)] == [int, float, bool, bool, dict]


def test_it_wraps_once():
    env = as_states(envs.make("grid"))
    assert isinstance(env, StateEnv)
    assert as_states(env) is env


@pytest.mark.parametrize(
    ("observations", "actions", "message"),
    [
        (Box(0, 1), Discrete(2), "Scripted has observations of Box.*expected a Discrete observation space"),
        (Discrete(2), Box(0, 1), "Scripted has actions of Box.*expected a Discrete action space"),
        (MultiDiscrete([2, 2]), Discrete(2), "has observations of MultiDiscrete"),
    ],
)
def test_other_spaces_are_refused(observations, actions, message):
    with pytest.raises(ValueError, match=message):
        as_states(Scripted([], observations, actions))


def test_a_world_of_real_numbers_is_refused_by_its_name():
    with pytest.raises(ValueError, match="CartPole-v1 has observations of Box"):
        as_states(gymnasium.make("CartPole-v1"))
