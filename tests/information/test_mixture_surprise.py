"""What an outcome teaches by way of one Dirichlet of a mixture, against mpmath in its textbook form."""

import math

import mpmath as mp
import pytest

from agent.information import special

SMALL = special.SMALL


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-9, 1e-4, 0.003, SMALL])
def test_digamma_near_one_is_its_power_series(x):
    with mp.workdps(40):
        assert special.small_digamma(x) == pytest.approx(float(mp.digamma(mp.mpf(x) + 1)), rel=4e-16)


@pytest.mark.parametrize("others", [1e-3, 0.1, 1.0, 30.0, 1e6])
@pytest.mark.parametrize("a", [1e-12, 1e-4, SMALL / 2, SMALL, math.nextafter(SMALL, 1), 0.3, 5.0, 1e4])
@pytest.mark.parametrize("share", [1e-4, 0.5, 0.95, 1 - 1e-6, 1 - 1e-9, 1.0, 1.02, 40.0])
def test_what_an_outcome_teaches_is_that_of_the_textbook(a, others, share):
    """(1 + t) [psi(a + 1) - ln a - psi(A + 1) + ln A] + (1 + t) ln(1 + t) - t, with 1 + t = a / expected.

    The ratio is rounded, to which the gap answers in proportion to t.
    """
    size = a + others
    expected = a / share
    told = special.mixture_surprise(a, others, expected, math.log(expected), special.excess(size))
    with mp.workdps(50):
        whole = mp.mpf(a) + mp.mpf(others)
        ratio = mp.mpf(a) / mp.mpf(expected)
        drop = mp.digamma(mp.mpf(a) + 1) - mp.log(mp.mpf(a)) - mp.digamma(whole + 1) + mp.log(whole)
        wanted = ratio * drop + ratio * mp.log(ratio) - ratio + 1
    assert told == pytest.approx(float(wanted), rel=2e-13, abs=4e-16 * abs(float(ratio) - 1))


def test_an_outcome_that_a_part_rules_out_teaches_that_it_is_another():
    assert special.mixture_surprise(0.0, 2.0, 0.1, math.log(0.1), special.excess(2.0)) == 1.0
