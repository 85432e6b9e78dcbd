"""Room graphs: rooms, what is special about them, and how they hang together."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from tests.envs.families.test_newer_families import arrays


def successors_of(p):
    return [set(np.flatnonzero(row.any(axis=0)).tolist()) for row in p]


def one_way(successors):
    return [(one, other) for one, ends in enumerate(successors) for other in ends if one not in successors[other]]


def rooms_of(successors, side):
    """First states of the rooms: runs of side * side states joined as a square."""
    square = [(row, column) for row in range(side) for column in range(side)]
    steps = {(1, 0), (0, 1)}

    def is_room(first):
        number = {place: first + index for index, place in enumerate(square)}
        pairs = [(number[a], number[b]) for a in square for b in square if (b[0] - a[0], b[1] - a[1]) in steps]
        return all(b in successors[a] and a in successors[b] for a, b in pairs)

    return [first for first in range(len(successors) - side * side + 1) if is_room(first)]


@pytest.mark.parametrize("branching", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("rooms", "side"), [(1, 2), (2, 4), (4, 3)])
def test_a_neutral_room_graph_is_a_tree_of_rooms(branching, rooms, side):
    """Two-way edges: a room has 2 n (n - 1) inside, and the units, one fewer than there are."""
    p, mdp = arrays("room-graph", kind="neutral", branching=branching, rooms=rooms, side=side, world_seed=rooms)
    assert set(np.unique(p)) == {0, 1}
    successors = successors_of(p)
    assert one_way(successors) == []
    units = 100 - rooms * (side**2 - 1)
    assert sum(map(len, successors)) / 2 == rooms * 2 * side * (side - 1) + units - 1
    assert len(rooms_of(successors, side)) == rooms
    assert connected_components(p.sum(axis=1), connection="strong", return_labels=False) == 1
    np.testing.assert_allclose(mdp.start, 0.01)


def test_branching_0_is_a_single_way_and_1_fills_every_place():
    degrees = [
        [len(ends) for ends in successors_of(arrays("room-graph", kind="neutral", branching=b, rooms=1, side=2)[0])]
        for b in (0.0, 1.0)
    ]
    assert max(degrees[0]) <= 3  # in the room, where the way enters or leaves
    assert sorted(degrees[0]).count(1) <= 2
    assert max(degrees[1]) == 4
    assert degrees[1].count(1) > 60  # leaves: nearly two thirds of a tree in which the others have four neighbours


@pytest.mark.parametrize(("kind", "expected"), [("sink", 50), ("source", 50), ("stochastic", 0), ("mixed", 100)])
@pytest.mark.parametrize("world_seed", range(3))
def test_what_is_special_about_rooms(kind, expected, world_seed):
    p, _ = arrays("room-graph", kind=kind, world_seed=world_seed)
    successors = successors_of(p)
    rooms = [range(first, first + 9) for first in rooms_of(successors, 3)]
    assert len(rooms) >= 4
    edges = one_way(successors)
    assert expected - 4 <= len(edges) <= expected  # an added edge against one that was added before makes both two-way
    entered = max(sum(b in room and a not in room for a, b in edges) for room in rooms)
    left = max(sum(a in room and b not in room for a, b in edges) for room in rooms)
    assert (entered >= 46) == (kind in ("sink", "mixed"))
    assert (left >= 46) == (kind in ("source", "mixed"))
    random_states = np.flatnonzero((p > 0).sum(axis=2).max(axis=1) > 1).tolist()
    assert len(random_states) == (9 if kind in ("stochastic", "mixed") else 0)
    for state in random_states:
        ends = sorted(successors[state])
        np.testing.assert_allclose(p[state][:, ends], 1 / len(ends))


@pytest.mark.parametrize(("rooms", "expected"), [(2, 0), (3, 9), (4, 9), (6, 9)])
def test_a_mixed_room_graph_of_two_rooms_has_no_stochastic_one(rooms, expected):
    p, _ = arrays("room-graph", rooms=rooms)
    assert np.count_nonzero((p > 0).sum(axis=2).max(axis=1) > 1) == expected
    assert 96 <= len(one_way(successors_of(p))) <= 100


def test_actions_of_a_room_graph_take_the_neighbours_in_turn():
    p, mdp = arrays("room-graph", kind="sink")
    assert mdp.num_actions == max(map(len, successors_of(p)))
    for state, ends in enumerate(map(sorted, successors_of(p))):
        assert p[state].argmax(axis=1).tolist() == [ends[a % len(ends)] for a in range(mdp.num_actions)]
