"""Each agent of a comparison against the first one, level by level: differences, improvements, log-rank tests."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..statistics.pairs import mean_difference, probability_of_improvement
from ..statistics.seed_statistics import known
from ..statistics.survival import holm, log_rank

Steps = NDArray[np.float64]
Entry = dict[str, Any]


def against_first(
    summaries: Mapping[str, Sequence[Mapping[str, Any]]], budget: int, figure: str
) -> dict[str, dict[str, Entry]]:
    """Compare steps to every level with those of the first agent; null where neither got there on any seed.

    Args:
        summaries: for each agent, the summaries in the order of the seeds.
        budget: steps of every life.
        figure: a key of `AGAINST_FIRST`.
    """
    first, *others = summaries
    levels = list(summaries[first][0]["steps_to_fraction"])
    pairs = {
        (name, level): [_steps(summaries[agent], level) for agent in (name, first)]
        for name in others
        for level in levels
    }
    found = {key: AGAINST_FIRST[figure](steps, of_first, budget) for key, (steps, of_first) in pairs.items()}
    if figure == "logrank":
        corrected = holm([np.nan if entry["p"] is None else entry["p"] for entry in found.values()])
        found = {key: entry | {"p_holm": known(p)} for (key, entry), p in zip(found.items(), corrected, strict=True)}
    return {name: {level: found[name, level] for level in levels} for name in others}


def _steps(rows: Sequence[Mapping[str, Any]], level: str) -> Steps:
    """Return the steps to a level on every seed, nan where it was not reached."""
    return np.array([row["steps_to_fraction"][level] for row in rows], dtype=float)


def _difference(steps: Steps, of_first: Steps, budget: int) -> Entry:
    """Mean difference; a seed that did not get there counts as the budget, and there is no interval if none did."""
    reached = [np.isfinite(each).any() for each in (steps, of_first)]
    if not any(reached):
        return {"mean": None, "ci95": [None, None]}
    mean, low, high = mean_difference(*(np.where(np.isfinite(each), each, budget) for each in (steps, of_first)))
    low, high = np.clip([low, high], -budget, budget)  # nan stays
    return {"mean": known(mean), "ci95": [known(low), known(high)] if all(reached) else [None, None]}


def _improvement(steps: Steps, of_first: Steps, budget: int) -> Entry:
    """Probability that the agent gets there before the first one, on the same seed."""
    if not np.isfinite([steps, of_first]).any():
        return {"probability": None, "ci95": [None, None]}
    own, other = (np.where(np.isfinite(each), each, np.inf) for each in (steps, of_first))
    found = probability_of_improvement(own, other)
    return {"probability": found.probability, "ci95": [found.low, found.high]}


def _log_rank(steps: Steps, of_first: Steps, budget: int) -> Entry:
    found = log_rank(steps, of_first, budget)
    return {"statistic": known(found.statistic), "p": known(found.p)}


AGAINST_FIRST: Mapping[str, Callable[[Steps, Steps, int], Entry]] = {
    "differences": _difference,
    "improvements": _improvement,
    "logrank": _log_rank,
}
"""Figures of `comparison.json` that tell an agent from the first one, by agent and level."""
