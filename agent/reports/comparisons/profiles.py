"""Several worlds at once: one table with a row a world, and a figure with a profile over the worlds for every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from rich.table import Table
from rich.text import Text

from ...statistics.seed_statistics import curve_band
from .. import palette, terminal
from ..axes import make_panels, name_axes
from ..formatting import format_number, format_ratio
from ..learning_curves import legend_of_agents
from ..terminal import level_words, narrowed, table_of
from .tables import crossings, seeds_in_words

SHOWN_LEVEL = "0.1"
"""The level that the table has of every world."""
MOST_COLUMNS = 5
"""Of more agents than this each has a row."""
PANELS = ("0.5", "0.1", "0.02")
"""The levels whose profiles are drawn."""


def print_profiles(figures: Mapping[str, Any]) -> None:
    """Print the steps to one level in every world, and the ratios over all worlds to every level."""
    worlds = figures["worlds"]
    names = list(next(iter(worlds.values()))["agents"])
    level = SHOWN_LEVEL if SHOWN_LEVEL in figures["levels"] else figures["levels"][0]
    table = _of_many(figures, names, level) if len(names) > MOST_COLUMNS else _of_few(figures, names, level)
    terminal.console().print(table)
    for env, world in worlds.items():
        if world["unknown"] is not None:
            print(f"unknown in {env}: {world['unknown']}")


def _of_few(figures: Mapping[str, Any], names: Sequence[str], level: str) -> Table:
    """Make a table with a column an agent: means and intervals, and the ratios to every level."""
    worlds, seeds = figures["worlds"], figures["seeds"]
    table = table_of(f"{len(worlds)} worlds, {seeds_in_words(figures)}: {level_words(level)}", names)
    table.caption = (
        "mean (95 % interval); >= where a seed did not get there: it counts as the budget;\n"
        "ratio: geometric mean, over the worlds whose truth is known, of ratios of means"
    )
    for env, world in worlds.items():
        told = (agent["steps_to_fraction"][level] for agent in world["agents"].values())
        table.add_row(f"{env}, {format_number(world['steps'])} steps", *(crossings(each, seeds) for each in told))
    if figures["ratios"]:
        table.add_section()
        for each in figures["levels"]:
            row = (figures["ratios"].get(name, {}).get(each) for name in names)
            table.add_row(f"ratio of {level_words(each)}", *("1" if it is None else _ratio(it) for it in row))
    return narrowed(table)


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
        ratio = figures["ratios"].get(name, {}).get(level)
        means = (_mean(world["agents"][name]["steps_to_fraction"][level]) for world in worlds.values())
        table.add_row(Text(name), *means, "1" if ratio is None else _ratio(ratio | {"ci95": (None, None)}))
    return table


def _mean(steps: Mapping[str, Any]) -> str:
    if not steps["reached"]:
        return "-" if steps["reached"] == 0 else format_number(None)
    return format_number(steps["mean"], ">=" if steps["reached"] < 1 else "")


def _ratio(ratio: Mapping[str, Any]) -> str:
    return format_ratio(ratio, *ratio["reached"])


def profiles_over_worlds(figures: Mapping[str, Any], curves: Mapping[str, np.ndarray]) -> Figure:
    """Draw, for some levels, what share of the lives got there within a share of their budgets, with 95 % bands."""
    names = list(next(iter(figures["worlds"].values()))["agents"])
    colours, looks = palette.agent_colours(names), palette.looks(names)
    shown = [level for level in PANELS if level in figures["levels"]]
    worlds = figures["scored"]
    heading = f"{len(worlds)} worlds, {seeds_in_words(figures)}, pointwise 95 % intervals"
    figure, panels = make_panels(1, len(shown), heading)
    legend_of_agents(figure, looks)
    points = curves["share_of_budget"]
    for axes, level in zip(panels, shown, strict=True):
        for name in names if worlds else ():
            seeds = 100 * curves[f"{name}/profile"][:, figures["levels"].index(level)]
            band = curve_band([points] * len(seeds), list(seeds), most=100.0)
            axes.plot(points, band.mean, **looks[name])
            axes.fill_between(points, band.low, band.high, color=colours[name], alpha=0.22, linewidth=0)
        name_axes(axes, f"Got to {100 * float(level):g} % missing", "worlds x seeds (%)")
        axes.set_ylim(-1, 103)
        axes.set_xscale("log")
        axes.set_xlim(points[0], 1.0)
        axes.xaxis.set_major_locator(LogLocator(subs=(1,)))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}"))
        axes.set_xlabel("steps (% of the world's budget, log)", fontsize=9, color=palette.FAINT_INK)
    return figure
