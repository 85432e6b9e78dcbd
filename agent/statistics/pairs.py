"""Two agents on the same seeds: how much they differ, and how often one is better.

Seeds are the pairs. Nothing here looks at the order of the seeds, and nothing allows for having looked before: whoever
adds seeds until a difference shows will find one. The seeds are to be fixed first.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .intervals import CONFIDENCE, Interval, mean_bounds


def mean_difference(first: ArrayLike, second: ArrayLike, *, seed: int = 0) -> Interval:
    """Mean over seeds of `first - second`, with the interval of the bootstrap-t; nan where there is none.

    Args:
        first: `[n]`, one number a seed.
        second: `[n]`, the other agent's on the same seeds.
        seed: fixes the resamples.
    """
    gaps = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    low, high = mean_bounds(gaps[:, None], is_signed=True, seed=seed)
    return Interval(float(gaps.mean()), float(low[0]), float(high[0]))


class Improvement(NamedTuple):
    """Probability that one agent is sooner than another on the same seed, and its two-sided interval."""

    probability: float
    low: float
    high: float


def probability_of_improvement(first: ArrayLike, second: ArrayLike, confidence: float = CONFIDENCE) -> Improvement:
    """Probability that `first` is below `second` on the same seed, P(X < Y) + P(X = Y) / 2.

    The interval is exact for counts (Clopper and Pearson 1934). A tie, as where neither got there, may count either
    way: the low end takes all of them as losses, the high end as wins.

    Args:
        first: `[n]`, one number a seed; inf: never.
        second: `[n]`, the other agent's on the same seeds.
        confidence: of the interval.
    """
    sooner, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    wins, ties, number = int((sooner < other).sum()), int((sooner == other).sum()), len(sooner)
    low = stats.binomtest(wins, number).proportion_ci(confidence).low
    high = stats.binomtest(wins + ties, number).proportion_ci(confidence).high
    return Improvement((wins + ties / 2) / number, float(low), float(high))
