"""Signs on the cells of maps: greedy actions, things, televisions and their channels, in ink that can be read there.

And beside them: what several maps are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from ...results.recording.streams import parts
from .. import palette
from ..axes import as_label
from ..state_layout import FloorPlan
from .heads import shortened

if TYPE_CHECKING:
    from ...results.run_directory import Run

_MOST_ARROWS = 45
_MOST_NUMBERS = 12
_SHARE_OF_NUMBER, _SMALLEST_NUMBER = 0.42, 3.8
"""Letters of a channel are so high, as a share of its cell; and at least so many points."""
_SHARE_OF_THING = 0.3
_LARGEST_NAME, _SMALLEST_NAME, _LETTER = 6.5, 4.5, 0.55
"""Letters of the name of a map, points; one is so wide, in units of its size."""


def mark_of_actions(plan: FloorPlan) -> Literal["arrow", "number"] | None:
    """Return what can be read on the map: arrows, action numbers on a small world without a map, or nothing."""
    if plan.position is None:
        return "number" if max(plan.shape) <= _MOST_NUMBERS else None
    return "arrow" if max(plan.shape) <= _MOST_ARROWS and not plan.shares_cells else None


def draw_greedy_actions(axes: Axes, run: Run, plan: FloorPlan, directions: NDArray[np.float64]) -> None:
    """Draw arrows or action numbers, whatever can be read."""
    mark = mark_of_actions(plan)
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


def draw_heads(axes: Axes, plan: FloorPlan) -> None:
    """Write what maps are called that stand side by side: above them, and to their left."""
    rows, columns = plan.shape
    box = axes.get_window_extent().transformed(axes.figure.dpi_scale_trans.inverted())
    places = (
        (plan.heads[0], 72 * box.width / columns, {"ha": "center", "va": "bottom", "xytext": (0, 2)}),
        (plan.heads[1], 72 * box.height / rows, {"ha": "right", "va": "center", "xytext": (-2, 0), "rotation": 90}),
    )
    for heads, cell, look in places:
        for name, first, end in heads:
            room, middle = (end - first + 0.9) * cell / _LETTER, (first + end) / 2 - 0.5
            longest = max(len(head.name) for head in heads)
            size = min(max(room / longest, _SMALLEST_NAME), _LARGEST_NAME)
            text = as_label(shortened(name, lambda text, most=room / size: len(text) <= most))
            at = (middle, -0.5) if heads is plan.heads[0] else (-0.5, middle)
            look |= {"fontsize": size, "color": palette.FAINT_INK, "textcoords": "offset points"}
            axes.annotate(text, at, annotation_clip=False, **look)


def has_actions(run: Run) -> NDArray[np.bool_]:
    """Return which of the known states are not terminal, `[n]`."""
    ends = [np.unique(state[ended]) for state, ended in parts(run.trace, "next_state", "terminated")]
    return ~np.isin(run.trace["final_state"], np.concatenate(ends))


def _greedy_actions(run: Run, plan: FloorPlan) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return row, column and greedy action of every cell on the map; of several states, the most valuable's."""
    states = run.trace["final_state"]
    cells = plan.cells(states)
    shown = has_actions(run) & (cells >= 0)
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
    colour = image.to_rgba(np.ma.asarray(image.get_array())[row, column])
    light = (colour[:, :3] @ np.array([0.299, 0.587, 0.114]) > 0.55) | (colour[:, 3] == 0)  # nothing known: pale ground
    return np.where(light[:, None], palette.rgb(palette.INK), palette.rgb(palette.PAPER)) / 255


def draw_televisions(axes: Axes, plan: FloorPlan) -> None:
    """Frame the cells with a television, and write channels by their number, where there is room for it."""
    if plan.channel is None:
        return
    columns = plan.shape[1]
    cell = axes.get_window_extent().width * 72 / axes.figure.dpi / columns  # points
    line = min(max(0.1 * cell, 0.6), 1.8)
    row, column = np.divmod(plan.televisions, columns)
    inset = 0.5 - line / cell
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * inset
    frames = np.stack([column, row], axis=1)[:, None] + corners
    for ink, breadth in ((palette.PAPER, 2 * line), (palette.TELEVISION, line)):  # it stands out from all colours
        look = {"facecolors": "none", "edgecolors": ink, "linewidths": breadth, "joinstyle": "miter"}
        axes.add_collection(PolyCollection(list(frames), **look), autolim=False)
    size = min(_SHARE_OF_NUMBER * cell, 8.0)
    if size < _SMALLEST_NUMBER:
        return
    cells, numbers = plan.channels.T
    row, column = np.divmod(cells, columns)
    for x, y, number, ink in zip(column, row, numbers, _readable_on(axes.images[-1], row, column), strict=True):
        axes.text(x, y, str(number), fontsize=size, ha="center", va="center_baseline", color=ink)


def draw_things(axes: Axes, plan: FloorPlan) -> None:
    """Write what stands in cells in their corners, where there is room for it."""
    columns = plan.shape[1]
    size = min(_SHARE_OF_THING * axes.get_window_extent().width * 72 / axes.figure.dpi / columns, 7.0)
    if size < _SMALLEST_NUMBER:
        return
    ground = {"boxstyle": "square,pad=0.08", "facecolor": palette.PAPER, "edgecolor": "none"}
    for cell, letter in plan.things:
        row, column = divmod(cell, columns)
        look = {"fontsize": size, "ha": "left", "va": "top", "weight": "bold", "color": palette.INK, "bbox": ground}
        axes.text(column - 0.44, row - 0.4, letter, **look)


def direction_of_actions(runs: Sequence[Run], plan: FloorPlan) -> NDArray[np.float64]:
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
