"""What labels point to, by hand, in a small grid with a wall:

0 1 2
3 # 4        action 0 up, 1 right, 2 down, 3 left; features row and column
5 6 7
"""

import numpy as np
import pytest

from agent.belief import updates
from agent.belief.structured import dictionary
from agent.belief.structured.fitting import labels
from agent.belief.structured.tables import (
    ABSOLUTE,
    ADD,
    ADJACENT,
    COMMONEST,
    FIRST_LEARNT,
    FIRST_SIBLING,
    INVALID,
    LABEL_ROOM,
    MISSING,
    SET,
    structure_at,
)
from agent.compilation.compiled import compiled
from tests.support.structure import Structure

CELLS = np.array([(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)])
UP, RIGHT, DOWN, LEFT = range(4)


@compiled
def _learnt_target(address, action, label, state):
    structure = structure_at(address)
    dictionary.load(structure, state)
    return labels.learnt_target(structure, action, label, state)


@compiled
def _sibling_target(belief_address, address, state, action):
    structure = structure_at(address)
    dictionary.load(structure, state)
    return labels.sibling_target(updates.belief_at(belief_address), structure, state, action)


@compiled
def _neighbours(belief_address, address, state, action):
    return labels.neighbours(updates.belief_at(belief_address), structure_at(address), state, action)


@compiled
def _learn(belief_address, address):
    structure = structure_at(address)
    for action in range(structure.numbers.num_actions):
        labels.learn(updates.belief_at(belief_address), structure, action)


def believing(*transitions, cells=CELLS, num_actions=4, **options):
    """A belief that has seen some transitions, and has learnt labels from them."""
    structure = Structure(cells, num_actions, **options)
    for state, action, following, *ended in transitions:
        structure.observe(state, action, following, *ended)
    _learn(structure.model.address, structure.address)
    return structure


def learnt(structure, action):
    """Labels of an action: kind, and what changes."""
    tables, found = structure.tables.labels, {}
    for label in range(FIRST_LEARNT, FIRST_LEARNT + structure.tables.actions.num_learnt[action]):
        entry = action * LABEL_ROOM + label
        place = slice(tables.first[entry], tables.first[entry] + tables.num_changes[entry])
        content = tuple(zip(tables.coordinate[place].tolist(), tables.amount[place].tolist(), strict=True))
        kind = int(tables.kind[entry])
        found[kind, int(tables.state[entry]) if kind == ABSOLUTE else content] = label
    return found


def target(structure, action, label, state):
    return _learnt_target(structure.address, action, label, state)


def test_a_change_is_learnt_from_two_pairs_and_points_elsewhere():
    structure = believing((0, RIGHT, 1), (5, RIGHT, 6), (0, DOWN, 3))
    assert set(learnt(structure, RIGHT)) == {(ADD, ((1, 1),))}  # though both went from column 0 to column 1
    assert not learnt(structure, DOWN)  # shown by one pair
    structure = believing((0, RIGHT, 1), (5, RIGHT, 6), (2, RIGHT, 1))
    found = learnt(structure, RIGHT)
    assert set(found) == {(ADD, ((1, 1),)), (SET, ((1, 1),))}  # one came back from column 2
    move, to_column = found[ADD, ((1, 1),)], found[SET, ((1, 1),)]
    assert [target(structure, RIGHT, move, s) for s in range(8)] == [1, 2, MISSING, MISSING, MISSING, 6, 7, MISSING]
    assert [target(structure, RIGHT, to_column, s) for s in range(8)] == [1, 1, 1, MISSING, MISSING, 6, 6, 6]


def test_declared_ranges_clip_what_is_added():
    structure = believing((0, RIGHT, 1), (5, RIGHT, 6), ranges=[None, (0, 2)])
    move = learnt(structure, RIGHT)[ADD, ((1, 1),)]
    assert [target(structure, RIGHT, move, s) for s in (2, 4, 7)] == [2, 4, 7]
    assert target(structure, RIGHT, move, 3) == MISSING  # the wall has no number


def test_staying_is_a_change_of_nothing():
    structure = believing((0, UP, 0), (1, UP, 1))
    found = learnt(structure, UP)
    assert set(found) == {(ADD, ())}  # nothing is set where nothing changes
    assert [target(structure, UP, found[ADD, ()], s) for s in range(8)] == list(range(8))
    assert structure.tables.labels.kind[UP * LABEL_ROOM + COMMONEST] == 0  # nor is it a change siblings are judged by


def test_a_state_is_learnt_from_three_pairs():
    structure = believing((1, LEFT, 0), (2, LEFT, 0))
    assert (ABSOLUTE, 0) not in learnt(structure, LEFT)
    structure.observe(7, LEFT, 0)
    _learn(structure.model.address, structure.address)
    there = learnt(structure, LEFT)[ABSOLUTE, 0]
    assert [target(structure, LEFT, there, s) for s in range(8)] == [0] * 8


def test_the_same_outcome_of_a_pair_counts_once():
    assert not learnt(believing(*[(0, RIGHT, 1)] * 5), RIGHT)


def test_the_commonest_comes_first():
    stay = [(s, RIGHT, s) for s in (2, 4, 7)]
    structure = believing((0, RIGHT, 1), (1, RIGHT, 2), *stay)
    found = learnt(structure, RIGHT)
    assert found[ADD, ()] == FIRST_LEARNT
    assert found[ADD, ((1, 1),)] == FIRST_LEARNT + 1


def test_an_end_of_the_same_features_is_told_apart():
    """States 8 and 9 are ends where one also passes by, 0 and 1; state 7 always ends: no twin, nothing special."""
    cells, ended = np.vstack([CELLS, CELLS[:2]]), np.arange(10) >= 7
    structure = believing(
        (0, UP, 8, True), (1, UP, 9, True), (4, UP, 7, True), (6, UP, 7, True), cells=cells, ended=ended
    )
    found = learnt(structure, UP)
    stay = found[ADD, ()]
    entry = UP * LABEL_ROOM + stay
    assert structure.tables.labels.ends[entry] == 1
    assert [target(structure, UP, stay, s) for s in (0, 1)] == [8, 9]
    assert target(structure, UP, stay, 2) == 2  # there is no such end
    assert not believing((4, DOWN, 7, True), (2, DOWN, 7, True), cells=cells, ended=ended).tables.labels.ends.any()


def test_siblings_point_to_what_another_action_did_most():
    structure = believing((0, RIGHT, 1), (0, RIGHT, 0), (0, RIGHT, 0), (1, RIGHT, 2), (1, RIGHT, 1), (5, RIGHT, 6))

    def sibling(state, action):
        return _sibling_target(structure.model.address, structure.address, state, action)

    assert sibling(0, RIGHT) == 0  # twice of three
    assert sibling(1, RIGHT) == 2  # a tie: what was seen first
    assert sibling(6, RIGHT) == 7  # never taken here: its commonest change
    assert sibling(7, RIGHT) == MISSING
    assert sibling(0, DOWN) == INVALID  # of which nothing is known


def test_adjacent_is_what_others_did_and_where_one_came_from():
    structure = believing((0, RIGHT, 1), (0, RIGHT, 1), (0, DOWN, 3), (3, UP, 0), (0, UP, 0), (1, LEFT, 0))

    def adjacent(state, action):
        num = _neighbours(structure.model.address, structure.address, state, action)
        return sorted(structure.tables.scratch.adjacent[:num].tolist())

    assert adjacent(0, UP) == [1, 3]  # staying was its own doing
    assert adjacent(0, RIGHT) == [0, 1, 3]  # 1 as one came from there
    assert adjacent(0, LEFT) == [0, 1, 3]
    assert adjacent(4, UP) == []
    assert adjacent(0, LEFT) == [0, 1, 3]  # never taken, as was UP in the other place
    structure.observe(0, RIGHT, 2)
    assert adjacent(0, LEFT) == [0, 1, 2, 3]  # listed anew, as something was learnt
    assert adjacent(0, RIGHT) == [0, 1, 3]


def test_with_too_many_neighbours_adjacency_says_nothing():
    cells = np.arange(60)[:, None]
    for num, expected in ((40, 40), (41, 0)):
        structure = believing(*[(s, 0, 59) for s in range(num)], cells=cells, num_actions=2)
        assert _neighbours(structure.model.address, structure.address, 59, 1) == expected


def test_hits_are_those_of_the_first_sight():
    """What was adjacent, and what siblings did, as of when an outcome was first seen."""
    structure = believing((0, RIGHT, 1), (0, DOWN, 1), (0, UP, 1))
    hits = structure.tables.marks.hits[:3].tolist()
    assert hits[0] == 0  # nothing was known
    assert hits[1] == 1 << ADJACENT | 1 << (FIRST_SIBLING + RIGHT)
    assert hits[2] == 1 << ADJACENT | 1 << (FIRST_SIBLING + RIGHT) | 1 << (FIRST_SIBLING + DOWN)
    assert structure.tables.marks.neighbours[:3].tolist() == [0, 1, 1]


def test_labels_learnt_later_mark_what_was_seen_before():
    structure = believing((0, RIGHT, 1), (5, RIGHT, 6), (1, RIGHT, 2))
    label = learnt(structure, RIGHT)[ADD, ((1, 1),)]
    assert all(bits & (1 << label) for bits in structure.tables.marks.hits[:3].tolist())


@pytest.mark.parametrize("num_actions", [16, 17])
def test_many_actions_have_no_siblings(num_actions):
    structure = believing((0, 0, 1), (0, 1, 1), num_actions=num_actions)
    is_hit = bool(structure.tables.marks.hits[1] & 1 << FIRST_SIBLING)
    assert is_hit == (num_actions == 16)


def test_features_that_are_always_the_same_change_nothing():
    """What they are is neither compared nor learnt; a label that changes one points to no state."""
    steps = ((0, RIGHT, 1), (5, RIGHT, 6), (0, DOWN, 3), (3, DOWN, 5))
    plain, wide = believing(*steps), believing(*steps, cells=np.insert(CELLS, [0, 1, 2], 7, axis=1))
    assert wide.tables.names.varying[: wide.numbers.num_varying].tolist() == [1, 3]
    assert wide.tables.names.place.tolist() == [0, 1, 0, 2, 0]
    for action in (RIGHT, DOWN):
        places = learnt(plain, action)
        wider = {(kind, tuple((2 * i + 1, by) for i, by in what)): label for (kind, what), label in places.items()}
        assert wider == learnt(wide, action)
        for label in places.values():
            for state in range(len(CELLS)):
                assert target(plain, action, label, state) == target(wide, action, label, state)
    move = learnt(wide, RIGHT)[ADD, ((3, 1),)]
    labels = wide.tables.labels
    labels.coordinate[labels.first[RIGHT * LABEL_ROOM + move]] = 2
    assert [target(wide, RIGHT, move, state) for state in range(len(CELLS))] == [MISSING] * len(CELLS)
