"""Random decision processes: successors and probabilities as they are promised to be drawn."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

import envs
from tests.envs.families.test_newer_families import arrays


@pytest.mark.parametrize(("num_states", "num_actions", "branching"), [(100, 4, 5), (7, 2, 7), (30, 5, 1), (1, 1, 1)])
def test_random_mdp(num_states, num_actions, branching):
    kwargs = {"num_states": num_states, "num_actions": num_actions, "branching": branching}
    p, mdp = arrays("random-mdp", **kwargs, world_seed=1)
    assert p.shape == (num_states, num_actions, num_states)
    assert np.all((p > 0).sum(axis=2) == branching)
    assert connected_components(p.sum(axis=1), connection="strong", return_labels=False) == 1
    assert mdp.start[0] == 1


def test_successors_of_random_pairs_are_drawn_uniformly():
    """How often a state follows in 20 worlds: 400 trials of 1/20 each, mean 20, variance 19; four standard errors."""
    followed = sum((arrays("random-mdp", world_seed=seed)[0] > 0).sum(axis=(0, 1)) for seed in range(20))
    assert followed.sum() == 20 * 400 * 5
    np.testing.assert_allclose(followed / 20, 20, atol=4 * np.sqrt(19 / 20))


@pytest.mark.parametrize("concentration", [0.5, 1.0, 4.0])
def test_probabilities_of_random_pairs_are_dirichlet(concentration):
    """A piece of Dirichlet(c, ..., c) over 5 has mean 1/5 and variance (4/25) / (5c + 1); 4000 rows of ten worlds."""
    worlds = [arrays("random-mdp", world_seed=seed, concentration=concentration)[1] for seed in range(10)]
    pieces = np.concatenate([mdp.transition.data.reshape(-1, 5) for mdp in worlds])
    variance = 4 / 25 / (5 * concentration + 1)
    np.testing.assert_allclose(pieces[:, 0].mean(), 0.2, atol=4 * np.sqrt(variance / 4000))
    np.testing.assert_allclose(pieces[:, 0].var(), variance, rtol=0.1)


def test_pieces_of_a_cut_unit_interval_are_what_the_default_draws():
    """The largest of five pieces: the mean is (1/5)(1 + 1/2 + 1/3 + 1/4 + 1/5) = .4567 (David and Nagaraja 2003).

    Its standard deviation is below .14, and 4000 rows are four standard errors within .009.
    """
    worlds = [arrays("random-mdp", world_seed=seed)[1] for seed in range(10)]
    largest = np.concatenate([mdp.transition.data.reshape(-1, 5).max(axis=1) for mdp in worlds])
    assert largest.mean() == pytest.approx(0.4567, abs=0.009)


def test_a_large_random_world_is_sparse():
    mdp = envs.make("random-mdp", num_states=10_000).unwrapped.mdp
    assert mdp.transition.nnz == 10_000 * 4 * 5
    assert mdp.reachable_states().all()
