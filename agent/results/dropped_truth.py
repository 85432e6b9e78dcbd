"""Results without the truth: the figures that need it become unknown, and the reason is stored.

Where the truth about a world was disproved in one life, it is dropped in every other life there.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .recording.streams import Arrays

if TYPE_CHECKING:
    from .run_directory import Run

KNOWN, DROPPED = "known", "the truth was dropped"
"""What the entry `truth` of a summary says, or begins with; otherwise it says why the truth is not known."""

COLUMNS = ("coverage", "missing_information_nats", "missing_information_fraction")
FIGURES = (*COLUMNS, "missing_information_yardstick_nats", "num_states")
BY_LEVEL = ("steps_to_fraction", "coverage_at_fraction")

Key = TypeVar("Key", bound=Hashable)


def columns_without(columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return columns of a trace, or of metrics, with nan in those that need the truth."""
    return {name: np.full_like(column, math.nan) if name in COLUMNS else column for name, column in columns.items()}


def summary_without(summary: Mapping[str, Any], why: str) -> dict[str, Any]:
    """Return a summary with None for the figures that need the truth, and why they are not known."""
    levels = {name: dict.fromkeys(summary[name]) for name in BY_LEVEL if name in summary}  # older runs lack one
    return {**summary, **dict.fromkeys(FIGURES), **levels, "truth": why}


def reason(summary: Mapping[str, Any]) -> str | None:
    """Return why the figures of a summary that need the truth are not known; None if they are."""
    why = summary.get("truth", KNOWN)
    return None if why == KNOWN else why


def disproof(summaries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the truth was dropped, if it was in one of several lives in a world."""
    reasons = (reason(summary) or "" for summary in summaries)
    return next((why for why in reasons if why.startswith(DROPPED)), None)


def distinct(remarks: Iterable[str]) -> list[str]:
    """Return the notes on several lives in a world, each once; of dropped truths, only the first."""
    told = list(dict.fromkeys(remarks))
    dropped = [remark for remark in told if remark.startswith(DROPPED)]
    return [remark for remark in told if remark not in dropped[1:]]


def agreeing(runs: "Mapping[Key, Run]") -> "dict[Key, Run]":
    """Return runs in one world, none of them scored if the truth was dropped in one."""
    why = disproof([run.summary for run in runs.values()])
    return {key: run if why is None or reason(run.summary) else without_truth(run, why) for key, run in runs.items()}


def without_truth(run: "Run", why: str) -> "Run":
    """Return a run without what needs the truth, and why."""
    trace = run.trace
    trace = trace.filled(COLUMNS, math.nan) if isinstance(trace, Arrays) else columns_without(trace)
    return replace(
        run,
        summary=summary_without(run.summary, why),
        metrics=columns_without(run.metrics),
        trace=trace,
    )
