"""Divergences of distributions that nearly agree, or are at the ends of what numbers can be."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest

from agent import information as info
from agent.information.f_divergences import GENERATORS
from tests.information.test_near_equality import SMALLEST, relative


def exactly(p, q, term):
    with mp.workdps(80):
        return mp.fsum(term(mp.mpf(float(x)), mp.mpf(float(y))) for x, y in zip(p, q, strict=True))


def ratio_log(x, y):
    return x * mp.log(x / y) if x else mp.mpf(0)


TERMS = {
    "kl": lambda x, y: ratio_log(x, y) - x + y,
    "reverse-kl": lambda x, y: ratio_log(y, x) - y + x,
    "total-variation": lambda x, y: abs(x - y) / 2,
    "chi-squared": lambda x, y: (x - y) ** 2 / y,
    "squared-hellinger": lambda x, y: (mp.sqrt(x) - mp.sqrt(y)) ** 2 / 2,
    "jensen-shannon": lambda x, y: (ratio_log(x, (x + y) / 2) + ratio_log(y, (x + y) / 2)) / 2,
}


def test_every_divergence_is_checked():
    assert TERMS.keys() == GENERATORS.keys()


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("d", [1e-16, 1e-15, 1e-12, 1e-8, 1e-4, 0.05, 0.3])
def test_divergences_of_distributions_a_rounding_apart(name, d):
    rng = np.random.default_rng(4)
    for weights in rng.gamma(0.5, size=(20, 5)):
        p = weights / weights.sum()
        q = p * (1 + d * rng.uniform(-1, 1, 5))
        q /= q.sum()
        assert relative(info.f_divergence(p, q, GENERATORS[name]), exactly(p, q, TERMS[name])) < 1e-14
        assert info.f_divergence(p, p, GENERATORS[name]) == 0.0
        if name == "jensen-shannon":
            with mp.workdps(80):
                distance = mp.sqrt(exactly(p, q, TERMS[name]))
                assert relative(info.jensen_shannon_distance(p, q), distance) < 1e-14
        if name == "kl":
            assert relative(info.kl_divergence(p, q), exactly(p, q, TERMS[name])) < 1e-14


ENDS = [SMALLEST, 1e-310, 1e-300, 1e-200, 1e-160, 1e-30, 0.5, 1.0]


@pytest.mark.parametrize("name", GENERATORS)
def test_divergences_of_the_rarest_outcomes(name):
    for x, y in itertools.product(ENDS, ENDS):
        p, q = [x, 1.0 - x], [y, 1.0 - y]
        if 0.0 in (p[1], q[1]):
            continue
        true = exactly(p, q, TERMS[name])
        got = float(info.f_divergence(p, q, GENERATORS[name]))
        if true > mp.mpf("1.7e308"):
            assert got == math.inf
        elif true > mp.mpf("1e-305"):
            assert relative(got, true) < 1e-14, (x, y)
        else:
            assert got <= 2e-305


def test_chi_squared_where_its_square_would_overflow():
    chi_squared = GENERATORS["chi-squared"]
    assert info.f_divergence([0.5, 0.5], [1e-200, 1.0], chi_squared) == pytest.approx(2.5e199, rel=1e-14)
    assert info.f_divergence([0.5, 0.5], [0.0, 1.0], chi_squared) == math.inf
    assert info.f_divergence([0.0, 1.0], [1e-200, 1.0], chi_squared) == pytest.approx(1e-200, rel=1e-14)


def test_distance_of_the_rarest_outcomes():
    for x, y in itertools.product([0.0, *ENDS[:-2]], repeat=2):
        with mp.workdps(80):
            true = mp.sqrt(exactly([x, 1.0], [y, 1.0], TERMS["jensen-shannon"]))
            assert relative(info.jensen_shannon_distance([x, 1.0], [y, 1.0]), true) < 1e-14, (x, y)


def test_what_is_left_to_know_where_one_variable_nearly_tells_the_other():
    """H(X|Y) of P = (1, e) for a single y is ln(1 + e) + e ln((1 + e)/e): the first term is lost in a quotient."""
    for e in (1e-20, 1e-100, 1e-300):
        expected = e + e * (1 - math.log(e)) - e
        assert info.conditional_entropy([[1.0], [e]]) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((0.0, 1e-200, 0.0, 1e200), 400 * math.log(10) - 0.5),  # the ratio underflows, its logarithm does not
        ((1e308, 1e308, -1e308, 1e308), 2.0),  # the difference of the means overflows
        ((0.0, SMALLEST, SMALLEST, SMALLEST), 0.5),
        ((0.0, 1e300, 0.0, 1e-300), math.inf),
        ((0.0, 0.0, 0.0, 1.0), math.inf),
        ((1.0, 1 + 2**-50, 1.0, 1.0), 2.0**-100),  # d^2/2 + d^2/2 to leading order
        ((1 + 2**-52, 3.0, 1.0, 3.0), (2**-52 / 3) ** 2 / 2),
    ],
)
def test_gaussians_at_the_ends(arguments, expected):
    assert info.gaussian_kl(*arguments) == pytest.approx(expected, rel=1e-14)


def test_gaussian_against_mpmath():
    rng = np.random.default_rng(5)
    with mp.workdps(80):
        for d in 10 ** rng.uniform(-15, 3, 200):
            tau = 10 ** rng.uniform(-5, 5)
            sigma = tau * (1 + d) if rng.random() < 0.5 else tau / (1 + d)
            ratio = mp.mpf(float(sigma)) / mp.mpf(float(tau))
            assert relative(info.gaussian_kl(0.0, sigma, 0.0, tau), (ratio**2 - 1) / 2 - mp.log(ratio)) < 1e-14


def test_free_energy_of_a_forbidden_state_is_never_nan():
    assert info.helmholtz_free_energy([0.5, 0.5], [math.inf, 0.0], 1e308) == math.inf
    assert info.helmholtz_free_energy([0.5, 0.5, 0.0], [1.0, 1.0, math.inf], 0.0) == 1.0
    with pytest.raises(ValueError, match="their product finite"):
        info.helmholtz_free_energy([0.5, 0.5], [0.0, 0.0], 1e200, 1e200)


@pytest.mark.parametrize("p", [["0.5", "0.5"], [0.5, 0.5j], [0.5, None], [[0.5, 0.5], [1.0]], "word", [1, 10**400]])
def test_what_is_no_distribution_is_one_clear_line(p):
    for call in (info.entropy, lambda p: info.kl_divergence([0.5, 0.5], p), lambda p: info.kelly_growth(p, [2, 2])):
        with pytest.raises(ValueError, match=r"p must|q must|belief must") as caught:
            call(p)
        assert "\n" not in str(caught.value)


def test_zeros_have_no_sign():
    assert info.kl_divergence([-0.0, 1.0], [0.5, 0.5]) == info.kl_divergence([0.0, 1.0], [0.5, 0.5])
    assert info.kl_divergence([0.5, 0.5], [-0.0, 1.0]) == math.inf
    assert info.entropy([-0.0, 1.0]) == 0.0
