"""Coordinates by number: digits against NumPy's, maps stepped by rule against their own text."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs.coordinates import Digits, listed

SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=4).map(tuple)
MAP = """
##T..#
#Sa.#T
~.#a^.
G.#.X#
"""


@given(SIZES, st.integers(-(2**40), 2**40))
def test_digits_are_those_of_numpy(sizes, first):
    coordinates, number = Digits(sizes, first), prod(sizes)
    rows = np.stack(np.unravel_index(np.arange(number), sizes), axis=1)
    np.testing.assert_array_equal(coordinates.table(number), rows)
    assert [coordinates.features(first + place) for place in range(number)] == list(map(tuple, rows.tolist()))
    assert [coordinates.key(tuple(row)) for row in rows.tolist()] == list(range(first, first + number))


@given(SIZES, st.data())
def test_other_numbers_are_no_digits(sizes, data):
    coordinates, place = Digits(sizes), data.draw(st.integers(0, len(sizes) - 1))
    outside = data.draw(st.sampled_from([-1, sizes[place], 2**70]))
    features = tuple(outside if k == place else 0 for k in range(len(sizes)))
    assert coordinates.key(features) is None
    assert coordinates.key((0,) * (len(sizes) + 1)) is coordinates.key(()) is None


def test_a_number_alone_may_be_as_large_as_it_likes():
    coordinates = Digits((2**90,), -5)
    assert coordinates.features(2**80) == (2**80 + 5,)
    assert coordinates.key((2**80,)) == 2**80 - 5
    assert coordinates.table(3).tolist() == [[0], [1], [2]]


def test_rows_of_a_list_lead_back_to_their_state():
    coordinates = listed([[5, 0], [5, 1], [-1, 7]], (-1, 5), (0, 7))
    assert [coordinates.key(coordinates.features(state)) for state in range(3)] == [0, 1, 2]
    assert coordinates.key((5, 7)) is None


@pytest.mark.parametrize("channels", [1, 3])
def test_a_map_is_read_off_its_text(channels):
    """Cells that are no walls row by row, then the channels of the televisions in the same order."""
    world = envs.make("grid", map_text=MAP, channels=channels).unwrapped
    lines = MAP.split()
    cells = [(row, column) for row, line in enumerate(lines) for column, sign in enumerate(line) if sign != "#"]
    expected = [(*cell, 0) for cell in cells]
    expected += [(*cell, 1 + k) for cell in ((0, 2), (1, 5)) for k in range(channels)]
    coordinates = world.coordinates
    assert coordinates.ranges == ((0, 3), (0, 5), (0, channels))
    assert [coordinates.features(state) for state in range(world.observation_space.n)] == expected
    assert coordinates.table(len(expected)).tolist() == list(map(list, expected))
    assert [coordinates.key(features) for features in expected] == list(range(len(expected)))
    known = set(expected)
    for features in np.ndindex(6, 8, channels + 2):
        if features not in known:
            assert coordinates.key(features) is None


def test_a_map_without_televisions_has_no_channels():
    world = envs.make("grid", map_text=MAP.replace("T", "."), channels=3).unwrapped
    assert world.coordinates.ranges == ((0, 3), (0, 5))
    assert world.coordinates.key((0, 2)) == 0


def test_a_large_map_is_not_listed_to_find_a_state():
    world = envs.make("grid", size=400).unwrapped
    number = int(world.observation_space.n)
    table = world.coordinates.table(number)
    for state in np.random.default_rng(0).integers(number, size=50).tolist():
        assert world.coordinates.features(state) == tuple(table[state].tolist())
        assert world.coordinates.key(tuple(table[state].tolist())) == state
