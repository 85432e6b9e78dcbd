"""The chain rule: what is expected of one visit after another adds up to what all their outcomes tell together."""

import copy
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.special import psi, xlogy

from tests.support.structured_life import slippery_grid, walked
from tests.support.structured_oracle import Oracle

SMALL, LARGE = slippery_grid(3, 3), slippery_grid()
NEVER = 10**9  # steps until a refit


@cache
def life(steps, world):
    structure, _ = walked(steps, world=SMALL if world == "small" else LARGE)
    structure.numbers.next_refit = NEVER
    return structure


class Sequences:
    """All sequences of so many outcomes, what is unnamed the last of them, under a mixture of Dirichlet components."""

    def __init__(self, mixture, length):
        self.weights, self.concentrations = mixture.weights, mixture.concentrations
        num_outcomes = self.concentrations.shape[1]
        every = np.array(list(product(range(num_outcomes), repeat=length)))
        self.counts = (every[:, :, None] == np.arange(num_outcomes)).sum(axis=1)
        joint, sizes = np.tile(self.weights, (len(every), 1)), self.concentrations.sum(axis=1)
        for i in range(length):  # a component says a (a + 1) .. (a + n_j - 1) of each outcome, over A (A + 1) ..
            rises = np.where(self.counts[:, None] > i, self.concentrations + i, 1.0)
            joint *= rises.prod(axis=2) / (sizes + i)
        self.joint, self.probability = joint, joint.sum(axis=1)  # [sequences, components], [sequences]

    def entropy(self):
        return -xlogy(self.probability, self.probability).sum()

    def noise(self):
        """E[H(next outcome | component, its probabilities)]: psi(A + 1) - sum_j a_j / A psi(a_j + 1), weighted."""
        return float(self.weights @ noise_of(self.concentrations))

    def told_beyond_unnamed(self):
        """What one more outcome is expected to tell, in the sequences in which something was unnamed."""
        total = 0.0
        for sequence in np.flatnonzero((self.counts[:, -1] > 0) & (self.probability > 0)):
            p, rows = self.probability[sequence], self.concentrations + self.counts[sequence]
            weights = self.joint[sequence] / p
            chances = weights @ (rows / rows.sum(axis=1, keepdims=True))
            total += p * (-xlogy(chances, chances).sum() - weights @ noise_of(rows))
        return float(total)


def noise_of(concentrations):
    sizes = concentrations.sum(axis=1)
    return psi(sizes + 1) - (concentrations * psi(concentrations + 1)).sum(axis=1) / sizes


def lived(structure, state, action, visits):
    """Sum of expected gains over all that may be seen in so many visits, each life lived on a copy of the belief."""
    total = structure.expected_gain(state, action)
    if visits > 1:
        dense, _ = structure.predictive(state, action)
        for successor, chance in enumerate(dense):
            other = copy.deepcopy(structure)
            other.observe(state, action, successor)
            total += chance * lived(other, state, action, visits - 1)
    return total


@pytest.mark.parametrize(
    ("steps", "world", "visits", "pairs"),
    [
        (60, "small", 3, [(3, 0), (7, 2)]),
        (150, "large", 2, [(0, 0), (3, 1), (5, 0), (7, 2), (14, 3)]),
    ],
)
def test_expected_gains_of_visits_add_up_to_the_information_that_their_outcomes_carry(steps, world, visits, pairs):
    """I(X_1 .. X_n; parameters) = H(X_1 .. X_n) - n E[H(X | parameters)] = sum of expected gains.

    Held is what pairs share, which refits alone change: types, gates, concentrations. Nobody can see what is unnamed:
    what would be learnt after it is added, from the mixture written out in full. Types at most 1e-7 responsible are
    left out of a prediction; in long lives the sums differ by that much, in these by nothing.
    """
    structure = life(steps, world)
    for state, action in pairs:
        mixture = Oracle(structure).mixture(state, action)
        information = Sequences(mixture, visits).entropy() - visits * Sequences(mixture, 1).noise()
        beyond = sum(Sequences(mixture, n).told_beyond_unnamed() for n in range(1, visits))
        assert lived(structure, state, action, visits) + beyond == pytest.approx(information, abs=1e-12)
        assert 0 <= beyond < information / 5


def test_where_a_state_is_news_doubt_is_for_the_first_look_only():
    """The next look is expected to teach less than that doubt would have it: there the sum is not the information."""
    structure, state, action = life(12, "small"), 4, 2
    mixture = Oracle(structure).mixture(state, action)
    assert Oracle(structure).novelty(action, state * 4 + action) == pytest.approx(1 / 3)
    information = Sequences(mixture, 2).entropy() - 2 * Sequences(mixture, 1).noise()
    beyond = Sequences(mixture, 1).told_beyond_unnamed()
    assert structure.expected_gain(state, action) == pytest.approx(
        Sequences(mixture, 1).entropy() - Sequences(mixture, 1).noise(), abs=1e-12
    )
    assert lived(structure, state, action, 2) + beyond < information - 0.01
