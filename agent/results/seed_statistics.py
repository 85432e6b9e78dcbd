"""Numbers with intervals: what may be said of agents from runs over several seeds.

Seeds are independent draws of world and agent; agents compared on the same seeds are *paired*.

- Means and paired ratios carry the intervals of `agent.results.intervals`, which says how they are made and how often
  they contain the truth.
- Steps to a level are right-censored by the budget. A seed that did not get there counts as the budget and
  `reached` is the share that did: means are then lower bounds, and are marked `>=` wherever they are shown. Where too
  few got there for an interval, there is none, neither of the mean nor of a ratio to it.

Unknown numbers are None here and null in files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .intervals import CONFIDENCE, Interval, mean_bounds, mean_interval, ratio_of_means

__all__ = [
    "LEVELS",
    "Band",
    "Censored",
    "Interval",
    "censor",
    "comparison",
    "curve_band",
    "describe",
    "format_number",
    "format_ratio",
    "format_statistics",
    "got_there",
    "mean_interval",
    "no_significant_difference",
    "ratio_of_means",
    "says_nothing",
    "steps_to_fraction",
]

LEVELS = (0.5, 0.25, 0.1, 0.05, 0.02)
"""Fractions of the missing information whose first crossing every run reports."""

MOST: Mapping[str, float] = {"coverage": 1.0}
"""Figures of a summary that have a greatest value."""

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
        steps: For each seed `[N_i]`, increasing.
        curves: For each seed `[N_i]`.
        confidence: Of the two-sided interval at each point.
        most: What the curves cannot exceed.
    """
    grid = np.asarray(steps[0])
    grid = grid[grid <= min(np.asarray(own)[-1] for own in steps)]
    samples = np.stack(
        [np.interp(grid, np.asarray(own), np.asarray(y, float)) for own, y in zip(steps, curves, strict=True)]
    )
    low, high = mean_bounds(samples, most, num_resamples=RESAMPLES_OF_A_BAND, confidence=confidence)
    return Band(grid, samples.mean(axis=0), low, high)


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
    agents = {name: _agent_statistics(rows, steps, seed) for name, rows in summaries.items()}
    return {
        "env": env,
        "steps": steps,
        "seeds": counts[first],
        "agents": agents,
        "ratios": {
            name: {
                level: _ratio(
                    [_censored(summaries[agent], level, steps) for agent in (name, first)],
                    all(agents[agent]["steps_to_fraction"][level]["ci95"][0] is not None for agent in (name, first)),
                    seed,
                )
                for level in agents[first]["steps_to_fraction"]
            }
            for name in others
        },
    }


def describe(values: Sequence[float | None], most: float = np.inf, seed: int = 0) -> dict[str, Any]:
    """Mean, median and 95 % interval of one number over seeds, none above `most`; null if it is unknown for a seed."""
    if any(value is None or np.isnan(value) for value in values):
        return {"mean": None, "median": None, "ci95": [None, None]}
    samples = np.asarray(values, dtype=float)
    mean, low, high = mean_interval(samples, most, seed=seed)
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


def got_there(statistics: Mapping[str, Any], seeds: int) -> str:
    """Write how many of the seeds reached a level if not all did: their share beside an interval, or else by number."""
    reached, interval = statistics["reached"], statistics["ci95"]
    if reached is None or reached == 1:
        return ""
    number = f"{100 * reached:.0f} %" if not says_nothing(interval, reached) else f"{round(reached * seeds)} of {seeds}"
    return f", {number} got there" if reached > 0 else ", none got there"


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


def _agent_statistics(rows: Sequence[Mapping[str, Any]], budget: int, seed: int) -> dict[str, Any]:
    scalars = [key for key, value in rows[0].items() if _is_scalar(value)]
    statistics: dict[str, Any] = {
        key: describe([row.get(key) for row in rows], MOST.get(key, np.inf), seed) for key in scalars
    }
    truth_known = all(row.get("missing_information_fraction") is not None for row in rows)
    statistics["steps_to_fraction"] = {
        level: _describe_crossings(_censored(rows, level, budget), budget, truth_known, seed)
        for level in rows[0]["steps_to_fraction"]
    }
    return statistics


def _censored(rows: Sequence[Mapping[str, Any]], level: str, budget: int) -> Censored:
    return censor([row["steps_to_fraction"][level] for row in rows], budget)


def _describe_crossings(crossings: Censored, budget: int, truth_known: bool, seed: int) -> dict[str, Any]:
    if not truth_known:
        return describe([None]) | {"reached": None}
    described = describe(crossings.steps.tolist(), budget, seed) | {"reached": crossings.reached}
    return described if crossings.reached > 0 else described | {"ci95": [None, None]}


def _ratio(pair: Sequence[Censored], have_intervals: bool, seed: int) -> dict[str, Any]:
    if all(crossings.reached == 0 for crossings in pair):
        return {"mean": None, "ci95": [None, None]}
    mean, low, high = ratio_of_means(*(crossings.steps for crossings in pair), seed=seed)
    return {"mean": _known(mean), "ci95": [_known(low), _known(high)] if have_intervals else [None, None]}


def _is_scalar(value: object) -> bool:
    return value is None or (isinstance(value, int | float | np.number) and not isinstance(value, bool))


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
