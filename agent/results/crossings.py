"""Levels of missing information, when a life first crosses them, and how much of the world it has seen by then."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

LEVELS = (0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005)
"""Fractions of the missing information whose first crossing every run reports."""


def steps_to_fraction(steps: ArrayLike, fraction: ArrayLike, levels: Sequence[float] = LEVELS) -> dict[str, int | None]:
    """First step at which the fraction of missing information is at or below each level.

    Args:
        steps: `[N]`, increasing.
        fraction: `[N]`, missing information after that many steps / its yardstick; nan where unknown.
        levels: fractions in (0, 1).

    Returns:
        `{"0.1": step, ...}`, None for a level that was not reached. The curve may rise again afterwards.
    """
    steps, fraction = np.asarray(steps), np.asarray(fraction, dtype=float)
    crossings: dict[str, int | None] = {}
    for level in levels:
        there = fraction <= level
        crossings[f"{level:g}"] = int(steps[np.argmax(there)]) if there.any() else None
    return crossings


def coverage_at_fraction(crossings: Mapping[str, int | None], coverage: ArrayLike) -> dict[str, float | None]:
    """Coverage at the first crossing of each level.

    Little may be missing although much was never tried: a belief that generalises knows more than it has seen.

    Args:
        crossings: step of each level, as `steps_to_fraction` gives it; None where not reached.
        coverage: `[N]`, share of the reachable pairs visited after 0, 1, ... N - 1 steps, N above every crossing.

    Returns:
        `{"0.1": coverage, ...}`, None for a level that was not reached.
    """
    coverage = np.asarray(coverage, dtype=float)
    return {level: None if step is None else float(coverage[step]) for level, step in crossings.items()}
