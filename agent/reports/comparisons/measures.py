"""Measures that were asked for, over the steps: means over seeds with bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ...registry import MEASURES
from .. import palette
from ..axes import as_label, count_steps, in_ones, make_panels, name_axes
from ..learning_curves import draw_band, spread_in_words
from .tables import seeds_in_words

ACROSS, MARGIN = 3, 0.12  # panels; beyond the means, as a share of what they span


def measure_curves(told: Mapping[str, Any], curves: Mapping[str, np.ndarray]) -> Figure:
    """Draw each measure in a panel, with pointwise 95 % intervals.

    Args:
        told: what `comparison.json` holds.
        curves: what `curves.npz` holds: `step`, `[rows]`, and `agent/measure`, `[seeds, rows]`.
    """
    names, looks = told["measures"], palette.looks(told["agents"])
    across = min(len(names), ACROSS)
    heading = f"{told['env']}: {seeds_in_words(told)}{spread_in_words(told['seeds'])}"
    figure, panels = make_panels(-(-len(names) // across), across, heading, looks)
    for axes, name in zip(panels, names, strict=False):
        for agent, look in looks.items():
            rows = curves[f"{agent}/{name}"]
            draw_band(axes, [{"step": curves["step"], "value": row} for row in rows], "value", look)
        means = np.concatenate([np.asarray(line.get_ydata(), np.float64) for line in axes.lines])
        if np.isfinite(means).any():
            low, high = min(np.nanmin(means), 0.0), max(np.nanmax(means), 0.0)
            axes.set_ylim(low - MARGIN * (high - low), high + MARGIN * (high - low) or 1)  # whatever bands of few seeds
        entry = MEASURES.get(name.partition(":")[0])
        name_axes(axes, as_label(name), entry.summary if entry else "")
        axes.yaxis.set_major_formatter(FuncFormatter(in_ones))
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    count_steps(panels[: len(names)], told["steps"], log=True)
    return figure
