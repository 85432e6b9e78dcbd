"""Comparisons in several worlds, joined: one table, and for every level a profile over the worlds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...statistics.profiles import mean_ratio, shares_in_time
from ...statistics.seed_statistics import known

NUM_POINTS = 200
LEAST_SHARE = 1e-3
"""The smallest share of a budget that profiles show."""

Columns = Mapping[str, np.ndarray]


def join(comparisons: Mapping[str, tuple[Mapping[str, Any], Columns]]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Join comparisons of the same agents on the same seeds; gives what `profiles.json` and `curves.npz` hold.

    Worlds whose truth is not known are in the table, and left out of profiles and ratios.

    Args:
        comparisons: for each world, what `comparison.json` and its `curves.npz` hold.
    """
    told, curves = next(iter(comparisons.values()))
    names = list(told["agents"])
    levels = [level for level in _levels(told) if all(level in _levels(each) for each, _ in comparisons.values())]
    scored = {env: each for env, each in comparisons.items() if each[0].get("unknown") is None}
    budgets = np.array([each["steps"] for each, _ in scored.values()], dtype=float)
    points = np.geomspace(LEAST_SHARE, 1.0, NUM_POINTS)
    crossings = {name: np.stack(rows) for name in names if (rows := _crossings(scored, name, levels))}
    joined = {"seed": curves["seed"], "share_of_budget": points}
    for name, steps in crossings.items():  # [worlds, seeds, levels]
        joined[f"{name}/profile"] = np.stack(
            [shares_in_time(steps[:, :, i].T, budgets, points) for i in range(len(levels))], axis=1
        )
    first, *others = names
    figures = {
        "worlds": {
            env: {key: each.get(key) for key in ("steps", "agents", "unknown")}
            for env, (each, _) in comparisons.items()
        },
        "seeds": told["seeds"],
        "first_seed": int(curves["seed"][0]),
        "levels": levels,
        "scored": list(scored),
        "ratios": {
            name: {level: _ratio(scored, crossings, (name, first), level, i) for i, level in enumerate(levels)}
            for name in (others if scored else ())
        },
    }
    return figures, joined


def _levels(told: Mapping[str, Any]) -> list[str]:
    """Return the levels of a comparison: those of earlier versions have fewer."""
    return list(next(iter(told["agents"].values()))["steps_to_fraction"])


def _crossings(
    scored: Mapping[str, tuple[Mapping[str, Any], Columns]], name: str, levels: Sequence[str]
) -> Sequence[np.ndarray]:
    """Return an agent's steps to each of the levels in each world, `[seeds, levels]`; nan where not reached."""
    return [
        curves[f"{name}/steps_to_fraction"][:, [_levels(told).index(level) for level in levels]]
        for told, curves in scored.values()
    ]


def _ratio(
    scored: Mapping[str, tuple[Mapping[str, Any], Columns]],
    crossings: Mapping[str, np.ndarray],
    pair: tuple[str, str],
    level: str,
    index: int,
) -> dict[str, Any]:
    """Ratio of mean steps over all worlds, and on which share of all lives either agent got there.

    It is None if in some world neither got there on any seed: budget / budget says nothing. Its interval is, where one
    of the means has none.
    """
    budgets = np.array([each["steps"] for each, _ in scored.values()], dtype=float)
    steps = [crossings[name][:, :, index].T for name in pair]
    reached = [float(np.isfinite(each).mean()) for each in steps]
    if not np.isfinite(steps).any(axis=(0, 1)).all():
        return {"mean": None, "ci95": [None, None], "reached": reached}
    mean, low, high = mean_ratio(*(np.where(np.isfinite(each), each, budgets) for each in steps))
    told = (each["agents"][name]["steps_to_fraction"][level] for each, _ in scored.values() for name in pair)
    have_intervals = all(each["ci95"][0] is not None for each in told)
    return {
        "mean": known(mean),
        "ci95": [known(low), known(high)] if have_intervals else [None, None],
        "reached": reached,
    }
