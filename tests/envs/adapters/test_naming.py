"""What features, contexts and actions are called: by our worlds, by others, by a user's own."""

import sys
from enum import IntEnum

import gymnasium
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete, Tuple

import envs
from agent.reports.views.world_maps import things_of
from envs import as_states
from envs.adapters.flattening import Flattened
from tests.support.scripted_world import Wandering

UP = ("up", "right", "down", "left")
ROW = ("row", "column")


@pytest.mark.parametrize(
    ("name", "features", "actions"),
    [
        ("four-rooms", ROW, UP),
        ("grid", (*ROW, "channel"), (*UP, "watch")),
        ("noisy-tv", (*ROW, "channel"), (*UP, "watch")),
        ("flags", (*ROW, "flag a", "flag b", "flag c"), UP),
        ("maze", ROW, UP),
        ("deep-sea", ROW, ()),
        ("river-swim", ("x0",), ("left", "right")),
        ("FrozenLake-v1", ROW, ("left", "down", "right", "up")),
        ("CliffWalking-v1", ROW, UP),
        (
            "Taxi-v4",
            (*ROW, "passenger", "destination"),
            ("south", "north", "east", "west", "pick up", "drop off"),
        ),
        ("Blackjack-v1", ("x0", "x1", "x2"), ("stick", "hit")),
    ],
)
def test_names_of_worlds(name, features, actions):
    env = as_states(envs.make(name))
    assert (env.feature_names, env.action_names) == (features, actions)
    assert (env.num_contexts, env.context_names) == (0, ())


@pytest.mark.parametrize("name", envs.WORLDS)
def test_there_are_as_many_names_as_things(name):
    env = as_states(envs.make(name))
    assert len(env.feature_names) == env.num_features
    assert len(env.action_names) in (0, env.num_actions)


def test_minigrid_tells_names():
    pytest.importorskip("minigrid")
    env = as_states(envs.make("MiniGrid-Empty-5x5-v0"))
    assert env.feature_names[:6] == ("column", "row", "direction", "carried", "carried colour", "carried state")
    assert env.feature_names[6:12] == tuple(
        f"cell ({row}, 0){what}" for row in (0, 1) for what in ("", " colour", " state")
    )
    assert len(env.feature_names) == env.num_features == 81
    assert (env.num_contexts, env.context_names) == (2, ("ahead", "state ahead"))
    assert env.action_names == ("left", "right", "forward", "pickup", "drop", "toggle", "done")
    env.reset(seed=0)
    assert len(env.context(0)) == env.num_contexts
    things = things_of(env)
    assert things is not None
    first, *inner, last = things.tolist()
    assert first == last == ["wall"] * 5
    assert inner == [["wall", "", "", "", "wall"]] * 2 + [["wall", "", "", "goal", "wall"]]
    assert things_of(as_states(envs.make("four-rooms"))) is None
    assert env.value_names["direction"] == ("right", "down", "left", "up")
    assert [env.value_names["ahead"][kind] for kind in (1, 2, 4, 5)] == ["empty", "a wall", "a door", "a key"]
    assert env.value_names["state ahead"] == ("open", "closed", "locked")
    assert [env.value_names["carried colour"][colour] for colour in (0, 4)] == ["red", "yellow"]


def test_entries_of_dictionaries_have_their_keys():
    space = Dict(b=Discrete(2), a=Dict(z=Box(0, 1, (2, 1), int)), c=Tuple([Discrete(2), MultiDiscrete([2, 2])]))
    assert Flattened(space).names == ("a.z[0][0]", "a.z[1][0]", "b", "c[0]", "c[1][0]", "c[1][1]")
    assert Flattened(MultiDiscrete([2, 2])).names == ("", "")


class Own(Wandering):
    feature_names = ("hour", "minute")
    context_names = ["is even"]  # noqa: RUF012

    def features(self, observation):
        return divmod(observation, 3)

    def context(self, observation):
        return [observation % 2 == 0]


class Quiet(gymnasium.Wrapper):
    """Tells features, and no names."""

    keeps_dynamics = True

    def features(self, observation):
        return observation, 0

    def context(self, observation):
        return 0, 0


def test_a_world_declares_names():
    env = as_states(Own())
    assert (env.feature_names, env.context_names, env.num_contexts) == (("hour", "minute"), ("is even",), 1)
    assert as_states(gymnasium.wrappers.TimeLimit(Own(), 5)).feature_names == ("hour", "minute")


def test_names_of_an_inner_layer_are_not_those_of_an_outer_one():
    env = as_states(Quiet(Own()))
    env.features(0)
    assert (env.feature_names, env.context_names) == (("x0", "x1"), ("c0", "c1"))


@pytest.mark.parametrize("names", [("hour",), ("hour", 1), ("hour", ""), ("hour", "hour"), "ab", 3])
def test_what_are_not_as_many_names_is_passed_over(names):
    class Wrong(Own):
        feature_names = names

    env = as_states(Wrong())
    env.features(0)
    assert env.feature_names == ("x0", "x1")


def test_a_context_called_as_a_feature_has_no_name():
    class Alike(Own):
        context_names = ("minute",)

    env = as_states(Alike())
    assert (env.feature_names, env.context_names) == (("hour", "minute"), ("c0",))


def test_nobody_knows_contexts_that_were_never_told():
    class Open(Own):
        context_names = ()

    with pytest.raises(ValueError, match="declare context_names beside its method context"):
        _ = as_states(Open(MultiDiscrete([6]))).num_contexts


class Moves(IntEnum):
    wait = 0
    go = 1


def test_actions_have_the_names_of_an_enumeration_unless_they_are_changed():
    env = Own()
    env.action_space, env.actions = Discrete(2), Moves
    assert as_states(env).action_names == ("wait", "go")
    assert as_states(gymnasium.wrappers.TransformAction(env, lambda action: 1 - action, Discrete(2))).action_names == ()
    env = Own()
    env.action_space, env.action_names = Discrete(2), ["a", "b"]
    assert as_states(gymnasium.wrappers.TimeLimit(env, 5)).action_names == ("a", "b")


def test_bins_are_called_what_the_numbers_are_that_they_divide():
    from gymnasium.wrappers import DiscretizeObservation

    env = as_states(DiscretizeObservation(gymnasium.make("MountainCar-v0"), 5))
    assert env.feature_names == ("position", "velocity")
    assert env.action_names == ("push left", "no push", "push right")


def test_long_names_are_shortened_to_be_shown():
    long, told = 500_000 * "ab", f"{15 * 'ab'}…{'b' + 14 * 'ab'}"

    class Long(Own):
        feature_names, context_names, action_names = (long, "minute"), (f"{long}c",), (long, *"bcde")
        value_names = {long: (long, "day")}  # noqa: RUF012

    env = as_states(Long())
    assert (env.feature_names, env.context_names) == ((told, "minute"), (f"{15 * 'ab'}…{14 * 'ab'}c",))
    assert env.value_names == {told: (told, "day")}
    assert (len(told), env.action_names[:1]) == (60, (told,) if len(env.action_names) else ())


def test_values_have_names_where_the_world_says_so():
    taxi = as_states(envs.make("Taxi-v4")).value_names
    assert taxi["passenger"] == ("at red", "at green", "at yellow", "at blue", "aboard")
    assert taxi["destination"] == ("red", "green", "yellow", "blue")
    assert as_states(envs.make("four-rooms")).value_names == {}

    class Clock(Own):
        value_names = {"hour": ["night", "day"], "minute": "early late", "second": ("a",), 3: None}  # noqa: RUF012

    assert as_states(Clock()).value_names == {"hour": ("night", "day")}

    class Broken(Own):
        value_names = property(lambda _: 1 / 0)

    class Leaving(Own):
        value_names = property(lambda _: sys.exit())

    assert as_states(Broken()).value_names == as_states(Leaving()).value_names == {}
