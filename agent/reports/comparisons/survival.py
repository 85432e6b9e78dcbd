"""Who has not got there yet: Kaplan-Meier curves of the steps to some levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.figure import Figure

from ...statistics.survival import kaplan_meier
from .. import palette
from ..axes import count_steps, make_panels, name_axes
from .profiles import PANELS
from .tables import seeds_in_words


def survival_curves(told: Mapping[str, Any], steps: Mapping[str, np.ndarray]) -> Figure:
    """Draw, for some levels, the share of seeds that have not got there, with pointwise 95 % intervals.

    Args:
        told: what `comparison.json` holds.
        steps: for each agent, `[seeds, levels]`, steps to each level; nan where it was not reached.
    """
    colours, looks = palette.agent_colours(steps), palette.looks(steps)
    levels = list(next(iter(told["agents"].values()))["steps_to_fraction"])
    shown = [level for level in PANELS if level in levels]
    heading = f"{told['env']}: {seeds_in_words(told)}, pointwise 95 % intervals"
    figure, panels = make_panels(1, len(shown), heading, looks)
    for axes, level in zip(panels, shown, strict=True):
        for name, rows in steps.items():
            curve = kaplan_meier(rows[:, levels.index(level)], told["steps"])
            axes.step(curve.steps, 100 * curve.share, where="post", **looks[name])
            ends = np.repeat(curve.steps, 2)[1:-1]  # of the time that each interval holds
            low, high = (100 * np.repeat(bound, 2)[:-2] for bound in (curve.low, curve.high))
            axes.fill_between(ends, low, high, color=colours[name], alpha=0.18, linewidth=0)
        name_axes(axes, f"Not yet at {100 * float(level):g} % missing", "seeds (%)")
        axes.set_ylim(-1, 103)
    count_steps(panels, told["steps"], log=True)
    return figure
