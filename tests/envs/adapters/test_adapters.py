import copy
import math

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Sequence, Text, Tuple

import envs
from envs import StateEnv, as_states


class Scripted(gymnasium.Env):
    """Gives what it is told to: a list of (observation, terminated, truncated)."""

    def __init__(self, script, observations=Discrete(10), actions=Discrete(2), reward=1):  # noqa: B008
        self.script, self.taken, self.reward = list(script), [], reward
        self.observation_space, self.action_space = observations, actions

    def reset(self, *, seed=None, options=None):
        return self._given(self.script.pop(0)), {}

    def step(self, action):
        self.taken.append(action)
        observation, terminated, truncated = self.script.pop(0)
        return self._given(observation), self.reward, np.bool_(terminated), np.bool_(truncated), {}

    def _given(self, observation):
        return np.int64(observation) if isinstance(self.observation_space, Discrete) else observation


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


SPACES = {
    "whole numbers": (Box(0, 255, (2, 3), np.uint8), [np.zeros((2, 3), np.uint8), np.eye(2, 3, dtype=np.uint8)]),
    "truths": (Box(0, 1, (3,), np.bool_), [np.array([True, False, True]), np.array([True, True, True])]),
    "several numbers": (MultiDiscrete([3, 4]), [np.array([2, 1]), np.array([1, 2])]),
    "bits": (MultiBinary(4), [np.array([1, 0, 0, 1], np.int8), np.array([0, 0, 0, 1], np.int8)]),
    "text": (Text(5), ["ab", "ba"]),
    "a tuple": (Tuple((Discrete(5, start=2), MultiBinary(2))), [(3, np.array([0, 1])), (3, np.array([1, 1]))]),
    "a dictionary": (
        Dict({"b": Discrete(3), "a": Tuple((Discrete(2), Text(3)))}),
        [{"a": (1, "x"), "b": 2}, {"b": 2, "a": (0, "x")}],
    ),
}


@pytest.mark.parametrize("space", SPACES)
def test_other_observations_are_numbered_in_order_of_first_sight(space):
    observations, (one, other) = SPACES[space]
    script = [one, (other, False, False), (copy.deepcopy(one), False, False), (other, True, False), one]
    env = as_states(Scripted(script, observations))
    assert env.num_states is None
    assert env.reset()[0] == 0
    assert [env.step(0)[0] for _ in range(3)] == [1, 0, 2]  # the last one is the terminal twin of state 1
    assert env.reset()[0] == 0
    assert env.state_of(other, terminal=True) == 2


def test_keys_are_of_the_whole_content():
    """Arrays of equal bytes in other places, and text that looks like another's parts, are not mixed up."""
    space = Dict({"a": Text(4, min_length=0), "b": Text(4, min_length=0)})
    observed = [{"a": "x", "b": "yz"}, {"a": "xy", "b": "z"}, {"a": "", "b": "xyz"}]
    env = as_states(Scripted([], space))
    assert [env.state_of(observation, False) for observation in observed] == [0, 1, 2]


@pytest.mark.parametrize(
    ("space", "count", "last"),
    [
        (Discrete(3, start=5), 3, 7),
        (MultiDiscrete([2, 3]), 6, [1, 2]),
        (MultiDiscrete([[2, 2], [1, 2]], start=[[0, 1], [4, 0]]), 8, [[1, 2], [4, 1]]),
        (MultiBinary(3), 8, [1, 1, 1]),
    ],
)
def test_actions_are_counted_with_the_last_entry_running_fastest(space, count, last):
    env = as_states(Scripted([], actions=space))
    assert env.num_actions == env.action_space.n == count
    actions = [env.action_at(number) for number in range(count)]
    assert all(space.contains(action) for action in actions)
    assert [env.action_of(action) for action in actions] == list(range(count))
    np.testing.assert_array_equal(actions[-1], last)
    for wrong in (-1, count):
        with pytest.raises(ValueError, match=f"action is {wrong}, expected 0 to {count - 1}"):
            env.step(wrong)
    with pytest.raises(ValueError, match="expected one of"):
        env.action_of(99)


def test_an_action_that_the_world_changes_is_handed_out_anew():
    env = as_states(Scripted([], actions=MultiDiscrete([2, 2])))
    env.action_at(3)[:] = 0
    assert env.action_at(3).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("space", "garbage"),
    [
        (Discrete(3), 3),
        (Discrete(3), -1),
        (Discrete(3), 0.5),
        (Discrete(3), None),
        (MultiDiscrete([3, 3]), np.array([1, 3])),
        (MultiDiscrete([3, 3]), np.array([1])),
        (MultiDiscrete([3, 3]), np.array([1.0, 2.0])),
        (Box(0, 9, (2,), np.int64), np.array([0, 10])),
        (MultiDiscrete([[3, 3], [3, 3]]), np.full((2, 2), 3)),
        (Text(3), b"abc"),
        (Text(3), "abcd"),
        (Dict({"a": Discrete(2)}), {"b": 1}),
        (Tuple((Discrete(2),)), (1, 1)),
    ],
)
def test_garbage_is_one_clear_error(space, garbage):
    env = as_states(Scripted([], space))
    with pytest.raises(ValueError, match=r"Scripted gave the observation .*, expected one of its space") as error:
        env.state_of(garbage, terminal=False)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("space", "known", "garbage"),
    [
        (Box(0, 255, (1,), np.uint8), np.array([1], np.uint8), np.array([257])),
        (Box(0, 1, (1,), np.bool_), np.array([True]), np.array([2])),
        (MultiBinary(1), np.array([1], np.int8), np.array([257])),
    ],
)
def test_numbers_that_do_not_fit_are_not_taken_for_others(space, known, garbage):
    env = as_states(Scripted([], space))
    assert env.state_of(known, terminal=False) == env.state_of(known.astype(np.int64), terminal=False) == 0
    with pytest.raises(ValueError, match="expected one of its space"):
        env.state_of(garbage, terminal=False)


def test_entries_may_have_names_of_several_kinds():
    env = as_states(Scripted([], Dict({1: Discrete(2), "a": Discrete(2)})))
    assert [env.state_of({1: k, "a": 1}, terminal=False) for k in (0, 1, 0)] == [0, 1, 0]


def test_bits_as_real_numbers_are_an_action():
    assert as_states(Scripted([], actions=MultiBinary(3))).action_of(np.array([1.0, 0.0, 1.0])) == 5


def test_a_space_that_grows_in_mid_life_is_not_followed():
    inner = Scripted([1, (12, False, False)])
    env = as_states(inner)
    env.reset()
    inner.observation_space = Discrete(20)
    with pytest.raises(ValueError, match=r"gave the observation .*12.*, expected one of its space Discrete\(10\)"):
        env.step(0)


def test_numbered_states_in_a_wrapper_are_as_many_as_before():
    open_world = as_states(gymnasium.wrappers.TimeLimit(as_states(Scripted([], MultiBinary(3))), 5))
    assert open_world.num_states is None
    assert open_world.state_of(0, terminal=False) == 0
    assert as_states(gymnasium.wrappers.TimeLimit(as_states(Scripted([])), 5)).num_states == 10
    lake = as_states(gymnasium.wrappers.TimeLimit(as_states(gymnasium.make("FrozenLake-v1")), 5))
    assert lake.num_states == 16


@pytest.mark.parametrize("flags", [(None, False), ("False", False), (False, 2), (np.array([True]), False)])
def test_an_end_is_true_or_false(flags):
    class Unclear(Scripted):
        def step(self, action):
            return 1, 0.0, *flags, {}

    env = as_states(Unclear([1]))
    env.reset()
    with pytest.raises(ValueError, match=r"Unclear said (terminated|truncated)=.*, expected True or False"):
        env.step(0)


@pytest.mark.parametrize("reward", [math.nan, math.inf, None, "much", "3.5"])
def test_a_reward_must_be_a_number(reward):
    env = as_states(Scripted([1, (2, False, False)], reward=reward))
    env.reset()
    with pytest.raises(ValueError, match=r"Scripted paid .*, expected a finite number"):
        env.step(0)


@pytest.mark.parametrize(
    ("observations", "actions", "message"),
    [
        (Box(0, 1), Discrete(2), "Scripted has observations of Box.*--bins N or envs.binned"),
        (Discrete(2), Box(0, 1), "Scripted has actions of Box.*gymnasium.wrappers.DiscretizeAction"),
        (Dict({"a": Box(0, 1)}), Discrete(2), "has observations of Box"),
        (
            Sequence(Discrete(2)),
            Discrete(2),
            "has observations of Sequence.*expected discrete observations: Discrete, ",
        ),
        (
            Discrete(2),
            MultiDiscrete([1000, 1000]),
            r"has actions of MultiDiscrete\(\[1000 1000\]\), more than 100000 of them",
        ),
    ],
)
def test_other_spaces_are_refused(observations, actions, message):
    with pytest.raises(ValueError, match=message):
        as_states(Scripted([], observations, actions))


def test_a_world_of_real_numbers_is_refused_by_its_name():
    with pytest.raises(ValueError, match="CartPole-v1 has observations of Box"):
        as_states(gymnasium.make("CartPole-v1"))
