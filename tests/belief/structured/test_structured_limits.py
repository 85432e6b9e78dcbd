"""Hostile features, numbers and worlds: refused, or taken as they are, and nothing is read out of bounds."""

import os
import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Discrete

from agent import Transition, WorldModel
from agent.belief.growing_tables import SPARE_EDGES
from agent.belief.structured.dictionary import rows
from agent.belief.structured.learning import SPARE
from agent.belief.structured.prior import Structured, structured
from agent.belief.structured.tables import LIVE, NAMELESS
from tests.support.structure import Structure

LIMITS = np.iinfo(np.int32)


def hostile_life(seed, d=2, num_actions=3, num_states=40, steps=160, **options):
    """A random walk on states of arbitrary features, up to the limits of 32 bits; returns the belief."""
    rng = np.random.default_rng(seed)
    kinds = [
        rng.integers(LIMITS.min, LIMITS.max, size=(num_states, d), endpoint=True),
        rng.choice([LIMITS.min, LIMITS.max, 0, -1, 1], size=(num_states, d)),
        rng.integers(0, 3, size=(num_states, d)),
        np.zeros((num_states, d), int),
    ]
    features = np.where(rng.random((num_states, 1)) < 0.5, kinds[seed % 4], kinds[(seed + 1) % 4])
    structure = Structure(features, num_actions, **options)
    for _ in range(steps):
        state, action = int(rng.integers(num_states)), int(rng.integers(num_actions))
        following = int(rng.integers(num_states)) if rng.random() < 0.5 else (state + action) % num_states
        surprise = structure.observe(state, action, following)
        assert 0.0 <= surprise < np.inf
    return structure


def check(structure):
    """Every prediction sums to one, and every gain is finite."""
    for state in range(structure.numbers.state_room):
        for action in range(structure.numbers.num_actions):
            dense, unnamed = structure.predictive(state, action)
            assert dense.sum() + unnamed == pytest.approx(1.0, abs=1e-12)
            assert dense.min() > 0.0
            assert 0.0 <= structure.expected_gain(state, action) < np.inf


@pytest.mark.parametrize("seed", range(8))
def test_any_features(seed):
    check(hostile_life(seed, d=1 + seed % 3))


def test_any_features_where_indices_are_checked():
    """Interpreted, arrays check their indices, and NumPy warns of what overflows."""
    source = "\n".join([
        "from tests.belief.structured.test_structured_limits import check, hostile_life",
        "for seed in range(4):",
        "    check(hostile_life(seed, d=1 + seed % 3, num_states=20, steps=60))",
    ])  # fmt: skip
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", source], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_narrow_ranges_and_many_actions():
    check(hostile_life(2, ranges=[(0, 0), (LIMITS.min, LIMITS.max)]))
    check(hostile_life(1, num_actions=20))
    check(hostile_life(3, num_actions=1))


def test_ranges_beyond_64_bits_limit_nothing():
    """They hold all that features can be: what is learnt is what it is without any."""
    widest, without = (hostile_life(2, d=1, ranges=ranges) for ranges in ([(-(2**70), 2**64 - 1)], [None]))
    check(widest)
    assert widest.model.information_gain == without.model.information_gain


def test_contexts_only_tell_apart():
    structure = hostile_life(2, d=3, num_contexts=2)
    assert structure.numbers.num_features == 1
    check(structure)


def test_many_outcomes_of_one_pair():
    """Rooms grow with the successors of a pair."""
    num_states = 400
    structure = Structure(np.column_stack(np.divmod(np.arange(num_states), 20)), 2)
    for k in range(num_states):
        structure.observe(0, 0, k)
    assert structure.numbers.outcome_room == num_states
    dense, unnamed = structure.predictive(0, 0)
    assert dense.sum() + unnamed == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "features",
    [[], [1, 2], [[1.5]], [["a"]], [[2**31]], [[-(2**31) - 1]], np.zeros((3, 0), int), [[True]]],
)
def test_what_is_no_table_of_features_is_refused(features):
    with pytest.raises(ValueError, match="features must be whole numbers"):
        Structure(features, 2)


def test_other_arguments_are_checked():
    with pytest.raises(ValueError, match="contexts"):
        Structure([[1, 2]], 2, num_contexts=2)
    with pytest.raises(ValueError, match="ended"):
        Structured(listed=np.zeros((3, 1), int))
    with pytest.raises(ValueError, match="guard must be a number of nats"):
        Structured(guard=-1.0)
    with pytest.raises(ValueError, match="features of state 5 are not known"):
        Structured().row(5, 1)
    with pytest.raises(ValueError, match="whole numbers of 32 bits, got 0 to 2147483648 in state 5"):
        Structured(tell=lambda state: [0, 2**31]).row(5, 2)
    with pytest.raises(ValueError, match="got the ranges of 2 features, expected at most 1"):
        Structure([[1], [2]], 2, ranges=[(1, 2), None])


def test_contexts_are_as_many_as_their_names():
    world = Named()
    assert structured(world).num_contexts == 2
    world.context_names = ("ahead", "behind", "aside")
    with pytest.raises(ValueError, match="got 3 context_names, and contexts of 2 numbers"):
        structured(world)
    assert structured(world, context=False).num_contexts == 0


class Named(gymnasium.Env):
    """Says what its contexts are called."""

    observation_space, action_space, context_names = Discrete(6), Discrete(2), ("ahead", "behind")

    def features(self, observation):
        return (observation,)

    def context(self, observation):
        return observation + 1, observation - 1


@pytest.mark.parametrize(("state", "action", "following"), [(-1, 0, 0), (0, -1, 0), (0, 2, 0), (0, 0, -1)])
def test_no_such_transition(state, action, following):
    structure = Structure(np.arange(5)[:, None], 2)
    with pytest.raises(ValueError, match=r"whole number|no such transition"):
        structure.observe(state, action, following)
    assert structure.model.steps == 0
    assert structure.numbers.num_visited == 0


def test_an_end_that_is_none_changes_nothing():
    structure = Structure(np.arange(5)[:, None], 2)
    structure.observe(0, 0, 1)
    with pytest.raises(ValueError, match="both as terminal"):
        structure.observe(0, 1, 1, ended=True)
    assert structure.numbers.num_visited == structure.numbers.num_seen == 1


def test_states_are_admitted_later():
    """A number whose features were not known is predicted by them once they are."""
    cells = np.array([(i, 0) for i in range(6)])
    structure = Structure(cells, 1, known=np.arange(6) < 5)
    for state in range(3):
        structure.observe(state, 0, state + 1)
    for _ in range(3):
        for state in range(3):
            structure.observe(state, 0, state + 1)
    before, unnamed = structure.predictive(4, 0)
    assert unnamed > 0.5 > before[5]
    structure.admit(5)
    after, nothing = structure.predictive(4, 0)
    assert after[5] == pytest.approx(before[5] + unnamed, rel=1e-9)
    assert nothing == 0.0


def test_states_beyond_the_table_are_named_as_they_are_met():
    prior = Structured(listed=np.arange(5)[:, None], ended=np.zeros(5, bool), tell=lambda state: [state])
    model = WorldModel(1, None, prior)
    model.observe(Transition(4, 0, 0.0, 40, False, False))
    assert rows(model.rules, np.array([4, 40])).tolist() == [[4], [40]]
    assert model.rules.names.named[[39, 40]].tolist() == [NAMELESS, LIVE]
    wide = Structured(listed=np.arange(5)[:, None], ended=np.zeros(5, bool), tell=lambda state: [state, 1])
    model = WorldModel(1, None, wide)
    with pytest.raises(ValueError, match="2 features and contexts, expected 1"):
        model.observe(Transition(4, 0, 0.0, 40, False, False))
    assert model.steps == 0


def test_a_pair_with_hundreds_of_outcomes_finds_room():
    """Room is asked for by what a pair may add to the edges, not by how many it has: it is made, and life goes on."""
    assert SPARE < SPARE_EDGES
    prior = Structured(tell=lambda state: [state], width=1)
    model = WorldModel(2, None, prior)
    model.rules.numbers.is_leading, model.rules.numbers.guard = 1, 1e300
    for successor in range(1, 700):
        model.observe(Transition(0, 0, 0.0, successor, False, False))
        model.observe(Transition(successor, 1, 0.0, 0, False, False))
    assert model.steps == 2 * 699
    assert model.visits([0])[0].tolist() == [699, 0]
    assert model.predictive(0, 0).sum() <= 1.0 + 1e-9
