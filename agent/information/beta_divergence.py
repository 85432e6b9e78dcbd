"""Divergence of two Beta beliefs to full relative accuracy, also where they are nearly equal.

    KL(Beta(a, c) || Beta(b, d)) = integral over t from 0 to 1 of (1 - t) Q(t)
    Q(t) = e^2 psi1(x) + f^2 psi1(y) - (e + f)^2 psi1(x + y),    x = a + t e,  y = c + t f,  e = b - a,  f = d - c

is the divergence as a Bregman divergence: Q is the Fisher information in the direction of the prior, never negative,
psi1 the trigamma function. The integrand is of second order in the differences, so nothing is left to cancel. Where
the beliefs are far apart the closed form costs a tenth, and is used if it does not cancel.

Source: Banerjee et al. 2005, "Clustering with Bregman divergences", JMLR 6 (divergence in an exponential family).
"""

import math

import numpy as np

from ..compilation.compiled import compiled
from .special import SHIFT, binary_divergence, excess_drop, stirling_remainder

# psi1(x) = u + u^2/2 + u^3 (B_2 + B_4 u^2 + ...) with u = 1/x (https://dlmf.nist.gov/5.15, eq. 8)
B2, B4, B6, B8, B10, B12, B14 = 1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6

_roots, _weights = np.polynomial.legendre.leggauss(16)
NODES, WEIGHTS = tuple((0.5 * (1.0 + _roots)).tolist()), tuple((0.5 * _weights).tolist())
"""Gauss's rule on [0, 1]: exact to rounding where no pole is nearer to the interval than half its length."""

GROWTH = 2.0
"""How many times itself an argument may grow over one such interval: it keeps the poles of psi1 that far."""


@compiled
def beta_divergence(a: float, c: float, b: float, d: float, e: float, f: float, cross: float) -> float:
    """Return KL(Beta(a, c) || Beta(b, d)) given e = b - a, f = d - c and cross = e c - f a; relative error about 1e-14.

    The differences are arguments of their own because they may be known better than those of the rounded sums are.
    """
    if e == 0.0 and f == 0.0:
        return 0.0
    step = GROWTH + 1.0
    if b <= step * a and d <= step * c and a <= step * b and c <= step * d:
        return _integral(a, c, e, f, cross, 1.0, True)
    value, size = _closed_form(a, c, b, d, e, f, cross)
    if value > size / 16.0:
        return value
    return _integral(a, c, e, f, cross, 0.5, True) + _integral(b, d, -e, -f, -cross, 0.5, False)


@compiled
def trigamma_excess(x: float) -> float:
    """Return psi1(x) - 1/x > 0 for x > 0, relative error about 1e-15."""
    total = 0.0
    while x < SHIFT:
        total += 1.0 / (x * x * (x + 1.0))
        x += 1.0
    u = 1.0 / x
    w = u * u
    return total + w * (0.5 + u * (B2 + w * (B4 + w * (B6 + w * (B8 + w * (B10 + w * (B12 + w * B14)))))))


@compiled
def trigamma_drop(x: float, d: float) -> float:
    """Return psi1(x) - psi1(x + d) >= 0 for x > 0, d >= 0, relative error about 1e-15: each term is differenced."""
    total = 0.0
    y = x + d
    while x < SHIFT:
        total += d / x / y * (1.0 / x + 1.0 / y)
        x += 1.0
        y += 1.0
    u, v = 1.0 / x, 1.0 / y
    w, z = u * u, v * v
    p, q = B14, 0.0  # Horner's rule for P = B_2 w + B_4 w^2 + ... at w, z and its divided difference between them
    for coefficient in (B12, B10, B8, B6, B4, B2):
        q = q * w + p
        p = p * z + coefficient
    at_z = p * z
    q = q * w + p  # of w (B_2 + ...)
    return total + d * u * v * (1.0 + 0.5 * (u + v) + (at_z + u * (u + v) * q))


@compiled
def _information(x: float, y: float, e: float, f: float, cross: float) -> float:
    """Return Q, the Fisher information of Beta(x, y) in the direction (e, f), given cross = e y - f x.

    In the coordinates where it is well conditioned: e and f themselves where an argument is small, otherwise their sum
    h and what they change of the mean, m. Then Q is at least a fifth of the terms that it is summed of.
    """
    size = x + y
    if x < 1.0 or y < 1.0:
        shared = 1.0 / size + trigamma_excess(size)
        return e * e * trigamma_drop(x, y) + f * f * trigamma_drop(y, x) - 2.0 * e * f * shared
    of_x, of_y, of_size = x * trigamma_excess(x), y * trigamma_excess(y), size * trigamma_excess(size)
    h, m = (e + f) / size, cross / size
    spread = m * m * ((1.0 + of_x) / x + (1.0 + of_y) / y)
    return spread + 2.0 * h * m * (of_x - of_y) + h * h * (x * of_x + y * of_y - size * of_size)


@compiled
def _integral(a: float, c: float, e: float, f: float, cross: float, end: float, falls: bool) -> float:
    """Integrate (1 - t) Q(t), or t Q(t), from 0 to `end` in pieces over which no argument grows to more than thrice."""
    total, start = 0.0, 0.0
    while start < end:
        length = end - start
        if e > 0.0:
            length = min(length, GROWTH * (a + start * e) / e)
        if f > 0.0:
            length = min(length, GROWTH * (c + start * f) / f)
        for node, weight in zip(NODES, WEIGHTS):  # noqa: B905 (numba knows no strict)
            t = start + length * node
            share = 1.0 - t if falls else t
            total += length * weight * share * _information(a + t * e, c + t * f, e, f, cross)
        if start + length == start:
            break
        start += length
    return total


@compiled
def _closed_form(a: float, c: float, b: float, d: float, e: float, f: float, cross: float) -> tuple[float, float]:
    """Return the divergence by ln Gamma = (x ln x - x) - ln x + S(x), and the size of the terms it is summed of.

    The Bregman gaps of the first part make a divergence of the means, those of the other two are joined.
    """
    size, size_prior = a + c, b + d
    leading = binary_divergence(size_prior, a, c, cross)
    smaller_first = abs(e) * c < abs(f) * a  # b/a + d/c - size_prior/size - 1, less of it to cancel
    odds = e / a - cross / c / size if smaller_first else f / c + cross / a / size
    logs = math.log(b / a), math.log(d / c), -math.log(size_prior / size)
    gained = stirling_remainder(b), stirling_remainder(d), -stirling_remainder(size_prior)
    lost = stirling_remainder(a), stirling_remainder(c), -stirling_remainder(size)
    slopes = e * excess_drop(a, c), f * excess_drop(c, a)
    value, magnitude = leading + odds - (slopes[0] + slopes[1]), leading + abs(odds) + abs(slopes[0]) + abs(slopes[1])
    for i in range(3):
        value += gained[i] - lost[i] - logs[i]
        magnitude += abs(gained[i]) + abs(lost[i]) + abs(logs[i])
    return value, magnitude
