"""Closed forms of what one more reward teaches, as compiled scalars that lose no digits at large counts.

Each family comes with two. The *expected* gain is the mutual information of the next reward and what is not known of
its distribution; the *realised* gain is KL(posterior || prior) of this very reward. Under the belief's own prediction
the mean of the second is the first, and sums of either over a sequence have the same mean, the information that the
sequence gives. With u = 1/tau, log1p(u) - u/(1 + u) = g(u)/(1 + u), where g is `special.entropy_gap`.

    Gaussian, known noise sigma: reward ~ N(mu, sigma^2), mu ~ N(m, sigma^2/tau)
        expected    (1/2) ln(1 + 1/tau)
        realised    (1/2) [g(u)/(1 + u) + tau z^2/(tau + 1)^2],   z = (reward - m)/sigma

    Normal-gamma, unknown noise: reward ~ N(mu, 1/lambda), mu ~ N(m, 1/(tau lambda)), lambda ~ Gamma(a, b)
        expected    (1/2) ln(1 + 1/tau) + G(a)
            G(a) = (a + 1/2) psi(a + 1/2) - a psi(a) + lnGamma(a) - lnGamma(a + 1/2) - 1/2
        realised    (1/2) g(u)/(1 + u) + (a + 1/2)/(tau + 1) w/(1 + w) + a g(w)/(1 + w) - (1/2) w/(1 + w) + E(a)
            w = tau (reward - m)^2 / (2 b (tau + 1)),   E(a) = (1/2) psi(a + 1/2) + lnGamma(a) - lnGamma(a + 1/2)

    Beta: reward 1 with probability p, else 0; p ~ Beta(alpha, beta)
        a Dirichlet belief of two outcomes: `special.excess_drop`

G is the entropy of a Student t of 2 a degrees of freedom less the mean entropy of the normals that it mixes, of which
the scale, b, cancels out. Both G and E fall as 1/a. Below `SHIFT` they are raised by recurrences,

    E(a) = E(a + 1) + ln((a + 1/2)/a) - (1/2)/(a + 1/2),   G(a) = E(a) + a (psi(a + 1/2) - psi(a)) - 1/2

and above it their asymptotic series (https://dlmf.nist.gov/5.11) are differenced.

Sources: Bernardo and Smith 1994, "Bayesian Theory", appendix A (families and their posteriors); Lindley 1956,
doi 10.1214/aoms/1177728069 (the gain); Cover and Thomas 2006, table 17.1 (entropies).
"""

import math

from ...compilation.compiled import compiled, part
from ...information.special import SHIFT, entropy_gap, excess_drop


@part
def _gap_share(u):
    """Return ln(1 + u) - u/(1 + u) >= 0 for u >= 0."""
    return entropy_gap(u) / (1.0 + u)


@compiled
def gaussian_expected_gain(precision: float) -> float:
    """Return the expected gain, nats, of a reward whose mean has this precision, in units of observations."""
    return 0.5 * math.log1p(1.0 / precision)


@compiled
def gaussian_realised_gain(precision: float, deviation: float) -> float:
    """Return the realised gain, nats, of a reward that lies so many standard deviations of the noise off the mean."""
    pull = deviation / (precision + 1.0)
    return 0.5 * (_gap_share(1.0 / precision) + precision * pull * pull)


@compiled
def noise_expected_gain(shape: float) -> float:
    """Return G(shape), what the normal-gamma expects to gain beyond a known noise, nats; relative error 1e-14."""
    x, ratio, harmonic, rise = shape, 1.0, 0.0, 0.0
    while x < SHIFT:
        y = x + 0.5
        step = 0.5 / (x * y)
        rise += step  # psi(x + 1/2) - psi(x) falls by as much
        harmonic += x * step
        ratio *= 1.0 + y * step
        x += 1.0
    large = 0.5 * math.log1p(0.5 / x) + (_remainder(x + 0.5) - _remainder(x))
    if x == shape:
        return large
    raised = _shape_gain(x)
    return raised + (math.log(ratio) - harmonic) + shape * (rise + (large - raised + 0.5) / x) - 0.5


@part
def _remainder(x):
    """Return x psi(x) - lnGamma(x) less its leading terms, - sum of B_2k / ((2k - 1) x^(2k - 1)), for large x."""
    w = 1.0 / (x * x)
    return (
        -1 / 6 + w * (1 / 90 + w * (-1 / 210 + w * (1 / 210 + w * (-5 / 594 + w * (691 / 30030 - w * 7 / 78)))))
    ) / x


@compiled
def normal_gamma_expected_gain(precision: float, shape: float) -> float:
    """Return the expected gain, nats, of a reward whose mean and precision are not known."""
    return gaussian_expected_gain(precision) + noise_expected_gain(shape)


@compiled
def normal_gamma_realised_gain(precision: float, shape: float, growth: float) -> float:
    """Return the realised gain, nats, of a reward that lets the rate grow by the share w = `growth`; never negative."""
    share = growth / (1.0 + growth)
    of_mean = 0.5 * _gap_share(1.0 / precision) + (shape + 0.5) / (precision + 1.0) * share
    of_noise = shape * _gap_share(growth) - 0.5 * share + _shape_gain(shape)
    return of_mean + max(of_noise, 0.0)


@part
def _shape_gain(shape):
    """Return E(shape) >= 0."""
    ratio, harmonic = 1.0, 0.0
    while shape < SHIFT:
        ratio *= (shape + 0.5) / shape
        harmonic += 0.5 / (shape + 0.5)
        shape += 1.0
    half, x = 0.5 / shape, shape + 0.5
    lead = 0.5 * (half - entropy_gap(half) / half) / (1.0 + half) + 0.5 * math.log1p(half) - 0.25 / x
    w = 1.0 / (x * x)
    digamma = w * (-1 / 12 + w * (1 / 120 + w * (-1 / 252 + w * (1 / 240 - w * (1 / 132 - w * 691 / 32760)))))
    raised = lead + 0.5 * digamma + (_log_gamma_remainder(shape) - _log_gamma_remainder(x))
    return raised + (math.log(ratio) - harmonic)


@part
def _log_gamma_remainder(x):
    """Return lnGamma(x) less its leading terms, the sum of B_2k / (2k (2k - 1) x^(2k - 1)), for large x."""
    w = 1.0 / (x * x)
    return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - w * 691 / 360360))))) / x


@compiled
def beta_expected_gain(alpha: float, beta: float) -> float:
    """Return the expected gain, nats, of a reward of 0 or 1 whose mean is believed to be Beta(alpha, beta)."""
    return (alpha * excess_drop(alpha, beta) + beta * excess_drop(beta, alpha)) / (alpha + beta)
