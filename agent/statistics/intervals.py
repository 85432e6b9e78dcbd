"""95 % intervals of means and paired ratios of means over few seeds: the bootstrap-t of the logarithm.

Each seed gives one number, and n numbers are drawn again and again with replacement from the n there are. Of every
resample

    t* = (ln mean* - ln mean) / error*,    error* = s* / (mean* sqrt(n))

is noted; the interval is exp(ln mean - t error n/(n - 1)), t from the 97.5 to the 2.5 % quantile of t*. So the skewness
of the numbers, for which Student's t is too short, is taken from themselves, and no end is negative. Ratios of two
agents' means are treated alike, whole seeds being drawn: what the agents share through a seed cancels. Numbers of both
signs are taken as they are, without the logarithm. What cannot exceed a bound (coverage, steps within a budget) has its
interval cut there.

There is no interval where the resamples do not determine one: for a single seed; and where those in which all numbers
are alike are more than 2.5 %, as with two or three seeds, or when fewer than four of twenty or more get there within
the budget. Numbers that are all equal have an interval without width.

Few numbers that are almost alike can have an interval that says nothing, from a thousandth of the mean on, or up to a
thousand times it and far beyond. It is an interval all the same, and kept; what is shown to a person leaves it out:
`says_nothing`.

How often such intervals contain the true mean of min(T, budget), and the true ratio, in per cent of 4000 samples (in
brackets: of how many per cent there is an interval, if not of all); `python -m tests.benchmarks.interval_coverage`
prints this table for 5 and 100 seeds too. The laws of T: exponential, 5 % and 37 % of it censored; log-normal, sigma 1;
the same, 5 % censored; Pareto 2.5, censored at 20 scales; exponential of which 5 % arrive.

    mean of 20 seeds           exp 5 %  exp 37 %  log-n.  log-n. 5 %  Pareto  5 % arrive
    Student's t                   92.8      94.5    85.8        91.6    82.4   89.9 (64)
    Kaplan-Meier, Greenwood       90.9      92.6    84.0        89.7    80.4   89.1 (64)
    t of ln mean                  94.1      94.6    89.2        92.6    83.8   89.8 (64)
    percentile                    91.5      93.2    84.2        90.3    81.1   89.3 (64)
    BCa                           92.8      95.2    86.1        91.5    83.9   90.0 (64)
    bootstrap-t                   95.3      98.1    91.4        94.3    89.6    82.1 (2)
    here                          95.9      98.1    92.2        95.0    91.0    87.2 (2)
    here, 5 seeds                 95.3 98.1 (74)    92.5        94.2    91.0     100 (0)
    here, 100 seeds               95.5      95.4    93.7        95.7    92.8   97.9 (75)
    ratio of 20 paired seeds
    percentile                    92.2      91.9    90.2        91.6    89.9   96.5 (45)
    t of ln ratio                 94.5      96.5    90.4        93.8    93.2   99.9 (45)
    Fieller                       94.9      95.1 95.9 (98)      95.0    96.6   99.8 (45)
    here                          95.5      93.7    93.8        95.4    92.7    89.7 (9)
    here, 5 seeds                 95.7 98.7 (93)    94.6        95.3    97.5     100 (1)
    here, 100 seeds               95.2      94.5    93.2        95.4    91.6   89.0 (97)

Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 12; Hall 1992, The Bootstrap and Edgeworth
Expansion, chapter 3.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95

NUM_RESAMPLES = 4000

USELESS = 1000.0
"""Times an estimate: an end that is so far above or below says nothing."""

_ROUNDING = 1e-10  # smaller spreads, relative to the numbers, are none

Numbers = NDArray[np.float64]


class Interval(NamedTuple):
    """An estimate and its two-sided confidence interval; nan where it cannot be computed."""

    estimate: float
    low: float
    high: float


def mean_interval(
    samples: ArrayLike,
    most: float = np.inf,
    *,
    seed: int = 0,
    num_resamples: int = NUM_RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Mean over seeds with the interval of the bootstrap-t.

    Args:
        samples: `[n]`, one number a seed. If none is negative, they are of a quantity that cannot be.
        most: what the quantity cannot exceed.
        seed: fixes the resamples: the same numbers always give the same interval.
        num_resamples: how many sets of n seeds are drawn with replacement.
        confidence: of the two-sided interval.

    Returns:
        the mean and its interval, which contains the mean and nothing impossible; nan where there is none.
    """
    column = np.asarray(samples, dtype=float)[:, None]
    low, high = mean_bounds(column, most, seed=seed, num_resamples=num_resamples, confidence=confidence)
    return Interval(float(column.mean()), float(low[0]), float(high[0]))


def mean_bounds(
    samples: Numbers,
    most: float = np.inf,
    *,
    is_signed: bool = False,
    seed: int = 0,
    num_resamples: int = NUM_RESAMPLES,
    confidence: float = CONFIDENCE,
) -> tuple[Numbers, Numbers]:
    """Return the intervals of many means at once, low and high `[N]`, of samples `[n, N]`: see `mean_interval`.

    What `is_signed` may be negative, though none of the samples is.
    """
    mean = samples.mean(axis=0)
    relative = not is_signed and bool((samples >= 0.0).all())
    unit = mean if relative else np.abs(samples).max(axis=0)
    unit = np.where(unit > 0.0, unit, 1.0)
    gaps, ones = (samples - mean) / unit, np.ones_like(samples)
    drawn = _resamples(len(samples), seed, num_resamples)
    below, above = _errors(gaps, ones, drawn, relative, confidence)
    with np.errstate(over="ignore"):  # of a few samples that differ much, an end may be beyond all numbers
        scaled = (mean * np.exp(below), mean * np.exp(above))
    low, high = scaled if relative else (mean + unit * below, mean + unit * above)
    return low, np.minimum(high, np.minimum(np.maximum(mean, most), np.finfo(np.float64).max))


def ratio_of_means(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    seed: int = 0,
    num_resamples: int = NUM_RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Ratio of two agents' means over the same seeds, with the interval of the paired bootstrap-t.

    Args:
        numerator: `[n]`, one number a seed, none negative.
        denominator: `[n]`, the other agent's numbers on the same seeds.
        seed: fixes the resamples: the same numbers always give the same interval.
        num_resamples: how many sets of n seeds are drawn with replacement.
        confidence: of the two-sided interval.

    Returns:
        the ratio and its interval; nan where a mean is zero, or where there is no interval.

    Raises:
        ValueError: the two are not numbers of the same seeds.
    """
    above, below = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if above.ndim != 1 or above.shape != below.shape or above.size == 0:
        raise ValueError(
            f"A paired ratio needs one number a seed from each agent, on the same seeds; got shapes "
            f"{above.shape} and {below.shape}. Run both agents on the same seeds."
        )
    if below.mean() == 0:
        return Interval(np.nan, np.nan, np.nan)
    given = {"seed": seed, "num_resamples": num_resamples, "confidence": confidence}
    low, high = ratio_bounds(above[:, None], below[:, None], **given)
    return Interval(float(above.mean() / below.mean()), float(low[0]), float(high[0]))


def ratio_bounds(
    numerators: Numbers,
    denominators: Numbers,
    *,
    seed: int = 0,
    num_resamples: int = NUM_RESAMPLES,
    confidence: float = CONFIDENCE,
) -> tuple[Numbers, Numbers]:
    """Return the intervals of many ratios at once, low and high `[N]`, of samples `[n, N]`: see `ratio_of_means`."""
    with np.errstate(all="ignore"):
        above, below = numerators / numerators.mean(axis=0), denominators / denominators.mean(axis=0)
        ratio = numerators.mean(axis=0) / denominators.mean(axis=0)
    drawn = _resamples(len(above), seed, num_resamples)
    low, high = _errors(above - below, below, drawn, True, confidence)
    return ratio * np.exp(low), ratio * np.exp(high)


def says_nothing(scale: float, low: float, high: float) -> bool:
    """Whether an interval is missing, or has an end that says nothing of a quantity of this scale.

    Args:
        scale: the size of what was estimated; 0: any end says something.
        low: the lower end; nan: none.
        high: the upper end; nan: none.
    """
    if np.isnan(low) or np.isnan(high):
        return True
    is_far = max(abs(low), abs(high)) >= USELESS * scale or 0 < low <= scale / USELESS
    return scale > 0 and is_far


@lru_cache(maxsize=2)
def _resamples(num_seeds: int, seed: int, num_resamples: int) -> Numbers:
    """Return what share of each resample every seed makes, `[B, n]`: how often it is drawn is multinomial."""
    most = max(1000, 10_000_000 // num_seeds)  # of thousands of seeds, as many as fit into memory
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(num_seeds, np.full(num_seeds, 1 / num_seeds), size=min(num_resamples, most))
    return drawn / num_seeds


def _errors(
    gaps: Numbers, weights: Numbers, drawn: Numbers, relative: bool, confidence: float
) -> tuple[Numbers, Numbers]:
    """Return the ends of the interval less the estimate, on its scale, `[N]` each; nan where there is no interval.

    Args:
        gaps: `[n, N]`, u - v, where u and v are numerators and denominators in units of their means.
        weights: `[n, N]`, v.
        drawn: `[B, n]`, the resamples.
        relative: whether the scale is the logarithm of mean u* / mean v*, or else mean u* - 1.
        confidence: of the two-sided interval.
    """
    with np.errstate(all="ignore"):
        columns = np.hstack([weights, gaps, gaps**2, gaps * weights, weights**2])
        base, gap, *moments = np.split(drawn @ columns, 5, axis=1)
        shift = gap / base  # mean u* / mean v* - 1; u - v is formed first: nothing cancels
        variance = moments[0] - 2 * shift * moments[1] + shift**2 * moments[2]
        variance[variance <= _ROUNDING * (moments[0] + shift**2 * moments[2])] = 0.0
        away = base * (np.log1p(shift) * (1 + shift) if relative else shift)
        studentised = np.where(variance > 0, away / np.sqrt(variance), np.copysign(np.inf, shift))
        tail = (1 - confidence) / 2
        low, high = np.quantile(studentised, [tail, 1 - tail], axis=0, method="inverted_cdf")
        # Wider by n / (n - 1): the rarest numbers are in no resample, and log-normal means would be missed too often.
        error = np.sqrt(np.mean(gaps**2, axis=0)) * len(gaps) / max(1, len(gaps) - 1)
        ends = -np.maximum(high, 0.0) * error, -np.minimum(low, 0.0) * error
        reach = np.exp(np.abs(ends)) if relative else np.abs(ends)
    alike = (error <= _ROUNDING) & (len(gaps) > 1)  # one number n times
    none = ~alike & ~np.isfinite(reach).all(axis=0)
    low, high = (np.where(none, np.nan, np.where(alike, 0.0, end)) for end in ends)
    return low, high
