"""Worlds that step by rule against the same worlds held as a whole, and the compiled draw against the plain one."""

import numba
import numpy as np
import pytest

import envs
from envs import TabularEnv, layouts, successor_draws
from envs.families.grid import grid_mdp, grid_rule
from envs.families.terrain import TERRAINS
from envs.tabular import LARGEST_MDP

LEGEND = """
#^S.~~Ta>G
a.>.~#.<.X
..v.b#T.cS
S~^<b.#vc.
XTG~..~.v~
"""
MAPS = {
    "every sign": LEGEND,
    "portals and televisions side by side": "STaTa\n~T.b.\nb.T#~\n",
    "portals onto the cell one leaves": "Saa\n.#.\n",
    "one cell": "S",
    "one row": "S..~.",
    "one column": "S\n.\n~\n.",
}


def world(name, **kwargs):
    given = {"kind": name, "size": 14} if name in TERRAINS else {"map_text": MAPS[name]}
    return envs.make("grid", **given, **kwargs).unwrapped


def walk(env, num_steps=3000):
    actions = np.random.default_rng(0).integers(env.action_space.n, size=num_steps).tolist()
    seen = [env.reset(seed=5)[0]]
    for action in actions:
        seen.append(env.step(action))
        if seen[-1][2]:
            seen.append(env.reset()[0])
    return seen


@pytest.mark.parametrize("slip", [0.0, 0.1, 1 / 3, 0.5])
@pytest.mark.parametrize("name", [*MAPS, *TERRAINS])
def test_by_rule_and_as_a_whole_a_world_walks_the_same_trajectory(name, slip):
    by_rule = world(name, slip=slip, channels=3)
    assert walk(by_rule) == walk(TabularEnv(by_rule.mdp))


@pytest.mark.parametrize("path", sorted(layouts.MAPS.glob("*.txt")), ids=lambda path: path.stem)
def test_shipped_maps_too(path):
    by_rule = envs.make("grid", map_name=path.stem).unwrapped
    assert walk(by_rule) == walk(TabularEnv(by_rule.mdp))


@pytest.mark.parametrize("name", [*MAPS, *TERRAINS])
def test_every_pair_draws_the_same_at_every_uniform_number(name):
    """At both sides of every running sum, from every state, the rule and the whole agree on all that a step gives."""
    env = world(name, channels=2)
    whole = env.mdp.rows()
    edges = np.unique([0, *whole.cumulative, 0.37])
    uniforms = [u for u in {*edges, *np.nextafter(edges, 0), *np.nextafter(edges, 1)} if 0 <= u < 1]
    for state in [*range(env.mdp.num_states), env.mdp.num_states, env.mdp.num_states + 1]:
        for action in range(env.mdp.num_actions if state <= env.mdp.num_states else 1):
            for uniform in uniforms:
                expected = successor_draws.draw(whole, state, action, uniform)
                assert successor_draws.draw(env.rows, state, action, uniform) == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", ["every sign", "caves", "one cell"])
def test_arrays_compiled_or_not_draw_the_same(name):
    env, draws = world(name, channels=2), np.random.default_rng(3)
    compiled, arrays = numba.njit(successor_draws.draw), env.rows.as_arrays()
    for process in (arrays, env.mdp.rows().as_arrays()):
        for _ in range(400):
            state, action = int(draws.integers(env.mdp.num_states + 2)), int(draws.integers(env.action_space.n))
            if state == env.mdp.num_states + 1:
                action = 0
            uniform = draws.random()
            expected = successor_draws.draw(env.rows, state, action, uniform)
            assert compiled(process, state, action, uniform) == expected
            assert successor_draws.draw(process, state, action, uniform) == expected


def test_arrays_share_the_memory_of_what_is_stepped():
    env = world("caves")
    for column, view in zip(env.rows[2:], env.rows.as_arrays()[2:], strict=True):
        assert len(column) == len(view)
        if len(column):
            assert np.shares_memory(np.frombuffer(column, view.dtype), view)


def test_nobody_acts_nowhere_or_in_a_terminal_state():
    env = world("every sign")
    for state in [*np.flatnonzero(env.mdp.terminal).tolist(), env.mdp.num_states]:
        assert successor_draws.draw(env.rows, state, 0, 0.5) == (-1, 0.0, True)


def test_a_large_world_takes_bytes_a_cell_and_has_no_arrays_of_its_process():
    """5 bytes for each of the states and 1 for each cell; the process would take 250 000 000 bytes and more."""
    env = envs.make("grid", size=1000, kind="open").unwrapped
    assert sum(memoryview(column).nbytes for column in env.rows[2:]) + env.picture.codes.nbytes < 6.1e6
    assert envs.true_mdp(env) is None
    assert env.observation_space.n == 1e6
    state, _ = env.reset(seed=0)
    for action in (0, 1, 2, 3):
        before = np.array(env.picture.places.place(state))
        state = env.step(action)[0]
        assert abs(before - env.picture.places.place(state)).sum() <= 1


def test_the_process_as_a_whole_is_there_up_to_a_size():
    side = int(LARGEST_MDP**0.5)
    assert envs.true_mdp(envs.make("grid", kind="open", size=side)).num_states == side**2
    assert envs.true_mdp(envs.make("grid", kind="open", size=side + 1)) is None


def test_no_process_is_made_that_nobody_asks_for(monkeypatch):
    monkeypatch.setattr("envs.families.rule.GridRule.mdp", None)
    assert walk(envs.make("grid", render_mode="ansi").unwrapped)


def test_places_are_the_positions_of_the_process():
    layout = layouts.parse(LEGEND)
    rule, mdp = grid_rule(layout, channels=2), grid_mdp(layout, channels=2)
    for state, position in enumerate(mdp.position.tolist()):
        assert rule.watches(state) == (position == [-1, -1])
        row, column = rule.place(state)
        assert layout.codes[row, column] == ord("T") if rule.watches(state) else [row, column] == position


def test_a_map_wider_than_can_be_numbered_is_refused():
    with pytest.raises(ValueError, match="the map has 65536 columns, expected at most 65535"):
        grid_rule(layouts.parse("S" + "." * 65535))
