"""The f-divergences: all comparisons of two distributions through their ratio (Csiszar 1963, Ali & Silvey 1966).

    D_f(p || q) = sum_x q(x) f(p(x) / q(x)),    f convex, f(1) = 0

Where q(x) = 0 the summand is its limit p(x) f'(inf), f'(inf) = lim f(t)/t, and 0 f(0/0) = 0. Every f-divergence
is zero for equal distributions, never negative, and never grows when outcomes are merged (data processing).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .probabilities import FloatArray, as_pair, divergence_terms, in_base, jensen_shannon_terms


@dataclass(frozen=True)
class Generator:
    """A convex function f with f(1) = 0 and its two limits.

    Attributes:
        function: f on an array of positive, finite ratios.
        at_zero: lim f(t), t -> 0: what an outcome costs that p excludes, per unit of q.
        slope_at_infinity: lim f(t)/t, t -> inf: what an outcome costs that q excludes, per unit of p.
        terms: q f(p/q) on arrays of positive p and q; by default by way of the ratio, which knows the difference of
            nearly equal numbers no better than to a rounding.
    """

    function: Callable[[FloatArray], FloatArray]
    at_zero: float
    slope_at_infinity: float
    terms: Callable[[FloatArray, FloatArray], FloatArray] | None = None


KL = Generator(lambda t: t * np.log(t) - t + 1.0, 1.0, math.inf, divergence_terms)
REVERSE_KL = Generator(lambda t: t - 1.0 - np.log(t), math.inf, 1.0, lambda p, q: divergence_terms(q, p))
TOTAL_VARIATION = Generator(lambda t: 0.5 * np.abs(t - 1.0), 0.5, 0.5, lambda p, q: 0.5 * np.abs(p - q))
CHI_SQUARED = Generator(lambda t: (t - 1.0) ** 2, 1.0, math.inf, lambda p, q: (p - q) * ((p - q) / q))
SQUARED_HELLINGER = Generator(
    lambda t: 0.5 * (np.sqrt(t) - 1.0) ** 2,
    0.5,
    0.5,
    lambda p, q: 0.5 * ((p - q) / (np.sqrt(p) + np.sqrt(q))) ** 2,
)
JENSEN_SHANNON = Generator(
    lambda t: 0.5 * (t * np.log(t) - (1.0 + t) * np.log(0.5 * (1.0 + t))),
    0.5 * math.log(2.0),
    0.5 * math.log(2.0),
    jensen_shannon_terms,
)

GENERATORS: Mapping[str, Generator] = {
    "kl": KL,
    "reverse-kl": REVERSE_KL,
    "total-variation": TOTAL_VARIATION,
    "chi-squared": CHI_SQUARED,
    "squared-hellinger": SQUARED_HELLINGER,
    "jensen-shannon": JENSEN_SHANNON,
}


def f_divergence(
    p: ArrayLike, q: ArrayLike, generator: Generator | Callable[[Any], Any], *, base: float = math.e
) -> Any:
    """Return the f-divergence of p from q for a convex f.

        D_f(p || q) = sum_x q(x) f(p(x) / q(x))

    Zero for p = q, never negative, at most f(0) + f'(inf) (reached by distributions that exclude each other). Those of
    `GENERATORS` are of full relative accuracy, also between nearly equal distributions.

    Args:
        p: `[..., K]`, a distribution.
        q: `[..., K]`, a distribution, broadcast against `p`.
        generator: one of `GENERATORS`, a `Generator`, or a plain function of an array of ratios, whose limits
            at 0 and infinity are then found numerically (for a convex f they exist).
        base: divides the result by ln(base); meaningful where f is made of logarithms.

    Returns:
        `[...]`, in the unit of f; infinite where an outcome excluded by one side makes it so.

    Raises:
        ValueError: no distributions, different numbers of outcomes, f(1) other than 0.
    Source: Csiszar & Shields 2004, section 4, doi:10.1561/0100000004.
    """
    p, q = as_pair(p, q)
    f = generator if isinstance(generator, Generator) else with_numeric_limits(generator)
    at_one = float(_values(f.function, np.ones(1))[0])
    if not abs(at_one) <= 1e-9:
        raise ValueError(f"a generator must be 0 at 1, got f(1) = {at_one:g}; subtract it")
    terms = np.zeros(p.shape)
    both, only_q, only_p = (p > 0.0) & (q > 0.0), (p == 0.0) & (q > 0.0), (p > 0.0) & (q == 0.0)
    with np.errstate(all="ignore"):
        terms[both] = (f.terms or partial(_by_ratio, f.function))(p[both], q[both])
    terms[only_q] = q[only_q] * f.at_zero
    terms[only_p] = p[only_p] * f.slope_at_infinity
    return in_base(np.maximum(terms.sum(axis=-1), 0.0), base)


def _by_ratio(function: Callable[[FloatArray], FloatArray], p: FloatArray, q: FloatArray) -> FloatArray:
    """Return q f(p/q), written p f(r)/r for r = p/q > 1 so that a tiny q does not overflow."""
    ratio = np.clip(p / q, np.finfo(np.float64).tiny, np.finfo(np.float64).max)
    value = _values(function, ratio)
    return np.where(ratio > 1.0, p * (value / ratio), q * value)


def _values(function: Callable[[FloatArray], FloatArray], ratio: FloatArray) -> FloatArray:
    return np.broadcast_to(np.asarray(function(ratio), dtype=np.float64), ratio.shape)


def with_numeric_limits(function: Callable[[Any], Any]) -> Generator:
    """Return a generator whose limits are read off the function's values near 0 and far out.

    f(t)/t of a convex f settles or grows without end: a slope that still moves at t = 1e300 counts as infinite.
    """
    far = np.array([1e200, 1e300])
    with np.errstate(all="ignore"):
        at_zero, near_zero = _values(function, np.array([0.0, np.finfo(np.float64).tiny]))
        slope, last_slope = _values(function, far) / far
        settled = np.isclose(slope, last_slope, rtol=1e-6)
    limit = near_zero if np.isnan(at_zero) else at_zero
    return Generator(function, float(limit), float(last_slope) if settled else math.inf)
