"""Compiled scalars behind the closed forms of a Dirichlet belief, each without cancellation.

    f(x) = psi(x + 1) - ln x          the excess: positive, decreasing, ~ 1/(2x)
    S(x) = lnGamma(x + 1) - x ln x + x       Stirling's remainder: S(0) = 0, S' = f, ~ ln(2 pi x)/2

Textbook forms subtract large, nearly equal numbers (at large counts the relative error of a majority outcome's
surprise reaches 4e9). Here every difference is formed algebraically first: arguments below `SHIFT` are raised by the
recurrence of Gamma, above it asymptotic series (https://dlmf.nist.gov/5.11, eqs. 1-2) are differenced term by term.
"""

import math

from ..compilation.compiled import compiled

SHIFT = 12.0
"""From here on the asymptotic series to x^-14 are exact to rounding."""

FEW = 12
"""Up to so many counts, products and sums over them are shorter than series."""

HALF_LOG_TWO_PI = 0.9189385332046728

# f(x) = 1/(2x) + w P(w) with w = x^-2: coefficients -B_2k / (2k), k = 1..7
C1, C2, C3, C4, C5, C6, C7 = -1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760, -1 / 12


SMALL = 1.0 / 64.0
"""Up to here the power series of psi(x + 1) to x^9 is exact to rounding."""
TINY = 1e-3
"""Up to here the series to x^4, and that of `entropy_gap` to t^6, are."""

# psi(x + 1) = -gamma + zeta(2) x - zeta(3) x^2 + ... (https://dlmf.nist.gov/5.7, eq. 4)
EULER = 0.5772156649015329
Z2, Z3, Z4, Z5, Z6 = 1.6449340668482264, 1.2020569031595943, 1.0823232337111382, 1.0369277551433699, 1.0173430619844491
Z7, Z8, Z9, Z10 = 1.0083492773819228, 1.0040773561979443, 1.0020083928260822, 1.000994575127818


@compiled
def small_digamma(x: float) -> float:
    """Return psi(x + 1) for 0 <= x <= SMALL, relative error about 1e-16."""
    if x < TINY:
        return x * (Z2 - x * (Z3 - x * (Z4 - x * Z5))) - EULER
    high = x * (Z6 - x * (Z7 - x * (Z8 - x * (Z9 - x * Z10))))
    return x * (Z2 - x * (Z3 - x * (Z4 - x * (Z5 - high)))) - EULER


@compiled
def excess(x: float) -> float:
    """Return f(x) = psi(x + 1) - ln x for x > 0, relative error about 1e-15."""
    start = x
    harmonic = 0.0
    while x < SHIFT:
        x += 1.0
        harmonic += 1.0 / x
    lifted = math.log(x / start) if x != start else 0.0
    w = 1.0 / (x * x)
    series = w * (C1 + w * (C2 + w * (C3 + w * (C4 + w * (C5 + w * (C6 + w * C7))))))
    return 0.5 / x + series + (lifted - harmonic)


@compiled
def excess_drop(a: float, d: float) -> float:
    """Return f(a) - f(a + d) >= 0 for a > 0, d >= 0, relative error about 1e-15.

    This is the Bayesian surprise, KL(Dir(alpha + e_j) || Dir(alpha)), of an outcome with concentration a where all the
    other outcomes have concentration d together (form d directly, never as a difference of totals).
    """
    b = a + d
    shift = 0.0
    harmonic = 0.0
    while a + shift < SHIFT:
        shift += 1.0
        harmonic += d / ((a + shift) * (b + shift))
    lifted = 0.0
    if shift > 0.0:
        lifted = math.log1p(shift / (b + shift) * (d / a)) - harmonic
    u = 1.0 / (a + shift)
    v = 1.0 / (b + shift)
    w, z = u * u, v * v
    p, q = C7, 0.0  # Horner's rule for the divided difference of w P(w) between w and z
    q = q * w + p
    p = p * z + C6
    q = q * w + p
    p = p * z + C5
    q = q * w + p
    p = p * z + C4
    q = q * w + p
    p = p * z + C3
    q = q * w + p
    p = p * z + C2
    q = q * w + p
    p = p * z + C1
    q = q * w + p
    return lifted + d * u * v * (0.5 + (u + v) * q)


@compiled
def predicted_gain(a: float, d: float) -> float:
    """Return KL(mean after the outcome || mean before) >= 0 for one outcome of concentration a, all others d together.

    Between two categorical means that differ by one count this is a divergence of two Bernoulli distributions, a/(a+d)
    and (a+1)/(a+d+1), here as two positive gaps; relative error about 1e-14.
    """
    total = a + d
    rise = d / a / (total + 1.0)
    fall = -1.0 / (total + 1.0)
    return a / total * entropy_gap(rise) + d / total * entropy_gap(fall)


@compiled
def stirling_remainder(x: float) -> float:
    """Return S(x) = lnGamma(x + 1) - x ln x + x for x >= 0, absolute error about 1e-15 (x < 12) or relative."""
    if x == 0.0:
        return 0.0
    base = x
    product = 1.0
    while x < SHIFT:
        x += 1.0
        product *= x
    remainder = HALF_LOG_TWO_PI + 0.5 * math.log(x) + _stirling_series(x)
    if base == x:
        return remainder
    return remainder + x * math.log(x) - base * math.log(base) - (x - base) - math.log(product)


@compiled
def _stirling_series(x: float) -> float:
    """Return lnGamma(x) - ((x - 1/2) ln x - x + ln(2 pi)/2) for x >= SHIFT."""
    w = 1.0 / (x * x)
    return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - w * 691 / 360360))))) / x


@compiled
def entropy_gap(t: float) -> float:
    """Return (1 + t) ln(1 + t) - t >= 0 for t >= -1, relative error about 1e-15: the Bregman gap of x ln x."""
    if t <= -1.0:
        return 1.0
    if abs(t) > 0.1:
        return (1.0 + t) * math.log1p(t) - t
    total = 0.0
    for k in range(17, 1, -1):  # t^2/(1 2) - t^3/(2 3) + ...
        total = 1.0 / (k * (k - 1)) - t * total
    return t * t * total


@compiled
def _gap(t: float) -> float:
    """Return `entropy_gap(t)`, by as few terms as a small t needs."""
    if abs(t) > TINY:
        return entropy_gap(t)
    return t * t * (1 / 2 - t * (1 / 6 - t * (1 / 12 - t * (1 / 20 - t * (1 / 30)))))


@compiled
def mixture_surprise(a: float, d: float, expected: float, log_expected: float, excess_of_size: float) -> float:
    """Return what an outcome teaches by way of one Dirichlet of a mixture, nats.

        (1 + t) (f(a) - f(a + d)) + (1 + t) ln(1 + t) - t,      1 + t = a / expected

    It has concentration `a`, all others `d`, and `expected` is the size a + d times how probable it is under the
    whole mixture. Given are also ln(expected), and f(a + d) by `excess`: of most outcomes, improbable by far, nothing
    but ln(a) is then left to work out. An `a` of 0 is the limit, 1. Relative error about 1e-14, beside
    what rounding `expected` does.
    """
    if a == 0.0:
        return 1.0
    drop, log_a = surprise_drop(a, d, excess_of_size)
    return surprise_of_drop(a, drop, log_a, expected, log_expected)


@compiled
def surprise_drop(a: float, d: float, excess_of_size: float) -> tuple[float, float]:
    """Return f(a) - f(a + d), nats, and ln(a) if it was worked out, else infinity: a > 0, see `mixture_surprise`."""
    if a > SMALL or d < a:
        return excess_drop(a, d), math.inf
    log_a = math.log(a)
    return (small_digamma(a) - log_a) - excess_of_size, log_a


@compiled
def surprise_of_drop(a: float, drop: float, log_a: float, expected: float, log_expected: float) -> float:
    """Return `mixture_surprise`, nats, given what `surprise_drop` returned for its `a`."""
    ratio = a / expected
    t = ratio - 1.0
    if log_a < math.inf and abs(t) > 0.1:
        return ratio * (drop + (log_a - log_expected)) - t
    return ratio * drop + _gap(t)


@compiled
def add(total: float, lost: float, term: float) -> tuple[float, float]:
    """Return a running sum and its lost digits after one more term (Neumaier 1974); the sum is `total + lost`."""
    new = total + term
    if abs(total) >= abs(term):
        return new, lost + ((total - new) + term)
    return new, lost + ((term - new) + total)


@compiled
def cross_product(x, x_lost, y, y_lost, z, z_lost, w, w_lost):
    """Return x y - z w of numbers that carry their lost digits; the products are exact (Dekker 1971): it may cancel."""
    first, first_lost = _exact_product(x, y)
    second, second_lost = _exact_product(z, w)
    return (first - second) + ((first_lost - second_lost) + (x * y_lost + x_lost * y - (z * w_lost + z_lost * w)))


@compiled
def _exact_product(x: float, y: float) -> tuple[float, float]:
    product = x * y
    t = 134217729.0 * x  # 2^27 + 1 splits a double into two halves
    x_high = t - (t - x)
    t = 134217729.0 * y
    y_high = t - (t - y)
    x_low, y_low = x - x_high, y - y_high
    return product, x_low * y_low - (((product - x_high * y_high) - x_low * y_high) - x_high * y_low)


@compiled
def binary_divergence(size: float, x: float, y: float, cross: float) -> float:
    """Return size KL(q || p) for p = (x, y)/(x + y) and q with q_1/p_1 - 1 = cross/(x size), q_2 likewise negative."""
    total = x + y
    rise = max(cross / x / size, -1.0)
    fall = max(-cross / y / size, -1.0)
    return size * (x / total * entropy_gap(rise) + y / total * entropy_gap(fall))


@compiled
def beta_evidence(a: float, c: float, n: float, m: float, cross: float) -> float:
    """Return ln B(a + n, c + m) - ln B(a, c) <= 0, given cross = a m - n c; absolute or relative error below 1e-13."""
    if n + m == 0.0:
        return 0.0
    x, y = a + n, c + m
    leading = -n * math.log1p(y / x) - m * math.log1p(x / y) - binary_divergence(a + c, x, y, cross)
    logs = math.log1p(n / a) + math.log1p(m / c) - math.log1p((n + m) / (a + c))
    remainders = stirling_remainder(x) - stirling_remainder(a) + stirling_remainder(y) - stirling_remainder(c)
    return leading - logs + remainders - (stirling_remainder(x + y) - stirling_remainder(a + c))


@compiled
def log_rising(a: float, n: int) -> float:
    """Return ln (a)_n = ln G(a + n) - ln G(a), for a > 0 and a whole n >= 0."""
    if n <= FEW:
        product = 1.0
        for i in range(n):
            product *= a + i
        return math.log(product)
    product = 1.0
    for i in range(FEW):
        product *= a + i
    x, rise = a + FEW, float(n - FEW)
    y = x + rise
    leading = rise * math.log(x) + ((y - 0.5) * math.log1p(rise / x) - rise)
    return math.log(product) + leading + (_stirling_series(y) - _stirling_series(x))


@compiled
def digamma_rise(a: float, n: int) -> float:
    """Return psi(a + n) - psi(a), the slope of ln (a)_n, for a > 0 and a whole n >= 0."""
    if n <= FEW:
        total = 0.0
        for i in range(n):
            total += 1.0 / (a + i)
        return total
    return 1.0 / a + math.log1p((n - 1) / a) - excess_drop(a, n - 1.0)
