"""What the features of our worlds mean, read off their maps, their moves and their pictures."""

import numpy as np
import pytest

import envs
from envs import as_states


def test_maps_against_their_text():
    """Channels stand where a television is; nobody stands in a wall; a start and an end where the text has one."""
    for name in ("grid", "tv-rooms", "traps", "four-rooms"):
        env = as_states(envs.make(name))
        lines, mdp = env.unwrapped.map_text.splitlines(), env.unwrapped.mdp
        for state, (row, column, *channel) in enumerate(env.feature_table().tolist()):
            sign = lines[row][column]
            assert (sign in "GX") == mdp.terminal[state]
            assert (mdp.start[state] > 0) == (sign == "S")
            assert sign == "T" if any(channel) else mdp.position[state].tolist() == [row, column]


def moves(name, least=0.0):
    """Features before and after every transition of more than some probability, with the action."""
    env = as_states(envs.make(name))
    mdp, table = env.unwrapped.mdp, env.feature_table()
    matrix = mdp.transition.tocoo()
    likely = matrix.data > least
    pairs, successors = matrix.row[likely], matrix.col[likely]
    return table[pairs // mdp.num_actions], pairs % mdp.num_actions, table[successors]


def test_flags_are_taken_where_they_lie():
    before, _, after = moves("flags")
    goal, cells = (before[:, :2] == (0, 6)).all(axis=1), np.array([(0, 2), (4, 6), (5, 0)])
    change = (after - before)[~goal]
    assert np.abs(change[:, :2]).sum(axis=1).max() == 1
    assert set(change[:, 2:].ravel().tolist()) == {0, 1}
    for flag, cell in enumerate(cells):
        taken = change[:, 2 + flag] == 1
        assert taken.any()
        assert (after[~goal][taken, :2] == cell).all()
    assert (after[goal] == 0).all()


def test_rooms_are_left_by_a_step_and_noise_by_none():
    before, action, after = moves("noisy-tv")
    cell, channel = before[:, 2] == 0, after[:, 2] > 0
    watched = {(0, 0, 0), (0, 1, 0), (1, 0, 0)}
    assert set(map(tuple, before[cell & channel].tolist())) == watched
    assert (action[channel] == 4).all()
    assert (after[channel, :2] == -1).all()
    assert (after[~cell] == 0).all()
    assert set(after[channel, 2].tolist()) == set(range(1, 31))
    assert np.abs((after - before)[cell & ~channel]).sum(axis=1).max() == 1


def test_a_dive_goes_one_row_down():
    before, _, after = moves("deep-sea")
    assert (after[:, 0] - before[:, 0] == 1).all()
    assert (np.abs(after[:, 1] - before[:, 1])[after[:, 0] < 10] <= 1).all()


def test_aside_is_beside():
    before, action, after = moves("stochastic-corridor")
    corridor = before[:, 0] == 0
    assert ((after[:, 0] == 1) == (corridor & (action == 2))).all()
    assert (np.abs(after[:, 1] - before[:, 1]) <= (corridor & (action != 2))).all()


@pytest.mark.parametrize("name", ["maze", "generalised-grid"])
def test_rooms_stand_where_they_are_drawn(name):
    env = as_states(envs.make(name))
    np.testing.assert_array_equal(env.feature_table(), env.unwrapped.mdp.position)
