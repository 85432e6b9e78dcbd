"""The legend sign by sign on tiny maps, and whole maps against a slow walker that knows nothing of arrays."""

import gymnasium
import numpy as np
import pytest

import envs
from envs import layouts
from envs.families.grid import grid_mdp

UP, RIGHT, DOWN, LEFT, WATCH = range(5)
STEP = {UP: (-1, 0), RIGHT: (0, 1), DOWN: (1, 0), LEFT: (0, -1)}


def outcomes(text, cell, action, slip=0.1, channels=30):
    """Where a map's world leads from a cell: {(row, column): probability}, channels under the key None."""
    mdp = grid_mdp(layouts.parse(text), slip, channels)
    state = mdp.position.tolist().index(list(cell))
    row = mdp.transition[[state * mdp.num_actions + action]]
    found = {}
    for successor, probability in zip(row.indices, row.data, strict=True):
        place = tuple(mdp.position[successor].tolist())
        found[None if place == (-1, -1) else place] = found.get(place, 0) + probability
    return found


def naive(lines, cell, action, slip):
    """The same by walking through the text, one push at a time."""

    def sign(place):
        row, column = place
        return lines[row][column] if 0 <= row < len(lines) and 0 <= column < len(lines[0]) else "#"

    def pushed(direction):
        place = (cell[0] + STEP[direction][0], cell[1] + STEP[direction][1])
        ahead = sign(place)
        if ahead == "#" or (ahead in "^>v<" and "^>v<".index(ahead) != direction):
            return cell
        if ahead.islower() and ahead != "v":
            ends = [(r, c) for r, line in enumerate(lines) for c, s in enumerate(line) if s == ahead]
            return ends[1 - ends.index(place)]
        return place

    aside = min(2 * slip, 0.5) if sign(cell) == "~" else slip
    found = {}
    for direction, probability in ((action, 1 - 2 * aside), ((action + 1) % 4, aside), ((action + 3) % 4, aside)):
        if probability > 0:
            found[pushed(direction)] = found.get(pushed(direction), 0) + probability
    return found


@pytest.mark.parametrize("name", [path.stem for path in layouts.MAPS.glob("*.txt")])
def test_moves_on_shipped_maps_are_those_of_a_slow_walker(name):
    layout = layouts.shipped(name)
    lines, mdp = layout.text.splitlines(), grid_mdp(layout, slip=0.15)
    dense = mdp.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1)
    number = {tuple(place): state for state, place in enumerate(mdp.position.tolist())}
    for cell, state in number.items():
        if cell == (-1, -1) or mdp.terminal[state]:
            continue
        for action in range(4):
            expected = np.zeros(mdp.num_states)
            for place, probability in naive(lines, cell, action, 0.15).items():
                expected[number[place]] = probability
            np.testing.assert_allclose(dense[state, action], expected, atol=1e-12)


def test_an_ice_lake_with_thirds_is_gymnasiums_frozen_lake():
    """FrozenLake's moves are left, down, right, up, and go to each side with 1/3."""
    text = "SFFF\nFHFH\nFFFH\nHFFG".replace("F", ".").replace("H", "X")
    ours = grid_mdp(layouts.parse(text), slip=1 / 3)
    theirs = envs.true_mdp(gymnasium.make("FrozenLake-v1"))
    np.testing.assert_allclose(
        ours.transition.toarray().reshape(16, 4, 16)[:, [LEFT, DOWN, RIGHT, UP]],
        theirs.transition.toarray().reshape(16, 4, 16),
        atol=1e-12,
    )
    assert (ours.terminal == theirs.terminal).all()


def test_moves_slip_to_each_side():
    text = "...\n.S.\n..."
    assert outcomes(text, (1, 1), UP) == pytest.approx({(0, 1): 0.8, (1, 0): 0.1, (1, 2): 0.1})
    assert outcomes(text, (1, 1), LEFT, slip=0) == {(1, 0): 1}
    assert outcomes(text, (1, 1), LEFT, slip=0.5) == {(0, 1): 0.5, (2, 1): 0.5}


def test_walls_and_the_end_of_the_map_stop():
    assert outcomes("S#", (0, 0), RIGHT) == pytest.approx({(0, 0): 1})
    assert outcomes("#.#\nS..", (1, 1), UP) == pytest.approx({(0, 1): 0.8, (1, 0): 0.1, (1, 2): 0.1})
    assert outcomes("S.", (0, 0), UP) == pytest.approx({(0, 0): 0.9, (0, 1): 0.1})


def test_ice_slips_twice_as_often_but_not_more_than_always():
    text = "...\n.~.\nS.."
    assert outcomes(text, (1, 1), UP) == pytest.approx({(0, 1): 0.6, (1, 0): 0.2, (1, 2): 0.2})
    assert outcomes(text, (1, 1), UP, slip=0.4) == pytest.approx({(1, 0): 0.5, (1, 2): 0.5})
    assert outcomes(text, (2, 1), UP) == pytest.approx({(1, 1): 0.8, (2, 0): 0.1, (2, 2): 0.1})  # onto ice: as ever


@pytest.mark.parametrize(("direction", "sign"), list(enumerate("^>v<")))
def test_one_way_cells_are_entered_in_one_direction_only(direction, sign):
    text = f"...\nS{sign}.\n..."
    for action, (down, right) in STEP.items():
        before = (1 - down, 1 - right)
        entered = (1, 1) in outcomes(text, before, action, slip=0)
        assert entered == (action == direction)
        assert outcomes(text, (1, 1), action, slip=0) == {(1 + down, 1 + right): 1}  # left in every direction


def test_stepping_on_a_portal_puts_you_on_the_other():
    text = "Sa.\n###\n.a."
    assert outcomes(text, (0, 0), RIGHT, slip=0) == {(2, 1): 1}
    assert outcomes(text, (2, 0), RIGHT, slip=0) == {(0, 1): 1}
    assert outcomes(text, (2, 1), UP, slip=0) == {(2, 1): 1}  # bumping is not stepping on it
    assert outcomes("Saa", (0, 1), RIGHT, slip=0) == {(0, 1): 1}  # onto the other end, and back


def test_goals_and_traps_end_the_episode_and_pay():
    env = envs.make("grid", map_text="XSG", slip=0)
    for action, reward in ((RIGHT, 1.0), (LEFT, -1.0)):
        env.reset(seed=0)
        _, paid, terminated, truncated, _ = env.step(action)
        assert (paid, terminated, truncated) == (reward, True, False)
    mdp = env.unwrapped.mdp
    assert mdp.terminal.tolist() == [True, False, True]
    assert mdp.reward.tolist() == [[0, 0, 0, 0], [0, 1, 0, -1], [0, 0, 0, 0]]


def test_a_slip_into_a_trap_pays_too():
    mdp = grid_mdp(layouts.parse(".X.\n.S.\n..."), slip=0.1)
    state = mdp.position.tolist().index([1, 1])
    np.testing.assert_allclose(mdp.reward[state], [-0.8, -0.1, 0, -0.1])


def test_several_starts_are_equally_probable():
    mdp = grid_mdp(layouts.parse("S.S\n..S"))
    np.testing.assert_allclose(mdp.start, [1 / 3, 0, 1 / 3, 0, 0, 1 / 3])


def test_only_a_television_adds_the_action_watch():
    assert grid_mdp(layouts.parse("S.")).num_actions == 4
    assert grid_mdp(layouts.parse("ST")).num_actions == 5


def test_watching_leads_to_the_channels_of_that_television_and_back():
    mdp = grid_mdp(layouts.parse("TS\n.T"), channels=3)
    dense = mdp.transition.toarray().reshape(mdp.num_states, 5, -1)
    assert mdp.num_states == 4 + 2 * 3
    np.testing.assert_allclose(dense[0, WATCH, 4:], [1 / 3, 1 / 3, 1 / 3, 0, 0, 0])
    np.testing.assert_allclose(dense[3, WATCH, 4:], [0, 0, 0, 1 / 3, 1 / 3, 1 / 3])
    assert np.all(dense[4:7, :, 0] == 1)
    assert np.all(dense[7:, :, 3] == 1)
    assert dense[1, WATCH, 1] == dense[2, WATCH, 2] == 1  # elsewhere it stays
    assert np.all(mdp.position[4:] == -1)


def test_the_world_keeps_its_text():
    assert envs.make("grid", map_text="S\n..").unwrapped.map_text == "S#\n..\n"
    assert envs.make("river-swim").unwrapped.map_text is None


def test_a_map_of_ones_own_from_a_file(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("S..\n")
    assert envs.make("grid", map_file=str(path)).unwrapped.mdp.num_states == 3


def test_large_maps_are_no_obstacle():
    side = 300
    lines = np.full((side, side), ".")
    lines[0, 0] = "S"
    mdp = grid_mdp(layouts.parse("\n".join("".join(row) for row in lines)))
    assert mdp.num_states == side**2
    assert mdp.reachable_states().all()
