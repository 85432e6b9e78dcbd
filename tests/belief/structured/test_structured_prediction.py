"""Predictions, gains and surprises of a structured belief, against the mixture written out in full."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from agent import dirichlet
from tests.support.structure import Structure
from tests.support.structured_life import flags, slippery_grid, walk, walked
from tests.support.structured_oracle import Oracle

GRID = slippery_grid()
ENDING = slippery_grid(end=(3, 3))
CLIPPED = {"ranges": [(0, 3), (0, 3)]}


UNKNOWN = np.arange(len(GRID[1])) % 3 > 0
LIVES = {
    **{f"grid-{steps}": {"steps": steps, "world": GRID} for steps in (0, 5, 12, 60, 400)},
    "clipped": {"steps": 150, "world": GRID, **CLIPPED},
    "ending": {"steps": 200, "world": ENDING, "seed": 3, **CLIPPED},
    "unknown": {"steps": 200, "world": GRID, "known": UNKNOWN},
    "flags": {"steps": 250, "world": flags(), "seed": 1},
}
"""Beliefs that know nothing, little, and much, of worlds with and without walls, ends, ranges and known features."""


@cache
def life(name):
    return walked(**LIVES[name])


@pytest.mark.parametrize("name", LIVES)
def test_predictions_sum_to_one(name):
    structure, mdp = life(name)
    for state, action in np.argwhere(mdp.reachable_pairs()):
        dense, unnamed = structure.predictive(int(state), int(action))
        assert dense.sum() + unnamed == pytest.approx(1.0, abs=1e-14)
        assert dense.min() > 0.0
        assert unnamed >= 0.0


@pytest.mark.parametrize("name", LIVES)
def test_prediction_and_gain_are_those_of_the_mixture(name):
    structure, mdp = life(name)
    oracle = Oracle(structure)
    pairs = np.argwhere(mdp.reachable_pairs())
    for state, action in pairs[:: max(len(pairs) // 40, 1)]:
        mixture = oracle.mixture(int(state), int(action))
        dense, unnamed = structure.predictive(int(state), int(action))
        assert_allclose([*dense, unnamed], mixture.probabilities, rtol=1e-10, atol=1e-15)
        assert structure.expected_gain(int(state), int(action)) == pytest.approx(mixture.expected_gain, rel=1e-9)
        steering = structure.steering_gain(int(state), int(action))
        assert steering == pytest.approx(oracle.steering_gain(int(state), int(action)), rel=1e-9)


@pytest.mark.parametrize("name", LIVES)
def test_surprise_is_that_of_the_mixture_and_its_expectation_the_gain(name):
    structure, mdp = life(name)
    oracle, num = Oracle(structure), structure.model.num_outcomes
    pairs = np.argwhere(mdp.reachable_pairs())
    for state, action in pairs[:: max(len(pairs) // 12, 1)]:
        mixture = oracle.mixture(int(state), int(action))
        dense, unnamed = structure.predictive(int(state), int(action))
        surprises = np.array([structure.surprise(int(state), int(action), j) for j in range(num)])
        some = np.argsort(-dense)[:6]
        assert_allclose(surprises[some], [mixture.surprise(j) for j in some], rtol=1e-8)
        lump = mixture.surprise(num) if unnamed > 0.0 else 0.0
        expected = structure.expected_gain(int(state), int(action))
        assert dense @ surprises + unnamed * lump == pytest.approx(expected, rel=1e-12)


def test_gain_is_mutual_information_by_monte_carlo():
    """I(outcome; parameters) = H[E theta] - E H[theta], theta drawn from the mixture of Dirichlet distributions."""
    structure, _ = life("grid-60")
    oracle, rng = Oracle(structure), np.random.default_rng(0)
    for state, action in [(0, 0), (3, 1), (7, 2), (14, 3)]:
        mixture = oracle.mixture(state, action)
        draws = 4000
        rows = np.concatenate([
            rng.dirichlet(np.where(row > 0, row, 1e-300), size=rng.binomial(draws, 0) + round(draws * weight))
            for weight, row in zip(mixture.weights, mixture.concentrations, strict=True)
        ])  # fmt: skip
        entropies = -np.sum(np.where(rows > 0, rows * np.log(np.maximum(rows, 1e-300)), 0.0), axis=1)
        p = mixture.probabilities[mixture.probabilities > 0]
        gain = -np.sum(p * np.log(p)) - entropies.mean()
        error = entropies.std() / np.sqrt(len(rows)) + 1.0 / draws
        assert structure.expected_gain(state, action) == pytest.approx(gain, abs=5 * error)


def test_before_anything_is_known_all_is_uniform():
    structure = Structure(GRID[1], 4)
    dense, unnamed = structure.predictive(2, 1)
    assert_allclose(dense, 1 / 15)
    assert unnamed == 0.0
    assert structure.expected_gain(2, 1) == pytest.approx(structure.model.numbers.unvisited_gain, rel=1e-12)


def test_observing_pays_what_was_expected_to_be_told():
    """`observe` returns the surprise that was asked for just before."""
    structure, _ = walked(100, world=GRID)
    before = structure.surprise(0, 1, 1), structure.expected_gain(0, 1)
    assert structure.observe(0, 1, 1) == before[0] == structure.model.last_surprise
    assert structure.model.last_expected_gain == before[1]


def test_what_a_prediction_says_adds_up():
    structure, _ = life("grid-400")
    for state in range(15):
        told = structure.predict(state, state % 4)
        assert told.local.sum() + told.free + told.unnamed == pytest.approx(told.concentration, rel=1e-9)
        assert len(set(told.successors.tolist())) == len(told.successors)


def test_most_gains_come_true():
    """Realised over expected gain of a long walk is near one: the belief is calibrated within a third."""
    gains = []
    structure = Structure(GRID[1], 4)
    walk(structure, GRID[0], 2000, 5, lambda s: gains.append((s.model.last_surprise, s.model.last_expected_gain)))
    realised, expected = np.sum(gains, axis=0)
    assert 2 / 3 < realised / expected < 3 / 2


def test_who_steers_expects_that_a_pair_may_follow_no_rule():
    """However sure rules are, by one in twenty of what its own counts say; the less, the more often it was taken."""
    structure = Structure(np.arange(40)[:, None], 1)
    for state in range(39):
        structure.observe(state, 0, state + 1)
    for visits in range(1, 30):
        counts = np.full(40, structure.numbers.concentration / 40)
        counts[21] += visits
        rules, alone = structure.expected_gain(20, 0), dirichlet.expected_information_gain(counts)
        share = 0.05 / (1 + visits)
        assert structure.steering_gain(20, 0) == pytest.approx((1 - share) * rules + share * alone, rel=1e-9)
        assert structure.predict(20, 0).expected_gain == rules  # nothing else is told so
        structure.observe(20, 0, 21)
    rules, alone = (
        structure.expected_gain(39, 0),
        dirichlet.expected_information_gain(np.full(40, structure.numbers.concentration / 40)),
    )
    assert structure.steering_gain(39, 0) >= 0.95 * rules + 0.05 * alone > 1.5 * rules > 0.0
