"""Real numbers in bins: which numbers fall where, and what is refused."""

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from gymnasium.wrappers import DiscretizeObservation

import envs
from envs import as_states, binned
from envs.adapters.binning import Bins, bounds_of
from envs.adapters.layers import UnknownTruthError
from envs.truth import find_mdp
from tests.support.scripted_world import Scripted

OPEN = Box(-np.inf, np.inf, (2,), np.float64)


def shown(space, rows, *how):
    env = binned(Scripted(rows, space), *how)
    return [env.reset()[0] for _ in rows]


def test_what_is_outside_of_the_bounds_is_in_the_outermost_bin():
    rows = [(-9.0, 0.1), (-2.0, 0.3), (-0.1, 0.7), (0.0, 0.7), (2.0, 0.99), (np.inf, -np.inf)]
    rows = [np.array(row) for row in rows]
    assert shown(OPEN, rows, 4, "-2:2,0:1") == [4 * 0 + 0, 4 * 0 + 1, 4 * 1 + 2, 4 * 2 + 2, 4 * 3 + 3, 4 * 3 + 0]
    assert shown(OPEN, rows, (4, 2), [(-2, 2), (0, 1)]) == [0, 0, 2 * 1 + 1, 2 * 2 + 1, 2 * 3 + 1, 2 * 3 + 0]


def test_bounds_that_are_the_limits_change_nothing():
    env = gymnasium.make("MountainCar-v0")
    space = env.observation_space
    assert isinstance(space, Box)
    bounds = list(zip(space.low.tolist(), space.high.tolist(), strict=True))
    one, other = DiscretizeObservation(env, 9), Bins(gymnasium.make("MountainCar-v0"), 9, bounds)
    drawn = np.random.default_rng(0).uniform(space.low - 0.1, space.high + 0.1, (500, 2))
    edges = np.stack([each[[0, 2, 4, 7]] for each in one.bin_edges], axis=1)
    for observation in (*drawn, *drawn.astype(np.float32)):
        assert other.observation(observation) == one.observation(observation)
    for bins, shown_in in (
        (Bins(env, 9), one.observation),
        (other, lambda seen: other.env.observation(other.env.env.observation(seen))),
    ):
        for observation in (*drawn, *edges, *edges.astype(np.float64), space.low, space.high):  # also on the edges
            assert bins.observation(observation) == shown_in(observation)


def test_whole_numbers_and_images_have_bins_too():
    space = Box(0, 255, (2, 1), np.uint8)
    rows = [np.array(row, np.uint8).reshape(2, 1) for row in ((0, 255), (99, 100), (100, 101))]
    assert shown(space, rows, 2, "0:200,0:200") == [1, 1, 3]


def test_real_actions_are_numbered_and_found_again():
    env = gymnasium.make("MountainCarContinuous-v0")
    bins = Bins(env, (4, 5, 3))
    assert (bins.env.observation_space, bins.env.action_space) == (Discrete(20), Discrete(3))
    assert [bins.action(np.array([each])) for each in (-1.0, -0.5, -0.1, 0.3, 0.4, 1.0)] == [0, 0, 1, 1, 2, 2]
    assert str(bins).startswith("4 -1.2")
    assert binned(env, 3).action_space == Discrete(3)


def test_bins_with_bounds_are_called_what_the_numbers_are():
    env = as_states(binned(gymnasium.make("CartPole-v1"), 3, "-2.4:2.4,-4:4,-.21:.21,-4:4"))
    assert env.feature_names == ("position", "velocity", "angle", "angular velocity")
    assert env.features(0 * 27 + 1 * 9 + 2 * 3 + 1) == (0, 1, 2, 1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("-2.4:2.4,-4:4", [(-2.4, 2.4), (-4.0, 4.0)]), (((0, 1),), [(0.0, 1.0)]), (" 1e-3 : 2 ", [(0.001, 2.0)])],
)
def test_bounds_are_text_or_pairs(given, expected):
    assert bounds_of(given) == expected


@pytest.mark.parametrize(
    "given",
    ["", "2", "1:2:3", "a:b", "0:inf", "nan:1", "1:2,", [(1, 2, 3)], [1, 2], 7, "2:1", "1:1", "-1.7e308:1.7e308"],
)
def test_other_bounds_are_refused(given):
    with pytest.raises(ValueError, match=r"bounds: got .*, expected"):
        bounds_of(given)


@pytest.mark.parametrize(
    ("space", "how", "message"),
    [
        (OPEN, (3,), r'bins: Scripted has observations without finite limits; .* as --bounds "LOW:HIGH,LOW:HIGH"'),
        (OPEN, (3, "0:1"), "bounds: got 1 pairs, expected 2, one for each number of an observation"),
        (
            OPEN,
            ((3, 3, 3), "0:1,0:1"),
            "bins: got 3 numbers of bins, expected a whole number, or one for each number: 2 of an observation",
        ),
        (OPEN, (3.5, "0:1,0:1"), "bins: got 3.5, expected a whole number, or one"),
        (OPEN, ("33", "0:1,0:1"), "bins: got '33', expected a whole number, or one"),
        (OPEN, ((3, 1), "0:1,0:1"), "bins: got 1, expected at least 2"),
        (OPEN, (10**7, "0:1,0:1"), "10000000 bins for each of the 2 numbers .* expected at most 1000000 bins"),
        (
            OPEN,
            ((2, 10**7), "0:1,0:1"),
            "bins: 2 x 10000000 bins make too many states; expected at most 1000000 a number",
        ),
        (Discrete(3), (3,), r"bins: Scripted has observations of Discrete\(3\), not real ones"),
    ],
)
def test_bins_that_cannot_be_made_are_refused(space, how, message):
    with pytest.raises(ValueError, match=message):
        binned(Scripted([], space), *how)


def test_actions_without_limits_and_observations_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match=r"has actions Box.*expected finite limits"):
        binned(Scripted([], Box(0, 1, (1,)), Box(-np.inf, np.inf, (1,))), 3)
    with pytest.raises(ValueError, match=r"gave the observation .*nan.*, expected numbers"):
        shown(OPEN, [np.array([0.0, np.nan])], 3, "0:1,0:1")
    for wrong in ([0.0, np.nan], [0.0], [[0.0, 1.0]]):
        with pytest.raises(ValueError, match=r"got the observation .*, expected numbers of shape \(2,\)"):
            Bins(Scripted([], OPEN), 3, "0:1,0:1").observation(np.array(wrong))


def test_the_package_has_it():
    assert envs.binned is binned


def test_why_the_truth_of_bins_is_unknown():
    with pytest.raises(UnknownTruthError, match=r"^CartPole-v1 moves through real numbers"):
        find_mdp(binned(gymnasium.make("CartPole-v1"), 8, "-2.4:2.4,-4:4,-.21:.21,-4:4"))
