"""What the commands show on a terminal: tables of figures with their units, and progress bars."""

import itertools
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..registry import world_name
from ..results import dropped_truth
from ..results.recorder import Recorder
from ..results.run_directory import Run
from ..results.schema import REWARD_COLUMNS
from .formatting import Writer, format_number, format_percent, format_statistics
from .tabular.fitting import console, print_table, table_of

SECONDS_BETWEEN_UPDATES = 0.1
LINES, SECONDS_BETWEEN_LINES = 20, 10.0
"""Of a log: lines of a run at most, and the time between two of them at least."""

_WIDE = 120  # columns of a terminal in which there is room for all figures


def _kilobytes(size: float | None) -> str:
    return format_number(None if size is None else size / 1e3)


FIGURES: tuple[tuple[str, str, Writer], ...] = (
    ("coverage (% of reachable pairs)", "coverage", format_percent),
    ("missing information (nats)", "missing_information_nats", format_number),
    ("missing information (% of yardstick)", "missing_information_fraction", format_percent),
    ("missing information, as the agent expects (nats)", "expected_missing_information_nats", format_number),
    ("information gain, realised (nats)", "information_gain_nats", format_number),
    ("information gain, expected (nats)", "expected_information_gain_nats", format_number),
    ("reward", "reward", format_number),
    ("information gain about rewards, realised (nats)", "reward_information_gain_nats", format_number),
    ("information gain about rewards, expected (nats)", "expected_reward_information_gain_nats", format_number),
    ("known states", "known_states", format_number),
    ("model (kB)", "model_bytes", _kilobytes),
)
"""Label with its unit, key of a summary, and how it is written."""
ONLY_WHERE_ANY = ("reward", *REWARD_COLUMNS)
"""Keys that are not shown where no summary has any."""


def print_runs(runs: Mapping[str, Run]) -> None:
    """Print the figures of runs in one world side by side."""
    run = next(iter(runs.values()))
    summaries = [run.summary for run in runs.values()]
    steps = format_number(run.summary["steps"])
    table = table_of(f"{world_name(run.config)}, {steps} steps, seed {run.config['seed']}", list(runs))
    for label, key, written in FIGURES:
        if key not in ONLY_WHERE_ANY or any(summary.get(key) for summary in summaries):
            table.add_row(label, *(written(summary.get(key)) for summary in summaries))
    is_scored = any(summary.get("missing_information_fraction") is not None for summary in summaries)
    for level in _shared_levels(summaries) if is_scored else ():
        table.add_row(level_words(level), *(_crossing(summary, level) for summary in summaries))
        coverages = (coverage_then(summary, level) for summary in summaries)
        add_coverages(table, ["" if seen is None else format_percent(seen) for seen in coverages])
    for label, key in (("agent", "agent_seconds"), ("world", "env_seconds")):
        table.add_row(f"time of the {label} (microseconds a step)", *(_microseconds(each, key) for each in summaries))
    print_table(table)
    say_why(dropped_truth.reason(summaries[0]))


@contextmanager
def progress_of_steps(quiet: bool) -> Iterator[Callable[[str, Recorder | int], None]]:
    """Show a bar of steps for each agent, with the figures that matter; yields the function to call now and then.

    Where the standard error stream is no terminal, a line is written now and then. Nothing is shown when quiet.
    """
    tasks: dict[str, tuple[Any, float]] = {}
    due = 0.0
    with _progress(quiet, MofNCompleteColumn(), _plain("{task.fields[figures]}")) as progress:
        if not progress.console.is_terminal:
            yield log_of_steps(lambda text: note(text, quiet))
            return
        is_narrow = progress.console.width < _WIDE

        def show(label: str, recorder: Recorder | int) -> None:
            nonlocal due
            if isinstance(recorder, int):  # the states of the world, while they are counted
                found = f"states of the world, for {label}"
                if found not in tasks:
                    tasks[found] = (progress.add_task(found, total=None, figures=""), 0.0)
                progress.update(tasks[found][0], completed=recorder)
                return
            now, done = time.perf_counter(), recorder.num_steps
            if label not in tasks:
                tasks[label] = (progress.add_task(label, total=recorder.num_planned, figures=""), now)
            elif now < due and done < recorder.num_planned:
                return
            due = now + SECONDS_BETWEEN_UPDATES
            task, start = tasks[label]
            progress.update(task, completed=done, figures=_figures(recorder, now - start, is_narrow))

        yield show


def log_of_steps(
    write: Callable[[str], object], clock: Callable[[], float] = time.perf_counter
) -> Callable[[str, Recorder | int], None]:
    """Return the function to call now and then with a recorder, which writes lines as `log_of` does."""
    count = log_of("steps", write, clock)

    def log(label: str, recorder: Recorder | int) -> None:
        if not isinstance(recorder, int) and recorder.num_steps > 0:
            count(f"{label}: ", recorder.num_steps, recorder.num_planned)

    return log


def log_of(
    unit: str, write: Callable[[str], object], clock: Callable[[], float] = time.perf_counter
) -> Callable[[str, int, int], None]:
    """Return a function to call now and then, which writes a line at every 5 % of the way, one in 10 s at most.

    It takes what the line begins with, which tells what is counted, how much was done, and how much is to be.

    Args:
        unit: what is counted.
        write: takes a line.
        clock: gives seconds.
    """
    begun: dict[str, tuple[int, float]] = {}  # what was done at the first look, and its time
    last: dict[str, tuple[int, float]] = {}  # likewise, of the latest line

    def log(label: str, done: int, planned: int) -> None:
        now = clock()
        first, start = begun.setdefault(label, (done, now))
        before, told = last.setdefault(label, (done, now))
        if LINES * done // planned == LINES * before // planned or now - told < SECONDS_BETWEEN_LINES:
            return
        last[label] = done, now
        left = timedelta(seconds=round((planned - done) * (now - start) / (done - first)))
        told_of = f"{format_number(done)} of {format_number(planned)} {unit}"
        write(f"{label}{told_of}, {100 * done // planned} %, {left} left")

    return log


@contextmanager
def progress_of_runs(num_runs: int, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show one bar of runs; yields the function to call with a remark when one is done.

    Where the standard error stream is no terminal, a line is written now and then. Nothing is shown when quiet.
    """
    with _progress(quiet, MofNCompleteColumn(), _plain("{task.fields[remark]}")) as progress:
        task = progress.add_task("runs", total=num_runs, remark="")
        count, log = itertools.count(1), log_of("runs", lambda text: note(text, quiet))
        if num_runs > 0:
            log("", 0, num_runs)

        def done(remark: str) -> None:
            progress.update(task, advance=1, remark=remark)
            if not progress.console.is_terminal:
                log("", next(count), num_runs)

        yield done


def note(text: str, quiet: bool = False) -> None:
    """Tell the person at the terminal something, beside the result."""
    if not quiet:
        with suppress(OSError):  # of a terminal that was closed
            print(text, file=sys.stderr)


def note_compilation(is_cold: bool, quiet: bool) -> None:
    """Say why nothing seems to happen, where code must be compiled first."""
    if is_cold:
        note("compiling for the first time: some ten seconds, kept for later runs", quiet)


class _Progress(Progress):
    """A progress bar whose terminal may be closed: what it counts goes on, or is kept."""

    def stop(self) -> None:
        with suppress(OSError):
            super().stop()

    def refresh(self) -> None:
        with suppress(OSError):
            super().refresh()


def _progress(quiet: bool, *columns: Any) -> Progress:
    console = Console(stderr=True)
    width = 24 if console.width >= _WIDE else 6
    shown = [_plain("{task.description}"), BarColumn(bar_width=width), *columns, TimeRemainingColumn()]
    return _Progress(*shown, console=console, disable=quiet or not console.is_terminal)


def _plain(text: str) -> TextColumn:
    return TextColumn(text, markup=False)


def _figures(recorder: Recorder, seconds: float, is_narrow: bool) -> str:
    missing, coverage = recorder.missing_fraction, recorder.coverage
    if is_narrow:
        known = missing == missing
        return f"missing {format_percent(missing)} %" if known else f"gain {recorder.model.information_gain:.4g} nats"
    shares = {"missing": missing, "coverage": coverage} if missing == missing else {}
    figures = [f"{name} {format_percent(share)} %" for name, share in shares.items()]
    figures.append(f"gain {format_number(recorder.model.information_gain)} nats")
    figures.append(f"{format_number(recorder.num_steps / max(seconds, 1e-9))} steps/s")
    return " | ".join(figures)


def say_why(unknown: str | None, what: str = "unknown") -> None:
    """Print why figures are unknown, if they are."""
    if unknown is not None:
        print(textwrap.fill(f"{what}: {unknown}", min(console().width, 80)))


def of_ours(statistics: Mapping[str, Any], written: Writer = format_number) -> str:
    """Write `mean (low to high)`, nothing where it is unknown."""
    return "" if statistics["mean"] is None else format_statistics(statistics, written)


def _shared_levels(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the levels that all summaries have: those of earlier versions have fewer."""
    first, *others = (summary["steps_to_fraction"] for summary in summaries)
    return [level for level in first if all(level in other for other in others)]


def coverage_then(figures: Mapping[str, Any], level: str) -> Any:
    """Return what is told of the coverage at a level: nothing in results of earlier versions."""
    return figures.get("coverage_at_fraction", {}).get(level)


def add_coverages(table: Table, cells: Sequence[str]) -> None:
    """Add how much had been seen at a level, if any agent got there."""
    if any(cells):
        table.add_row("  coverage then (%)", *cells)


def level_words(level: str) -> str:
    """Write a level, as the label of a row."""
    return f"steps to {100 * float(level):g} % missing"


def _microseconds(summary: Mapping[str, Any], key: str) -> str:
    seconds = summary.get(key)
    return format_number(None if seconds is None else 1e6 * seconds / max(summary["steps"], 1))


def _crossing(summary: Mapping[str, Any], level: str) -> str:
    step = summary["steps_to_fraction"][level]
    if step is not None:
        return format_number(step)
    known = summary["missing_information_fraction"] is not None
    return format_number(summary["steps"], ">") if known else format_number(None)
