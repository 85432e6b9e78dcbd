"""Divergences between nearly equal beliefs, and at the ends of floating point: against mpmath, by relative error."""

import math

import mpmath as mp
import numpy as np
import pytest

from agent import dirichlet
from agent.belief.priors import EmpiricalBayes, Local, Symmetric, make_prior
from agent.information.beta_divergence import trigamma_drop, trigamma_excess

SMALLEST = 5e-324


def relative(got, true):
    return float(abs(mp.mpf(float(got)) - true) / abs(true)) if true else abs(float(got))


def divergence(posterior, prior, times=None):
    """KL of two Dirichlet beliefs by the textbook form; each pair of concentrations counts so many times."""
    times = [1] * len(posterior) if times is None else times
    rows = [(mp.mpf(float(a)), mp.mpf(float(b)), n) for a, b, n in zip(posterior, prior, times, strict=True)]
    total, other = mp.fsum(n * a for a, _, n in rows), mp.fsum(n * b for _, b, n in rows)
    slope = mp.psi(0, total)
    terms = (n * (mp.loggamma(b) - mp.loggamma(a) + (a - b) * (mp.psi(0, a) - slope)) for a, b, n in rows if a != b)
    return mp.loggamma(total) - mp.loggamma(other) + mp.fsum(terms)


def pairs_of_beliefs(rng, decades, number):
    """Draw beliefs that differ by a factor of 1 + d, d from 1e-15 to 1e3, in all outcomes, in one, or at random."""
    for i in range(number):
        a = 10 ** rng.uniform(*decades, int(rng.choice([2, 3, 10])))
        if i % 3 == 0:
            a[:] = a[0]
        d = 10 ** rng.uniform(-15, 3)
        one = np.where(np.arange(a.size) == rng.integers(a.size), 1 + d, 1.0)
        b = [a * (1 + d), a * one, a / one, a * (1 + d * rng.random(a.size)), 10 ** rng.uniform(*decades, a.size)][
            i % 5
        ]
        yield (a, b) if rng.random() < 0.7 else (b, a)


@pytest.mark.parametrize("decades", [(-9, 15), (-3, 3), (-9, 0), (0, 15)])
def test_divergence_of_beliefs_keeps_its_relative_accuracy(decades):
    with mp.workdps(130):
        for a, b in pairs_of_beliefs(np.random.default_rng(0), decades, 80):
            assert relative(dirichlet.kl_divergence(a, b), divergence(a, b)) < 1e-13, (a, b)


@pytest.mark.slow
def test_divergence_of_beliefs_over_two_hundred_decades():
    with mp.workdps(450):
        for a, b in pairs_of_beliefs(np.random.default_rng(1), (-97, 97), 40):
            assert relative(dirichlet.kl_divergence(a, b), divergence(a, b)) < 1e-10, (a, b)


@pytest.mark.slow
@pytest.mark.parametrize("num_outcomes", [1000, 100_000])
@pytest.mark.parametrize("concentration", [1e-9, 1e-3, 3.0, 1e15])
def test_divergence_of_beliefs_does_not_lose_accuracy_with_outcomes(num_outcomes, concentration):
    times = [num_outcomes // 3, num_outcomes - num_outcomes // 3]
    with mp.workdps(130):
        for d in (1e-15, 3e-8, 1e-3, 10.0):
            higher = concentration * (1 + d)
            for a, b in [
                ([concentration] * 2, [higher] * 2),
                ([concentration] * 2, [concentration, higher]),
                ([higher, 2.0], [concentration, 2.0]),
            ]:
                got = dirichlet.kl_divergence(np.repeat(a, times), np.repeat(b, times))
                assert relative(got, divergence(a, b, times)) < 1e-13, (a, b)


def test_divergence_of_a_million_nearly_equal_concentrations():
    got = dirichlet.kl_divergence(np.full(10**6, 3.0), np.full(10**6, 3.0000001))
    assert got == pytest.approx(3.080033816214037e-10, rel=1e-13)  # mpmath, 130 digits
    assert dirichlet.kl_divergence(np.full(10**6, 3.0), np.full(10**6, 3.0)) == 0.0


def test_divergence_of_beliefs_is_the_surprise():
    rng = np.random.default_rng(2)
    for a in 10 ** rng.uniform(-9, 15, (200, 4)):
        j = int(rng.integers(4))
        after = a + np.eye(4)[j]
        if after[j] - a[j] == 1.0:  # one more count is no rounding
            assert dirichlet.kl_divergence(after, a) == pytest.approx(dirichlet.bayesian_surprise(a, j), rel=1e-12)


def test_trigamma_against_mpmath():
    rng = np.random.default_rng(3)
    with mp.workdps(80):
        for x, d in 10 ** rng.uniform(-9, 15, (200, 2)):
            exact, step = mp.mpf(float(x)), mp.mpf(float(d))
            assert relative(trigamma_excess(x), mp.psi(1, exact) - 1 / exact) < 1e-14
            assert relative(trigamma_drop(x, d), mp.psi(1, exact) - mp.psi(1, exact + step)) < 1e-14


# --- the ends of floating point ---


@pytest.mark.parametrize("belief", [[1e-100, 1.0], [1e-100, 1e100], [1e100, 1e100, 1e-3], [1.0] * 3, [1e-9, 1e15]])
def test_gains_are_right_over_the_whole_range(belief):
    with mp.workdps(450):
        a = [mp.mpf(x) for x in belief]
        size = mp.fsum(a)
        surprises = [mp.log(size / x) + mp.psi(0, x + 1) - mp.psi(0, size + 1) for x in a]
        gain = mp.fsum(x / size * s for x, s in zip(a, surprises, strict=True))
        rows = (x * (x + 1) / (size * (size + 1)) * mp.log((x + 1) / x) for x in a)
        predicted = mp.log(size / (size + 1)) + mp.fsum(rows)
        for j, surprise in enumerate(surprises):
            assert relative(dirichlet.bayesian_surprise(belief, j), surprise) < 1e-13
        assert relative(dirichlet.expected_information_gain(belief), gain) < 1e-13
        assert relative(dirichlet.predicted_information_gain(belief), predicted) < 1e-13


FUNCTIONS = {
    "mean": dirichlet.mean,
    "bayesian_surprise": lambda a: dirichlet.bayesian_surprise(a, 0),
    "expected_information_gain": dirichlet.expected_information_gain,
    "predicted_information_gain": dirichlet.predicted_information_gain,
    "posterior": lambda a: dirichlet.kl_divergence(a, [1.0, 1.0]),
    "prior": lambda a: dirichlet.kl_divergence([1.0, 1.0], a),
    "entropy": dirichlet.entropy,
    "log_evidence": lambda a: dirichlet.log_evidence(a, [1, 2]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("belief", "message"),
    [
        ([SMALLEST, 1.0], "from 1e-100 to 1e"),
        ([1.0, 1e300], "from 1e-100 to 1e"),
        ([0.0, 1.0], "got 0"),
        ([-1.0, 1.0], "got -1"),
        ([math.nan, 1.0], "got nan"),
        ([math.inf, 1.0], "got inf"),
        ([10**400, 1], "real numbers"),
        ([1j, 1.0], "real numbers"),
        (np.array([1j, 1.0]), "real numbers"),
        (["1", "2"], "real numbers"),
        (["some", "words"], "real numbers"),
        ([None, 1.0], "got nan|real numbers"),
        ([[1.0, 2.0], [1.0]], "real numbers"),
        (np.ones((2, 0)), "needs outcomes"),
        (1.0, "needs outcomes"),
    ],
)
def test_what_is_no_concentration_is_one_clear_line(name, belief, message):
    with pytest.raises(ValueError, match=message) as caught:
        FUNCTIONS[name](belief)
    assert "\n" not in str(caught.value)


def test_whole_numbers_and_booleans_are_concentrations():
    for belief in ([1, 2], np.array([1, 2], dtype=np.uint8), [np.float32(1), 2], [True, 2]):
        gain = dirichlet.expected_information_gain(belief)
        assert gain == dirichlet.expected_information_gain([1.0, 2.0])


@pytest.mark.parametrize("outcome", [2, -1, 0.0, 1.5, True, "0", None, 2**70, [[0, 1], [2, 0]], np.zeros((3, 3))])
def test_what_is_no_outcome_is_one_clear_line(outcome):
    with pytest.raises(ValueError, match=r"outcome must be integers in \[0, 2\)") as caught:
        dirichlet.bayesian_surprise([1.0, 1.0], outcome)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("counts", [[-1, 0], [math.nan, 1], [math.inf, 1], [1e200, 1], ["1", "2"], [1j, 0]])
def test_what_is_no_count_is_one_clear_line(counts):
    with pytest.raises(ValueError, match="counts must be"):
        dirichlet.log_evidence([1.0, 1.0], counts)


def test_counts_need_not_be_whole():
    with mp.workdps(50):
        half = mp.beta(mp.mpf("1.5"), mp.mpf("2.25")) / mp.beta(1, 2)
        assert dirichlet.log_evidence([1.0, 2.0], [0.5, 0.25]) == pytest.approx(float(mp.log(half)), rel=1e-14)


@pytest.mark.parametrize("concentration", [1e-300, 1e300, SMALLEST, 1e-10, 1e16, 0.0, math.inf, math.nan])
def test_a_prior_has_a_concentration_at_which_all_is_right(concentration):
    makers = [Symmetric, EmpiricalBayes, lambda c: Local({0: (0,)}, c), lambda c: make_prior(f"symmetric:{c}")]
    for maker in makers:
        with pytest.raises(ValueError, match="concentration must be positive, from 1e-09 to 1e"):
            maker(concentration)


# --- distributions ---
