"""Features that a world of a user's own tells, rightly and wrongly, or that are read off what it has."""

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete, Text

from envs import TabularEnv, as_states
from envs.adapters import told_features
from envs.families.river import river
from tests.support.scripted_world import Wandering


class Own(Wandering):
    """Six observations as two rows of three."""

    def features(self, observation):
        return divmod(observation, 3)


class Known(Own):
    feature_ranges = ((0, 1), (0, 2))

    def context(self, observation):
        return [observation % 2 == 0]


def test_a_world_tells_its_features():
    env = as_states(Own())
    assert [env.features(state) for state in range(6)] == [divmod(state, 3) for state in range(6)]
    assert env.num_features == 2
    assert env.feature_ranges == (None, None)
    assert env.feature_table().tolist() == [list(divmod(state, 3)) for state in range(6)]
    assert [env.state_with(divmod(state, 3)) for state in range(6)] == list(range(6))
    assert env.state_with((2, 0)) is None
    twin = [env.state_of(4, terminal) for terminal in (False, True)][1]
    assert env.features(twin) == (1, 1)
    assert env.state_with((1, 1), ended=True) == twin
    assert env.context(4) == ()


class Written(gymnasium.ObservationWrapper):
    """Shows text, which is numbered as it is met, and tells what it is made of."""

    observation_space = Text(1, charset="012345")

    def observation(self, observation):
        return str(observation)

    def features(self, observation):
        return divmod(int(observation), 3)

    def context(self, observation):
        return (int(observation), 7)


def test_how_many_contexts_there_are():
    assert as_states(Own()).num_contexts == 0
    assert as_states(Known()).num_contexts == 1
    env = as_states(Written(Wandering()))
    with pytest.raises(ValueError, match="before it is reset; declare context_names beside its method context"):
        env.num_contexts  # noqa: B018
    env.reset(seed=0)
    assert env.num_contexts == as_states(gymnasium.wrappers.TimeLimit(env, 9)).num_contexts == 2
    declared = Written(Wandering())
    declared.context_names = ("which", "seven")
    assert as_states(declared).num_contexts == 2


def test_it_may_declare_ranges_and_tell_of_a_context():
    env = as_states(Known())
    assert env.feature_ranges == ((0, 1), (0, 2))
    assert [env.context(state) for state in range(6)] == [(1,), (0,)] * 3


def test_it_is_asked_with_its_own_observations():
    space = Dict(b=MultiDiscrete([3, 3]), a=Box(0, 9, (2, 2), np.int16), c=Text(3))
    asked = []

    class Told(gymnasium.Env):
        observation_space, action_space = space, Discrete(2)

        def features(self, observation):
            assert space.contains(observation)
            asked.append(observation)
            return np.append(observation["a"].ravel(), observation["b"][0])

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return space.sample(), {}

    env = as_states(Told())
    with pytest.raises(
        ValueError, match="nobody knows how many features Told has before it is reset; declare feature_"
    ):
        env.num_features  # noqa: B018
    states = [env.reset(seed=seed)[0] for seed in range(5)]
    assert env.num_features == 5
    for state in states:
        assert env.state_with(env.features(state)) == state
    assert len(asked) == 5  # once each


def test_states_that_were_met_later_are_found():
    env = as_states(Own(Discrete(10**12)))
    for number in (7, 3, 9):
        state = env.state_of(number, terminal=False)
        assert env.state_with(divmod(number, 3)) == state
        assert env.state_with(divmod(number + 1, 3)) is None
    assert env.num_features == 2


@pytest.mark.parametrize("declared", [True, False])
def test_shared_features_lead_nowhere(declared):
    class Sharing(Wandering):
        def features(self, observation):
            return [min(observation, 4)]

    env = as_states(Sharing(Discrete(6 if declared else 10**12)))
    states = [env.state_of(number, terminal=False) for number in range(6)]
    assert [env.features(state) for state in states] == [(0,), (1,), (2,), (3,), (4,), (4,)]
    assert [env.state_with((number,)) for number in range(5)] == [*states[:4], None]


def test_a_world_of_ours_may_tell_others():
    class River(TabularEnv):
        def features(self, state):
            return state // 2, state % 2

    env = as_states(River(river(6)))
    assert env.feature_table().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]
    assert as_states(TabularEnv(river(6))).feature_table().ravel().tolist() == list(range(6))


WRONG = {
    "text": lambda n: "ab",
    "nothing": lambda n: None,
    "no number": lambda n: [],
    "a fraction": lambda n: (n / 4, 0),
    "infinity": lambda n: (np.inf, 0),
    "not a number": lambda n: [np.nan, 0.0],
    "64 bits": lambda n: (2**31, 0),
    "more than 64 bits": lambda n: (2**70, 0),
    "a table": lambda n: [[n]],
    "uneven rows": lambda n: [[n], [n, n]],
    "a dictionary": lambda n: {"n": n},
    "an object": lambda n: object(),
    "complex numbers": lambda n: [1j],
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("method", ["features", "context"])
def test_what_is_no_row_of_whole_numbers_is_refused_in_one_line(method, case):
    world = Known()
    setattr(world, method, WRONG[case])
    with pytest.raises(ValueError, match=rf"^Known's {method}\(1\) gave .*, expected whole numbers") as raised:
        getattr(as_states(world), method)(1)
    assert "test_told_features.py, line " in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("method", ["features", "context"])
def test_a_changing_length_is_refused(method):
    world = Own()
    world.context = lambda observation: (0,) * observation
    world.features = world.context
    env = as_states(world)
    assert getattr(env, method)(2) == (0, 0)
    with pytest.raises(ValueError, match=rf"Own's {method}\(3\) gave \(0, 0, 0\), expected 2 numbers, as of others"):
        getattr(env, method)(3)


def test_features_outside_their_ranges_are_refused():
    class Outside(Own):
        feature_ranges = ((0, 1), (0, 1))

    env = as_states(Outside())
    assert env.features(1) == (0, 1)
    expected = (
        r"Outside's features\(2\) gave \(0, 2\), expected numbers within its feature_ranges \(\(0, 1\), \(0, 1\)\)"
    )
    with pytest.raises(ValueError, match=expected):
        env.features(2)
    Outside.feature_ranges = ((0, 1),)
    with pytest.raises(ValueError, match=r"gave \(0, 0\), expected 1 numbers, as of others"):
        as_states(Outside()).features(0)


@pytest.mark.parametrize("given", [(), (1,), ((0, 1), (1, 0)), ((0.5, 1),), "ab", 3, ((0,),), ((0, 5, 9),), [{}]])
def test_ranges_that_are_none_are_refused(given):
    class Wrong(Own):
        feature_ranges = given

    with pytest.raises(ValueError, match=r"^Wrong has the feature_ranges .*, expected .lowest, highest.") as raised:
        as_states(Wrong()).feature_ranges  # noqa: B018
    assert "\n" not in str(raised.value)


def test_ranges_may_be_open_and_arrays():
    class Open(Own):
        feature_ranges = (None, np.array([0, 2]))

    assert as_states(Open()).feature_ranges == (None, (0, 2))


def test_whole_numbers_may_come_in_any_type():
    world = Own()
    for given in ([1.0, 2.0], np.array([1, 2], np.uint8), (np.int64(1), 2), (True, 2)):
        world.features = lambda observation, given=given: given
        assert as_states(world).features(0) == (1, 2)
        del world.__dict__["_numbered_states"]
    world.features = lambda observation: observation
    assert as_states(world).features(5) == (5,)


def test_an_error_of_the_method_is_the_worlds():
    world = Own()
    world.features = lambda observation: [1][observation]
    with pytest.raises(IndexError):
        as_states(world).features(1)


class Coded(Wandering):
    """Like Taxi's: two parts of one number."""

    def encode(self, one, two):
        return 3 * one + two

    def decode(self, number):
        return [number // 3, number % 3]


def test_a_world_that_decodes_need_not_tell():
    env = as_states(Coded())
    assert env.features(5) == (1, 2)
    assert env.feature_ranges == ((0, 1), (0, 2))
    assert env.state_with((1, 2)) == 5
    assert env.state_with((0, 5)) is env.state_with((1,)) is None  # encode((0, 5)) is 5, too


def test_of_many_numbers_some_are_decoded_and_no_range_is_made_of_them(monkeypatch):
    monkeypatch.setattr(told_features, "MOST_DECODED", 4)
    env = as_states(Coded())
    assert env.feature_ranges == (None, None)
    assert [env.features(state) for state in range(6)] == [divmod(state, 3) for state in range(6)]


@pytest.mark.parametrize(
    "attributes",
    [
        {"decode": lambda number: [number]},  # and encode has two parts
        {"decode": lambda number: [0, number % 3]},
        {"decode": lambda number: [number / 3, 0]},
        {"encode": None},
        {"decode": lambda number: 1 / 0},
        {"encode": lambda one, two: 0},
        {"decode": lambda number: (0,) * number},
    ],
)
def test_names_that_mean_something_else_mean_nothing_here(attributes):
    world = Coded()
    vars(world).update(attributes)
    assert as_states(world).features(5) == (5,)


@pytest.mark.parametrize(
    ("attributes", "features"),
    [
        ({"shape": (2, 3)}, (1, 2)),
        ({"desc": ["SFF", "FFG"]}, (5,)),  # text has no columns to NumPy
        ({"desc": np.array([list("SFF"), list("FFG")])}, (1, 2)),
        ({"shape": (2, 4)}, (5,)),
        ({"shape": (-2, -3)}, (5,)),
        ({"shape": "ab", "desc": [[1], [2, 3]]}, (5,)),
        ({"features": 3, "context": None}, (5,)),
    ],
)
def test_a_map_has_rows_and_columns_if_they_are_as_many_as_its_numbers(attributes, features):
    world = Wandering()
    vars(world).update(attributes)
    assert as_states(world).features(5) == features
