"""Numbers with intervals: what may be said of agents from runs over several seeds.

Seeds are independent draws of world and agent; agents compared on the same seeds are *paired*.

- Means and paired ratios carry the intervals of `agent.statistics.intervals`, which says how they are made and how
  often they contain the truth.
- Steps to a level are right-censored by the budget. A seed that did not get there counts as the budget and
  `reached` is the share that did: means are then lower bounds, and are marked `>=` wherever they are shown. Where too
  few got there for an interval, there is none, neither of the mean nor of a ratio to it.

Unknown numbers are None here and null in files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .intervals import CONFIDENCE, Interval, mean_bounds, mean_interval
from .robust import interquartile_mean, median_interval

RESAMPLES_OF_A_BAND = 1000  # of each of a thousand points


class Band(NamedTuple):
    """The pointwise mean of curves over seeds and its two-sided confidence interval, each `[N]`."""

    steps: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


class Censored(NamedTuple):
    """Steps to a level, an unreached level counted as the budget, and the share of seeds that reached it."""

    steps: NDArray[np.float64]
    reached: float


def no_significant_difference(ratio_interval: Sequence[float | None]) -> bool | None:
    """Whether the interval `[low, high]` of a paired ratio contains 1 (None where there is no interval).

    Two-sided at the interval's level (5 % for 95 %). That no difference was seen does not show that there is
    none: the interval itself says how large a difference the seeds still allow.
    """
    low, high = ratio_interval
    if low is None or high is None or np.isnan(low) or np.isnan(high):
        return None
    return bool(low <= 1 <= high)


def censor(crossings: Sequence[int | None], budget: int) -> Censored:
    """Count a level that was not reached (None) as the budget; say what share of the seeds reached it."""
    steps = np.array([budget if step is None else step for step in crossings], dtype=float)
    return Censored(steps, sum(step is not None for step in crossings) / len(crossings))


def curve_band(
    steps: Sequence[ArrayLike],
    curves: Sequence[ArrayLike],
    confidence: float = CONFIDENCE,
    most: float = np.inf,
) -> Band:
    """Pointwise mean of one curve a seed, with the interval of each point; nan where there is none.

    The band holds point by point, not for the whole curve at once. Curves on different steps are interpolated
    linearly on the first seed's steps, as far as the shortest one goes.

    Args:
        steps: for each seed `[N_i]`, increasing.
        curves: for each seed `[N_i]`.
        confidence: of the two-sided interval at each point.
        most: what the curves cannot exceed.
    """
    grid = np.asarray(steps[0])
    grid = grid[grid <= min(np.asarray(own)[-1] for own in steps)]
    samples = np.stack(
        [np.interp(grid, np.asarray(own), np.asarray(y, float)) for own, y in zip(steps, curves, strict=True)]
    )
    low, high = mean_bounds(samples, most, num_resamples=RESAMPLES_OF_A_BAND, confidence=confidence)
    return Band(grid, samples.mean(axis=0), low, high)


def describe(values: Sequence[float | None], most: float = np.inf, seed: int = 0) -> dict[str, Any]:
    """Mean, median and interquartile mean of one number over seeds, none above `most`, each with its 95 % interval.

    They are null if the number is unknown for a seed, or there is none.
    """
    if any(value is None or np.isnan(value) for value in values):
        found = dict.fromkeys(("mean", "median", "iqm"), Interval(np.nan, np.nan, np.nan))
    else:
        samples = np.asarray(values, dtype=float)
        least = 0.0 if (samples >= 0).all() else -np.inf
        found = {
            "mean": mean_interval(samples, most, seed=seed),
            "median": median_interval(samples),
            "iqm": interquartile_mean(samples, least, most),
        }
    ends = {"mean": "ci95", "median": "median_ci95", "iqm": "iqm_ci95"}
    told = {name: known(interval.estimate) for name, interval in found.items()}
    return told | {ends[name]: [known(interval.low), known(interval.high)] for name, interval in found.items()}


def known(value: float) -> float | None:
    """Return a number, or None if it is not finite."""
    return value if np.isfinite(value) else None
