"""States that lie beyond all those in which an action was taken: news, of which no rule is certain."""

from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest

import envs
from agent import CuriosityReward, WorldModel, interact, make_agent
from agent.belief import serialization
from agent.belief.structured.fitting.gates import floored_weights
from agent.belief.structured.tables import structure_at
from agent.compilation.compiled import brief
from tests.support.structure import Structure
from tests.support.structured_oracle import Oracle

ROW = [(i, 0, 7) for i in range(10)]
FAR = {"one more": (10, 0, 7), "far in one": (500, 0, 7), "beyond in both": (500, 3, 7), "below": (-4, -1, 7)}
ELSEWHERE = (500, 3, 8)


def lived(features, num_known=None, num_steps=45, length=9):
    """Something that goes along the first states for long."""
    known = None if num_known is None else np.arange(len(features)) < num_known
    structure = Structure(features, 1, known=known)
    for step in range(num_steps):
        structure.observe(step % length, 0, step % length + 1)
    return structure


@brief
def _weights(address, state, action, visited):
    structure = structure_at(address)
    floored_weights(structure, action, state, visited)
    return structure.scratch.gate[0]


def weight(structure, state):
    return _weights(structure.address, state, 0, int(structure.tables.marks.visited[state]) - 1)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("one more", 0.0),  # column 0 as always
        ("far in one", 0.0),
        ("beyond in both", 1 / 3),  # 9 rows, 1 column: the more of both
        ("below", 1 / 3),
    ],
)
def test_what_lies_beyond_in_every_coordinate_that_tells_is_news(name, least):
    structure = lived([*ROW, *FAR.values()])
    state = len(ROW) + list(FAR).index(name)
    always = float(structure.tables.actions.least[0])
    assert always < 0.1
    assert weight(structure, state) == pytest.approx(max(least, always), rel=1e-12)
    assert Oracle(structure).novelty(0, state) == pytest.approx(least)


def test_of_n_values_the_next_one_is_another_with_laplaces_chance():
    """Five rows and five columns, and a state that is not left."""
    square = [(i, j) for i in range(5) for j in range(5)]
    structure = lived([*square, (0, 5), (20, 20), (20, 4)], num_steps=120, length=25)
    assert weight(structure, 26) == pytest.approx(1 / 7, rel=1e-12)
    assert weight(structure, 27) < 1 / 7


def test_a_coordinate_tells_once_states_that_are_listed_differ_in_it():
    """The third is 7 wherever anything was done. All know that it can be 8, or are told late."""
    others = [*ROW, FAR["beyond in both"], ELSEWHERE]
    listed, told_late = lived(others), lived(others, num_known=10)
    for state in (10, 11):
        told_late.admit(state)
    for structure, least in ((listed, (0.0, 1 / 3)), (told_late, (1 / 3, 1 / 3))):
        for state, news in zip((10, 11), least, strict=True):
            assert Oracle(structure).novelty(0, state) == news
            always = structure.tables.actions.least[0]
            assert weight(structure, state) == pytest.approx(max(news, always), rel=1e-12)


def test_what_was_done_there_is_not_news_and_states_are_not_once_it_was_fitted():
    structure = lived([*ROW, FAR["beyond in both"], (501, 4, 7)], num_steps=20)
    assert weight(structure, 11) == pytest.approx(1 / 3)
    structure.observe(10, 0, 11)
    assert weight(structure, 10) < 1 / 3  # it was taken there
    for step in range(60):
        structure.observe(step % 9, 0, step % 9 + 1)
    assert structure.tables.actions.highest[:3].tolist() == [500, 3, 7]
    assert structure.tables.actions.lowest[:3].tolist() == [0, 0, 7]
    assert weight(structure, 11) == pytest.approx(1 / 6)  # four columns


def test_who_steers_doubts_rules_where_a_coordinate_is_another_until_they_held_there():
    """Rows were changed often, and it told nothing; the third coordinate was always 7."""
    away = [(row, column, 8) for row in range(5) for column in (0, 1)]
    structure = lived([*ROW, *away], num_steps=40)
    oracle = Oracle(structure)
    first, elsewhere, last = len(ROW), len(ROW) + 1, len(ROW) + 8
    assert structure.tables.actions.unusual[2] == 0.0
    structure.numbers.num_first, structure.numbers.doubt = 1e9, 0.0  # as if all first outcomes had been foreseen
    for state in (first, elsewhere):
        assert oracle.doubt(0, state) == pytest.approx(1 / 6)  # three for rows, and three
        assert structure.steering_gain(state, 0) == pytest.approx(oracle.steering_gain(state, 0), rel=1e-9)
        assert structure.steering_gain(state, 0) > 1.3 * structure.expected_gain(state, 0)
        assert weight(structure, state) == pytest.approx(structure.tables.actions.least[0])  # predictions do not doubt
    assert oracle.doubt(0, 0) == 0.0  # it was taken there
    for state in (10, 12, 14) * 10:  # a row on, as ever
        structure.observe(state, 0, state + 2)
    assert 2.0 < structure.tables.actions.unusual[2] < 3.0
    assert oracle.doubt(0, last) == pytest.approx(1 / (structure.tables.actions.unusual[2] + 9))
    assert structure.steering_gain(last, 0) == pytest.approx(oracle.steering_gain(last, 0), rel=1e-9)
    assert oracle.doubt(0, elsewhere) == pytest.approx(1 / 9)  # its column is another, too, and was not tried


def ranges(rules):
    """All that is known of where actions were taken."""
    own, actions = rules.numbers, rules.actions
    held = np.repeat(actions.held > 0, own.num_features)
    return SimpleNamespace(
        held=actions.held.tolist(),
        ends=[np.where(held, column, 0).tolist() for column in (actions.lowest, actions.highest)],
        tells=rules.names.tells.tolist(),
        links=[column.tolist() for column in (actions.first_visited, actions.last_visited, actions.num_visited)],
        following=rules.visited.following[: own.num_visited].tolist(),
    )


@pytest.mark.parametrize("num_steps", [1, 9, 40, 700])
@pytest.mark.parametrize("world", ["noisy-tv", "four-rooms", "flags", "Taxi-v4", "traps"])
def test_what_is_restored_is_what_was_saved(world, num_steps):
    env = gymnasium.make(world) if world == "Taxi-v4" else envs.make(world)
    explorer = make_agent("curious", env, 0, prior="structured")
    for _ in interact(env, explorer, num_steps, seed=0):
        pass
    arrays = serialization.arrays_of(explorer.model)
    model = WorldModel(explorer.model.num_actions, explorer.model.num_states, explorer.model.prior)
    serialization.restore(model, arrays)
    assert ranges(model.rules) == ranges(explorer.model.rules)
    assert num_steps < 40 or sum(ranges(model.rules).held) > 0


def test_likewise_where_no_state_is_listed(tmp_path):
    class Pairs(gymnasium.Wrapper):
        """A world whose observations are two numbers, of a third that never changes."""

        def __init__(self):
            super().__init__(envs.make("four-rooms"))
            self.observation_space = gymnasium.spaces.MultiDiscrete([20, 20, 5])

        def _pair(self, state):
            return np.array([state // 12, state % 12, 3])

        def reset(self, **options):
            state, info = self.env.reset(**options)
            return self._pair(state), info

        def step(self, action):
            state, *rest = self.env.step(action)
            return self._pair(state), *rest

    first, other = (CuriosityReward(Pairs(), prior="structured") for _ in range(2))
    first.reset(seed=0)
    first.action_space.seed(0)
    for _ in range(400):
        first.step(first.action_space.sample())
    first.save(tmp_path / "belief.npz")
    other.reset(seed=1)
    other.restore(tmp_path / "belief.npz")
    assert ranges(other.model.rules) == ranges(first.model.rules)
    assert set(ranges(first.model.rules).tells) == {0, 1}


def test_rules_that_lately_did_not_foresee_first_outcomes_are_doubted():
    """By the formula, from what was predicted before each, told at fits: until a pair had a second outcome."""
    rng, structure = np.random.default_rng(0), Structure([*ROW, *FAR.values()], 1, gap=2.0)
    own, unforeseen, num_first, num_refits, doubts = structure.numbers, 0.0, 0.0, 0, []
    for step, state in enumerate([*range(9), *range(9)]):
        successor = int(rng.integers(10)) if step % 3 == 0 else state + 1
        chance, share = structure.predictive(state, 0)[0][successor], (unforeseen + 1) / (num_first + 3)
        structure.observe(state, 0, successor)
        if step < 9:
            anywhere = share / structure.model.num_outcomes
            unforeseen = 0.98 * unforeseen + anywhere / (anywhere + (1 - share) * chance)
            num_first = 0.98 * num_first + 1
        assert (own.unforeseen, own.num_first) == pytest.approx((unforeseen, num_first), rel=1e-9)
        if own.num_refits > num_refits:
            num_refits = own.num_refits
            doubts.append((unforeseen + 1) / (num_first + 3) if own.most_outcomes == 1 else 0.0)
        assert own.doubt == pytest.approx(doubts[-1] if doubts else 0.0, rel=1e-9)
    assert len(set(doubts)) > 3
    assert doubts[-1] == 0.0 < min(doubts[:3])


def test_so_are_pairs_never_taken_whose_coordinates_changed_and_no_others():
    """What the planner is told: the symmetric type weighs at least as much as the doubt, as in the oracle."""
    structure = lived([*ROW, *[(row, column, 7) for row in range(5) for column in (0, 1)]], num_steps=40)
    oracle = Oracle(structure)
    away = len(ROW) + 3, len(ROW) + 5  # in the other column
    structure.numbers.doubt = 0.0
    before = [structure.steering_gain(state, 0) for state in away]
    structure.numbers.doubt = 0.4
    for state, told in zip(away, before, strict=True):
        assert oracle.doubt(0, state) == 0.4
        assert structure.steering_gain(state, 0) == pytest.approx(oracle.steering_gain(state, 0), rel=1e-9)
        assert structure.steering_gain(state, 0) > told
    assert oracle.doubt(0, 0) == 0.0
