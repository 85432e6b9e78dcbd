"""Curves of runs, one seed or many; every function returns a Figure, which `figures.save` writes.

Drawn on bare Figure objects: no global state, no display, no pyplot import. Steps are counted in the world; nats
everywhere. Bands are pointwise 95 % intervals of the mean over seeds (`agent.statistics.seed_statistics.curve_band`).
Of few seeds these jump from point to point, a hundredfold and back: there the curve of each seed is drawn instead.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from ..results import dropped_truth
from ..statistics import intervals, seed_statistics
from . import palette
from .axes import count_steps, in_ones, make_panels, mark_levels, name_axes
from .belief_maps import title_of_runs

if TYPE_CHECKING:
    from ..results.run_directory import Run

Curve = Mapping[str, np.ndarray]
"""The columns of one run's `metrics.csv`."""

_EXPECTED: dict[str, Any] = {"linestyle": (0, (4, 2)), "linewidth": 1.2}
_POINTS_OF_A_LINE = 6.2  # what marks and counts take at full size
_TALL = 8.0  # inches: panels higher than this stand in one row
_MOST_OF_A_BAND = 2.0  # times the largest mean: what of intervals is shown
FEWEST_OF_A_BAND = 6
"""Seeds from which on bands are drawn: of four seeds one point in twelve has an interval of twice the mean and more, of
six one in two hundred."""
_CHANGED: dict[str, Any] = {"linestyle": (0, (1, 1.5)), "linewidth": 0.9, "zorder": 1}
_EACH: dict[str, Any] = {"linewidth": 0.7, "alpha": 0.5, "zorder": 1.5}
_LEGEND: dict[str, Any] = {"fontsize": 8.5, "framealpha": 0.85, "edgecolor": "none", "borderpad": 0.3}


def learning_curves(runs: Mapping[str, Run]) -> Figure:
    """Draw one seed's missing information, coverage and cumulative information gain, 1 x 3 panels.

    Where the truth of the world is unknown the first panel shows what each agent itself expects to be missing,
    and the coverage, which cannot be known, is left out.
    """
    looks: dict[str, dict[str, Any]] = {  # all solid: dashes tell what was expected
        label: {"color": colour, "linestyle": "-"} for label, colour in palette.agent_colours(runs).items()
    }
    truth_known = any(np.isfinite(run.metrics["missing_information_fraction"]).any() for run in runs.values())
    figure, panels = make_panels(1, 3 if truth_known else 2, title_of_runs(runs), looks)
    if not truth_known:
        _say_why(figure, next((why for run in runs.values() if (why := dropped_truth.reason(run.summary))), None))
    for label, run in runs.items():
        look, step = looks[label], run.metrics["step"]
        if truth_known:
            panels[0].plot(step, run.metrics["missing_information_fraction"], **look)
            panels[1].plot(step, 100 * run.metrics["coverage"], **look)
        else:
            panels[0].plot(step, run.metrics["expected_missing_information_nats"], **look)
        panels[-1].plot(step, run.metrics["information_gain_nats"], **look)
        panels[-1].plot(step, run.metrics["expected_information_gain_nats"], **look | _EXPECTED)
    _finish_curve_panels(panels, truth_known)
    _mark_leaders(panels[0], runs, looks)
    keys = [Line2D([], [], color=palette.FAINT_INK), Line2D([], [], color=palette.FAINT_INK, **_EXPECTED)]
    panels[-1].legend(keys, ["realised", "expected before acting"], loc="lower right", **_LEGEND)
    count_steps(panels, max(run.summary.get("steps", 0) for run in runs.values()), log=False)
    return figure


def _mark_leaders(axes: Axes, runs: Mapping[str, Run], looks: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw a thin line where rules began, or ceased, to predict: what is missing leaps, and nothing was learnt."""
    changes = {label: run.summary.get("rules", {}).get("lead_changes", ()) for label, run in runs.items()}
    for label, steps in changes.items():
        for step in steps:
            axes.axvline(step, color=looks[label]["color"], **_CHANGED)
    if any(changes.values()):
        keys = [Line2D([], [], color=palette.FAINT_INK, **_CHANGED)]
        axes.legend(keys, ["rules take the lead, or lose it"], loc="upper right", **_LEGEND)


def comparison_curves(
    curves: Mapping[str, Sequence[Curve]],
    crossings: Mapping[str, Sequence[Mapping[str, int | None]]],
    budget: int,
    title: str = "",
    unknown: str | None = None,
) -> Figure:
    """Draw means over seeds with 95 % bands, and every seed's steps to each level: 2 x 2 panels, or a row of them.

    Of few seeds, the curve of each stands in place of bands.

    Args:
        curves: for each agent, the columns of `metrics.csv` of every seed.
        crossings: for each agent, the `steps_to_fraction` of every seed's summary, None where not reached.
        budget: steps of every run; an unreached level counts as that. A mean with such seeds is an open triangle
            with the share of seeds that got there beside it.
        title: above the figure; the world's name, say.
        unknown: why the truth is not known, if it is not.
    """
    colours, looks = palette.agent_colours(curves), palette.looks(curves)
    num_seeds = max(len(rows) for rows in curves.values())
    columns = [rows[0]["missing_information_fraction"] for rows in curves.values()]
    truth_known = any(np.isfinite(column).any() for column in columns)
    heading = f"{title}: " if title else ""
    heading += f"mean of {num_seeds} paired seeds" if num_seeds > 1 else "1 seed"
    heading += spread_in_words(num_seeds)
    heading += "; bars: 95 % intervals" if truth_known and 3 < num_seeds < FEWEST_OF_A_BAND else ""
    lines = sum(len(rows[0]) for rows in crossings.values())  # every agent has one of its own at every level
    height = 3.25 + 0.08 * max(0, lines - 20)  # inches
    rows, columns = (1, 2) if not truth_known else (2, 2) if height < _TALL else (1, 4)
    figure, panels = make_panels(rows, columns, heading, looks, (4.35, height))
    if not truth_known:
        _say_why(figure, unknown)
    for label, rows in curves.items():
        if truth_known:
            draw_band(panels[0], rows, "missing_information_fraction", looks[label])
            draw_band(panels[1], rows, "coverage", looks[label], 100, most=100)
        else:
            draw_band(panels[0], rows, "expected_missing_information_nats", looks[label])
        draw_band(panels[2 if truth_known else 1], rows, "information_gain_nats", looks[label])
    _finish_curve_panels(panels[:3], truth_known)
    if truth_known:
        _draw_crossings(panels[3], crossings, budget, colours)
    count_steps(panels, budget, log=True)
    return figure


def _say_why(figure: Figure, why: str | None) -> None:
    """Say, below the panels, why there are no figures that need the truth."""
    if why is not None:
        text = textwrap.shorten(f"missing information and coverage are unknown: {why}", 150)
        figure.text(0.01, 0.012, text, fontsize=7, color=palette.FAINT_INK, va="bottom")


def _finish_curve_panels(panels: Sequence[Axes], truth_known: bool) -> None:
    first, gain = panels[0], panels[-1]
    if truth_known:
        mark_levels(first)
        name_axes(first, "What is still unknown of the world", "missing information (% of yardstick)")
        name_axes(panels[1], "What has been tried", "coverage (% of reachable pairs)")
        panels[1].set_ylim(0, 103)
    else:
        name_axes(first, "What the agent expects to be missing", "expected missing information (nats)")
        _begin_at_zero(first)
    name_axes(gain, "What has been learned", "cumulative information gain (nats)")
    _begin_at_zero(gain)
    gain.yaxis.set_major_formatter(FuncFormatter(in_ones))


def _begin_at_zero(axes: Axes) -> None:
    """Let an axis hold the means, and of their intervals, which few seeds make as wide as can be, as much again."""
    means = np.concatenate([np.asarray(line.get_ydata(), np.float64) for line in axes.lines])
    axes.set_ylim(bottom=0)
    if np.isfinite(means).any() and np.nanmax(means) > 0:
        axes.set_ylim(top=min(axes.get_ylim()[1], _MOST_OF_A_BAND * np.nanmax(means)))


def draw_band(
    axes: Axes, rows: Sequence[Curve], column: str, look: Mapping[str, Any], scale: float = 1, most: float = np.inf
) -> None:
    """Draw the mean of one curve a seed, and its pointwise interval.

    Args:
        axes: where.
        rows: columns of each seed: `step`, and the one that is drawn.
        column: its name.
        look: colour and style of the line.
        scale: factor of the values.
        most: what they cannot exceed.
    """
    lives = [(row["step"], scale * row[column]) for row in rows]
    band = seed_statistics.curve_band([step for step, _ in lives], [values for _, values in lives], most=most)
    axes.plot(band.steps, band.mean, **look)
    draw_spread(axes, band, lives, look["color"])


def draw_spread(
    axes: Axes, band: seed_statistics.Band, lives: Sequence[tuple[np.ndarray, np.ndarray]], colour: str
) -> None:
    """Show how seeds differ: by the intervals of their mean, of few seeds by the curve of each.

    Intervals far beyond a mean are left out; those of both signs are all drawn.

    Args:
        axes: where.
        band: mean and intervals.
        lives: steps and values of each seed.
        colour: of both.
    """
    if len(lives) >= FEWEST_OF_A_BAND:
        is_absurd = (band.low >= 0) & (band.mean > 0) & (band.high >= intervals.USELESS * band.mean)
        axes.fill_between(band.steps, band.low, band.high, ~is_absurd, color=colour, alpha=0.22, linewidth=0)
    elif len(lives) > 1:
        axes.add_collection(LineCollection([np.column_stack(life) for life in lives], colors=colour, **_EACH))


def spread_in_words(num_seeds: int) -> str:
    """Say above a figure, after what it shows, what is drawn around means: nothing of one seed."""
    if num_seeds >= FEWEST_OF_A_BAND:
        return ", pointwise 95 % intervals; none: too few seeds"
    return ", thin: each seed" if num_seeds > 1 else ""


def _draw_crossings(
    axes: Axes, crossings: Mapping[str, Sequence[Mapping[str, Any]]], budget: int, colours: Mapping[str, str]
) -> None:
    """Draw, for each level, every seed as a dot, the mean with its interval, and the censored seeds apart."""
    levels = list(next(iter(crossings.values()))[0])
    spacing = 0.7 / len(crossings)
    between = 72 * axes.bbox.height / axes.figure.dpi / len(levels) * spacing  # points, from line to line
    size = min(1, between / _POINTS_OF_A_LINE)
    for i, (label, rows) in enumerate(crossings.items()):
        for j, level in enumerate(levels):
            y = j + (i - (len(crossings) - 1) / 2) * spacing
            _draw_crossing(axes, y, [row[level] for row in rows], budget, colours[label], size)
    axes.axvline(budget, color=palette.FAINT_INK, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.set_yticks(range(len(levels)), [f"{100 * float(level):g}" for level in levels])
    axes.set_ylim(len(levels) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0)
    name_axes(axes, "Steps to each level (▷: not all seeds got there)", "missing information left (%)")


def _draw_crossing(axes: Axes, y: float, steps: Sequence[int | None], budget: int, colour: str, size: float) -> None:
    reached = [step for step in steps if step is not None]
    censored = seed_statistics.censor(steps, budget)
    mean, low, high = seed_statistics.mean_interval(censored.steps, budget)
    axes.plot(reached, [y] * len(reached), "o", color=colour, markersize=3.4 * size, alpha=0.42, markeredgewidth=0)
    if reached and not intervals.says_nothing(mean, low, high):
        axes.plot([low, high], [y, y], color=colour, linewidth=2 * size)
    if censored.reached == 1:
        axes.plot([mean], [y], "o", color=colour, markersize=6.5 * size, markeredgecolor=palette.PAPER)
        return
    axes.plot(
        [mean], [y], ">", color=palette.PAPER, markersize=6.5 * size, markeredgecolor=colour, markeredgewidth=1.4 * size
    )
    axes.annotate(
        f"{100 * len(reached) // len(steps)} %", (1, y), xycoords=("axes fraction", "data"), xytext=(2, 0),
        textcoords="offset points", fontsize=7 * size, color=colour, va="center", annotation_clip=False,
    )  # fmt: skip
