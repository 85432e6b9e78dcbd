"""Maps of what agents did and believe: visits, expected information gain, value of information.

One row an agent, one column a quantity, one colour scale a column, so that rows can be compared by eye. All is
under the belief at the end of the run; value is the discounted sum of information gain (nats) that the best
behaviour expects from a state on, and the arrows, where they can be read, are its greedy actions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from . import backend  # noqa: F401  # before matplotlib

# isort: split
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import FixedFormatter, FixedLocator, Locator, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from ..registry import world_name
from ..results.recording.streams import parts
from . import palette
from .axes import as_label
from .formatting import format_number
from .state_layout import FloorPlan, floor_plan

if TYPE_CHECKING:
    from ..results.run_directory import Run

_MOST_CELLS = 150
_MOST_ARROWS = 45
_MOST_NUMBERS = 12
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
    directions = _direction_of_actions(list(runs.values()), plan)
    maps = [_quantities_in_cells(run, plan) for run in runs.values()]
    for column, quantity in enumerate(QUANTITIES):
        scale = _common_scale([row[column] for row in maps], quantity.colours, log=column == 0)
        for row in range(len(runs)):
            _draw_map(panels[row][column], maps[row][column], plan, scale)
        _draw_colour_bar(figure, bars[column], scale, quantity.label, whole=column == 0)
        pad = 24 if _is_flat(panels[0][0]) else 7
        panels[0][column].set_title(quantity.title, fontsize=10.5, color=palette.INK, pad=pad)
    for (label, run), row in zip(runs.items(), panels, strict=True):
        _name_row(row[0], as_label(_row_title(label, run)), colours[label])
        _draw_greedy_actions(row[2], run, plan, directions)
    return figure


def title_of_runs(runs: Mapping[str, Run]) -> str:
    """Name the world, the steps and the seed of runs that share them."""
    run = next(iter(runs.values()))
    steps = format_number(run.summary.get("steps"))
    title = f"{world_name(run.config)}: {steps} steps, seed {run.config.get('seed', 'unknown')}"
    return title if all(run.complete for run in runs.values()) else f"{title} (interrupted)"


def _quantities_in_cells(run: Run, plan: FloorPlan) -> list[NDArray[np.float64]]:
    """Return what each column shows, `[rows, columns]`; nan where there is nothing: unseen, or no actions."""
    states, acting = run.trace["final_state"], _has_actions(run)
    visits = plan.paint(states, run.trace["final_visits"].sum(axis=1), add=True)
    gain = plan.paint(states[acting], run.trace["final_expected_gain_nats"][acting].mean(axis=1))
    value = plan.paint(states[acting], run.trace["final_value_nats"][acting])
    return [np.where(visits > 0, visits, np.nan), gain, value]


def _has_actions(run: Run) -> NDArray[np.bool_]:
    """Return which of the known states are not terminal, `[n]`."""
    ends = [np.unique(state[ended]) for state, ended in parts(run.trace, "next_state", "terminated")]
    return ~np.isin(run.trace["final_state"], np.concatenate(ends))


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
    greedy = marks[_mark_of_actions(plan)]
    shared = "of the states in a cell the largest shows; " if plan.shares_cells else ""
    layout = f"{plan.caption}; " if plan.caption else ""
    return f"pale grey: unseen, or the end of an episode; {greedy}{shared}{layout}one colour scale a column"


def _mark_of_actions(plan: FloorPlan) -> Literal["arrow", "number"] | None:
    """Return what can be read on the map: arrows, action numbers on a small world without a map, or nothing."""
    if plan.position is None:
        return "number" if max(plan.shape) <= _MOST_NUMBERS else None
    return "arrow" if max(plan.shape) <= _MOST_ARROWS and not plan.shares_cells else None


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


def _name_row(axes: Axes, title: str, colour: str) -> None:
    look = {"fontsize": 10.5, "color": colour, "weight": "bold"}
    if _is_flat(axes):
        axes.annotate(title, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", **look)
    else:
        axes.set_ylabel(title, labelpad=8, **look)


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
    return label if fraction is None else f"{label}: {100 * fraction:.3g} % still unknown"


def _draw_greedy_actions(axes: Axes, run: Run, plan: FloorPlan, directions: NDArray[np.float64]) -> None:
    """Draw arrows or action numbers, whatever can be read."""
    mark = _mark_of_actions(plan)
    if mark is None:
        return
    row, column, action = _greedy_actions(run, plan)
    ink = _readable_on(axes.images[-1], row, column)
    if mark == "arrow":
        down, right = directions[action].T
        moves = (down != 0) | (right != 0)
        axes.quiver(
            *(column[moves], row[moves], right[moves], -down[moves]), color=ink[moves], pivot="middle", units="xy",
            angles="uv", scale=1 / 0.62, width=0.075, headwidth=4.2, headlength=3.6, headaxislength=3.4,
        )  # fmt: skip
        axes.scatter(column[~moves], row[~moves], s=4, color=ink[~moves], linewidth=0)
    else:
        for i in range(len(action)):
            axes.text(column[i], row[i], str(action[i]), fontsize=8, ha="center", va="center", color=ink[i])


def _greedy_actions(run: Run, plan: FloorPlan) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return row, column and greedy action of every cell on the map; of several states, the most valuable's."""
    states = run.trace["final_state"]
    cells = plan.cells(states)
    shown = _has_actions(run) & (cells >= 0)
    if plan.position is not None:
        shown &= (plan.positions(states) >= 0).all(axis=1)
    actions = np.argmax(run.trace["final_q_nats"], axis=1)
    by_value = np.argsort(run.trace["final_value_nats"], kind="stable")
    by_value = by_value[shown[by_value]]
    best = dict(zip(cells[by_value].tolist(), actions[by_value].tolist(), strict=True))
    row, column = np.divmod(np.array(list(best), dtype=np.int64), plan.shape[1])
    return row, column, np.array(list(best.values()), dtype=np.int64)


def _readable_on(image: AxesImage, row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return `[n, 3]`: dark ink for cells of light colour, paper white for dark ones."""
    colour = image.to_rgba(np.asarray(image.get_array())[row, column])[:, :3]
    light = colour @ np.array([0.299, 0.587, 0.114]) > 0.55
    return np.where(light[:, None], palette.rgb(palette.INK), palette.rgb(palette.PAPER)) / 255


def _direction_of_actions(runs: Sequence[Run], plan: FloorPlan) -> NDArray[np.float64]:
    """Return `[A, 2]` (rows, columns): the step to a neighbour that each action most often made; 0 0: none."""
    num_actions = runs[0].trace["final_visits"].shape[1]
    counts = np.zeros((num_actions, 3, 3))
    for run in runs:
        for state, next_state, action in parts(run.trace, "state", "next_state", "action"):
            before, after = plan.positions(state), plan.positions(next_state)
            move = after - before
            near = (np.abs(move) <= 1).all(axis=1) & (before >= 0).all(axis=1) & (after >= 0).all(axis=1)
            np.add.at(counts, (action[near], *(move[near] + 1).T), 1)
    counts[:, 1, 1] = 0.5  # less than one move: an action that never moved points nowhere
    return np.stack(np.divmod(counts.reshape(num_actions, 9).argmax(axis=1), 3), axis=1) - 1.0
