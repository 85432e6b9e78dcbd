"""Levels of missing information, and when a life first crosses them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

LEVELS = (0.5, 0.25, 0.1, 0.05, 0.02)
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
