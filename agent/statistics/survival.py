"""Steps to a level as what they are: times that the budget may have cut short (right-censored).

Curves are those of Kaplan and Meier, tests those of the log-rank; both take seeds that did not get there for what they
are, lives of which only a bound is known. The test takes the two agents' seeds as unpaired: where seeds draw the world,
it finds too little rather than too much. Of several tests in a table, Holm's correction keeps the probability that any
is found by chance at its level, whatever the dependence between them.

Source: Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; Mantel 1966, Cancer Chemotherapy Reports 50, 163;
Holm 1979, Scandinavian Journal of Statistics 6, 65.
"""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .intervals import CONFIDENCE

Numbers = NDArray[np.float64]


class Survival(NamedTuple):
    """Share of seeds that have not got there yet, after `steps`, and its pointwise interval, each `[N]`; nan: none."""

    steps: Numbers
    share: Numbers
    low: Numbers
    high: Numbers


class LogRank(NamedTuple):
    """The test that two agents take equally long: its statistic, normal if they do, and its two-sided p-value."""

    statistic: float
    p: float


def kaplan_meier(steps: ArrayLike, budget: int, confidence: float = CONFIDENCE) -> Survival:
    """Share of seeds that have not got there yet, from step 0 to the budget.

    The interval is Greenwood's on the scale of log(-log), which keeps it between 0 and 1; there is none where the
    share is 0 or 1.

    Args:
        steps: `[n]`, steps that a seed took; nan: it did not get there within the budget.
        budget: steps of a life.
        confidence: of the pointwise interval.
    """
    took = np.asarray(steps, dtype=float)
    if not np.isfinite(took).any():
        ends = np.array([0.0, budget])
        return Survival(ends, np.ones(2), np.full(2, np.nan), np.full(2, np.nan))
    curve = stats.ecdf(_censored(took, budget)).sf
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that there is none at some steps
        bounds = curve.confidence_interval(confidence, method="log-log")
    columns = [curve.quantiles, curve.probabilities, bounds.low.probabilities, bounds.high.probabilities]
    before = (0.0, 1.0, np.nan, np.nan)  # nobody is there before the first step
    joined = [np.concatenate([[first], column]) for first, column in zip(before, columns, strict=True)]
    if joined[0][-1] < budget:  # as it was
        joined = [np.append(column, column[-1] if i else budget) for i, column in enumerate(joined)]
    return Survival(*joined)


def log_rank(first: ArrayLike, second: ArrayLike, budget: int) -> LogRank:
    """Test that two agents take equally long; nan where nobody got there, or where the times cannot tell.

    Args:
        first: `[n]`, steps that a seed took; nan: it did not get there within the budget.
        second: `[m]`, the other agent's.
        budget: steps of a life.
    """
    pair = [np.asarray(steps, dtype=float) for steps in (first, second)]
    if not any(np.isfinite(steps).any() for steps in pair):
        return LogRank(np.nan, np.nan)
    with np.errstate(all="ignore"):
        found = stats.logrank(_censored(pair[0], budget), _censored(pair[1], budget))
    return LogRank(float(found.statistic), float(found.pvalue))


def _censored(steps: Numbers, budget: int) -> stats.CensoredData:
    there = np.isfinite(steps)
    return stats.CensoredData(uncensored=steps[there], right=np.full(int((~there).sum()), float(budget)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values of several tests: each is rejected at a level if what it becomes is at most that level.

    The k-th smallest of m becomes the largest of (m - j + 1) times the j-th smallest, j <= k, and at most 1. A nan, no
    test, stays what it is and is not counted.
    """
    given = np.asarray(p_values, dtype=float)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    corrected = np.full(len(given), np.nan)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(given[order] * np.arange(len(order), 0, -1)))
    return corrected.tolist()
