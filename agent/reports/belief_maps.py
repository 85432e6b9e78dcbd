"""Maps of what agents did and believe: visits, expected information gain, value of information.

One row an agent, one column a quantity, one colour scale a column, so that rows can be compared by eye. All is
under the belief at the end of the run; value is the discounted sum of information gain (nats) that the best
behaviour expects from a state on, and the arrows, where they can be read, are its greedy actions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from . import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, Locator, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from ..registry import world_name
from . import palette
from .axes import as_label
from .formatting import format_number, format_percent
from .maps.signs import (
    direction_of_actions,
    draw_greedy_actions,
    draw_heads,
    draw_televisions,
    draw_things,
    has_actions,
    mark_of_actions,
)
from .state_layout import FloorPlan, floor_plan

if TYPE_CHECKING:
    from ..results.run_directory import Run

_MOST_CELLS = 150
_HEAD = 9  # points for the names of maps that stand side by side
_FLAT = 2.4  # inches; beside a lower map its agent's name does not fit, it stands above


class Scale(NamedTuple):
    """The colours of a quantity and the range of values that they span."""

    norm: Normalize
    colours: ListedColormap


class Quantity(NamedTuple):
    """A column of maps: its title, its colour bar's label and its colours."""

    title: str
    label: str
    colours: Sequence[str]


QUANTITIES = (
    Quantity("Where it has been", "visits (steps taken there)", palette.VISITS),
    Quantity("What a step there would teach", "expected information gain (nats, mean of actions)", palette.GAIN),
    Quantity("Where curiosity would go", "value of information (nats)", palette.VALUE),
)


def belief_maps(runs: Mapping[str, Run]) -> Figure:
    """Draw visits, expected information gain and value with greedy actions, one row of maps a run."""
    plan = floor_plan(list(runs.values()), _MOST_CELLS)
    figure, panels, bars = _grid_of_maps(plan, len(runs), title_of_runs(runs))
    colours = palette.agent_colours(runs)
    directions = direction_of_actions(list(runs.values()), plan)
    maps = [_quantities_in_cells(run, plan) for run in runs.values()]
    for column, quantity in enumerate(QUANTITIES):
        scale = _common_scale([row[column] for row in maps], quantity.colours, log=column == 0)
        for row in range(len(runs)):
            _draw_map(panels[row][column], maps[row][column], plan, scale)
            draw_televisions(panels[row][column], plan)
            draw_things(panels[row][column], plan)
            draw_heads(panels[row][column], plan)
        _draw_colour_bar(figure, bars[column], scale, quantity.label, whole=column == 0)
        pad = (24 if _is_flat(panels[0][0]) else 7) + (_HEAD if plan.heads[0] else 0)
        panels[0][column].set_title(quantity.title, fontsize=10.5, color=palette.INK, pad=pad)
    for (label, run), row in zip(runs.items(), panels, strict=True):
        _name_row(row[0], as_label(_row_title(label, run)), colours[label], plan)
        draw_greedy_actions(row[2], run, plan, directions)
    return figure


def title_of_runs(runs: Mapping[str, Run]) -> str:
    """Name the world, the steps and the seed of runs that share them."""
    run = next(iter(runs.values()))
    steps = format_number(run.summary.get("steps"))
    title = f"{world_name(run.config)}: {steps} steps, seed {run.config.get('seed', 'unknown')}"
    return title if all(run.complete for run in runs.values()) else f"{title} (interrupted)"


def _quantities_in_cells(run: Run, plan: FloorPlan) -> list[NDArray[np.float64]]:
    """Return what each column shows, `[rows, columns]`; nan where there is nothing: unseen, or no actions."""
    states, acting = run.trace["final_state"], has_actions(run)
    visits = plan.paint(states, run.trace["final_visits"].sum(axis=1), add=True)
    gain = plan.paint(states[acting], run.trace["final_expected_gain_nats"][acting].mean(axis=1))
    value = plan.paint(states[acting], run.trace["final_value_nats"][acting])
    return [np.where(visits > 0, visits, np.nan), gain, value]


def _grid_of_maps(plan: FloorPlan, num_rows: int, title: str) -> tuple[Figure, list[list[Axes]], list[Axes]]:
    """Place the panels in inches, as large as fits; the maps keep square cells."""
    rows, columns = plan.shape
    scale = min(3.9 / columns, 3.4 / rows)
    width, height = max(columns * scale, 1.6), max(rows * scale, 0.35)
    flat = height < _FLAT
    left, gap, foot, top, row_gap = 0.55, 0.3, 0.95, 1.1 if flat else 0.8, 0.5 if flat else 0.26
    column_width = max(width, 3.5) + gap
    size = (left + 3 * column_width, top + num_rows * (max(height, 0.5) + row_gap) + foot)
    figure = Figure(figsize=size, facecolor=palette.PAPER)

    def place(x: float, y: float, w: float, h: float) -> Axes:
        return figure.add_axes((x / size[0], y / size[1], w / size[0], h / size[1]))

    at = [left + i * column_width for i in range(3)]
    inset = (column_width - gap - width) / 2
    step = max(height, 0.5) + row_gap
    middle = (max(height, 0.5) - height) / 2
    tops = [size[1] - top - i * step - max(height, 0.5) + middle for i in range(num_rows)]
    panels = [[place(x + inset, y, width, height) for x in at] for y in tops]
    bar = min(width, 3.0)
    bars = [place(x + (column_width - gap - bar) / 2, foot - 0.12, bar, 0.11) for x in at]
    figure.text(0.5, 0.1 / size[1], _legend(plan), fontsize=8, color=palette.FAINT_INK, ha="center")
    heading = {"x": (at[0] + inset) / size[0], "y": 1 - 0.15 / size[1], "va": "top"}
    figure.text(s=as_label(title), fontsize=11.5, weight="bold", color=palette.INK, **heading)
    return figure, panels, bars


def _legend(plan: FloorPlan) -> str:
    marks = {"number": "number: greedy action; ", "arrow": "arrow: greedy action, dot: one that stays; ", None: ""}
    greedy = marks[mark_of_actions(plan)]
    shared = "of the states in a cell the largest shows; " if plan.shares_cells else ""
    layout = f"{plan.caption}; " if plan.caption else ""
    return f"pale grey: unseen, or the end of an episode; {greedy}{shared}{layout}one colour scale a column"


def _common_scale(maps: Sequence[NDArray[np.float64]], colours: Sequence[str], *, log: bool) -> Scale:
    """One scale for all maps of a quantity; logarithmic when asked for or when it spans a factor of 30."""
    values = np.concatenate([values[np.isfinite(values)] for values in maps])
    positive = values[values > 0]
    low, high = (positive.min(), positive.max()) if positive.size else (1.0, 10.0)
    if log or high > 30 * low:
        norm: Normalize = LogNorm(max(low, high / 1e4), high if high > low else low + 1, clip=True)
    else:
        norm = Normalize(low if low > 0.5 * high else 0, high if high > low else low + 1, clip=True)
    return Scale(norm, ListedColormap(palette.ramp(colours, 256) / 255))


def _is_flat(axes: Axes) -> bool:
    return axes.get_window_extent().transformed(axes.figure.dpi_scale_trans.inverted()).height < _FLAT


def _name_row(axes: Axes, title: str, colour: str, plan: FloorPlan) -> None:
    """Write the name of a row beside its first map, in two lines; above a flat one, in one."""
    look = {"fontsize": 10, "color": colour, "weight": "bold"}
    if _is_flat(axes):
        up = (0, 5 + (_HEAD if plan.heads[0] else 0))
        axes.annotate(
            title.replace("\n", ", "), (0, 1), up, xycoords="axes fraction", textcoords="offset points", **look
        )
    else:
        axes.set_ylabel(title, labelpad=6 + (_HEAD if plan.heads[1] else 0), **look)


def _draw_map(axes: Axes, values: NDArray[np.float64], plan: FloorPlan, scale: Scale) -> None:
    rows, columns = plan.shape
    ground = np.ones((rows, columns, 4))
    ground[plan.wall] = [*palette.rgb(palette.WALL) / 255, 1]
    drawn = plan.cell[plan.cell >= 0]
    ground.reshape(-1, 4)[drawn] = [*palette.rgb(palette.UNSEEN) / 255, 1]
    axes.imshow(ground, interpolation="nearest", aspect="auto")
    shown = np.ma.masked_invalid(values)
    axes.imshow(shown, cmap=scale.colours, norm=scale.norm, interpolation="nearest", aspect="auto")
    axes.set_xticks([])
    axes.set_yticks([])
    if plan.has_axes:
        axes.set_xticks(*_few(plan.column_number))
        axes.set_yticks(*_few(plan.row_number))
        axes.tick_params(labelsize=7.5, length=2, pad=1.5, color=palette.LINE, labelcolor=palette.FAINT_INK)
    axes.spines[:].set_visible(False)


def _few(numbers: NDArray[np.int64]) -> tuple[list[int], list[str]]:
    """Return some five places along an axis, and what they are called."""
    every = max(int(numbers.max(initial=0)) // 5, 1)
    at = [place for place, number in enumerate(numbers.tolist()) if number >= 0 and number % every == 0]
    return at, [str(numbers[place]) for place in at]


def _draw_colour_bar(figure: Figure, axes: Axes, scale: Scale, label: str, *, whole: bool) -> None:
    bar = figure.colorbar(ScalarMappable(*scale), cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    bar.set_label(label, fontsize=9, color=palette.FAINT_INK)
    axes.tick_params(labelsize=8, length=2.5, color=palette.LINE, labelcolor=palette.FAINT_INK)
    ticks = _ticks(scale.norm, whole)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FixedFormatter(_distinct(ticks)))


def _ticks(norm: Normalize, whole: bool) -> list[float]:
    """Return at least two ticks of a colour bar, of whole numbers if need be."""
    low, high = float(norm.inverse(0)), float(norm.inverse(1))
    locators: list[Locator] = [MaxNLocator(5, integer=whole)]
    if isinstance(norm, LogNorm):  # one that spans little may have no two round numbers of a logarithmic scale
        locators.insert(0, LogLocator(subs=(1,) if high > 300 * low else (1, 2, 5)))
    slack = 1e-9 * (high - low)
    for locator in locators:
        ticks = [float(tick) for tick in locator.tick_values(low, high) if low - slack <= tick <= high + slack]
        if len(ticks) > 1 and not (whole and any(tick % 1 for tick in ticks)):
            return ticks
    return [low, high]


def _distinct(values: Sequence[float]) -> list[str]:
    """Write numbers with as many digits as tell them apart, six at least."""
    labels = []
    for digits in range(6, 16):
        labels = [_plain(value, digits) for value in values]
        if len(set(labels)) == len(labels):
            break
    return labels


def _plain(value: float, digits: int) -> str:
    return f"{value:,.{digits - 6}f}".replace(",", " ") if value >= 1000 else f"{value:.{digits}g}"


def _row_title(label: str, run: Run) -> str:
    fraction = run.summary.get("missing_information_fraction")
    if fraction is None:
        return label
    tried = run.summary.get("coverage")
    beside = "" if tried is None else f"\n{format_percent(tried)} % of pairs tried"
    return f"{label}: {format_percent(fraction)} % still unknown{beside}"
