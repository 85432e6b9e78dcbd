"""f-divergences, each against its textbook sum."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

from agent import information as info
from agent.information.f_divergences import GENERATORS, Generator
from tests.information.test_information import TIGHT, distributions, normalised

# each by its textbook sum, not by way of f; where q or p is zero these sums have their limits by themselves
TEXTBOOK = {
    "kl": lambda p, q: special.rel_entr(p, q).sum(),
    "reverse-kl": lambda p, q: special.rel_entr(q, p).sum(),
    "total-variation": lambda p, q: max(p[list(event)].sum() - q[list(event)].sum() for event in events(p.size)),
    "chi-squared": lambda p, q: math.inf if ((q == 0) & (p > 0)).any() else (p[q > 0] ** 2 / q[q > 0]).sum() - 1,
    "squared-hellinger": lambda p, q: 1 - np.sqrt(p * q).sum(),
    "jensen-shannon": lambda p, q: jensenshannon(p, q) ** 2,
}


def events(size):
    return itertools.chain.from_iterable(itertools.combinations(range(size), n) for n in range(size + 1))


def test_every_generator_has_a_textbook_form():
    assert TEXTBOOK.keys() == GENERATORS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", GENERATORS)
@given(
    weights=st.integers(1, 6).flatmap(lambda k: hnp.arrays(float, (2, k), elements=st.just(0.0) | st.floats(1e-3, 1)))
)
def test_f_divergences(name, weights):
    p, q = normalised(weights)
    got = info.f_divergence(p, q, GENERATORS[name])
    assert_allclose(got, TEXTBOOK[name](p, q), rtol=1e-10, atol=1e-12)
    assert_allclose(info.f_divergence(p, q, GENERATORS[name].function), got, rtol=1e-12, atol=1e-12)
    assert 0.0 <= got <= GENERATORS[name].at_zero + GENERATORS[name].slope_at_infinity + 1e-12


@given(distributions(2))
def test_f_divergence_of_rare_outcomes_is_neither_nan_nor_infinite(pair):
    """KL by way of its generator, down to probabilities of 1e-300."""
    p, q = pair
    got = info.f_divergence(p, q, GENERATORS["kl"], base=2)
    assert_allclose(got, stats.entropy(p, q, base=2), rtol=1e-10, atol=1e-12)
    assert not np.isnan(info.f_divergence(p, q, GENERATORS["chi-squared"]))


@pytest.mark.parametrize("name", GENERATORS)
def test_merging_outcomes_never_raises_an_f_divergence(name):
    p, q = np.random.default_rng(1).dirichlet(np.full(6, 0.3), size=(2, 500))
    coarse_p, coarse_q = p.reshape(-1, 3, 2).sum(axis=-1), q.reshape(-1, 3, 2).sum(axis=-1)
    fine = info.f_divergence(p, q, GENERATORS[name])
    assert (info.f_divergence(coarse_p, coarse_q, GENERATORS[name]) <= fine * (1 + 1e-12) + 1e-15).all()


def test_plain_functions_as_generators():
    """Without the linear term, limits found from values: t ln t has slope inf, -ln t is infinite at 0."""
    p, q = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    assert info.f_divergence(p, q, lambda t: t * np.log(t)) == math.inf
    assert info.f_divergence(p, q, lambda t: -np.log(t)) == math.inf
    assert_allclose(info.f_divergence([1, 0], [0.5, 0.5], lambda t: t * np.log(t)), math.log(2), **TIGHT)
    assert_allclose(info.f_divergence(p, q, lambda t: abs(t - 1) / 2), 0.5, **TIGHT)
    with pytest.raises(ValueError, match=r"0 at 1, got f\(1\) = 1"):
        info.f_divergence(p, q, lambda t: t**2)
    with pytest.raises(ValueError, match="0 at 1"):
        info.f_divergence(p, q, Generator(np.exp, 1.0, math.inf))
