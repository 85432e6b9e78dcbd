"""What a refit leaves behind: totals, leave-one-out, gates, and independence of room, order and compilation."""

import contextlib
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import envs
from agent import WorldModel, interact, make_agent
from agent.belief.structured import rooms
from agent.belief.structured.carrying import totals as carried_totals
from agent.belief.structured.dictionary import rows
from agent.belief.structured.fitting import expectation, gates, parts
from agent.belief.structured.fitting.gates import MOST_PULL
from agent.belief.structured.tables import CHAIN, LABEL_ROOM, MASS, SHARE, TYPES, structure_at
from agent.belief.updates import belief_at
from agent.compilation.compiled import compiled
from tests.support.structure import Structure
from tests.support.structured_life import flags, slippery_grid, walk, walked
from tests.support.structured_oracle import Oracle

GRID = slippery_grid()


def totals(tables):
    """Contributions and responsibilities of all visited pairs, added up from nothing; contexts by what they tell."""
    numbers, visited = tables.numbers, tables.visited
    masses = np.zeros((numbers.num_actions, TYPES * LABEL_ROOM), np.int64)
    contexts = {}
    whose, labels, shares = parts.listed(tables, np.arange(numbers.num_visited))
    np.add.at(masses, (visited.pair[whose] % numbers.num_actions, labels), shares)
    features = rows(tables, np.arange(numbers.state_room))
    for v in range(numbers.num_visited):
        state, action = divmod(int(visited.pair[v]), numbers.num_actions)
        length = tables.actions.chain_length[action] if tables.names.named[state] else 0
        chain = tables.actions.chain[action * CHAIN : action * CHAIN + length]
        for k in range(length + 1):
            context = (action, *features[state, chain[:k]].tolist())
            share = visited.responsibility[v * TYPES : (v + 1) * TYPES].astype(np.int64)
            contexts[context] = contexts.get(context, 0) + share
    return masses, contexts


def kept_contexts(tables):
    """The same contexts as the tables have them."""
    numbers, nodes, found = tables.numbers, tables.nodes, {}
    weights = nodes.weight.reshape(-1, TYPES)
    for action in range(numbers.num_actions):
        found[action,] = weights[action]
        below = [((action,), int(tables.actions.gate[action]))]
        for _ in range(tables.actions.chain_length[action]):
            below = [
                ((*context, int(nodes.value[child])), child)
                for context, node in below
                for child in range(numbers.num_actions, numbers.num_nodes)
                if nodes.parent[child] == node
            ]
            found |= {context: weights[node] for context, node in below}
    return found


@pytest.mark.slow
@pytest.mark.parametrize("world", ["grid", "flags"])
def test_incremental_totals_are_those_from_scratch(world):
    """Exactly: contributions are whole units, so that to leave a pair out is to never have seen it."""
    structure, _ = walked(400, world=GRID if world == "grid" else flags())
    tables = structure.tables
    masses, contexts = totals(tables)
    kept = [carried_totals.masses(tables, action).ravel() * MASS for action in range(tables.numbers.num_actions)]
    assert_array_equal(kept, masses)
    assert_array_equal(tables.types.total, masses.reshape(-1, LABEL_ROOM).sum(axis=1))
    kept = kept_contexts(tables)
    assert kept.keys() >= {context for context, weights in contexts.items() if weights.any()}
    for context, weights in kept.items():
        assert_array_equal(weights, contexts.get(context, np.zeros(TYPES)), err_msg=str(context))


def test_responsibilities_are_shares():
    structure, _ = walked(400, world=GRID)
    shares = structure.tables.visited.responsibility.reshape(-1, TYPES) / SHARE
    fitted = shares[: structure.numbers.num_visited].sum(axis=1)
    assert np.all((fitted == 0) | (abs(fitted - 1) < TYPES / SHARE))


MOST_BYTES = {
    "MiniGrid-Empty-16x16-v0": 336, "Taxi-v4": 378, "MiniGrid-DoorKey-5x5-v0": 391, "noisy-tv": 477, "flags": 530,
    "four-rooms": 608,
}  # fmt: skip
"""Of a visited pair. Small worlds have most: more predicted edges and contributions a pair, and tables of actions."""


@pytest.mark.parametrize("world", MOST_BYTES)
def test_a_visited_pair_takes_little_memory(world):
    """All there is counts, with all room: tables, working memory, and the belief's own; of a life of 6 000 steps."""
    if world.startswith("MiniGrid"):
        pytest.importorskip("minigrid")
    env = envs.as_states(envs.make(world))
    agent = make_agent("curious", env, 0, prior="structured")
    for _ in interact(env, agent, 6000, 1, tell=None):
        pass
    model, rules = agent.model, agent.model.rules
    room = sum(column.nbytes for table in rules[:-1] for column in table if isinstance(column, np.ndarray))
    assert model.nbytes > room
    assert model.nbytes < MOST_BYTES[world] * model.num_visited_pairs


def choosing_world(rng, num_places=300):
    """Four coordinates and a mark; where an action sets the mark depends on some of them, the others are rubbish."""
    places = np.unique(rng.integers(0, [4, 4, 3, 5], size=(num_places, 4)), axis=0)
    marked = [np.column_stack([places, np.full(len(places), mark)]) for mark in range(3)]
    return np.concatenate(marked), len(places)


def chosen(action, place):
    """Action 0 looks at the first and third coordinate, action 1 at the first."""
    x, _, z, *_ = place
    return int(x < 2 or z == 0) if action == 0 else int(x // 2)


@pytest.mark.parametrize("seed", range(4))
def test_a_gate_looks_at_what_matters(seed):
    """First at what matters; a third coordinate may be appended, where it makes a sure prediction surer."""
    rng = np.random.default_rng(seed)
    features, num = choosing_world(rng)
    structure = Structure(features, 2)
    for _ in range(300):
        state, action = int(rng.integers(num)), int(rng.integers(2))
        structure.observe(state, action, state + num * (1 + chosen(action, features[state])))
    actions = structure.tables.actions
    assert sorted(actions.chain[:2].tolist()) == [0, 2]
    assert actions.chain[CHAIN : CHAIN + actions.chain_length[1]].tolist() == [0]
    for state in range(num):
        for action in range(2):
            there = state + num * (1 + chosen(action, features[state]))
            assert structure.predictive(state, action)[0][there] > 0.9
    assert structure.describe()[1].count("where x0 = ") == 2


def test_without_anything_to_tell_apart_there_is_no_gate():
    structure = Structure(np.array([(i, j) for i in range(12) for j in range(12)]), 1)
    rng = np.random.default_rng(0)
    for _ in range(200):
        row, column = rng.integers(11, size=2)
        structure.observe(int(12 * row + column), 0, int(12 * (row + 1) + column))
    assert structure.tables.actions.chain_length[0] == 0
    assert structure.predictive(100, 0)[0][112] > 0.9
    assert structure.describe(["row", "column"]) == ["action 0: row + 1"]


def test_descriptions_tell_contexts():
    """Doors: action 0 moves on where the third coordinate is 1, and stays elsewhere."""
    features = np.array([(i, j, door) for door in range(2) for i in range(8) for j in range(8)])
    structure = Structure(features, 1, num_contexts=1)
    rng = np.random.default_rng(1)
    for _ in range(200):
        state = int(rng.integers(128))
        moves = features[state, 2] == 1 and state % 64 < 56
        structure.observe(state, 0, state + 8 if moves else state)
    (told,) = structure.describe(["row", "column", "door"])
    assert told.startswith("action 0: ")
    assert "door" in told
    assert "stays" in told


def test_pulls_and_concentrations_are_within_bounds():
    structure, _ = walked(600, world=GRID, seed=2)
    tables = structure.tables
    fitted = tables.types.concentration[tables.types.concentration > 0]
    assert np.all((fitted >= 1e-3) & (fitted <= 100.0))
    assert np.all(tables.actions.pull <= MOST_PULL)


@compiled
def _fit_pull(address, action):
    gates.fit_pull(structure_at(address), action)


@compiled
def _sweep(address, action):
    """After this the evidence at hand is that of the action's pairs."""
    known, structure = belief_at(address), structure_at(address)
    expectation.sweep(known, structure, action, expectation.owned_median(structure))


@pytest.mark.parametrize("world", ["grid", "flags"])
def test_the_pull_is_the_best_of_three(world):
    """By the evidence of all pairs, each left out of its own weights, and a log-normal prior."""
    structure, _ = walked(400, world=GRID if world == "grid" else flags())
    actions, oracle = structure.tables.actions, Oracle(structure)
    chosen = np.flatnonzero(actions.chain_length)
    assert len(chosen) > 0
    for action in chosen:
        _sweep(structure.address, int(action))
        for pull in (0.1, 1.0, 3.0):
            actions.pull[action] = pull
            _fit_pull(structure.address, int(action))
            factors = {factor: oracle.pull_score(action, pull * factor) for factor in (1.0, 0.4, 2.5)}
            assert actions.pull[action] == pull * max(factors, key=factors.__getitem__)


def digest(structure):
    """A digest of all that later predictions depend on, but for what hashing and room decide."""
    sha, numbers = hashlib.sha256(), structure.numbers
    visited = structure.tables.visited
    for column in parts.listed(structure.tables, np.arange(numbers.num_visited)):
        sha.update(column.tobytes())
    for name in ("pair", "invalid", "responsibility"):
        column = getattr(visited, name)
        sha.update(column.reshape(numbers.visited_room, -1)[: numbers.num_visited].tobytes())
    for column in (*structure.tables.types, structure.tables.actions.chain, structure.tables.actions.pull):
        sha.update(column.tobytes())
    for state in range(structure.tables.names.named.size):
        sha.update(np.array([structure.expected_gain(state, a) for a in range(numbers.num_actions)]).tobytes())
    sha.update(np.float64(structure.model.last_surprise).tobytes())
    return sha.hexdigest()


def test_room_changes_nothing(monkeypatch):
    """A life whose tables grow again and again is that of one with room from the beginning."""
    first, _ = walked(300, world=flags())
    monkeypatch.setattr(rooms, "ROOMS", dict.fromkeys(rooms.ROOMS, 4096))
    second, _ = walked(300, world=flags())
    assert second.numbers.visited_room == 4096 != first.numbers.visited_room
    assert digest(first) == digest(second)


def test_a_fit_that_finds_no_room_goes_on_where_it_was(monkeypatch):
    """Whatever stopped it meanwhile: here there was no memory, each time that a fit first asked for some."""
    first, _ = walked(300, world=flags())
    make_room, stopped = WorldModel.make_room, []

    def fails_at_first(model, *args, **options):
        own = model.rules.numbers
        if own.is_fitting and (place := (own.num_refits, own.fit_action, own.fit_phase, own.fit_link)) not in stopped:
            stopped.append(place)
            raise MemoryError
        make_room(model, *args, **options)

    settle = WorldModel.settle

    def tries_again(model):
        with contextlib.suppress(MemoryError):
            return settle(model)
        return tries_again(model)

    monkeypatch.setattr(rooms, "ROOMS", rooms.ROOMS | {"part_room": 32, "node_room": 4, "change_room": 1})
    monkeypatch.setattr(WorldModel, "make_room", fails_at_first)
    monkeypatch.setattr(WorldModel, "settle", tries_again)
    second, _ = walked(300, world=flags())
    assert {phase for _, _, phase, _ in stopped} >= {0, 1, 3}  # as types are founded, in a sweep, and in the search
    assert digest(first) == digest(second)


@pytest.mark.slow
def test_compiled_and_interpreted_agree_to_the_last_bit():
    source = "\n".join([
        "from tests.belief.structured.test_structured_fitting import GRID, digest, flags, walked",
        "print(digest(walked(180, world=GRID)[0]), digest(walked(120, world=flags())[0]))",
    ])  # fmt: skip
    told = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        command = [sys.executable, "-W", "error", "-c", source]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        told.append(done.stdout)
    assert told[0] == told[1] != ""


def test_numbers_of_states_do_not_matter():
    """The same life under other numbers: only rounding differs."""
    mdp, features = GRID
    rng = np.random.default_rng(7)
    other = rng.permutation(len(features))
    first, second = Structure(features, 4), Structure(features[np.argsort(other)], 4)
    state = 0
    for _ in range(250):
        action = int(rng.integers(4))
        row = slice(*mdp.transition.indptr[state * 4 + action : state * 4 + action + 2])
        following = int(rng.choice(mdp.transition.indices[row], p=mdp.transition.data[row]))
        first.observe(state, action, following)
        second.observe(int(other[state]), action, int(other[following]))
        state = following
    for state in range(len(features)):
        for action in range(4):
            mine, theirs = first.predictive(state, action)[0], second.predictive(int(other[state]), action)[0]
            assert_allclose(mine, theirs[other], rtol=1e-9)


def test_refits_come_at_ten_and_a_tenth():
    at = []

    def note(structure):
        if structure.numbers.num_refits != (at[-1][1] if at else 0):
            at.append((structure.model.steps, structure.numbers.num_refits))

    walk(Structure(GRID[1], 4), GRID[0], 250, 0, note)
    assert [step for step, _ in at] == [
        10,
        20,
        30,
        40,
        50,
        60,
        70,
        80,
        90,
        100,
        110,
        121,
        133,
        146,
        160,
        176,
        193,
        212,
        233,
    ]
