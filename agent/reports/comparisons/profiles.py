"""Several worlds at once: one table with a row a world, and a figure with a profile over the worlds for every level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .. import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from rich.table import Table
from rich.text import Text

from ...statistics.seed_statistics import Band, curve_band
from .. import palette
from ..axes import as_label, make_panels, name_axes
from ..formatting import ALONE, format_number, format_ratio
from ..learning_curves import draw_spread, spread_in_words
from ..tabular.fitting import print_table, table_of
from ..terminal import level_words, say_why
from .tables import crossings, ratio_of_first, seeds_in_words

SHOWN_LEVEL = "0.1"
"""The level that the table has of every world."""
MOST_COLUMNS = 5
"""Of more agents than this each has a row."""
PANELS = ("0.5", "0.1", "0.02")
"""The levels whose profiles are drawn."""
MOST_IN_A_PANEL = len(palette.AGENTS) + len(palette.SPARE)
"""More agents than there are colours have a panel each."""
PANELS_A_ROW = 5


def print_profiles(figures: Mapping[str, Any]) -> None:
    """Print the steps to one level in every world, and the ratios over all worlds to every level."""
    worlds = figures["worlds"]
    names = list(next(iter(worlds.values()))["agents"])
    level = SHOWN_LEVEL if SHOWN_LEVEL in figures["levels"] else figures["levels"][0]
    table = _of_many(figures, names, level) if len(names) > MOST_COLUMNS else _of_few(figures, names, level)
    print_table(table)
    for env, world in worlds.items():
        if world["unknown"] is not None:
            say_why(world["unknown"], f"unknown in {env}")


def _of_few(figures: Mapping[str, Any], names: Sequence[str], level: str) -> Table:
    """Make a table with a column an agent: means and intervals, and the ratios to every level."""
    worlds, seeds = figures["worlds"], figures["seeds"]
    table = table_of(f"{len(worlds)} worlds, {seeds_in_words(figures)}: {level_words(level)}", names)
    table.caption = (
        f"mean (95 % interval);\n{ALONE};\n"
        ">= where a seed did not get there: it counts as the budget;\n"
        "ratio: geometric mean, over the worlds whose truth is known, of ratios of means"
    )
    for env, world in worlds.items():
        told = (agent["steps_to_fraction"][level] for agent in world["agents"].values())
        table.add_row(f"{env}, {format_number(world['steps'])} steps", *(crossings(each, seeds) for each in told))
    if figures["ratios"]:
        table.add_section()
        for each in figures["levels"]:
            table.add_row(f"ratio of {level_words(each)}", *(_ratio(figures, name, each) for name in names))
    return table


def _of_many(figures: Mapping[str, Any], names: Sequence[str], level: str) -> Table:
    """Make a table with a row an agent: means, and the ratio over all worlds."""
    worlds = figures["worlds"]
    table = table_of(f"{seeds_in_words(figures)}: {level_words(level)}", [*worlds, "ratio"])
    table.collapse_padding, table.pad_edge = True, False
    table.caption = (
        "mean; >= where a seed did not get there: it counts as the budget; - where none did;\n"
        "ratio: geometric mean, over the worlds whose truth is known, of ratios of means"
    )
    table.add_row("budget", *(format_number(world["steps"]) for world in worlds.values()), "")
    table.add_section()
    for name in names:
        means = (_mean(world["agents"][name]["steps_to_fraction"][level]) for world in worlds.values())
        table.add_row(Text(name), *means, _ratio(figures, name, level, has_interval=False))
    return table


def _mean(steps: Mapping[str, Any]) -> str:
    if not steps["reached"]:
        return "-" if steps["reached"] == 0 else format_number(None)
    return format_number(steps["mean"], ">=" if steps["reached"] < 1 else "")


def _ratio(figures: Mapping[str, Any], name: str, level: str, has_interval: bool = True) -> str:
    if (ratio := figures["ratios"].get(name, {}).get(level)) is not None:
        return format_ratio(ratio if has_interval else ratio | {"ci95": (None, None)}, *ratio["reached"])
    scored = (figures["worlds"][env]["agents"][name]["steps_to_fraction"] for env in figures["scored"])
    return ratio_of_first([steps[level]["reached"] for steps in scored])


def profiles_over_worlds(figures: Mapping[str, Any], curves: Mapping[str, np.ndarray]) -> Figure:
    """Draw what share of the lives got to a level within a share of their budgets, with 95 % bands.

    A few agents are drawn together, a panel a level; of many each has a panel, the others grey behind it and the first,
    with which they are compared, dashed.
    """
    names = list(next(iter(figures["worlds"].values()))["agents"])
    heading = f"{len(figures['scored'])} worlds, {seeds_in_words(figures)}{spread_in_words(figures['seeds'])}"
    few = len(names) <= MOST_IN_A_PANEL
    return _a_panel_a_level(figures, curves, heading) if few else _a_panel_an_agent(figures, curves, heading)


def _a_panel_a_level(figures: Mapping[str, Any], curves: Mapping[str, np.ndarray], heading: str) -> Figure:
    looks = palette.looks(next(iter(figures["worlds"].values()))["agents"])
    shown = [level for level in PANELS if level in figures["levels"]]
    figure, panels = make_panels(1, len(shown), heading, looks)
    for axes, level in zip(panels, shown, strict=True):
        for name, (band, lives) in _bands(figures, curves, level).items():
            axes.plot(band.steps, band.mean, **looks[name])
            draw_spread(axes, band, lives, looks[name]["color"])
        name_axes(axes, f"Got to {100 * float(level):g} % missing", "worlds x seeds (%)")
        _share_axes(axes, curves["share_of_budget"])
    return figure


def _a_panel_an_agent(figures: Mapping[str, Any], curves: Mapping[str, np.ndarray], heading: str) -> Figure:
    level = SHOWN_LEVEL if SHOWN_LEVEL in figures["levels"] else figures["levels"][0]
    names = list(next(iter(figures["worlds"].values()))["agents"])
    bands, first = _bands(figures, curves, level), names[0]
    heading = f"Got to {100 * float(level):g} % missing: {heading}; dashed: {first}"
    rows = math.ceil(len(names) / PANELS_A_ROW)
    figure, panels = make_panels(rows, PANELS_A_ROW, heading, {}, (2.75, 2.4))
    colour = palette.AGENTS["curious"]
    for axes, name in zip(panels, names, strict=False):
        for other, _ in bands.values():
            axes.plot(other.steps, other.mean, color=palette.LINE, linewidth=0.8, zorder=0)
        if bands and name != first:
            known, _ = bands[first]
            axes.plot(known.steps, known.mean, color=palette.INK, linewidth=1, linestyle=(0, (3, 2)))
        if bands:
            band, lives = bands[name]
            axes.plot(band.steps, band.mean, color=colour, linewidth=2)
            draw_spread(axes, band, lives, colour)
        name_axes(axes, "", "worlds x seeds (%)" if axes in panels[::PANELS_A_ROW] else "")
        axes.set_title(as_label(name.replace(":", ":\n", 1)), loc="left", fontsize=8, color=palette.INK, pad=6)
        _share_axes(axes, curves["share_of_budget"])
        axes.set_xlabel("budget (%, log)", fontsize=9, color=palette.FAINT_INK)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    return figure


def _bands(
    figures: Mapping[str, Any], curves: Mapping[str, np.ndarray], level: str
) -> dict[str, tuple[Band, list[tuple[np.ndarray, np.ndarray]]]]:
    """Return each agent's profile at a level with its intervals, in %, and that of each seed; none without a truth."""
    names = next(iter(figures["worlds"].values()))["agents"] if figures["scored"] else ()
    points, i = curves["share_of_budget"], figures["levels"].index(level)
    rows = {name: list(100 * curves[f"{name}/profile"][:, i]) for name in names}
    return {
        name: (curve_band([points] * len(seeds), seeds, most=100.0), [(points, seed) for seed in seeds])
        for name, seeds in rows.items()
    }


def _share_axes(axes: Axes, points: np.ndarray) -> None:
    """Set the axes of a profile: shares of lives over shares of a budget."""
    axes.set_ylim(-1, 103)
    axes.set_xscale("log")
    axes.set_xlim(points[0], 1.0)
    axes.xaxis.set_major_locator(LogLocator(subs=(1,)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}"))
    axes.set_xlabel("steps (% of the world's budget, log)", fontsize=9, color=palette.FAINT_INK)
