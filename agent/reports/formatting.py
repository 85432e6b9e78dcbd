"""Numbers, and what is known of many seeds, as text: the same in tables, figures and messages."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..statistics import intervals
from ..statistics.shares import in_percent

Writer = Callable[[float | None], str]
"""Writes one number."""
ALONE = "a mean alone: too few seeds for an interval, or nearly all alike"
"""What tables say of means without an interval."""


def format_number(value: float | None, sign: str = "") -> str:
    """Write a number for a table: `12 000`, `41.3`, `0.0173`, `>= 12 000`, `unknown`."""
    if value is None or np.isnan(value):
        return "unknown"
    text = f"{value:,.0f}".replace(",", " ") if abs(value) >= 999.5 else f"{value:.3g}"
    return f"{sign} {text}" if sign else text


def format_percent(share: float | None) -> str:
    """Write a share in percent, for a table: `41.3`, `0.0173`, `> 99.9`, `100` if it is all, `unknown`."""
    return in_percent(share, format_number)


def format_statistics(statistics: Mapping[str, Any], written: Writer = format_number) -> str:
    """Write `mean (low to high)` of one entry of `comparison.json`; `>=` where a seed did not reach the level.

    An interval that says nothing is not written.

    Args:
        statistics: `{"mean", "ci95"}`, with `median`, `iqm` and `reached` where there are any.
        written: writes each number.
    """
    reached = statistics.get("reached")
    return _with_interval(statistics, ">=" if reached is not None and reached < 1 else "", reached, written=written)


def got_there(statistics: Mapping[str, Any], seeds: int) -> str:
    """Write how many of the seeds reached a level if not all did: their share beside an interval, or else by number.

    So they are where their share would read as all, or none.
    """
    reached = statistics["reached"]
    if reached is None or reached == 1:
        return ""
    is_counted = says_nothing(statistics, reached) or not 0 < round(100 * reached) < 100
    number = f"{round(reached * seeds)} of {seeds}" if is_counted else f"{100 * reached:.0f} %"
    return f", {number} got there" if reached > 0 else ", none got there"


def format_ratio(ratio: Mapping[str, Any], reached: float | None = 1.0, reached_first: float | None = 1.0) -> str:
    """Write a ratio of `comparison.json` with its bound's direction.

    Args:
        ratio: `{"mean", "ci95"}`.
        reached: share of seeds on which the ratio's agent reached the level: below 1 the ratio is at least this.
        reached_first: the same for the first agent: below 1 the ratio is at most this.
            Both below 1: it may be either, written `~`.
    """
    above, below = reached is not None and reached < 1, reached_first is not None and reached_first < 1
    sign = "~" if above and below else ">=" if above else "<=" if below else ""
    return _with_interval(ratio, sign, reached, reached_first)


def says_nothing(statistics: Mapping[str, Any], *reached: float | None) -> bool:
    """Whether an interval is missing, has no width because no seed of an agent reached the level, or has absurd ends.

    The scale of a quantity of both signs, whose mean may be small by chance, is also that of its median.
    """
    low, high = statistics["ci95"]
    scale = max(abs(statistics.get(name) or 0.0) for name in ("mean", "median", "iqm"))
    return low is None or high is None or (low == high and 0 in reached) or intervals.says_nothing(scale, low, high)


def is_alone(statistics: Mapping[str, Any]) -> bool:
    """Whether a mean is written without an interval, for want of seeds."""
    reached = statistics.get("reached")
    return statistics["mean"] is not None and reached != 0 and says_nothing(statistics, reached)


def _with_interval(
    statistics: Mapping[str, Any], sign: str, *reached: float | None, written: Writer = format_number
) -> str:
    mean, (low, high) = written(statistics["mean"]), statistics["ci95"]
    if sign and statistics["mean"] is not None:
        mean = f"{sign} {mean}"
    return mean if says_nothing(statistics, *reached) else f"{mean} ({written(low)} to {written(high)})"
