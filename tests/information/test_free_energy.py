"""Free energies: bounds of the evidence, Gaussians, distance from equilibrium."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, special, stats

from agent import information as info
from tests.information.test_information import TIGHT, distributions


@given(distributions(2), st.data())
def test_free_energy_bounds_the_evidence(pair, data):
    """J(q) = KL(q || posterior) - ln p(D), with the posterior made by Bayes' rule in the plain."""
    belief, prior = pair
    likelihood = np.array(data.draw(st.lists(st.floats(1e-6, 1.0), min_size=prior.size, max_size=prior.size)))
    evidence = prior @ likelihood
    posterior = prior * likelihood / evidence
    got = info.variational_free_energy(belief, prior, np.log(likelihood))
    if math.isfinite(stats.entropy(belief, prior)):
        assert_allclose(got, stats.entropy(belief, posterior) - math.log(evidence), rtol=1e-9, atol=1e-12)
    else:
        assert got == math.inf
    best = info.evidence_lower_bound(posterior, prior, np.log(likelihood))
    assert_allclose(best, math.log(evidence), rtol=1e-9, atol=1e-12)
    assert info.evidence_lower_bound(belief, prior, np.log(likelihood)) == -got


def test_free_energy_limits():
    excluded = [0.0, -math.inf]
    assert info.variational_free_energy([1, 0], [0.5, 0.5], excluded, base=2) == 1.0
    assert info.variational_free_energy([0.5, 0.5], [0.5, 0.5], excluded) == math.inf
    assert info.evidence_lower_bound([0.5, 0.5], [0.5, 0.5], excluded) == -math.inf
    unchanged = info.evidence_lower_bound([0.5, 0.5], [0.5, 0.5], [0.0, 0.0])
    assert not np.signbit(unchanged)


@pytest.mark.parametrize(
    ("mean", "deviation", "other_mean", "other_deviation"),
    [(0.0, 1.0, 0.0, 1.0), (1.3, 0.4, 0.0, 1.0), (-2.0, 1.7, 0.5, 0.6), (0.1, 1.0001, 0.0, 1.0), (3.0, 0.05, 2.0, 2.0)],
)
def test_gaussian_kl_by_quadrature(mean, deviation, other_mean, other_deviation):
    p, q = stats.norm(mean, deviation), stats.norm(other_mean, other_deviation)
    expected, _ = integrate.quad(
        lambda z: p.pdf(z) * (p.logpdf(z) - q.logpdf(z)), mean - 12 * deviation, mean + 12 * deviation, epsabs=1e-13
    )
    assert_allclose(info.gaussian_kl(mean, deviation, other_mean, other_deviation), expected, rtol=1e-9, atol=1e-12)


def test_gaussian_kl_over_dimensions_and_limits():
    """The sum of its dimensions, as -(1 + ln sigma^2 - mu^2 - sigma^2)/2 (Kingma & Welling, appendix B) has it."""
    rng = np.random.default_rng(3)
    mean, deviation = rng.normal(size=(2, 5, 3))
    deviation = np.exp(deviation)
    expected = -0.5 * (1 + np.log(deviation**2) - mean**2 - deviation**2).sum(axis=-1)
    assert_allclose(info.gaussian_kl(mean, deviation), expected, **TIGHT)
    assert_allclose(info.gaussian_kl(mean, deviation, base=2), expected / math.log(2), **TIGHT)
    assert info.gaussian_kl(np.zeros(7), 1.0) == 0.0
    assert info.gaussian_kl(0.0, 0.0) == math.inf
    # twice the same Gaussian but for a millionth: (delta^2)/2 + delta^2 to leading order
    assert info.gaussian_kl(1e-6, 1 + 1e-6) == pytest.approx(1.5e-12, rel=1e-5)


@given(distributions(), st.data())
def test_extra_free_energy_is_divergence_from_equilibrium(rows, data):
    q = rows[0]
    energies = np.array(data.draw(st.lists(st.floats(-5.0, 5.0), min_size=q.size, max_size=q.size)))
    temperature, constant = data.draw(st.floats(0.5, 5.0)), 1.5
    thermal = constant * temperature
    equilibrium = special.softmax(-energies / thermal)
    at_equilibrium = info.helmholtz_free_energy(equilibrium, energies, temperature, constant)
    assert_allclose(at_equilibrium, -thermal * special.logsumexp(-energies / thermal), rtol=1e-10, atol=1e-11)
    extra = info.helmholtz_free_energy(q, energies, temperature, constant) - at_equilibrium
    assert_allclose(extra, thermal * stats.entropy(q, equilibrium), rtol=1e-9, atol=1e-10)


def test_free_energy_at_the_ends_of_the_scale():
    """At temperature 0 it is the mean energy; a forbidden state counts only if occupied; temperatures broadcast."""
    q, energies = np.array([0.25, 0.75, 0.0]), np.array([1.0, 3.0, math.inf])
    got = info.helmholtz_free_energy(q, energies, [0.0, 2.0])
    assert_allclose(got, [2.5, 2.5 - 2.0 * stats.entropy(q)], **TIGHT)
    assert info.helmholtz_free_energy([0.5, 0.0, 0.5], energies, 1.0) == math.inf
