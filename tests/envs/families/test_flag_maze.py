"""The maze with flags: counts, moves and rewards by walking its plan."""

import itertools

import pytest

import envs
from agent.planners.value_iteration import solve
from tests.envs.families.test_classic_families import arrays, outcomes

WALLS = {(0, 1), (1, 1), (0, 4), (1, 4), (3, 0), (3, 1), (3, 5), (3, 6), (5, 6)}


FREE = {(row, column) for row in range(6) for column in range(7)} - WALLS


FLAG_CELLS = ((0, 2), (4, 6), (5, 0))


STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))


def walk(cell, step):
    ahead = (cell[0] + step[0], cell[1] + step[1])
    return ahead if ahead in FREE else cell


def maze_states(mdp):
    """Cell and collected flags by state, read off the picture: eight floor plans of 6 x 7, a wall between."""
    place = {}
    for state, (row, column) in enumerate(mdp.position.tolist()):
        panel = 4 * (row // 7) + column // 8
        place[state] = (row % 7, column % 8), frozenset(flag for flag in range(3) if panel >> flag & 1)
    return place


def test_flags_counts():
    """33 free cells, 8 sets: 264, less 3 x 4 in a flag's cell without the flag."""
    mdp = envs.make("flags").unwrapped.mdp
    assert len(FREE) == 33
    assert mdp.num_states == 264 - 12
    expected = {
        (cell, frozenset(held))
        for cell in FREE
        for held in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
        if cell not in FLAG_CELLS or FLAG_CELLS.index(cell) in held
    }
    assert set(maze_states(mdp).values()) == expected


def test_flags_moves_and_rewards():
    p, paid, mdp = arrays("flags")
    place = maze_states(mdp)
    number = {at: state for state, at in place.items()}
    assert place[0] == ((0, 0), frozenset())
    for state, (cell, held) in place.items():
        for action in range(4):
            expected = {}
            for turn, share in ((0, 0.9), (1, 0.05), (3, 0.05)):
                there = walk(cell, STEPS[(action + turn) % 4])
                now = held | {flag for flag in range(3) if FLAG_CELLS[flag] == there}
                successor = number[(there, now)]
                expected[successor] = round(expected.get(successor, 0) + share, 12)
            goal = cell == (0, 6)
            assert outcomes(p, state, action) == ({0: 1} if goal else expected)
            for successor in outcomes(p, state, action):
                entering = place[successor][0] == (0, 6) and not goal
                assert paid[state, action, successor] == (len(place[successor][1]) if entering else 0)


def test_flags_of_a_sure_foot():
    """The best round: the shortest way past all flags, found by trying their orders, and a step back to the start."""
    distance = {}
    for origin in FREE:
        distance[origin, origin], seen = 0, [origin]
        for cell in seen:
            for there in {walk(cell, step) for step in STEPS} - set(seen):
                distance[origin, there] = distance[origin, cell] + 1
                seen.append(there)
    ways = ([(0, 0), *order, (0, 6)] for order in itertools.permutations(FLAG_CELLS))
    length = min(sum(distance[leg] for leg in itertools.pairwise(way)) for way in ways)
    plan = solve(envs.make("flags", slip=0).unwrapped.mdp, 0.999, 1e-6)
    assert plan.value[0] == pytest.approx(3 * 0.999 ** (length - 1) / (1 - 0.999 ** (length + 1)))


def test_a_maze_of_too_much_slip():
    with pytest.raises(ValueError, match=r"slip is 0\.6, expected 0 to 0\.5"):
        envs.make("flags", slip=0.6)
