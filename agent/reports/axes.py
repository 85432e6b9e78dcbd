"""Panels and axes of the figures of curves: where they lie, how they look, what their ticks say."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from . import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from ..results.crossings import LEVELS
from . import palette
from .formatting import format_number

_DECADES = 2000.0  # a logarithmic axis of steps shows at most this factor
_TICKS = (10.0, 5.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 5e-4, 2e-4, 1e-4)
_FINEST_DECADE = -5  # an axis of fractions that reaches further down has room for decades only
_ROUNDING = 1e-16  # a smaller fraction is zero but for rounding
_LETTER = 0.56  # a letter of a legend is so wide, in units of its size
_BOLD, _TITLE = 0.62, 11.5  # a letter of a title is so wide, in units of its size; points
_KEY = 8  # a line of a legend and what parts it from the next are as wide as so many letters
_SMALL_LETTERS = 8.0  # names get a second row rather than smaller letters, in points

Looks = Mapping[str, Mapping[str, Any]]
"""For each agent, how its curves are drawn, in matplotlib's words."""


def in_ones(value: float, _: int) -> str:
    """Write the number at a tick."""
    return format_number(value)


def in_millions(value: float, _: int) -> str:
    """Write the number at a tick in millions."""
    return f"{value / 1e6:g} M"


def as_label(name: str) -> str:
    """Write a name in a figure as it is: no formula between dollars, and shown though it begins with an underscore."""
    return f"{' ' * name.startswith('_')}{name}".replace("$", r"\$")


def make_panels(
    rows: int, columns: int, title: str, looks: Looks, panel: Sequence[float] = (4.35, 3.25)
) -> tuple[Figure, list[Axes]]:
    """Place panels below a title and the names of the agents, by hand: a tenth of the time of matplotlib's engines.

    Args:
        rows: of panels.
        columns: of panels.
        title: above all, in as many lines as it takes.
        looks: for each agent, how its curves look; its name is written once, below the title, where there are any.
        panel: width and height of a panel, in inches.
    """
    (width, height), left, right, bottom, top = panel, 0.78, 0.28, 0.62, 0.35
    names_wide = columns * width - left - right
    letters, names_a_row = _legend_rows(list(looks), names_wide)
    lines = textwrap.wrap(title, int(72 * names_wide / (_BOLD * _TITLE)))
    title_high = 0.42 + 0.19 * (len(lines) - 1 if lines else 0)
    head = title_high + 0.24 + 0.18 * (math.ceil(len(looks) / names_a_row) - 1 if looks else -1)
    size = (columns * width, rows * height + head)
    figure = Figure(figsize=size, facecolor=palette.PAPER)
    panels = []
    for row in range(rows):
        for column in range(columns):
            x, y = column * width + left, (rows - 1 - row) * height + bottom
            box = (x / size[0], y / size[1], (width - left - right) / size[0], (height - bottom - top) / size[1])
            panels.append(figure.add_axes(box))
            _style(panels[-1])
    place = {"x": left / size[0], "y": 1 - 0.15 / size[1], "va": "top"}
    figure.text(s=as_label("\n".join(lines)), fontsize=_TITLE, weight="bold", color=palette.INK, **place)
    if looks:
        _name_agents(figure, looks, letters, names_a_row, title_high)
    return figure, panels


def _legend_rows(names: Sequence[str], width: float) -> tuple[float, int]:
    """Return how large letters may be (points), and how many names stand in a row so wide (inches)."""
    letters = sum(map(len, names)) + _KEY * len(names)
    in_one_row = 72 * width / (_LETTER * max(1, letters))
    if in_one_row >= _SMALL_LETTERS:
        return min(10.0, in_one_row), len(names)
    longest = _LETTER * _SMALL_LETTERS / 72 * (max(map(len, names)) + _KEY)
    return _SMALL_LETTERS, max(1, int(width / longest))


def _name_agents(figure: Figure, looks: Looks, letters: float, names_a_row: int, below: float) -> None:
    """Name the agents once, below the title, each by the look of its curves."""
    keys = [Line2D([], [], linewidth=2, **look) for look in looks.values()]
    width, height = figure.get_size_inches()
    place = {"loc": "upper left", "bbox_to_anchor": (0.8 / width, 1 - below / height), "borderaxespad": 0}
    style = {
        "labelcolor": [look["color"] for look in looks.values()],
        "handlelength": 2.0,
        "columnspacing": 1.4,
        "labelspacing": 0.35,
        "frameon": False,
        "borderpad": 0,
    }
    figure.legend(keys, list(map(as_label, looks)), ncols=names_a_row, fontsize=letters, **place, **style)


def _style(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(palette.LINE)
    axes.tick_params(labelsize=8.5, length=3, color=palette.LINE, labelcolor=palette.FAINT_INK)
    axes.grid(axis="y", color=palette.LINE, linewidth=0.6)
    axes.set_axisbelow(True)


def name_axes(axes: Axes, title: str, ylabel: str) -> None:
    """Write what a panel shows above it, and the unit beside it."""
    axes.set_title(title, loc="left", fontsize=10, color=palette.INK, pad=8)
    axes.set_ylabel(ylabel, fontsize=9, color=palette.FAINT_INK)


def mark_levels(axes: Axes) -> None:
    """Set a logarithmic axis of fractions with the reported levels as its grid."""
    values = [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines]
    positive = np.concatenate([y[(y > 0) & np.isfinite(y)] for y in values])
    lowest, highest = (positive.min(), positive.max()) if positive.size else (1.0, 1.0)
    axes.set_yscale("log")
    ticks = _ticks_of_fractions(max(lowest, _ROUNDING))
    axes.set_ylim(ticks[-1], 1.15 * max(highest, 1))  # a bad guess early on may miss more than the yardstick
    for level in LEVELS:
        axes.axhline(level, color=palette.LINE, linewidth=0.9, linestyle=(0, (3, 2)), zorder=0.5)
    axes.grid(visible=False)
    axes.yaxis.set_major_locator(FixedLocator([tick for tick in ticks if tick <= axes.get_ylim()[1]]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}"))


def _ticks_of_fractions(lowest: float) -> list[float]:
    """Return ticks downwards, the last of them the first that is below `lowest` and at most one half."""
    if lowest > _TICKS[-1]:
        bottom = next(tick for tick in _TICKS if tick < lowest and tick <= 0.5)
        return [tick for tick in _TICKS if tick >= bottom]
    decade = math.ceil(math.log10(lowest)) - 1
    if decade >= _FINEST_DECADE:
        return [*_TICKS, *(10.0**exponent for exponent in range(-5, decade - 1, -1))]
    every = math.ceil(-decade / 8)
    return [10.0**exponent for exponent in range(0, decade - every, -every)]


def count_steps(panels: Sequence[Axes], last: int, *, log: bool) -> None:
    """Set the axes of steps, up to the last one."""
    for axes in panels:
        if log:
            first = axes.dataLim.minposx / 1.2
            lowest = max(1.0, last / _DECADES, first if math.isfinite(first) else 1.0)  # nothing may be known, or drawn
            axes.set_xlim(lowest, 1.12 * last)  # before the scale, which would fit the limits to the data
            axes.set_xscale("log")
            wide = axes.get_xlim()[1] > 100 * axes.get_xlim()[0]
            axes.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.tick_params(axis="x", which="minor", length=2, color=palette.LINE)
        else:
            axes.set_xlim(0, max(last, 1))
            axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(in_ones))
        axes.set_xlabel("steps (log)" if log else "steps", fontsize=9, color=palette.FAINT_INK)
