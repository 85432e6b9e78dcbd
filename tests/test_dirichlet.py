"""Closed forms of a Dirichlet belief against mpmath, numeric integration and enumeration."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from agent import dirichlet
from agent.information.special import entropy_gap, excess, stirling_remainder

DIGITS = 120  # enough for textbook forms at concentrations of 1e15


def _mp(values):
    return [mp.mpf(float(v)) for v in values]


def _textbook_gain(a):
    total = mp.fsum(a)
    return mp.fsum(x / total * (mp.log(total / x) + mp.psi(0, x + 1) - mp.psi(0, total + 1)) for x in a)


def _textbook_predicted(a):
    total = mp.fsum(a)
    rows = (x * (x + 1) / (total * (total + 1)) * mp.log((x + 1) / x) for x in a)
    return mp.log(total / (total + 1)) + mp.fsum(rows)


def _textbook_surprise(a, j):
    total = mp.fsum(a)
    return mp.log(total / a[j]) + mp.psi(0, a[j] + 1) - mp.psi(0, total + 1)


def _textbook_divergence(a, b):
    total, other = mp.fsum(a), mp.fsum(b)
    shape = mp.fsum(mp.loggamma(x) - mp.loggamma(y) for x, y in zip(a, b, strict=True))
    slope = mp.fsum((x - y) * (mp.psi(0, x) - mp.psi(0, total)) for x, y in zip(a, b, strict=True))
    return mp.loggamma(total) - mp.loggamma(other) - shape + slope


def _textbook_entropy(a):
    total = mp.fsum(a)
    log_beta = mp.fsum(mp.loggamma(x) for x in a) - mp.loggamma(total)
    return log_beta + (total - len(a)) * mp.psi(0, total) - mp.fsum((x - 1) * mp.psi(0, x) for x in a)


def _textbook_evidence(a, n):
    total, seen = mp.fsum(a), mp.fsum(n)
    parts = mp.fsum(mp.loggamma(x + m) - mp.loggamma(x) for x, m in zip(a, n, strict=True))
    return mp.loggamma(total) - mp.loggamma(total + seen) + parts


def _relative(got, true):
    return float(abs(mp.mpf(float(got)) - true) / abs(true)) if true else float(abs(got))


def _absolute_or_relative(got, true):
    return min(_relative(got, true), float(abs(mp.mpf(float(got)) - true)))


def _drawn(seed, num):
    rng = np.random.default_rng(seed)
    for i in range(num):
        size = int(rng.choice([2, 3, 5, 17]))
        a = np.full(size, 10 ** rng.uniform(-9, 15)) if i % 4 == 0 else 10 ** rng.uniform(-9, 15, size)
        yield rng, a


def test_gains_and_surprise_are_exact_over_24_decades():
    with mp.workdps(DIGITS):
        for rng, a in _drawn(0, 120):
            exact = _mp(a)
            j = int(rng.integers(len(a)))
            assert _relative(dirichlet.expected_information_gain(a), _textbook_gain(exact)) < 1e-13
            assert _relative(dirichlet.predicted_information_gain(a), _textbook_predicted(exact)) < 1e-13
            assert _relative(dirichlet.bayesian_surprise(a, j), _textbook_surprise(exact, j)) < 1e-13


@pytest.mark.slow
def test_entropy_evidence_and_divergence_are_exact_over_24_decades():
    with mp.workdps(DIGITS):
        for rng, a in _drawn(1, 60):
            exact = _mp(a)
            counts = np.floor(10 ** rng.uniform(-1, 15, len(a)))
            assert _absolute_or_relative(dirichlet.entropy(a), _textbook_entropy(exact)) < 1e-12
            evidence = dirichlet.log_evidence(a, counts)
            assert _absolute_or_relative(evidence, _textbook_evidence(exact, _mp(counts))) < 1e-12
            others = [10 ** rng.uniform(-9, 15, len(a)), a + counts, 2 * a * (1 + 1e-8 * rng.normal(size=len(a)))]
            for b in others:
                for first, second in ((a, b), (b, a)):
                    got = dirichlet.kl_divergence(first, second)
                    assert _absolute_or_relative(got, _textbook_divergence(_mp(first), _mp(second))) < 1e-12


def test_a_million_outcomes():
    """Groups of equal concentrations let mpmath sum a million outcomes in a few terms."""
    groups = [(1e-9, 400_000), (3.5, 599_999), (1e15, 1)]
    a = np.repeat([c for c, _ in groups], [n for _, n in groups])
    with mp.workdps(DIGITS):
        total = mp.fsum(mp.mpf(c) * n for c, n in groups)

        def grouped(term):
            return mp.fsum(n * term(mp.mpf(c)) for c, n in groups)

        gain = grouped(lambda x: x / total * (mp.log(total / x) + mp.psi(0, x + 1) - mp.psi(0, total + 1)))
        predicted = mp.log(total / (total + 1)) + grouped(
            lambda x: x * (x + 1) / (total * (total + 1)) * mp.log((x + 1) / x)
        )
        surprise = mp.log(total / mp.mpf(1e15)) + mp.psi(0, mp.mpf(1e15) + 1) - mp.psi(0, total + 1)
        assert _relative(dirichlet.expected_information_gain(a), gain) < 1e-13
        assert _relative(dirichlet.predicted_information_gain(a), predicted) < 1e-13
        assert _relative(dirichlet.bayesian_surprise(a, len(a) - 1), surprise) < 1e-13


@pytest.mark.parametrize(
    ("concentration", "gain", "predicted", "surprises"),
    [  # computed once with 50 digits from the textbook forms
        ((1, 1), 0.1931471806, 0.0566330123, {0: 0.1931471806}),
        ((1, 1, 1, 1), 0.3029610278, 0.0541153209, {}),
        ((0.25,) * 4, 0.7360564926, 0.3127515147, {}),
        ((0.5, 2.5, 1), 0.1938686138, 0.0345757311, {0: 0.6098138472, 2: 0.3029610278}),
        ((1 / 60,) * 60, 3.1214311573, 1.3965470337, {}),
        ((10, 0.1, 0.1), 0.0368238342, 0.0028644947, {0: 0.0009480958, 2: 1.8306107523}),
    ],
)
def test_known_values(concentration, gain, predicted, surprises):
    assert dirichlet.expected_information_gain(concentration) == pytest.approx(gain, abs=1e-10)
    assert dirichlet.predicted_information_gain(concentration) == pytest.approx(predicted, abs=1e-10)
    for outcome, surprise in surprises.items():
        assert dirichlet.bayesian_surprise(concentration, outcome) == pytest.approx(surprise, abs=1e-10)


def test_two_outcomes_against_numeric_integration():
    """Divergence, surprise and entropy of Beta beliefs as integrals of their densities."""
    for a, b in [((2.0, 3.0), (1.5, 4.0)), ((1.0, 1.0), (3.0, 2.0)), ((5.5, 1.2), (2.0, 2.0))]:
        p, q = stats.beta(*a), stats.beta(*b)
        divergence = quad(lambda x, p=p, q=q: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), 0, 1)[0]
        assert dirichlet.kl_divergence(a, b) == pytest.approx(divergence, abs=1e-7)
        assert dirichlet.entropy(a) == pytest.approx(float(p.entropy()), abs=1e-10)
        posterior = stats.beta(a[0] + 1, a[1])
        surprise = quad(lambda x, p=p, q=posterior: q.pdf(x) * (q.logpdf(x) - p.logpdf(x)), 0, 1)[0]
        assert dirichlet.bayesian_surprise(a, 0) == pytest.approx(surprise, abs=1e-7)


concentrations = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=6).map(np.array)


@given(concentrations)
def test_gain_is_the_mean_surprise_and_a_mutual_information(a):
    p = dirichlet.mean(a)
    surprises = dirichlet.bayesian_surprise(a, np.arange(len(a)))
    assert (surprises >= 0).all()
    assert dirichlet.expected_information_gain(a) == pytest.approx(p @ surprises, rel=1e-10)
    by_divergence = [dirichlet.kl_divergence(a + np.eye(len(a))[j], a) for j in range(len(a))]
    assert surprises == pytest.approx(by_divergence, rel=1e-7, abs=1e-11)


@given(concentrations)
def test_predicted_gain_is_the_expected_drop_of_the_gain(a):
    after = dirichlet.expected_information_gain(a + np.eye(len(a)))
    drop = dirichlet.expected_information_gain(a) - dirichlet.mean(a) @ after
    assert dirichlet.predicted_information_gain(a) == pytest.approx(drop, rel=1e-6, abs=1e-11)


def test_information_is_additive_in_expectation_but_not_on_a_path():
    """All 3^5 sequences of outcomes: the mean sum of surprises is the mean divergence of last from first belief."""
    first = np.array([0.3, 1.0, 2.0])
    mean_sum = mean_divergence = square = 0.0
    for path in itertools.product(range(3), repeat=5):
        a, log_probability, total = first.copy(), 0.0, 0.0
        for outcome in path:
            log_probability += math.log(a[outcome] / a.sum())
            total += float(dirichlet.bayesian_surprise(a, outcome))
            a[outcome] += 1
        probability = math.exp(log_probability)
        counts = np.bincount(path, minlength=3)
        assert dirichlet.log_evidence(first, counts) == pytest.approx(log_probability, abs=1e-12)
        divergence = float(dirichlet.kl_divergence(a, first))
        mean_sum += probability * total
        mean_divergence += probability * divergence
        square += probability * (total - divergence) ** 2
    assert mean_sum == pytest.approx(0.7644421370613849, abs=1e-12)
    assert mean_divergence == pytest.approx(mean_sum, abs=1e-12)
    assert math.sqrt(square) > 0.1  # on single paths the realised gains do not telescope


def test_gain_is_the_expected_missing_information():
    """E KL(theta || mean) over the belief, by sampling the belief: equals the expected gain."""
    a = np.array([0.7, 2.0, 1.3])
    theta = np.random.default_rng(5).dirichlet(a, 200_000)
    missing = (theta * np.log(theta / dirichlet.mean(a))).sum(axis=1)
    assert abs(missing.mean() - dirichlet.expected_information_gain(a)) < 4 * missing.std() / math.sqrt(len(missing))


def test_leading_axes_broadcast():
    a = np.random.default_rng(0).gamma(1.0, size=(4, 3, 5)) + 0.1
    gains = dirichlet.expected_information_gain(a)
    assert gains.shape == (4, 3)
    assert gains[2, 1] == dirichlet.expected_information_gain(a[2, 1])
    assert dirichlet.bayesian_surprise(a[0, 0], [[0], [4]]).shape == (2, 1)
    assert dirichlet.bayesian_surprise(a, 2).shape == (4, 3)


@pytest.mark.parametrize("values", [[1.0, 0.0], [1.0, -1.0], [np.nan, 1.0], [np.inf, 1.0], 3.0, []])
def test_concentrations_must_be_positive(values):
    with pytest.raises(ValueError, match="concentration"):
        dirichlet.expected_information_gain(values)


def test_outcomes_and_counts_are_checked():
    with pytest.raises(ValueError, match=r"integers in \[0, 2\)"):
        dirichlet.bayesian_surprise([1.0, 1.0], 2)
    with pytest.raises(ValueError, match="non-negative"):
        dirichlet.log_evidence([1.0, 1.0], [-1, 0])


def test_scalars_against_mpmath():
    rng = np.random.default_rng(3)
    with mp.workdps(60):
        for x in 10 ** rng.uniform(-9, 15, 300):
            exact = mp.mpf(float(x))
            assert _relative(excess(x), mp.psi(0, exact + 1) - mp.log(exact)) < 1e-14
            stirling = mp.loggamma(exact + 1) - exact * mp.log(exact) + exact
            assert _absolute_or_relative(stirling_remainder(x), stirling) < 1e-13
        for t in np.concatenate([10 ** rng.uniform(-9, 9, 200), rng.uniform(-1, 1, 200)]):
            exact = mp.mpf(float(t))
            assert _relative(entropy_gap(t), (1 + exact) * mp.log1p(exact) - exact) < 1e-14


def test_beliefs_about_different_outcomes_cannot_be_compared():
    with pytest.raises(ValueError, match="same outcomes"):
        dirichlet.kl_divergence([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="same outcomes"):
        dirichlet.log_evidence([1.0, 2.0], 3)
