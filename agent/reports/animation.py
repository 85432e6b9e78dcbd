"""Agents exploring side by side: NumPy paints palette indices, which become a GIF or a video.

Every frame is an array of indices into one palette, made once: nothing is drawn by a plotting library and no
frame of a GIF is quantised. A cell's colour is the number of steps taken there so far, on a logarithmic scale shared by
all agents; the disk is the agent, the dots behind it are the places of its last steps; a frame is a television, whose
channels have numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import palette
from .films.files import WRITERS, Pixels, find_ffmpeg, write_video
from .films.letters import SHADES, letters, write
from .formatting import format_number, format_percent
from .maps.heads import shortened
from .state_layout import FloorPlan, floor_plan

if TYPE_CHECKING:
    from ..results.run_directory import Run

NUM_FRAMES = 90

_WIDTH, _HEIGHT, _LARGEST_CELL, _NARROWEST_PANEL = 420, 340, 40, 250  # pixels
_HEADER, _MARGIN = 58, 8  # pixels; every panel has the margin on its left, right and bottom
_TRAIL = 10  # steps
_HEAT = 64  # colours of visits
_PAPER, _WALL, _UNSEEN, _TRACK, _TELEVISION, _FIRST_HEAT = 0, 1, 2, 3, 4, 5
_DARK = 0.5 * _HEAT  # from here on a colour of visits wants letters like paper
_SMALLEST_LETTERS = 8  # pixels
_HEAD = 11  # pixels for the names of maps that stand side by side
_MOST_AGENTS = 6  # 256 colours hold more, a screen does not

_SINGLE = palette.PAPER, palette.WALL, palette.UNSEEN, palette.LINE, palette.TELEVISION


@dataclass(frozen=True)
class _Stage:
    """The geometry of a panel, the steps of the frames, and the inks of text: what all agents share."""

    plan: FloorPlan
    steps: NDArray[np.int64]
    most_visits: int
    cell_pixels: int
    width: int
    ink: int
    faint_ink: int

    @property
    def top(self) -> int:
        """Pixels above the world."""
        return _HEADER + (_HEAD if self.plan.heads[0] else 0)

    @property
    def left(self) -> int:
        """Pixels to the left of the world."""
        beside = _HEAD if self.plan.heads[1] else 0
        return _MARGIN + beside + (self.width - beside - self.plan.shape[1] * self.cell_pixels) // 2


@dataclass(frozen=True)
class _Player:
    """One agent's run.

    Attributes:
        stepped_from: `[T]`, cells.
        stood_on: `[T + 1]`, cells.
        first_seen: `[states seen]`, the steps after which each was first met, increasing.
        missing: `[F]`, share of information.
    """

    label: str
    ink: int
    stepped_from: NDArray[np.int64]
    stood_on: NDArray[np.int64]
    first_seen: NDArray[np.int64]
    missing: NDArray[np.float64]


def write_animation(runs: Mapping[str, Run], path: Path | str, num_frames: int = NUM_FRAMES) -> Path:
    """Write the animation of runs in one world, by agent name, and return its path.

    Args:
        runs: at most six, of whatever lengths; the shorter ones stay where they ended.
        path: where to; the folder is made if need be. Its suffix says what is written: .gif, or .mp4, which takes an
            ffmpeg on this machine.
        num_frames: at most this many; a run of fewer steps has a frame a step.

    Raises:
        ValueError: more runs than the palette has colours for; another suffix; no ffmpeg, or one that fails.
    """
    if not 1 <= len(runs) <= _MOST_AGENTS:
        raise ValueError(f"An animation shows 1 to {_MOST_AGENTS} runs; got {len(runs)}. Choose fewer agents.")
    path, colours = Path(path), _colours(list(palette.agent_colours(runs).values()))
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ValueError(f"{path}: got an animation {path.suffix or 'without a suffix'}, expected .gif or .mp4")
    if writer is write_video:
        find_ffmpeg()  # before anything is painted
    path.parent.mkdir(parents=True, exist_ok=True)
    writer(list(_paint_frames(runs, num_frames)), colours, path)
    return path


def frame_steps(num_steps: int, num_frames: int = NUM_FRAMES) -> NDArray[np.int64]:
    """Return the steps shown: 0, then growing by a factor to a tenth of the run, then evenly to its end."""
    early, tenth = num_frames * 2 // 5, max(num_steps / 10, 1)
    growing = np.geomspace(1, tenth, early)
    even = np.linspace(tenth, num_steps, num_frames - early)
    return np.unique(np.rint(np.concatenate([[0], growing, even])).clip(0, num_steps).astype(np.int64))


def _paint_frames(runs: Mapping[str, Run], num_frames: int) -> Iterator[Pixels]:
    stage = _set_stage(list(runs.values()), num_frames, _first_ink(len(runs)))
    players = [_player(label, run, stage, _first_ink(i)) for i, (label, run) in enumerate(runs.items())]
    scenes = [_scenes(player, stage) for player in players]
    for panels in zip(*scenes, strict=True):
        yield np.pad(np.hstack(panels), ((0, _MARGIN // 2), (_MARGIN // 2, _MARGIN // 2)))


def _first_ink(i: int) -> int:
    return _FIRST_HEAT + _HEAT + i * SHADES


def _colours(agents: Sequence[str]) -> Pixels:
    """Return the palette, `[N, 3]`, in the order of the indices above: inks of agents, then of text."""
    single = np.stack([palette.rgb(c) for c in _SINGLE])
    inks = [palette.ramp((palette.PAPER, ink), SHADES) for ink in (*agents, palette.INK, palette.FAINT_INK)]
    return np.concatenate([single.astype(np.uint8), palette.ramp(palette.VISITS, _HEAT), *inks])


def _set_stage(runs: Sequence[Run], num_frames: int, ink: int) -> _Stage:
    plan = floor_plan(runs, _HEIGHT)
    rows, columns = plan.shape
    beside = _HEAD if plan.heads[1] else 0
    cell_pixels = max(1, min((_WIDTH - beside) // columns, _HEIGHT // rows, _LARGEST_CELL))
    steps = frame_steps(max(len(run.trace["state"]) for run in runs), num_frames)
    most = max(_count(plan.cells(run.trace["state"]), plan).max() for run in runs)
    width = max(columns * cell_pixels + beside, _NARROWEST_PANEL)
    return _Stage(plan, steps, int(most), cell_pixels, width, ink, ink + SHADES)


def _player(label: str, run: Run, stage: _Stage, ink: int) -> _Player:
    trace = run.trace
    start = trace["reset_state"][:1] if len(trace["reset_state"]) else trace["state"][:1]
    stood_on = np.concatenate([start, trace["next_state"]])
    stood_on[np.asarray(trace["reset_step"], dtype=np.int64)] = trace["reset_state"]
    missing = np.full(len(stage.steps), np.nan)
    if len(run.metrics["step"]):
        missing = np.interp(stage.steps, run.metrics["step"], run.metrics["missing_information_fraction"])
    return _Player(
        label, ink, stage.plan.cells(trace["state"]), stage.plan.cells(stood_on), _first_seen(trace), missing
    )


def _first_seen(trace: Mapping[str, NDArray]) -> NDArray[np.int64]:
    """Return the steps after which states were met for the first time, ends of episodes among them, increasing."""
    steps = np.concatenate([trace["reset_step"], np.arange(1, 1 + len(trace["next_state"]))])
    in_time = np.argsort(steps, kind="stable")
    states = np.concatenate([trace["reset_state"], trace["next_state"]])[in_time]
    return steps[in_time][np.sort(np.unique(states, return_index=True)[1])]


def _count(cells: NDArray[np.int64], plan: FloorPlan) -> NDArray[np.int64]:
    return np.bincount(cells[cells >= 0], minlength=plan.wall.size)


def _scenes(player: _Player, stage: _Stage) -> Iterator[Pixels]:
    """Yield one agent's panel at every frame: header above, world below."""
    plan, size = stage.plan, stage.cell_pixels
    ground = np.where(plan.wall, _WALL, _PAPER).astype(np.uint8).ravel()
    ground[plan.cell[plan.cell >= 0]] = _UNSEEN
    visits, before = np.zeros(plan.wall.size, dtype=np.int64), 0
    top, left = stage.top, stage.left
    height = top + plan.shape[0] * size + _MARGIN
    for frame, step in enumerate(np.minimum(stage.steps, len(player.stepped_from))):
        visits += _count(player.stepped_from[before:step], plan)
        before = step
        level = np.rint(np.log1p(visits) / np.log1p(max(stage.most_visits, 1)) * (_HEAT - 1)).astype(np.uint8)
        cells = np.where(visits > 0, _FIRST_HEAT + level, ground).reshape(plan.shape)
        panel = np.full((height, stage.width + 2 * _MARGIN), _PAPER, dtype=np.uint8)
        world = panel[top : top + plan.shape[0] * size, left : left + plan.shape[1] * size]
        world[:] = cells.repeat(size, axis=0).repeat(size, axis=1)
        _draw_heads(panel, stage)
        _draw_televisions(panel, cells, stage)
        _draw_things(panel, stage)
        _draw_trail(panel, player, stage, int(step))
        _draw_header(panel, player, stage, frame, int(step))
        yield panel


def _draw_heads(panel: Pixels, stage: _Stage) -> None:
    """Name maps that stand side by side, above them and to their left."""
    size, (across, downwards) = stage.cell_pixels, stage.plan.heads
    turned = np.rot90(panel, -1)  # what is written there stands upright, and is read upwards
    above = panel, across, stage.top, lambda cell: stage.left + cell * size
    beside = turned, downwards, stage.left, lambda cell: len(panel) - stage.top - cell * size
    for picture, heads, edge, place in (above, beside):
        for name, first, end in heads:
            room = (end - first + 0.9) * size
            text = shortened(name, lambda text, room=room: letters(text, _SMALLEST_LETTERS).shape[1] <= room)
            left = round(place((first + end) / 2)) - letters(text, _SMALLEST_LETTERS).shape[1] // 2
            write(picture, text, _SMALLEST_LETTERS, edge - 3, max(left, 0), stage.faint_ink)


def _draw_televisions(panel: Pixels, cells: Pixels, stage: _Stage) -> None:
    """Frame the televisions, and number the channels if there is room."""
    top, left = stage.top, stage.left
    size, columns = stage.cell_pixels, stage.plan.shape[1]
    for row, column in zip(*np.divmod(stage.plan.televisions, columns), strict=True):
        y, x, line = top + row * size, left + column * size, max(1, size // 10)
        inside = slice(y + line, y + size - line), slice(x + line, x + size - line)
        shown = panel[inside].copy()
        panel[y - 1 : y + size + 1, x - 1 : x + size + 1] = _PAPER  # so that the frame stands out from all colours
        panel[y : y + size, x : x + size] = _TELEVISION
        panel[inside] = shown
    if size // 2 < _SMALLEST_LETTERS:
        return
    for cell, channel in stage.plan.channels.tolist():
        row, column = divmod(cell, columns)
        is_dark = cells[row, column] >= _FIRST_HEAT + _DARK
        number = letters(str(channel), size // 2) >= SHADES // 2
        y, x = top + row * size + size // 4, left + column * size + (size - number.shape[1]) // 2
        place = panel[y : y + number.shape[0], x : x + number.shape[1]]
        place[number] = _PAPER if is_dark else stage.ink + SHADES - 1


def _draw_things(panel: Pixels, stage: _Stage) -> None:
    """Write what stands in cells into their corners, if there is room."""
    size, columns = stage.cell_pixels, stage.plan.shape[1]
    high = max(size // 3, _SMALLEST_LETTERS)
    if 2 * high > size:
        return
    for cell, letter in stage.plan.things:
        row, column = divmod(cell, columns)
        y, x = stage.top + row * size + 1, stage.left + column * size + 1
        panel[y : y + high + 1, x : x + letters(letter, high).shape[1] + 2] = _PAPER
        write(panel, letter, high, y + high, x + 1, stage.ink)


def _draw_trail(panel: Pixels, player: _Player, stage: _Stage, step: int) -> None:
    """Draw dots that grow towards the agent, then the agent's ringed disk."""
    size, solid = stage.cell_pixels, player.ink + SHADES - 1
    bulk = min(size, 24)  # where cells are large the agent need not be
    places = player.stood_on[max(0, step - _TRAIL) : step + 1]
    row, column = np.divmod(places, stage.plan.shape[1])
    y = stage.top + row * size + size // 2
    x = stage.left + column * size + size // 2
    for age in range(len(places) - 1, 0, -1):
        if places[-1 - age] >= 0:
            radius = max(1.0, 0.28 * bulk * (1 - age / (_TRAIL + 2)))
            _dot(panel, y[-1 - age], x[-1 - age], radius + 1, _PAPER)
            _dot(panel, y[-1 - age], x[-1 - age], radius, solid - age * SHADES // (3 * _TRAIL))
    if places[-1] >= 0:
        radius = max(3.5, 0.46 * bulk)
        _dot(panel, y[-1], x[-1], radius + 1.5, _PAPER)
        _dot(panel, y[-1], x[-1], radius, solid)


def _dot(panel: Pixels, y: int, x: int, radius: float, colour: int) -> None:
    disk = _disk(radius)
    reach = len(disk) // 2
    panel[y - reach : y + reach + 1, x - reach : x + reach + 1][disk] = colour


@cache
def _disk(radius: float) -> NDArray[np.bool_]:
    reach = ceil(radius)
    along = np.arange(-reach, reach + 1)
    return along[:, None] ** 2 + along**2 <= radius**2


def _draw_header(panel: Pixels, player: _Player, stage: _Stage, frame: int, step: int) -> None:
    right = _MARGIN + stage.width
    write(panel, player.label, 17, 22, _MARGIN, player.ink)
    text = f"step {format_number(step)}"
    write(panel, text, 14, 22, right - letters(text, 14).shape[1], stage.ink)
    missing = player.missing[frame]
    if np.isnan(missing):
        seen = int(np.searchsorted(player.first_seen, step, side="right"))
        write(panel, f"{format_number(seen)} states seen", 12, 40, _MARGIN, stage.faint_ink)
        return
    write(panel, f"{format_percent(missing)} % of the information still missing", 12, 40, _MARGIN, stage.faint_ink)
    panel[46:50, _MARGIN:right] = _TRACK
    known = round(stage.width * min(max(1 - missing, 0), 1))
    panel[46:50, _MARGIN : _MARGIN + known] = player.ink + SHADES - 1
