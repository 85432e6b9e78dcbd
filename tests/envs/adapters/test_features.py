"""Features of the states of every world: one of its own for each observation, within what is declared, and back."""

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Discrete, Text
from gymnasium.wrappers import DiscretizeAction, DiscretizeObservation, TimeLimit
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs import as_states, true_mdp
from tests.envs.test_truth import Tabled
from tests.support.scattered_world import Boxed, Scattered
from tests.support.scripted_world import Scripted, Wandering

GYMNASIUMS = ["Taxi-v4", "FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Blackjack-v1"]
MINIGRIDS = ["Empty-5x5", "DoorKey-5x5", "LavaCrossingS9N1", "MultiRoom-N2-S4", "Dynamic-Obstacles-5x5", "Fetch-5x5-N2"]
ONE_NUMBER = {
    "river-swim", "chain", "double-loop", "six-arms", "lock", "storck", "cliques", "trap", "one-way-trap", "dense",
    "one-two-three", "random-mdp", "room-graph", "generalised-chain", "generalised-double-loop",
}  # fmt: skip


def bins(multidiscrete):
    return DiscretizeObservation(gymnasium.make("MountainCar-v0"), (5, 7), multidiscrete=multidiscrete)


WORLDS = {
    **{name: lambda name=name: envs.make(name) for name in [*envs.WORLDS, *GYMNASIUMS]},
    **{name: lambda name=name: envs.make(f"MiniGrid-{name}-v0") for name in MINIGRIDS},
    "a fickle passenger": lambda: gymnasium.make("Taxi-v4", fickle_passenger=True),
    "twins that are known": Tabled,
    "twins that are not": Wandering,
    "many numbers": lambda: Scattered(10**12, start=-7),
    "bins": lambda: bins(multidiscrete=False),
    "rows of bins": lambda: bins(multidiscrete=True),
    "bins of actions": lambda: DiscretizeAction(DiscretizeObservation(Boxed(2, actions=1), 4), 3),
}
worlds = pytest.mark.parametrize("name", WORLDS)


def made(name):
    if name in MINIGRIDS:
        pytest.importorskip("minigrid", reason="needs the extra [minigrid]")
    return as_states(WORLDS[name]())


def met(env, num_steps=400, seed=0):
    """Walk at random; gives the states met and whether each was an end."""
    rng, states = np.random.default_rng(seed), {env.reset(seed=seed)[0]: False}
    for _ in range(num_steps):
        state, _, terminated, truncated, _ = env.step(int(rng.integers(env.num_actions)))
        states[state] = terminated
        if terminated or truncated:
            states[env.reset()[0]] = False
    return states


@worlds
def test_features_are_within_their_ranges_and_lead_back(name):
    env = made(name)
    for state, ended in met(env).items():
        features = env.features(state)
        assert len(features) == env.num_features == len(env.feature_ranges)
        assert all(type(feature) is int for feature in features)
        assert tuple(env.feature_row(state).tolist()) == features
        for feature, declared in zip(features, env.feature_ranges, strict=True):
            assert declared is None or declared[0] <= feature <= declared[1]
        assert env.state_with(features, ended) == state
        assert env.state_with(np.array(features), ended) == state
        assert env.features(state) == features


@worlds
def test_they_are_a_function_of_the_observation_and_of_no_other(name):
    """The same however the world is walked; equal for an observation and its end, different for all others."""
    env, other = made(name), made(name)
    met(other, seed=1)
    for state in met(env):
        key, features = env._key_at(state), env.features(state)
        for ended in (False, True):
            number = (env._terminal_number if ended else env._number).get(key)
            assert number is None or env.features(number) == features
            again = other.state_with(features, ended)
            assert again is None or other.features(again) == features
            assert again is None or other._key_at(again) == key
    assert len({env.features(state) for state in met(env)}) == len({env._key_at(state) for state in met(env)})


@pytest.mark.parametrize("name", [*envs.WORLDS, *GYMNASIUMS[:4]])
def test_features_of_all_declared_states_are_there_from_the_beginning(name):
    env = made(name)
    table = env.feature_table()
    assert table.dtype == np.int32
    assert table.shape == (env.num_states, env.num_features)
    assert table.tolist() == [list(env.features(state)) for state in range(env.num_states)]
    assert len(np.unique(table, axis=0)) == env.num_states  # none of these worlds has twins
    assert [env.state_with(row) for row in table] == list(range(env.num_states))
    low, high = np.array(env.feature_ranges).T
    assert (low <= table).all()
    assert (table <= high).all()
    assert env.feature_table(3).tolist() == table[:3].tolist()
    for size in (-1, env.num_states + 1):
        with pytest.raises(ValueError, match=f"num_states is {size}, expected 0 to {env.num_states}"):
            env.feature_table(size)


@pytest.mark.parametrize("name", sorted(ONE_NUMBER))
def test_who_is_made_of_a_number_alone(name):
    env = made(name)
    assert env.feature_table().ravel().tolist() == list(range(env.num_states))
    assert env.feature_ranges == ((0, env.num_states - 1),)


@pytest.mark.parametrize("name", GYMNASIUMS)
def test_gymnasiums_worlds_against_their_own_pages(name):
    env = made(name)
    world = env.unwrapped
    if name == "Taxi-v4":
        for state in range(500):
            row, column, passenger, destination = env.features(state)
            assert ((row * 5 + column) * 5 + passenger) * 4 + destination == state
            assert env.features(state) == tuple(world.decode(state))
        assert env.feature_ranges == ((0, 4), (0, 4), (0, 4), (0, 3))
    elif name == "CliffWalking-v1":
        assert [env.features(state) for state in range(48)] == [divmod(state, 12) for state in range(48)]
        assert env.feature_ranges == ((0, 3), (0, 11))
    elif name == "Blackjack-v1":
        raw = WORLDS[name]()
        for seed in range(50):
            observation, _ = raw.reset(seed=seed)
            assert env.features(env.state_of(observation, terminal=False)) == observation
        assert env.feature_ranges == ((0, 31), (0, 10), (0, 1))
    else:
        terminal = true_mdp(env).terminal
        for state in range(env.num_states):
            assert (world.desc[env.features(state)] in b"HG") == terminal[state]
        assert env.feature_ranges == ((0, world.nrow - 1), (0, world.ncol - 1))


@pytest.mark.parametrize("name", MINIGRIDS)
def test_minigrid_is_seen_as_it_is_encoded_and_what_lies_ahead_is_context(name):
    env = made(name)
    rng, (state, _) = np.random.default_rng(0), env.reset(seed=0)
    for _ in range(300):
        world = env.unwrapped
        carried = world.carrying.encode() if world.carrying else (0, 0, 0)
        grid = world.grid.encode().ravel().tolist()
        assert env.features(state) == (*world.agent_pos, world.agent_dir, *carried, *grid)
        ahead = world.grid.get(*world.front_pos)
        assert env.context(state) == ((1, 0) if ahead is None else (ahead.encode()[0], ahead.encode()[2]))
        state, _, terminated, truncated, _ = env.step(int(rng.integers(env.num_actions)))
        if terminated or truncated:
            state, _ = env.reset()


def test_a_world_that_was_walked_through_has_a_table():
    pytest.importorskip("minigrid", reason="needs the extra [minigrid]")
    env = as_states(envs.make("MiniGrid-DoorKey-5x5-v0"))
    assert env.feature_table() is None
    mdp = true_mdp(env)
    table = env.feature_table()
    assert len(table) == mdp.num_states
    assert [env.state_with(row, ended) for row, ended in zip(table, mdp.terminal, strict=True)] == list(range(270))
    np.testing.assert_array_equal(table[:, [1, 0]], mdp.position)


def test_twins_that_are_known_are_told_apart_by_the_end_alone():
    env = as_states(Tabled())
    assert env.feature_table().ravel().tolist() == [0, 1, 2, 3, 1]
    assert env.state_with((1,)) == 1
    assert env.state_with((1,), ended=True) == 4


def test_twins_that_are_not_known_have_no_number_before_they_are_met():
    env = as_states(Wandering())
    assert [env.state_with((3,), ended) for ended in (False, True)] == [3, None]
    assert env.state_of(3, terminal=True) == 3
    assert [env.state_with((3,), ended) for ended in (False, True)] == [None, 3]
    twin = env.state_of(3, terminal=False)
    assert [env.state_with((3,), ended) for ended in (False, True)] == [twin, 3]
    assert env.features(twin) == (3,)


def test_text_has_the_number_of_the_state_in_which_it_was_first_met():
    env = as_states(Scripted(["a", ("b", True, False), "b", ("a", True, False), "b"], Text(1)))
    states = [env.reset()[0], env.step(0)[0], env.reset()[0], env.step(0)[0]]
    assert states == [0, 1, 2, 3]
    assert [env.features(state) for state in states] == [(0,), (1,), (1,), (0,)]
    assert env.feature_ranges == (None,)
    ends = [False, True, False, True]
    assert [env.state_with(env.features(state), ended) for state, ended in zip(states, ends, strict=True)] == states
    assert [env.state_with((number,)) for number in (2, 3, 4, -1)] == [None] * 4


@pytest.mark.parametrize("state", [-1, 7, 10**6])
@pytest.mark.parametrize("name", ["chain", "Blackjack-v1", "many numbers"])
def test_a_state_that_nobody_knows_has_no_features(name, state):
    with pytest.raises(ValueError, match=f"state is {state}, expected one of .* that is declared or was met"):
        made(name).features(state)


@pytest.mark.parametrize("features", [(), (1,), (1, 2, 3, 4, 5), (1, 1, 9, 9), (5, 0, 0, 0), (-1, 0, 0, 0)])
def test_what_no_state_has_leads_nowhere(features):
    assert as_states(gymnasium.make("Taxi-v4")).state_with(features) is None


def test_a_cell_that_is_no_state_leads_nowhere():
    env = as_states(envs.make("generalised-grid"))
    assert env.state_with((4, 3)) == 23
    assert env.state_with((4, 4)) is None  # the goal, which is never met


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=20), st.booleans())
def test_a_numbering_that_is_restored_has_the_same_features(seen, has_asked):
    spaces = {"numbers": Discrete(6), "many": Discrete(10**12), "text": Text(1)}
    for kind, space in spaces.items():
        one, other = (as_states(Wandering(space)) for _ in range(2))
        for number, terminal in seen:
            one.state_of(str(number) if kind == "text" else number, terminal)
        if has_asked:  # of other numbers, which then stand no more
            other.features(other.state_of("9" if kind == "text" else 5, terminal=False))
        other.renumber(one.numbering())
        for number, terminal in seen:
            state = one.state_of(str(number) if kind == "text" else number, terminal)
            assert other.features(state) == one.features(state)
            assert other.state_with(other.features(state), terminal) == state


@pytest.mark.parametrize("name", ["Blackjack-v1", "rows of bins", "Taxi-v4", "DoorKey-5x5"])
def test_a_saved_walk_has_the_features_that_it_had(name):
    env, other = made(name), made(name)
    states = met(env)
    met(other, seed=1)
    assert other.state_with(other.features(0)) is not None  # it is asked before it is renumbered
    other.renumber(env.numbering())
    for state, ended in states.items():
        assert other.features(state) == env.features(state)
        assert other.state_with(env.features(state), ended) == state


def test_numbered_states_in_numbered_states_have_the_same_features():
    for name in ("Taxi-v4", "twins that are known", "Blackjack-v1", "twins that are not", "FrozenLake-v1"):
        inner = as_states(WORLDS[name]())
        env = as_states(TimeLimit(inner, 30))
        for state, ended in met(env).items():
            assert env.features(state) == inner.features(env._key_at(state))
            assert env.state_with(env.features(state), ended) == state
        assert env.feature_ranges == inner.feature_ranges
    assert as_states(TimeLimit(as_states(gymnasium.make("Taxi-v4")), 9)).feature_table().shape == (500, 4)
