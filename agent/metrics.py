"""Numbers with intervals: what may be said of agents from runs over several seeds.

Seeds are independent draws of world and agent; agents compared on the same seeds are *paired*.

- A mean carries Student's t interval. The spread is estimated from the same few seeds as the mean, and t is
  the exact law of the studentised mean of normal samples; with 5 to 30 seeds the normal quantile and the
  percentile bootstrap both give intervals that are too short.
- A ratio of means has no such law: its interval is the percentile interval of the paired bootstrap (whole
  seeds are drawn with replacement, so what the agents share through a seed cancels).
- Steps to a level are right-censored by the budget. A seed that did not get there counts as the budget and
  `reached` is the share that did: means are then lower bounds, and are marked `>=` wherever they are shown.

Unknown numbers are None here and null in files.

Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapters 12 and 13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVELS = (0.5, 0.25, 0.1, 0.05, 0.02)
"""Fractions of the missing information whose first crossing every run reports."""

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """An estimate and its two-sided confidence interval; nan where it cannot be computed."""

    estimate: float
    low: float
    high: float


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


def mean_interval(samples: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Mean over seeds with Student's t interval.

        mean -+ t(n - 1) s / sqrt(n)        (s the sample standard deviation, n seeds)

    Exact for normal samples, approximate otherwise; a single seed has no interval (nan).
    """
    samples = np.asarray(samples, dtype=float)
    half = float(_student_half_width(samples, confidence))
    mean = float(samples.mean())
    return Interval(mean, mean - half, mean + half)


def ratio_of_means(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    seed: int = 0,
    num_resamples: int = 10_000,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Ratio of two agents' means over the same seeds, with the paired bootstrap's percentile interval.

    Args:
        numerator: `[n]`, one number a seed.
        denominator: `[n]`, the other agent's numbers on the same seeds.
        seed: Fixes the resamples: the same numbers always give the same interval.
        num_resamples: How many sets of n seeds are drawn with replacement.
        confidence: Of the two-sided interval.

    Returns:
        The ratio and its interval; nan where the denominator's mean is zero, no interval for a single seed.

    Raises:
        ValueError: The two are not numbers of the same seeds.
    """
    above, below = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if above.ndim != 1 or above.shape != below.shape or above.size == 0:
        raise ValueError(
            f"A paired ratio needs one number a seed from each agent, on the same seeds; got shapes "
            f"{above.shape} and {below.shape}. Run both agents on the same seeds."
        )
    if below.mean() == 0:
        return Interval(np.nan, np.nan, np.nan)
    ratio = float(above.mean() / below.mean())
    if above.size == 1:
        return Interval(ratio, np.nan, np.nan)
    # How often each seed is drawn in a resample is multinomial: one matrix product replaces the gathering.
    times_drawn = np.random.default_rng(seed).multinomial(
        above.size, np.full(above.size, 1 / above.size), size=num_resamples
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (times_drawn @ above) / (times_drawn @ below)
        low, high = np.quantile(ratios, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(ratio, float(low), float(high))


def no_significant_difference(ratio_interval: Sequence[float | None]) -> bool | None:
    """Whether the interval `[low, high]` of a paired ratio contains 1 (None where there is no interval).

    Two-sided at the interval's level (5 % for 95 %). That no difference was seen does not show that there is
    none: the interval itself says how large a difference the seeds still allow.
    """
    low, high = ratio_interval
    if low is None or high is None or np.isnan(low) or np.isnan(high):
        return None
    return bool(low <= 1 <= high)


def steps_to_fraction(steps: ArrayLike, fraction: ArrayLike, levels: Sequence[float] = LEVELS) -> dict[str, int | None]:
    """First step at which the fraction of missing information is at or below each level.

    Args:
        steps: `[N]`, increasing.
        fraction: `[N]`, missing information after that many steps / its yardstick; nan where unknown.
        levels: Fractions in (0, 1).

    Returns:
        `{"0.1": step, ...}`, None for a level that was not reached. The curve may rise again afterwards.
    """
    steps, fraction = np.asarray(steps), np.asarray(fraction, dtype=float)
    crossings: dict[str, int | None] = {}
    for level in levels:
        there = fraction <= level
        crossings[f"{level:g}"] = int(steps[np.argmax(there)]) if there.any() else None
    return crossings


def censor(crossings: Sequence[int | None], budget: int) -> Censored:
    """Count a level that was not reached (None) as the budget; say what share of the seeds reached it."""
    steps = np.array([budget if step is None else step for step in crossings], dtype=float)
    return Censored(steps, sum(step is not None for step in crossings) / len(crossings))


def curve_band(steps: Sequence[ArrayLike], curves: Sequence[ArrayLike], confidence: float = CONFIDENCE) -> Band:
    """Pointwise mean of one curve a seed, with Student's t band.

    The band holds point by point, not for the whole curve at once. Curves on different steps are interpolated
    linearly on the first seed's steps, as far as the shortest one goes.

    Args:
        steps: For each seed `[N_i]`, increasing.
        curves: For each seed `[N_i]`.
        confidence: Of the two-sided interval at each point.
    """
    grid = np.asarray(steps[0])
    grid = grid[grid <= min(np.asarray(own)[-1] for own in steps)]
    samples = np.stack(
        [np.interp(grid, np.asarray(own), np.asarray(y, float)) for own, y in zip(steps, curves, strict=True)]
    )
    mean, half = samples.mean(axis=0), _student_half_width(samples, confidence)
    return Band(grid, mean, mean - half, mean + half)


def comparison(
    env: str, steps: int, summaries: Mapping[str, Sequence[Mapping[str, Any]]], *, seed: int = 0
) -> dict[str, Any]:
    """Build what `comparison.json` holds from every seed's `summary.json`.

    A number that is null in any seed is null for the agent. Ratios are mean steps to a level over those of the
    first agent, null where neither reached it on any seed (budget / budget says nothing).

    Args:
        env: Name of the world.
        steps: The budget of every run.
        summaries: For each agent, the summaries in the order of the seeds; the same seeds for all.
        seed: Of the bootstrap.

    Raises:
        ValueError: No agents, or agents with different numbers of seeds.
    """
    counts = {name: len(rows) for name, rows in summaries.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        needed = "A comparison needs the same seeds, at least one, for every agent"
        raise ValueError(f"{needed}; got {counts}. Run the missing seeds first.")
    first, *others = summaries
    return {
        "env": env,
        "steps": steps,
        "seeds": counts[first],
        "agents": {name: _agent_statistics(rows, steps) for name, rows in summaries.items()},
        "ratios": {name: _ratios(summaries[name], summaries[first], steps, seed) for name in others},
    }


def describe(values: Sequence[float | None]) -> dict[str, Any]:
    """Mean, median and 95 % interval of one number over seeds; all null if it is unknown for any seed."""
    if any(value is None or np.isnan(value) for value in values):
        return {"mean": None, "median": None, "ci95": [None, None]}
    samples = np.asarray(values, dtype=float)
    mean, low, high = mean_interval(samples)
    return {
        "mean": _known(mean),
        "median": _known(float(np.median(samples))),
        "ci95": [_known(low), _known(high)],
    }


def format_number(value: float | None, sign: str = "") -> str:
    """Write a number for a table: `12 000`, `41.3`, `0.0173`, `>= 12 000`, `unknown`."""
    if value is None or np.isnan(value):
        return "unknown"
    text = f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.3g}"
    return f"{sign} {text}" if sign else text


def format_statistics(statistics: Mapping[str, Any]) -> str:
    """Write `mean (low to high)` of one entry of `comparison.json`; `>=` where a seed did not reach the level."""
    reached = statistics.get("reached")
    return _with_interval(statistics, ">=" if reached is not None and reached < 1 else "", reached)


def format_ratio(ratio: Mapping[str, Any], reached: float | None = 1.0, reached_first: float | None = 1.0) -> str:
    """Write a ratio of `comparison.json` with its bound's direction.

    Args:
        ratio: `{"mean", "ci95"}`.
        reached: Share of seeds on which the ratio's agent reached the level: below 1 the ratio is at least this.
        reached_first: The same for the first agent: below 1 the ratio is at most this.
            Both below 1: it may be either, written `~`.
    """
    above, below = reached is not None and reached < 1, reached_first is not None and reached_first < 1
    sign = "~" if above and below else ">=" if above else "<=" if below else ""
    return _with_interval(ratio, sign, reached, reached_first)


def says_nothing(interval: Sequence[float | None], *reached: float | None) -> bool:
    """Whether an interval is missing, or has no width because no seed of an agent reached the level."""
    return interval[0] is None or (interval[0] == interval[1] and 0 in reached)


def _with_interval(statistics: Mapping[str, Any], sign: str, *reached: float | None) -> str:
    mean, (low, high) = format_number(statistics["mean"], sign), statistics["ci95"]
    return mean if says_nothing((low, high), *reached) else f"{mean} ({format_number(low)} to {format_number(high)})"


def _student_half_width(samples: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """Half the width of Student's t interval of the mean over the first axis; nan for a single sample."""
    n = samples.shape[0]
    if n < 2:
        return np.full(samples.shape[1:], np.nan)
    from scipy.special import stdtrit  # a tenth of the import time of scipy.stats, where only this is needed

    quantile = stdtrit(n - 1, (1 + confidence) / 2)
    return quantile * samples.std(axis=0, ddof=1) / np.sqrt(n)


def _agent_statistics(rows: Sequence[Mapping[str, Any]], budget: int) -> dict[str, Any]:
    scalars = [key for key, value in rows[0].items() if _is_scalar(value)]
    statistics: dict[str, Any] = {key: describe([row.get(key) for row in rows]) for key in scalars}
    truth_known = all(row.get("missing_information_fraction") is not None for row in rows)
    statistics["steps_to_fraction"] = {
        level: _describe_crossings([row["steps_to_fraction"][level] for row in rows], budget, truth_known)
        for level in rows[0]["steps_to_fraction"]
    }
    return statistics


def _describe_crossings(crossings: Sequence[int | None], budget: int, truth_known: bool) -> dict[str, Any]:
    if not truth_known:
        return describe([None]) | {"reached": None}
    steps, reached = censor(crossings, budget)
    return describe(steps.tolist()) | {"reached": reached}


def _ratios(
    rows: Sequence[Mapping[str, Any]], first_rows: Sequence[Mapping[str, Any]], budget: int, seed: int
) -> dict[str, Any]:
    ratios = {}
    for level in first_rows[0]["steps_to_fraction"]:
        own = censor([row["steps_to_fraction"][level] for row in rows], budget)
        first = censor([row["steps_to_fraction"][level] for row in first_rows], budget)
        ratio = Interval(np.nan, np.nan, np.nan)
        if own.reached > 0 or first.reached > 0:
            ratio = ratio_of_means(own.steps, first.steps, seed=seed)
        ratios[level] = {"mean": _known(ratio.estimate), "ci95": [_known(ratio.low), _known(ratio.high)]}
    return ratios


def _is_scalar(value: object) -> bool:
    return value is None or (isinstance(value, int | float | np.number) and not isinstance(value, bool))


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
