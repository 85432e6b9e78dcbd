"""Observations of any discrete space: their numbers one by one, and back."""

import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Text, Tuple
from hypothesis import given
from hypothesis import strategies as st

from envs import as_states
from envs.adapters.flattening import Flattened, has_coordinates, observation_of
from envs.adapters.spaces import key_of
from tests.support.scripted_world import Scripted

LEAVES = st.one_of(
    st.builds(Discrete, st.integers(1, 9), start=st.integers(-9, 9)),
    st.builds(
        lambda sizes, dtype: MultiDiscrete(sizes, dtype=dtype),
        st.lists(st.integers(1, 5), min_size=1, max_size=3),
        st.sampled_from([np.int8, np.int64]),
    ),
    st.builds(MultiBinary, st.integers(1, 4) | st.just([2, 2])),
    st.builds(
        lambda shape, dtype: Box(-3 if np.dtype(dtype).kind == "i" else 0, 1, shape, dtype),
        st.sampled_from([(), (1,), (2, 3)]),
        st.sampled_from([np.int8, np.uint8, np.int32, np.int64, np.uint64, np.bool_]),
    ),
)
SPACES = st.recursive(
    LEAVES,
    lambda parts: (
        st.lists(parts, min_size=1, max_size=3).map(Tuple)
        | st.dictionaries(st.sampled_from("zyxab"), parts, min_size=1, max_size=3).map(Dict)
    ),
    max_leaves=5,
)


def numbers(space, observation):
    """The same by a walk through the observation itself."""
    if isinstance(space, Dict):
        return [n for name in sorted(space.spaces) for n in numbers(space[name], observation[name])]
    if isinstance(space, Tuple):
        return [n for part, entry in zip(space.spaces, observation, strict=True) for n in numbers(part, entry)]
    return [int(n) for n in np.ravel(observation)]


@given(SPACES, st.integers(0, 2**31))
def test_features_are_the_numbers_and_lead_back(space, seed):
    env = Scripted([])
    space.seed(seed)
    key, coordinates = key_of(space, env), Flattened(space)
    assert has_coordinates(space)
    seen = {}
    for _ in range(20):
        observation = space.sample()
        features = coordinates.features(key(observation))
        assert features == tuple(numbers(space, observation))
        assert all(type(feature) is int for feature in features)
        row = coordinates.row(key(observation))
        assert row.dtype.kind in "iu"
        assert tuple(row.tolist()) == features
        assert coordinates.key(features) == key(observation)
        assert all(low <= feature <= high for feature, (low, high) in zip(features, coordinates.ranges, strict=True))
        assert seen.setdefault(features, key(observation)) == key(observation)
        again = observation_of(space, key(observation))
        assert space.contains(again)
        assert key(again) == key(observation)


@pytest.mark.parametrize(
    ("space", "ranges"),
    [
        (MultiDiscrete([3, 4], start=[1, -2]), ((1, 3), (-2, 1))),
        (MultiBinary([2, 1]), ((0, 1),) * 2),
        (Tuple([Discrete(32), Discrete(2, start=7)]), ((0, 31), (7, 8))),
        (Dict(b=Discrete(2), a=Box(np.array([0, -4]), np.array([9, 5]), dtype=np.int64)), ((0, 9), (-4, 5), (0, 1))),
        (Box(-np.inf, np.inf, (2,), np.int32), (None, None)),
        (Box(np.array([0, -np.inf]), np.array([np.inf, 3]), dtype=np.int16), (None, None)),
        (Box(0, 1, (2,), np.bool_), ((0, 1),) * 2),
    ],
)
def test_only_what_is_declared_is_a_range(space, ranges):
    assert Flattened(space).ranges == ranges


@pytest.mark.parametrize("features", [(300, 0), (-1, 0), (0,), (0, 0, 0), (2**70, 0)])
def test_what_the_type_cannot_hold_is_no_observation(features):
    assert Flattened(Box(0, 255, (2,), np.uint8)).key(features) is None


def test_no_truth_is_more_than_true():
    assert Flattened(Box(0, 1, (1,), np.bool_)).key((2,)) is None


@pytest.mark.parametrize("space", [Text(3), Tuple([Discrete(2), Text(3)]), Tuple([]), Dict({})])
def test_text_and_nothing_have_no_coordinates(space):
    assert not has_coordinates(space)


SHOWN = {
    "several numbers": (MultiDiscrete([3, 4]), [np.array([2, 3]), np.array([0, 1])], [(2, 3), (0, 1)]),
    "bits": (MultiBinary(2), [np.array([1, 0], np.int8), np.array([0, 0], np.int8)], [(1, 0), (0, 0)]),
    "a tuple": (Tuple([Box(0, 9, (1,), np.int8), Discrete(3)]), [(np.array([1], np.int8), 2)], [(1, 2)]),
    "a dictionary": (Dict(b=Discrete(9), a=MultiBinary(1)), [{"a": np.array([1], np.int8), "b": 7}], [(1, 7)]),
    "a box": (Box(0, 9, (2, 2), np.int32), [np.array([[1, 2], [3, 4]], np.int32)], [(1, 2, 3, 4)]),
    "a wider type": (Box(0, 9, (1,), np.uint8), [np.array([5], np.int64)], [(5,)]),
}


@pytest.mark.parametrize("case", SHOWN)
def test_states_have_the_features_of_what_is_seen(case):
    space, observations, expected = SHOWN[case]
    env = as_states(Scripted([*observations, *((each, True, False) for each in observations)], space))
    states = [env.reset()[0] for _ in observations]
    assert env.num_features == len(expected[0])
    assert env.feature_table() is None
    assert [env.features(state) for state in states] == expected
    assert [env.state_with(features) for features in expected] == states
    assert [env.state_with(features, ended=True) for features in expected] == [None] * len(states)
    twins = [env.step(0)[0] for _ in observations]
    assert not set(twins) & set(states)
    assert [env.features(twin) for twin in twins] == expected
    assert [env.state_with(features, ended=True) for features in expected] == twins
