"""The figure of an experiment of the literature: our curves, and what was published as circles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .. import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from .. import palette
from ..axes import as_label, count_steps, in_millions, in_ones, make_panels, name_axes
from ..learning_curves import draw_band

ACROSS = 3  # panels
ASIDE = 0.012  # of the axis: so that arms published at the same step can be told apart


def reproduction_curves(curves: Mapping[str, np.ndarray], told: Mapping[str, Any]) -> Figure:
    """Draw means over seeds with 95 % bands, a panel a setting, and what was published.

    Args:
        curves: what `curves.npz` holds: `setting/step`, `[N]`, and `setting/arm`, `[seeds, N]`.
        told: what `reproduction.json` holds.
    """
    settings = told["settings"]
    labels = dict.fromkeys(label for setting in settings.values() for label in setting["arms"])
    looks, across = palette.looks(labels), min(len(settings), ACROSS)
    heading = f"{told['experiment']}: mean of {told['seeds']} paired seeds; circles: published"
    size = (7.4, 4.2) if len(settings) == 1 else (5.2, 3.6)
    figure, panels = make_panels(-(-len(settings) // across), across, heading, looks, size)
    for axes, (name, setting) in zip(panels, settings.items(), strict=False):
        points = curves[f"{name}/step"]
        for label in setting["arms"]:
            if (rows := curves.get(f"{name}/{label}")) is not None:
                draw_band(axes, [{"step": points, "value": row} for row in rows], "value", looks[label])
        _draw_published(axes, setting, looks, int(points[-1]))
        _finish(axes, setting, name, int(points[-1]))
    for axes in panels[len(settings) :]:
        axes.set_visible(False)
    return figure


def _draw_published(axes: Axes, setting: Mapping[str, Any], looks: Mapping[str, Any], last: int) -> None:
    before: Counter[str] = Counter()  # circles at the same step
    for label, row in setting["arms"].items():
        look: dict[str, Any] = {"color": looks[label]["color"], "markerfacecolor": palette.PAPER, "markersize": 5}
        for at, cell in row.items():
            if cell["published"] is not None:
                value, spread = (*cell["published"], 0)[:2]
                place = int(at) + (0 if setting["is_logarithmic"] else before[at] * ASIDE * last)
                axes.errorbar(place, value, yerr=spread or None, fmt="o", capsize=3, **look)
                before[at] += 1


def _finish(axes: Axes, setting: Mapping[str, Any], name: str, last: int) -> None:
    name_axes(axes, as_label(name), setting["label"])
    means = np.concatenate([np.asarray(line.get_ydata(), np.float64).ravel() for line in axes.lines])
    means = means[np.isfinite(means)]
    lowest, highest = means.min(initial=np.inf), means.max(initial=0.0)
    if setting["is_logarithmic"]:
        lowest = means[means > 0].min(initial=max(highest, 1.0))
        axes.set_ylim(lowest / 1.4, max(highest, lowest) * 1.4)  # of the means, whatever bands of few seeds
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(min(lowest, 0.0), 1.1 * highest or 1.0)
    axes.yaxis.set_major_formatter(FuncFormatter(in_millions if highest > 1e6 else in_ones))
    count_steps([axes], round(last * (1 + ASIDE * len(setting["arms"]))), log=setting["is_logarithmic"])
    axes.set_xlabel(axes.get_xlabel().replace("steps", setting["unit"]))
