"""Where a page draws states: maps, graphs, what is beside a map, and which way actions point."""

from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Discrete

import envs
from agent.experiments import single_run
from agent.replay.facets import televisions, with_words
from agent.replay.making import _features
from agent.replay.places import MOST_DRAWN, directions, places_of, spring_layout
from agent.reports import palette
from agent.reports.state_layout import on_map
from agent.reports.views.facing import COMPASS, facing
from agent.reports.views.world_maps import channels_of, map_of
from tests.support.replayed import lived
from tests.support.synthetic_run import synthetic_run


def test_a_chain_is_drawn_as_a_line_and_a_ring_as_a_ring():
    chain = np.array([range(5), range(1, 6)])
    at = spring_layout(6, chain)
    np.testing.assert_allclose(np.diff(np.sort(at[:, 1])), 1.0, atol=0.01)
    assert np.ptp(at[:, 0]) < 0.1  # stress is flat across a line
    ring = spring_layout(8, np.array([range(8), [*range(1, 8), 0]]))
    away = np.linalg.norm(ring - ring.mean(axis=0), axis=1)
    assert np.ptp(away) < 0.01 * away.mean()
    np.testing.assert_array_equal(spring_layout(8, np.array([range(8), [*range(1, 8), 0]])), ring)


@pytest.mark.parametrize("number", [4, 12, 30])
def test_of_a_crowd_each_has_room(number):
    """As many disks of radius .5 that do not overlap fill a disk of radius .5 sqrt(n / .91) at the densest."""
    crowd = np.array([(i, j) for i in range(number) for j in range(i)] + [(0, number), (number, number + 1)])
    at = spring_layout(number + 2, crowd.T)
    gap = np.linalg.norm(at[:, None] - at[None], axis=2)
    assert gap[~np.eye(number + 2, dtype=bool)].min() > 0.7  # twice the radius of a node as it is drawn
    assert gap[:number, :number].max() > np.sqrt(number / 0.91) - 1
    assert gap[number, number + 1] < 1.6


@pytest.mark.parametrize("links", [np.zeros((2, 0), int), np.array([[0], [1]]), np.array([[0, 0], [0, 1]])])
def test_parts_that_nothing_joins_stand_apart(links):
    at = spring_layout(4, links)
    assert np.isfinite(at).all()
    assert min(np.linalg.norm(at[i] - at[j]) for i in range(4) for j in range(i)) > 0.3
    assert spring_layout(1, np.zeros((2, 0), int)).tolist() == [[0.0, 0.0]]


def test_a_map_is_drawn_as_it_is_and_a_large_one_coarsened():
    run = synthetic_run("curious", 50, size=12)
    places = places_of([run])
    assert not places.is_graph
    assert places.shape == (12, 12)
    states = np.arange(len(run.trace["world_position"]))
    assert len(set(places.sites(states).tolist())) == len(states)
    np.testing.assert_array_equal(places.positions(states), run.trace["world_position"])
    large = places_of([synthetic_run("curious", 50, size=60)])
    assert len(large.row) <= MOST_DRAWN
    assert "cells a block" in large.caption
    assert (large.sites(np.array([10**6])) == -1).all()


def test_worlds_of_a_few_places_are_graphs_that_stand_where_they_say(tmp_path):
    arms = lived(tmp_path, "--env", "six-arms", "--steps", 200)
    places = places_of([arms], is_map=False)
    assert places.is_graph
    around = np.array([(1, 1), (0, 0), (0, 1), (0, 2), (2, 2), (2, 1), (2, 0)])  # the hub, then the arms, clockwise
    np.testing.assert_array_equal(np.stack([places.row, places.column], axis=1), around[places.state])
    chain = lived(tmp_path, "--env", "chain", "--steps", 60)  # of 5 states, the last of which may lead to the first
    places = places_of([chain], is_map=False)
    np.testing.assert_allclose(places.row, 0)
    np.testing.assert_allclose(places.shape, (1 + 0.2 * 4, 5))


def test_rows_and_columns_are_called_what_the_world_calls_them():
    names, states = ("row", "column", "floor"), np.array([0, 1])
    run = synthetic_run("curious", 50, size=12)
    places = places_of([run])
    at = places.plan.positions(states)
    shifted = with_words(places, names, states, np.column_stack([at + np.array([3, 5]), [0, 0]]), "")
    assert shifted.row_number.tolist() == list(range(3, 15))
    assert shifted.column_number.tolist() == list(range(5, 17))
    other = with_words(places, names, states, np.array([[7, 8, 0], [7, 2, 0]]), "")  # one row, and no common shift
    assert other.column_number[at[:, 1]].tolist() == [8, 2]
    assert (np.delete(other.column_number, at[:, 1]) == -1).all()


def test_televisions_and_their_channels_are_known():
    world = envs.as_states(envs.make("noisy-tv"))
    states = np.arange(79)
    mdp = envs.true_mdp(world)
    told = televisions(channels_of(world, mdp), states, mdp)
    assert np.flatnonzero(told["television"]).tolist() == [0, 1, 7]
    assert told["channel"].tolist() == [0] * 49 + list(range(1, 31))
    assert told["watched_at"] == [(0, 1, 7)]  # they share their channels
    assert told["watched"].tolist() == [-1] * 49 + [0] * 30
    world = envs.as_states(envs.make("grid"))
    mdp, states = envs.true_mdp(world), np.arange(50, 290)  # without the first television's place
    channel = channels_of(world, mdp)
    told = televisions(channel, states, mdp)
    (at,) = np.flatnonzero(told["television"])
    assert mdp.position[states[at]].tolist() == [5, 5]
    channels = np.flatnonzero(told["watched"] == 0)
    assert told["watched_at"] == [(at,)]
    assert told["channel"][channels].tolist() == list(range(1, 22))  # those of the second that are known
    told = televisions(channel, states[:9], mdp)  # no television among them
    assert (told["television"].sum(), told["watched"].tolist(), told["watched_at"]) == (0, [-1] * 9, [])
    assert not televisions(None, np.arange(16), None)["channel"].size


@pytest.mark.parametrize(
    "sight",
    [
        np.eye(3),
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    ],
)
def test_error_does_not_look_as_what_a_step_would_teach(sight):
    """Far apart in CIELAB, also without red or green cones (Machado et al. 2009, doi:10.1109/TVCG.2009.113)."""

    def lab(anchors):
        colour = palette.ramp(anchors, 64) / 255
        linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4) @ np.transpose(sight)
        xyz = linear.clip(0, 1) @ np.transpose(
            [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
        )
        root = np.where((t := xyz / [0.95047, 1, 1.08883]) > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
        return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], 1)

    error, gain = lab(palette.ERROR), lab(palette.GAIN)
    away = np.linalg.norm(error[:, None] - gain[None], axis=2).min(axis=1)
    assert away[10:].min() > 25  # but for the palest
    assert (np.diff(error[:, 0]) < 0).all()  # it also reads in grey


def test_actions_point_where_they_lead():
    run = synthetic_run("random", 600)
    places = places_of([run])
    assert directions([run], places, ["up", "right", "down", "left"]) == [
        COMPASS[way] for way in ("up", "right", "down", "left")
    ]
    assert directions([run], places, ["action 0", "north", "south", "b"])[0] == (-1, 0)
    assert directions([run], places, ["a", "north", "c", "d"])[1] is None  # which goes right


def test_rows_and_columns_make_a_map():
    lake = envs.as_states(envs.make("FrozenLake-v1"))
    position, caption, names = map_of(lake, np.array([0]))
    np.testing.assert_array_equal(position[:16], np.stack(np.divmod(np.arange(16), 4), axis=1))
    assert caption == ""
    assert names.size == 0
    taxi, told, names = map_of(envs.as_states(envs.make("Taxi-v4")), np.array([0]))
    assert len(np.unique(taxi[:500], axis=0)) == 500
    assert names[0].tolist() == [
        f"passenger {word}" for word in ("at red", "at green", "at yellow", "at blue", "aboard")
    ]
    assert names[1].tolist() == [f"destination {word}" for word in ("red", "green", "yellow", "blue")] + [""]
    across, downwards = on_map(taxi[:500], names=names).heads
    assert across[0] == ("passenger at red", 0, 5)
    assert across[4] == ("passenger aboard", 24, 29)
    assert downwards[3] == ("destination blue", 18, 23)
    assert told == "a map for each passenger (to the right) and destination (downwards)"
    assert map_of(envs.as_states(envs.make("river-swim")), np.array([0])) is None
    features = [(0, 0), (10**6, 5), (3, 10**6)]
    far = SimpleNamespace(feature_names=("row", "column"), num_states=3, features=lambda state: features[state])
    assert map_of(far, np.array([0])) is None


def test_other_worlds_of_rows_and_columns_have_a_map_in_their_runs(tmp_path):
    run = lived(tmp_path, "--env", "FrozenLake-v1", "--steps", 60)
    cells = np.stack(np.divmod(np.arange(16), 4), axis=1)
    np.testing.assert_array_equal(run.trace["world_position"][:16], cells)
    assert "world_position" not in lived(tmp_path, "--env", "random-mdp", "--steps", 20).trace


def test_a_world_of_ones_own_says_what_stands_on_its_map_unless_it_has_several():
    class Hall(gymnasium.Env):
        observation_space, action_space = Discrete(8), Discrete(2)
        feature_names, map_things = ("row", "column"), (("", "key"), ("door", ""))

        def features(self, observation):
            return divmod(observation, 2)

    class Halls(Hall):
        feature_names = ("row", "column", "lit")

        def features(self, observation):
            return (observation // 2 % 2, observation % 2, observation // 4)

    told, several = (single_run._places(envs.as_states(world()), None) for world in (Hall, Halls))
    assert on_map(told["world_position"], things=told["world_things"]).things == ((1, "K"), (2, "D"))
    assert several["world_maps"].tolist() == [["lit 0", "lit 1"], ["", ""]]
    assert "world_things" not in several


def test_where_one_looks_is_a_step_of_rows_and_columns():
    words = {"direction": ("right", "down", "left", "up")}
    values = np.array([[1, 0, 0], [1, 0, 3]])
    told = facing(("column", "row", "direction"), values, words)
    assert told.tolist() == [[0, 1], [-1, 0]]
    assert facing(("column", "row", "direction"), values, {}).size == 0
    assert facing(("column", "row", "direction"), None, words).size == 0
    assert facing(("column", "row", "speed"), values, words).size == 0
    assert facing(("column", "row", "direction"), values, {"direction": ("right", "down")}).size == 0


def test_features_are_told_row_first():
    values = np.array([[3, 5, 0], [4, 5, 1], [4, 6, 1]])
    told = _features(("column", "row", "direction"), values, {"direction": ("right", "down")})
    assert told["names"] == ["row", "column", "direction"]
    assert told["values"].tolist() == [5, 3, 0, 5, 4, 1, 6, 4, 1]
    assert told["words"] == [[], [], ["right", "down"]]
