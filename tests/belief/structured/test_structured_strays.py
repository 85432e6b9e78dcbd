"""Strays: what no label foresaw, and what it lets expect of the other actions of a state."""

import numpy as np
import pytest

import envs
from agent import simulate
from agent.belief.structured.fitting import strays
from tests.support.structure import Structure
from tests.support.structured_life import slippery_grid, walk
from tests.support.structured_oracle import Oracle


def hub(num_doors, rarest=3):
    """A hub, and arms that lead back: action i opens door i at each (rarest + i)th try; returns a belief that tried."""
    structure = Structure(np.arange(num_doors + 2)[:, None], num_doors + 1)
    structure.begin(0)
    for attempt in range(1, 40):
        for action in range(num_doors):
            if attempt % (rarest + action) == 0:
                structure.observe(0, action, action + 1)
                structure.observe(action + 1, attempt % 3, 0)
            else:
                structure.observe(0, action, 0)
    return structure


def of_pair(structure, state, action):
    """Strays and exposure of a visited pair."""
    table, model = structure.tables.visited, structure.model
    visited = structure.tables.marks.visited[state * model.num_actions + action] - 1
    return table.strays[visited], table.exposure[visited]


def test_a_stray_counts_as_the_probability_that_nothing_foresaw_it():
    mdp, features = slippery_grid(7, 7)
    structure, seen, num = Structure(features, 4), [], len(features)
    rng = np.random.default_rng(3)
    walk(structure, mdp, 150, 1)
    for _ in range(60):
        state, action = int(rng.integers(num)), int(rng.integers(4))
        row = mdp.transition[[state * 4 + action]].toarray()[0]
        following = int(rng.choice(num, p=row))
        oracle = Oracle(structure)
        counts = oracle.counts[state * 4 + action]
        mixture, others = oracle.mixture(state, action), named(oracle, state, action) | set(counts)
        before = of_pair(structure, state, action)[0] if counts else 0.0
        structure.observe(state, action, following)
        if counts and not counts[following]:
            elsewhere = min(set(range(num)) - others)
            stray = mixture.probabilities[elsewhere] / mixture.probabilities[following]
            assert of_pair(structure, state, action)[0] - before == pytest.approx(stray, rel=1e-5)
            seen.append(stray)
        elif counts:
            assert of_pair(structure, state, action)[0] == before
    assert min(seen) < 0.1 < max(seen)


def named(oracle, state, action):
    """States that any label of a pair points to."""
    base = oracle.bases(action, state * 4 + action)[0][1:, :-1]
    return set(np.flatnonzero((base > base.min(axis=1, keepdims=True) * (1 + 1e-9)).any(axis=0)).tolist())


def test_exposure_is_the_harmonic_number_of_the_visits_at_the_latest_fit():
    structure = hub(3)
    while structure.numbers.next_refit > structure.model.steps + 1:
        structure.observe(0, 0, 0)
    visits = {action: int(structure.model.pairs.visits[action]) for action in range(3)}
    structure.observe(0, 1, 0)  # the fit comes with it
    visits[1] += 1
    for action, number in visits.items():
        assert of_pair(structure, 0, action)[1] == pytest.approx(sum(1 / k for k in range(1, number)), rel=1e-6)
    structure.observe(0, 2, 0)
    assert of_pair(structure, 0, 2)[1] == pytest.approx(sum(1 / k for k in range(1, visits[2])), rel=1e-6)


def test_a_door_that_never_opened_is_expected_to_where_others_do():
    """The last action of the hub has always stayed; where no other ever led anywhere else, so may it be believed."""
    opening, closed = hub(4), hub(4, rarest=1000)
    chances = []
    for structure in (opening, closed):
        for _ in range(40):
            structure.observe(0, 4, 0)
        chances.append(1.0 - structure.predictive(0, 4)[0][0])
    assert chances[0] > 5 * chances[1]


def test_without_strays_nothing_is_added():
    """Where each action always does the same, a state's own concentration is at most that of all."""
    structure = Structure(np.arange(6)[:, None], 2)
    structure.begin(0)
    for step in range(60):
        structure.observe(step % 6, 0, (step + 1) % 6)
    for state in range(6):
        structure.predict(state, 1)
        assert structure.numbers.stray == 0.0


@pytest.mark.slow
def test_the_rarest_of_six_arms_is_found():
    """Strays of the doors that opened keep one knocking at the last: found in half of these lives by 4000 steps."""
    found = []
    for life in simulate(envs.make("six-arms"), "curious", 12_000, seeds=range(100, 108), prior="structured"):
        states = np.asarray(life.steps["state"])
        found.append(np.flatnonzero(states == 6)[0] if (states == 6).any() else 12_000)
    assert np.median(found) < 4_000


def test_the_prior_weighs_less_than_a_stray():
    assert 0.0 < strays.PRIOR_STRAYS < 1.0
