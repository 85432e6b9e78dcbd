"""The deep sea: its moves, its optimum, and what differs between two of them."""

import numpy as np
import pytest

import envs
from agent.planners.value_iteration import solve
from tests.envs.families.test_classic_families import arrays, average_reward, outcomes


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
