"""Rising factorials and their slope, against mpmath."""

import mpmath as mp
import pytest

from agent.information import special


@pytest.mark.parametrize("n", [0, 1, 5, 12, 13, 40, 10_000])
@pytest.mark.parametrize("a", [1e-9, 1e-3, 0.5, 1.0, 37.5, 1e6])
def test_rising_factorials_and_their_slope(a, n):
    with mp.workdps(60):
        rising = mp.loggamma(mp.mpf(a) + n) - mp.loggamma(mp.mpf(a))
        slope = mp.digamma(mp.mpf(a) + n) - mp.digamma(mp.mpf(a))
        assert special.log_rising(a, n) == pytest.approx(float(rising), rel=1e-12, abs=1e-12)
        assert special.digamma_rise(a, n) == pytest.approx(float(slope), rel=1e-11, abs=1e-15)
