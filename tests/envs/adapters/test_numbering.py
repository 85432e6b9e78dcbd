import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Discrete
from hypothesis import given
from hypothesis import strategies as st

from envs import as_states
from envs.adapters.saved_numbering import as_arrays, from_arrays
from tests.support.scripted_world import Scripted, Wandering

NUMBERS = st.integers(-(2**63), 2**63 - 1)
PARTS = st.recursive(st.binary() | st.text() | NUMBERS, lambda parts: st.tuples(parts) | st.tuples(parts, parts))
KEYS = st.lists(NUMBERS, unique=True) | st.lists(PARTS.filter(lambda key: not isinstance(key, int)), unique=True)


@pytest.mark.slow
@given(KEYS)
def test_what_is_written_is_read(keys):
    numbers = {key: 7 * place for place, key in enumerate(keys)}
    arrays = as_arrays("state", numbers)
    assert list(from_arrays("state", arrays).items()) == list(numbers.items())
    assert all(array.dtype != object and array.ndim == 1 for array in arrays.values())


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("key", None, "lacks state_key"),
        ("key", np.zeros(2), "state_key is float64"),
        ("key", np.array(["a", "b"]), "expected a row of whole numbers"),
        ("length", np.array([1, 5]), "does not add up"),
        ("length", np.array([-1, 4]), "does not add up"),
        ("length", np.zeros(0, dtype=np.int64), "does not add up"),
        ("key", np.frombuffer(b"[1, 2, 3]", np.uint8), "holds something that is no key"),
        ("key", np.frombuffer(b"exit(0, 1", np.uint8), "holds something that is no key"),
        ("number", np.array([1]), "2 keys in state_key, but 1 numbers"),
        ("number", np.array([1, 1]), "distinct"),
    ],
)
def test_what_belongs_to_no_numbering_is_refused(part, content, message):
    arrays = as_arrays("state", {b"a": 0, b"bc": 1})
    arrays[f"state_{part}"] = content
    with pytest.raises(ValueError, match=message):
        from_arrays("state", {name: array for name, array in arrays.items() if array is not None})


def test_actions_of_the_world_have_numbers():
    env = as_states(Scripted([], actions=Discrete(3, start=5)))
    assert [env.action_of(action) for action in (5, np.int64(7))] == [0, 2]
    with pytest.raises(ValueError, match=r"action is 8, expected one of Discrete\(3, start=5\)"):
        env.action_of(8)


def test_observations_are_numbered_without_a_step_as_with_one():
    world, told, raw = as_states(Wandering()), as_states(Wandering()), Wandering()
    walked, named = [world.reset(seed=0)[0]], [told.state_of(raw.reset(seed=0)[0], terminal=False)]
    for _ in range(200):
        state, _, terminated, truncated, _ = world.step(0)
        walked.append(state)
        observation, _, ends, _, _ = raw.step(0)
        named.append(told.state_of(observation, ends))
        if terminated or truncated:
            walked.append(world.reset()[0])
            named.append(told.state_of(raw.reset()[0], terminal=False))
    assert walked == named
    assert told.state_of(0, terminal=False) != told.state_of(0, terminal=True)


def test_a_numbering_is_carried_over():
    one, other = as_states(Wandering()), as_states(Wandering())
    for observation, terminal in ((3, True), (3, False), (1, False), (1, True), (0, False)):
        one.state_of(observation, terminal)
    other.renumber(one.numbering())
    for observation in range(6):
        for terminal in (True, False):
            assert one.state_of(observation, terminal) == other.state_of(observation, terminal)


@pytest.mark.parametrize("world", [Wandering, lambda: gymnasium.make("FrozenLake-v1")])
def test_a_numbering_of_other_observations_is_refused(world):
    env, arrays = as_states(world()), as_states(Wandering()).numbering()
    with pytest.raises(ValueError, match="observations are numbers, and others are numbered"):
        env.renumber({**arrays, **as_arrays("state", {b"a": 0, "b": 1})})
