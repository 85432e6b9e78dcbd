"""What a reward teaches, each closed form against two derivations of its own: sampled or integrated, and by mpmath."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from scipy import integrate, special, stats

from agent import dirichlet
from agent.belief.rewards import gains

mpmath.mp.dps = 50


def integral(function, low, high):
    """By Simpson's rule on 20 000 pieces."""
    points = np.linspace(low, high, 20_001)
    return integrate.simpson(function(points), x=points)


def mean_over_gamma(function, shape, rate):
    """Mean of a function of a gamma variable, integrated over its logarithm."""
    density = stats.gamma(shape, scale=1 / rate)
    low, high = math.log(density.ppf(1e-16)), math.log(density.isf(1e-18))
    return integral(lambda t: np.exp(t) * density.pdf(np.exp(t)) * function(np.exp(t)), low, high)


def mean_over_beta(function, alpha, beta):
    """Likewise of a beta variable, over its logit."""
    density = stats.beta(alpha, beta)

    def at(t):
        p = special.expit(t)
        return p * (1 - p) * density.pdf(p) * function(p)

    return integral(at, -36 / alpha, min(36 / beta, 36))


def normal_entropy(precision):
    return 0.5 * np.log(2 * np.pi * np.e / precision)


def gaussian_divergence(mean, variance, other_mean, other_variance):
    """KL of two normals, by integration over nine standard deviations of the first."""
    first, second = stats.norm(mean, math.sqrt(variance)), stats.norm(other_mean, math.sqrt(other_variance))
    reach = 9 * math.sqrt(variance)
    return integral(lambda x: first.pdf(x) * (first.logpdf(x) - second.logpdf(x)), mean - reach, mean + reach)


def normal_gamma_divergence(posterior, prior):
    """KL of two normal-gammas: of the gammas, integrated, and of the normals, integrated over the first gamma."""
    (m, tau, a, b), (m0, tau0, a0, b0) = posterior, prior
    first, second = stats.gamma(a, scale=1 / b), stats.gamma(a0, scale=1 / b0)

    def at(precision):
        shift = precision * tau0 * (m - m0) ** 2
        of_normals = 0.5 * (tau0 / tau - 1 - math.log(tau0 / tau) + shift)
        return first.logpdf(precision) - second.logpdf(precision) + of_normals

    return mean_over_gamma(at, a, b)


def updated(prior, reward):
    """A normal-gamma after one reward, by the textbook."""
    m, tau, a, b = prior
    deviation = reward - m
    return (tau * m + reward) / (tau + 1), tau + 1, a + 0.5, b + tau * deviation**2 / (2 * (tau + 1))


def growth(prior, reward):
    return updated(prior, reward)[3] / prior[3] - 1


@pytest.mark.parametrize("precision", [0.01, 0.5, 1.0, 7.0, 300.0])
def test_a_gaussian_reward_teaches_the_divergence_of_the_posterior(precision):
    noise, mean = 1.7, 0.4
    for reward in (0.4, 1.0, -3.0):
        after = (precision * mean + reward) / (precision + 1)
        expected = gaussian_divergence(after, noise**2 / (precision + 1), mean, noise**2 / precision)
        assert gains.gaussian_realised_gain(precision, (reward - mean) / noise) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("precision", [0.01, 0.5, 1.0, 7.0, 300.0])
def test_a_gaussian_expects_the_entropy_of_the_prediction_less_that_of_the_noise(precision):
    prediction, noise = stats.norm(0, math.sqrt(1 + 1 / precision)), stats.norm()
    assert gains.gaussian_expected_gain(precision) == pytest.approx(prediction.entropy() - noise.entropy(), abs=1e-14)
    gain = np.vectorize(gains.gaussian_realised_gain)
    mean = integral(lambda x: prediction.pdf(x) * gain(precision, x), *prediction.interval(1 - 1e-15))
    assert mean == pytest.approx(gains.gaussian_expected_gain(precision), rel=1e-9)


PRIORS = [(0.3, 1.0, 1.0, 1.0), (0.0, 0.2, 0.7, 3.0), (-2.0, 5.0, 6.0, 0.4), (1.0, 30.0, 15.0, 20.0)]


@pytest.mark.parametrize("prior", PRIORS)
def test_a_reward_of_unknown_noise_teaches_the_divergence_of_the_posterior(prior):
    for reward in (prior[0], prior[0] + 0.9, prior[0] - 4.0):
        got = gains.normal_gamma_realised_gain(prior[1], prior[2], growth(prior, reward))
        assert got == pytest.approx(normal_gamma_divergence(updated(prior, reward), prior), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("prior", PRIORS)
def test_unknown_noise_expects_the_entropy_of_the_prediction_less_the_mean_entropy_of_the_noise(prior):
    mean, tau, a, b = prior
    prediction = stats.t(2 * a, mean, math.sqrt(b * (tau + 1) / (a * tau)))
    got = gains.normal_gamma_expected_gain(tau, a)
    assert got == pytest.approx(float(prediction.entropy()) - mean_over_gamma(normal_entropy, a, b), abs=1e-7)
    gain = np.vectorize(lambda x: gains.normal_gamma_realised_gain(tau, a, growth(prior, x)))
    half = integral(lambda t: np.exp(t) * prediction.pdf(mean + np.exp(t)) * gain(mean + np.exp(t)), -25, 50)
    assert 2 * half == pytest.approx(got, rel=1e-6)


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (0.2, 3.0), (40.0, 2.5)])
def test_beta_is_a_dirichlet_of_two_outcomes(alpha, beta):
    got = gains.beta_expected_gain(alpha, beta)
    assert got == pytest.approx(dirichlet.expected_information_gain([alpha, beta]), rel=1e-13)
    prior, ones, zeros = stats.beta(alpha, beta), stats.beta(alpha + 1, beta), stats.beta(alpha, beta + 1)
    of_one = mean_over_beta(lambda p: ones.logpdf(p) - prior.logpdf(p), alpha + 1, beta)
    of_zero = mean_over_beta(lambda p: zeros.logpdf(p) - prior.logpdf(p), alpha, beta + 1)
    assert got == pytest.approx((alpha * of_one + beta * of_zero) / (alpha + beta), rel=1e-6)


def noise_gain(a):
    a = mpmath.mpf(a)
    half = mpmath.mpf(1) / 2
    lead = (a + half) * mpmath.digamma(a + half) - a * mpmath.digamma(a)
    return lead + mpmath.loggamma(a) - mpmath.loggamma(a + half) - half


def test_no_digits_are_lost_at_any_count():
    """Relative errors against fifty digits, from a billionth of an observation to a trillion of them."""
    rng = np.random.default_rng(0)
    for a in [*10 ** rng.uniform(-9, 12, 300), *rng.uniform(0.01, 30, 300), 12.0, 11.999999]:
        assert gains.noise_expected_gain(a) == pytest.approx(float(noise_gain(a)), rel=1e-13)
    for tau, z in zip(10 ** rng.uniform(-9, 15, 300), rng.normal(size=300), strict=True):
        t = mpmath.mpf(tau)
        lead = mpmath.log1p(1 / t) - 1 / (t + 1)
        realised = (lead + t * mpmath.mpf(z) ** 2 / (t + 1) ** 2) / 2
        assert gains.gaussian_realised_gain(tau, z) == pytest.approx(float(realised), rel=1e-13)
        assert gains.gaussian_expected_gain(tau) == pytest.approx(float(mpmath.log1p(1 / t) / 2), rel=1e-14)


def test_realised_gains_of_unknown_noise_keep_their_digits():
    rng = np.random.default_rng(1)
    for _ in range(500):
        tau, a = 10 ** rng.uniform(-9, 12), 10 ** rng.uniform(-6, 12)
        w = 10 ** rng.uniform(-3, 3) / a
        t, x, y = mpmath.mpf(tau), mpmath.mpf(a), mpmath.mpf(w)
        half = mpmath.mpf(1) / 2
        of_mean = (mpmath.log1p(1 / t) - 1 / (t + 1)) / 2 + (x + half) / (t + 1) * y / (1 + y)
        of_shape = mpmath.digamma(x + half) / 2 + mpmath.loggamma(x) - mpmath.loggamma(x + half)
        of_noise = x * (mpmath.log1p(y) - y / (1 + y)) - y / (1 + y) / 2 + of_shape
        got = gains.normal_gamma_realised_gain(tau, a, w)
        assert got == pytest.approx(float(of_mean + of_noise), rel=1e-10, abs=1e-15 * (1 + 1 / a))
        assert got >= 0


def test_gains_of_a_sequence_add_up_to_its_information():
    """The information of n rewards together, by entropies of the whole sequence, is the mean sum of the gains."""
    tau, n = 0.7, 6
    together = stats.multivariate_normal(np.zeros(n), np.eye(n) + 1 / tau).entropy() - n * stats.norm().entropy()
    assert sum(gains.gaussian_expected_gain(tau + i) for i in range(n)) == pytest.approx(together, rel=1e-12)
    a, b = 1.3, 0.8
    prediction = stats.multivariate_t(np.zeros(n), b / a * (np.eye(n) + 1 / tau), df=2 * a).entropy()
    known = n * mean_over_gamma(normal_entropy, a, b)
    total = sum(gains.normal_gamma_expected_gain(tau + i, a + i / 2) for i in range(n))
    assert total == pytest.approx(float(prediction) - known, abs=1e-7)
    alpha, beta = 0.6, 1.4
    mean_sum = entropy = 0.0
    for sequence in itertools.product((0, 1), repeat=n):
        ones, zeros, chance, gained = alpha, beta, 1.0, 0.0
        for outcome in sequence:
            gained += gains.beta_expected_gain(ones, zeros)
            chance *= (ones if outcome else zeros) / (ones + zeros)
            ones, zeros = ones + outcome, zeros + 1 - outcome
        mean_sum += chance * gained
        entropy -= chance * math.log(chance)
    likelihood = n * mean_over_beta(lambda p: special.entr(p) + special.entr(1 - p), alpha, beta)
    assert mean_sum == pytest.approx(entropy - likelihood, rel=1e-6)
