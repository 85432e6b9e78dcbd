"""Several worlds at once: what share of the lives got somewhere in time, and what one agent gains over another.

Every world weighs the same. Seeds are the units that are drawn again for intervals, each with all its worlds.

Source: Dolan and More 2002, doi:10.1007/s101070100263 (performance profiles); Agarwal et al. 2021, arXiv 2108.13264.
"""

from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .intervals import CONFIDENCE, NUM_RESAMPLES, Interval

_RNG = "rng" if "rng" in signature(stats.bootstrap).parameters else "random_state"  # SciPy before 1.15

Numbers = NDArray[np.float64]


def shares_in_time(steps: Numbers, budgets: Numbers, points: Numbers) -> Numbers:
    """Share of the worlds in which a seed got there within a share of the budget, `[seeds, points]`.

    Args:
        steps: `[seeds, worlds]`, steps that it took; nan where the budget was not enough.
        budgets: `[worlds]`, steps of a life.
        points: `[points]`, shares of the budget, in (0, 1].
    """
    used = steps / budgets
    return (used[:, :, None] <= points).mean(axis=1)  # nan is never within


def mean_ratio(numerators: Numbers, denominators: Numbers, *, seed: int = 0) -> Interval:
    """Geometric mean over worlds of the ratio of two agents' means, with its interval.

        exp(1/W sum_w ln(mean_i numerators[i, w] / mean_i denominators[i, w]))

    The interval is that of the bias-corrected and accelerated bootstrap over seeds; nan where there is none, as with
    fewer than four seeds.

    Args:
        numerators: `[seeds, worlds]`, positive.
        denominators: `[seeds, worlds]`, positive: the other agent on the same seeds.
        seed: fixes the resamples.

    Source: Efron 1987, doi:10.1080/01621459.1987.10478410.
    """

    def estimate(chosen: NDArray[np.int64], axis: int = -1) -> Numbers:
        del axis  # the last one: `[..., n]`, the seeds of a resample
        chosen = chosen.astype(np.int64)
        logs = np.log(numerators[chosen].mean(axis=-2)) - np.log(denominators[chosen].mean(axis=-2))
        return logs.mean(axis=-1)

    seeds = np.arange(len(numerators))
    found = float(np.exp(estimate(seeds)))
    if np.ptp(numerators / denominators, axis=0).max(initial=0.0) == 0.0 and len(seeds) > 1:
        return Interval(found, found, found)  # the same ratio on every seed
    if len(seeds) < 4:
        return Interval(found, np.nan, np.nan)
    drawn_by: Any = {_RNG: np.random.default_rng(seed)}
    drawn = stats.bootstrap(
        (seeds,), estimate, n_resamples=NUM_RESAMPLES, batch=200, confidence_level=CONFIDENCE, vectorized=True,
        axis=-1, method="BCa", **drawn_by,
    )  # fmt: skip
    low, high = drawn.confidence_interval
    return Interval(found, float(np.exp(low)), float(np.exp(high)))
