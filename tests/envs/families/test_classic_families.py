"""Worlds of the classic exploration literature: rows, rewards and optimal values written out from their definitions."""

import itertools

import numpy as np
import pytest

import envs
from agent.planners.value_iteration import solve


def arrays(name, **kwargs):
    """Transitions, rewards of outcomes (or of pairs, repeated), and the process."""
    mdp = envs.make(name, **kwargs).unwrapped.mdp
    shape = (mdp.num_states, mdp.num_actions, mdp.num_states)
    p = mdp.transition.toarray().reshape(shape)
    if mdp.outcome_reward is None:
        return p, np.repeat(mdp.reward[:, :, None], mdp.num_states, axis=2) * (p > 0), mdp
    paid = mdp.transition.copy()
    paid.data = mdp.outcome_reward
    return p, paid.toarray().reshape(shape), mdp


def outcomes(p, state, action):
    """Next states and their probabilities, rounded to twelve digits."""
    return {int(s): round(float(p[state, action, s]), 12) for s in np.flatnonzero(p[state, action])}


def paid_pairs(mdp):
    return {(s, a): float(mdp.reward[s, a]) for s, a in np.argwhere(mdp.reward).tolist()}


def average_reward(mdp):
    """Of the optimal policy: (1 - discount) * value, up to a bias that the discount makes small."""
    plan = solve(mdp.with_resets(), 0.99999, 1.0)
    assert plan.loss_bound <= 2
    return (1 - 0.99999) * plan.value[0]


def drawn(name, num_worlds=200):
    """Transitions of worlds drawn by the first seeds, `[worlds, S, A, S]`."""
    return np.array([arrays(name, world_seed=seed)[0] for seed in range(num_worlds)])


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("storck", (1, 10)),
        ("six-arms", (3, 3)),
        ("chain", (1, 5)),
        ("double-loop", (3, 5)),
        ("flags", (13, 31)),
        ("deep-sea", (11, 10)),
        ("generalised-chain", (1, 5)),
        ("generalised-double-loop", (3, 5)),
        ("generalised-grid", (5, 5)),
    ],
)
def test_every_state_has_a_place_of_its_own(name, places):
    world = envs.make(name).unwrapped
    assert world.picture.codes.shape == places
    assert len({tuple(place) for place in world.mdp.position.tolist()}) == world.mdp.num_states
    assert world.mdp.position.min() == 0


def test_storck():
    p, _, mdp = arrays("storck", num_states=4)
    assert outcomes(p, 0, 0) == outcomes(p, 0, 1) == outcomes(p, 0, 2) == {0: 1}
    assert outcomes(p, 0, 3) == {1: 1}
    assert outcomes(p, 2, 3) == {3: 1}
    assert outcomes(p, 2, 2) == {2: 1}
    for action in range(4):
        assert outcomes(p, 3, action) == {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25}
    assert not mdp.reward.any()


def test_storck_has_the_published_entropy():
    """460.517 nats for n = 100: a hundred pairs of log 100 (Storck et al. 1995)."""
    probability = envs.make("storck", num_states=100).unwrapped.mdp.transition.data
    assert -np.sum(probability * np.log(probability)) == pytest.approx(460.517, abs=5e-4)


def test_river_of_strehl_and_littman():
    p, paid, mdp = arrays("river-swim", variant="strehl-littman")
    assert p.shape == (6, 2, 6)
    assert [outcomes(p, state, 0) for state in range(6)] == [{0: 1}, {0: 1}, {1: 1}, {2: 1}, {3: 1}, {4: 1}]
    assert outcomes(p, 0, 1) == {0: 0.7, 1: 0.3}
    for state in (1, 2, 3, 4):
        assert outcomes(p, state, 1) == {state - 1: 0.1, state: 0.6, state + 1: 0.3}
    assert outcomes(p, 5, 1) == {4: 0.7, 5: 0.3}
    assert mdp.start.tolist() == [0, 0.5, 0.5, 0, 0, 0]
    assert {tuple(at): paid[tuple(at)] for at in np.argwhere(paid).tolist()} == {(0, 0, 0): 5, (5, 1, 5): 10_000}


@pytest.mark.slow
def test_river_of_strehl_and_littman_is_worth_swimming_up():
    """Detailed balance, always right: .3 up and .1 down but .7 in the last, hence weights 1, 3, 9, 27, 81, 243/7."""
    weight = np.array([1, 3, 9, 27, 81, 81 * 0.3 / 0.7])
    mdp = envs.make("river-swim", variant="strehl-littman").unwrapped.mdp
    assert average_reward(mdp) == pytest.approx(3000 * weight[-1] / weight.sum(), rel=1e-3)


def test_river_may_be_of_any_length():
    assert envs.make("river-swim", variant="strehl-littman", num_states=9).unwrapped.mdp.num_states == 9
    with pytest.raises(ValueError, match="num_states is 2, expected at least 3"):
        envs.make("river-swim", variant="strehl-littman", num_states=2)
    with pytest.raises(ValueError, match="variant is 'amazon', expected one of osband, strehl-littman"):
        envs.make("river-swim", variant="amazon")


def test_six_arms():
    p, _, mdp = arrays("six-arms")
    assert p.shape == (7, 6, 7)
    hub = [{1: 1}, {0: 0.85, 2: 0.15}, {0: 0.9, 3: 0.1}, {0: 0.95, 4: 0.05}, {0: 0.97, 5: 0.03}, {0: 0.99, 6: 0.01}]
    assert [outcomes(p, 0, action) for action in range(6)] == hub
    assert [outcomes(p, 1, action) for action in range(6)] == [{1: 1}, {1: 1}, {1: 1}, {1: 1}, {0: 1}, {1: 1}]
    for arm in range(2, 7):
        for action in range(6):
            assert outcomes(p, arm, action) == ({arm: 1} if action == arm - 1 else {0: 1})
    first = {(1, action): 50 for action in (0, 1, 2, 3, 5)}
    assert paid_pairs(mdp) == first | {(2, 1): 133, (3, 2): 300, (4, 3): 800, (5, 4): 1660, (6, 5): 6000}


def test_six_arms_value_of_waiting_for_the_best():
    """V = 6000 d / (1 - d) p / (1 - d (1 - p)), with p = .01 a step to get in and discount d = .999."""
    value = 6000 * 0.999 / 0.001 * 0.01 / (1 - 0.999 * 0.99)
    plan = solve(envs.make("six-arms").unwrapped.mdp, 0.999, 1e-3)
    assert plan.value[0] == pytest.approx(value, rel=1e-6)
    assert plan.policy[0] == 5


def test_chain():
    p, paid, mdp = arrays("chain")
    assert p.shape == (5, 2, 5)
    for state, ahead in enumerate((1, 2, 3, 4, 4)):
        assert outcomes(p, state, 0) == {0: 0.2, ahead: 0.8}
        assert outcomes(p, state, 1) == {0: 0.8, ahead: 0.2}
    assert np.all(paid[:, :, 0] == 2)
    assert np.all(paid[4, :, 4] == 10)
    assert np.count_nonzero(paid) == 12
    assert mdp.reward[4, 0] == pytest.approx(8.4)


@pytest.mark.slow
def test_chain_has_the_published_optimum():
    """3677 in 1000 steps (Poupart et al. 2006, "BEETLE", ICML, table 1): .2 * 2 + .8 * 10 * .8**4 a step."""
    assert 1000 * average_reward(envs.make("chain").unwrapped.mdp) == pytest.approx(3677, abs=0.5)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"num_states": 1}, "num_states is 1, expected at least 2"),
        ({"slip": 1.5}, "slip is 1.5, expected 0 to 1"),
        ({"slip": float("nan")}, "slip is nan"),
    ],
)
def test_chains_that_cannot_be(kwargs, message):
    with pytest.raises(ValueError, match=message):
        envs.make("chain", **kwargs)


def test_double_loop():
    p, _, mdp = arrays("double-loop")
    assert p.argmax(axis=2)[:, 0].tolist() == [1, 2, 3, 4, 0, 0, 0, 0, 0]
    assert p.argmax(axis=2)[:, 1].tolist() == [5, 2, 3, 4, 0, 6, 7, 8, 0]
    assert set(np.unique(p)) == {0, 1}
    assert paid_pairs(mdp) == {(4, 0): 1, (4, 1): 1, (8, 0): 2, (8, 1): 2}


def test_double_loop_is_worth_two_every_five_steps():
    """And from the start 2 d**4 / (1 - d**5), with discount d."""
    mdp = envs.make("double-loop").unwrapped.mdp
    assert average_reward(mdp) == pytest.approx(2 / 5, abs=1e-4)
    assert solve(mdp, 0.9, 1e-9).value[0] == pytest.approx(2 * 0.9**4 / (1 - 0.9**5))


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


def sea_moves(size, world_seed=0, **kwargs):
    """Outcomes of each cell's two actions, right first, as places; the floor is None."""
    p, _, mdp = arrays("deep-sea", size=size, world_seed=world_seed, **kwargs)
    place = [tuple(at) for at in mdp.position.tolist()]
    moves = {}
    for state, cell in enumerate(place[:-1]):
        right = int(np.argmin(mdp.reward[state])) if state < len(place) - 2 else int(np.argmax(mdp.reward[state]))
        for action in (right, 1 - right):
            found = {place[s] if s < len(place) - 1 else None: share for s, share in outcomes(p, state, action).items()}
            moves.setdefault(cell, []).append((found, float(mdp.reward[state, action])))
    return moves, mdp


def test_deep_sea():
    moves, mdp = sea_moves(3)
    cost = -0.01 / 3
    assert moves == {
        (0, 0): [({(1, 1): 1}, cost), ({(1, 0): 1}, 0)],
        (1, 0): [({(2, 1): 1}, cost), ({(2, 0): 1}, 0)],
        (1, 1): [({(2, 2): 1}, cost), ({(2, 0): 1}, 0)],
        (2, 0): [({None: 1}, cost), ({None: 1}, 0)],
        (2, 1): [({None: 1}, cost), ({None: 1}, 0)],
        (2, 2): [({None: 1}, 1 + cost), ({None: 1}, 0)],
    }
    assert np.flatnonzero(mdp.terminal).tolist() == [6]


def test_stochastic_deep_sea():
    moves, _ = sea_moves(4, stochastic=True)
    assert moves[0, 0] == [({(1, 1): 0.75, (1, 0): 0.25}, -0.0025), ({(1, 0): 1}, 0)]
    assert moves[2, 1] == [({(3, 2): 0.75, (3, 1): 0.25}, -0.0025), ({(3, 0): 1}, 0)]
    assert moves[3, 3] == [({None: 1}, 0.9975), ({None: 1}, 0)]


def test_deep_sea_has_the_published_optimum():
    """A return of .99 (bsuite): 1 - N * .01 / N, here discounted by next to nothing; ten steps a dive."""
    mdp = envs.make("deep-sea").unwrapped.mdp
    assert solve(mdp, 1 - 1e-9, 1e-6).value[0] == pytest.approx(0.99, abs=1e-6)
    assert average_reward(mdp) == pytest.approx(0.099, abs=1e-3)


def test_deep_seas_differ_in_which_action_goes_right():
    """Action 0 goes right in half of the cells but the last, of 40 seas, up to 4 standard errors."""
    first = [envs.make("deep-sea", world_seed=seed).unwrapped.mdp.reward[:54, 0] < 0 for seed in range(40)]
    assert np.mean(first) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(54 * 40))
    with pytest.raises(ValueError, match="size is 1, expected at least 2"):
        envs.make("deep-sea", size=1)


CHAIN_OUTCOMES = [[0, 1], [0, 2], [0, 3], [0, 4], [0, 4]]  # by state, whatever the action: BBRL's GC-distrib
LOOP_OUTCOMES = [[1, 5], [2], [3], [4], [0], [0, 6], [0, 7], [0, 8], [0]]  # GDL-distrib
GRID_OUTCOMES = {  # some pairs of state and action (up, right, down, left) of Grid-distrib, where the goal is 0
    (0, 0): [0], (0, 1): [0, 1], (0, 2): [0, 5], (0, 3): [0], (7, 0): [2, 7], (7, 1): [7, 8], (7, 2): [7, 12],
    (7, 3): [6, 7], (14, 1): [14], (19, 2): [0, 19], (22, 2): [22], (23, 1): [0, 23], (23, 3): [22, 23],
}  # fmt: skip


def test_generalised_worlds_allow_what_their_files_say():
    for seed in range(20):
        chain, paid, _ = arrays("generalised-chain", world_seed=seed)
        assert [np.flatnonzero(row).tolist() for row in chain.reshape(15, 5)] == [
            outcome for outcome in CHAIN_OUTCOMES for _ in range(3)
        ]
        assert np.all(paid[:, :, 0] == 2)
        assert np.all(paid[3:, :, 4] == 10)
        assert np.count_nonzero(paid) == 15 + 6
        loops, paid, _ = arrays("generalised-double-loop", world_seed=seed)
        assert [np.flatnonzero(row).tolist() for row in loops.reshape(18, 9)] == [
            outcome for outcome in LOOP_OUTCOMES for _ in range(2)
        ]
        assert {tuple(at): paid[tuple(at)] for at in np.argwhere(paid).tolist()} == {
            (4, 0, 0): 1, (4, 1, 0): 1, (8, 0, 0): 2, (8, 1, 0): 2,
        }  # fmt: skip
        grid, paid, _ = arrays("generalised-grid", world_seed=seed)
        assert grid.shape == (24, 4, 24)
        for (state, action), allowed in GRID_OUTCOMES.items():
            assert np.flatnonzero(grid[state, action]).tolist() == allowed
        assert {tuple(at): paid[tuple(at)] for at in np.argwhere(paid).tolist()} == {(19, 2, 0): 10, (23, 1, 0): 10}


@pytest.mark.parametrize("name", ["generalised-chain", "generalised-double-loop", "generalised-grid"])
def test_generalised_worlds_are_drawn_from_flat_dirichlets(name):
    """Of two outcomes with concentration 1 each has a uniform share: mean 1/2, variance 1/12, mean of squares 1/3.

    Over 200 worlds the mean of every pair, and those of all pairs together, are within 4 standard errors.
    """
    share = drawn(name)
    uncertain = (share > 0).all(axis=0) & (share < 1).all(axis=0)
    first = share[:, uncertain].reshape(len(share), -1, 2)[:, :, 0]  # of each such row, its first outcome
    assert np.allclose(share[:, ~uncertain], np.round(share[0, ~uncertain]))
    error = np.sqrt(1 / 12 / len(share))
    np.testing.assert_allclose(first.mean(axis=0), 0.5, atol=4 * error)
    assert first.mean() == pytest.approx(0.5, abs=4 * error / np.sqrt(first.shape[1]))
    of_squares = np.sqrt((1 / 5 - 1 / 9) / first.size)  # the fourth moment is 1/5
    assert np.mean(first**2) == pytest.approx(1 / 3, abs=4 * of_squares)


def test_a_generalised_chain_whose_best_action_is_known():
    """In the last state the action that stays most often has probability p of 10, else 2 and the start."""
    p, _, mdp = arrays("generalised-chain", world_seed=7)
    assert solve(mdp, 0.95, 1e-6).policy[4] == p[4, :, 4].argmax()
    assert mdp.reward[4] == pytest.approx(10 * p[4, :, 4] + 2 * p[4, :, 0])
