"""Where rules that were carried hold: in worlds that list their states, by whether there is one where a label leads."""

from functools import cache

import numpy as np
import pytest

from agent.belief.structured.tables import ADD, FIRST_LEARNT, TYPES
from tests.belief.structured.test_structured_carried import ELSEWHERE, rules_in
from tests.support.structure import Structure
from tests.support.structured_life import MOVES, slippery_grid, walked

MANY_WALLS = slippery_grid(6, 7, walls=((0, 3), (1, 1), (2, 4), (4, 2), (4, 5)))


@cache
def rules_of_many_walls():
    return rules_in(walked(2000, world=MANY_WALLS)[0])


def test_in_a_listed_world_gates_are_carried_by_whether_there_is_a_state_where_a_move_leads():
    """How many cells have a wall, or the rim, ahead of each of four moves is counted on the map."""
    arrays, cells = rules_of_many_walls().arrays, {tuple(cell) for cell in MANY_WALLS[1].tolist()}
    first = np.cumsum([0, *arrays["action_labels"]])
    for action, (down, right) in enumerate(MOVES):
        assert arrays["action_chain_length"][action] == 1
        label = first[action] + arrays["action_chain"][3 * action] - 2 - FIRST_LEARNT  # there are two features
        change = arrays["label_changes"][:label].sum()
        assert (arrays["label_kind"][label], arrays["label_changes"][label]) == (ADD, 1)
        expected = (0, down) if down else (1, right)
        assert (arrays["change_coordinate"][change], arrays["change_amount"][change]) == expected
        below = np.flatnonzero((arrays["context_action"] == action) & (arrays["context_parent"] >= 0))
        pairs = np.round(arrays["context_weight"].reshape(-1, TYPES)[below].sum(axis=1))
        free = sum((i + down, j + right) in cells for i, j in cells)
        assert dict(zip(arrays["context_value"][below], pairs, strict=True)) == {1: free, 0: len(cells) - free}


@pytest.mark.parametrize("is_listed", [True, False])
def test_walls_are_known_before_anything_was_seen_where_states_are_listed(is_listed):
    """Elsewhere it is a matter of luck where one stands still: what lies ahead tells nothing."""
    features, stays = ELSEWHERE[1], {True: [], False: []}
    cells = {tuple(cell) for cell in features.tolist()}
    structure = Structure(features, 4, carried=rules_of_many_walls(), known=None if is_listed else features[:, 0] < 0)
    for state, (i, j) in enumerate(features.tolist()):
        structure.admit(state)
        for action, (down, right) in enumerate(MOVES):
            stays[(i + down, j + right) in cells].append(structure.predictive(state, action)[0][state])
    if is_listed:
        assert min(stays[False]) > 0.6 > 0.4 > max(stays[True])  # in truth at least .8, and at most .2
    else:
        assert not structure.tables.carried.is_planted.any()
        assert max(stays[False]) == pytest.approx(min(stays[True]), abs=0.2)


def test_words_say_that_there_must_be_a_state():
    structure = Structure(ELSEWHERE[1], 4, carried=rules_of_many_walls())
    up = structure.describe(("row", "column"))[0]
    assert up.startswith("action 0: row - 1 ")
    assert " where row - 1 is a state, " in up
    assert " where row - 1 is no state, " in up
