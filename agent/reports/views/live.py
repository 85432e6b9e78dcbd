"""A life as it is led, drawn in the terminal: `python -m agent.run --live`.

Drawing happens between blocks of steps, at most ten times a second and for at most a twenty-fifth of the time.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ...results.recorder import Recorder
from ..formatting import format_number, format_percent
from ..state_layout import FloorPlan, along_axes, on_map, things_told
from ..terminal import note, progress_of_steps
from .drawing import LETTERS, SHADES, bars, fitted, has_colours, painted

SECONDS_BETWEEN_FRAMES, IDLE = 0.1, 24
"""At least so long from one frame to the next, and so many times what drawing one took."""

MOST_COLUMNS, MOST_BARS = 80, 16


class _Scene(NamedTuple):
    """A map, as it stays while a life goes on.

    Attributes:
        plan: where states are.
        names: of several maps side by side, a line each way.
        facing: `[S, 2]`, where one looks in each state; None: states have no such thing.
    """

    plan: FloorPlan
    names: list[str]
    facing: NDArray[np.int64] | None = None

    def way(self, state: int) -> tuple[int, int] | None:
        """Return where one looks in a state, as a step of rows and columns."""
        if self.facing is None or state >= len(self.facing):
            return None
        down, right = self.facing[state].tolist()
        return down, right


def _scene_of(places: Mapping[str, NDArray[Any]]) -> _Scene | None:
    """Lay out what is told of where states are; None where that is nothing."""
    bins = places.get("world_bins", np.zeros(0, int))
    if "world_position" not in places:
        return _Scene(along_axes(int(bins[0]), int(bins[1])), []) if len(bins) == 2 else None
    names = places.get("world_maps", np.zeros((2, 0), np.str_))
    plan = on_map(places["world_position"], channel=places.get("world_channel"), things=places.get("world_things"))
    ways = zip(("to the right", "downwards"), names, strict=True)
    told = [f"{way}: {_in_a_row(line[line != ''].tolist())}" for way, line in ways if (line != "").any()]
    return _Scene(plan, told, places.get("world_facing"))


def _in_a_row(names: list[str]) -> str:
    """Write the names of maps; the first word, where all share it, once."""
    first = names[0].partition(" ")[0]
    is_shared = all(name.startswith(f"{first} ") for name in names)
    return ", ".join([names[0], *(name.removeprefix(f"{first} ") if is_shared else name for name in names[1:])])


class View:
    """What is shown of the lives of a run, one after the other.

    Attributes:
        told: by agent, two lines of figures.
    """

    def __init__(self, console: Console) -> None:
        """Make a view for a terminal, whose size may change."""
        self._console = console
        self.told: dict[str, str] = {}
        self._begun: dict[str, tuple[float, int]] = {}
        self._scenes: dict[str, _Scene | None] = {}

    def look(self, label: str, recorder: Recorder | int) -> Any:
        """Return what is to be drawn now, as rich takes it."""
        if isinstance(recorder, int):
            found = f"{label}: {format_number(recorder)} states of the world found"
            return Text("\n".join([*self.told.values(), found]), no_wrap=True, overflow="ellipsis")
        self.told[label] = self._figures(label, recorder)
        figures = Text("\n".join(self.told.values()), no_wrap=True, overflow="ellipsis")
        columns, lines = min(self._console.width, MOST_COLUMNS), self._console.height - 2 * len(self.told) - 2
        model, here = recorder.model, recorder.last_state if recorder.num_steps else None
        states = np.asarray(model.known_states(), dtype=np.int64)
        if lines < 4 or not len(states):
            return figures
        visits = model.visits(states).sum(axis=1)
        scene = self._scene(label, recorder)
        if scene is None:
            return Group(figures, Text(), bars(states, visits, here, columns, min(lines - 2, MOST_BARS)))
        is_coloured = has_colours(self._console)
        lines, names = lines - 1 - bool(scene.plan.things or len(scene.plan.televisions)), scene.names
        plan, is_halved = fitted(scene.plan, columns, lines, is_coloured)
        beside, is_smaller = fitted(scene.plan, columns, max(lines - len(names), 1), is_coloured)
        if (beside.shape, is_smaller) != (plan.shape, is_halved):  # the map is worth more than the names of its parts
            names = []
        more, agent = ("darker", "orange") if is_coloured else (f"from {LETTERS[0]} to {LETTERS[SHADES - 1]}", "@")
        legend = [f"{more}: more visits, up to {format_number(float(visits.max()))} of a state; {agent}: the agent"]
        signs = [] if is_halved else [*["TV: a television"] * bool(len(plan.televisions)), *things_told(plan.things)]
        legend += ["; ".join(signs)] * bool(signs) + names
        way = None if here is None else scene.way(here)
        return Group(
            figures,
            Text(),
            painted(plan, states, visits, here, is_halved, way),
            Text("\n".join(legend), "dim", no_wrap=True, overflow="ellipsis"),
        )

    def _scene(self, label: str, recorder: Recorder) -> "_Scene | None":
        if label not in self._scenes:
            self._scenes[label] = _scene_of(recorder.places())
        return self._scenes[label]

    def _figures(self, label: str, recorder: Recorder) -> str:
        done, planned, now = recorder.num_steps, recorder.num_planned, time.perf_counter()
        start, first = self._begun.setdefault(label, (now, done))
        speed = (done - first) / max(now - start, 1e-9)
        left = timedelta(seconds=round((planned - done) / speed)) if speed > 0 else "unknown"
        head = f"{label}: {format_number(done)} of {format_number(planned)} steps, {100 * done // planned} %"
        if done < planned:
            head += f", {left} left"
        missing = recorder.missing_fraction
        shares = {"missing": missing, "seen": recorder.coverage} if missing == missing else {}
        figures = [f"{name} {format_percent(share)} %" for name, share in shares.items()]
        figures.append(f"gain {format_number(recorder.model.information_gain)} nats")
        figures.append(f"{format_number(recorder.model.num_known_states)} states")
        figures.append(f"{format_number(speed)} steps/s")
        return f"{head}\n  {', '.join(figures)}"


class _Live(Live):
    """A drawing whose terminal may be closed: what it shows goes on, or is kept."""

    def refresh(self) -> None:
        with suppress(OSError):
            super().refresh()

    def stop(self) -> None:
        with suppress(OSError):
            super().stop()


@contextmanager
def live_view(quiet: bool) -> Iterator[Callable[[str, Recorder | int], None]]:
    """Draw a map of visits and the figures that matter; yields the function to call now and then.

    Where the standard error stream is no terminal, that is said, and the usual lines follow; nothing when quiet.
    """
    console = Console(stderr=True)
    if quiet or not console.is_terminal or console.is_dumb_terminal:
        note("--live: there is no terminal to draw in; lines tell how far the run is", quiet)
        with progress_of_steps(quiet) as lines:
            yield lines
        return
    view, due = View(console), 0.0
    latest: tuple[str, Recorder | int] | None = None
    with _Live(console=console, auto_refresh=False) as screen:

        def draw() -> None:
            if latest is not None:
                screen.update(view.look(*latest), refresh=True)

        def show(label: str, recorder: Recorder | int) -> None:
            nonlocal due, latest
            is_new = latest is None or latest[0] != label
            if is_new:
                draw()  # the end of the life before
            latest, start = (label, recorder), time.perf_counter()
            if start < due and not is_new:
                return
            draw()
            took = 0.0 if is_new else time.perf_counter() - start  # what is made once does not count
            due = start + max(SECONDS_BETWEEN_FRAMES, IDLE * took)

        try:
            yield show
        finally:
            draw()
