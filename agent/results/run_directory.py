"""What a run leaves behind: recorded step by step in memory, written as a directory, given back as arrays.

A run directory holds `config.json` (what was asked for), `metrics.csv` (about a thousand rows along the run),
`trace.npz` (every step, and the final belief), and their mark `summary.json`: where it is, the run is complete. A run
that was interrupted has `partial.json` in its place. `figures/` are drawn from these. Times are counted in steps made
so far: row `t` of a trace is the step that took the count from `t` to `t + 1`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..notebooks import cards
from ..registry import world_name
from . import marks, replacement
from .recording.resets import OF_RESETS
from .recording.streams import not_there, shape_and_type
from .schema import BELIEF_ARRAYS, METRICS, REWARD_COLUMNS, SCHEMA, STEP_COLUMNS

FINISHED = "summary.json"
"""The mark of a finished run."""

MARKS = FINISHED, marks.PARTIAL
FILES = "metrics.csv", "trace.npz"


@dataclass(frozen=True)
class Run:
    """One agent's life in one world, as recorded.

    Attributes:
        directory: where it is stored, or will be.
        config: the resolved configuration, the world's text map and the versions of what ran.
        summary: the figures of `summary.json`; None where the truth is unknown.
        complete: False for a run that was interrupted.
        metrics: the columns of `metrics.csv`, `[rows]`.
        trace: the arrays of `trace.npz`; those of a long run are read when they are asked for.
    """

    directory: Path
    config: dict[str, Any]
    summary: dict[str, Any]
    complete: bool
    metrics: dict[str, np.ndarray]
    trace: Mapping[str, np.ndarray]

    def __repr__(self) -> str:
        what = f"{self.config['agent']} in {world_name(self.config)}, seed {self.config['seed']}"
        return f"<Run: {what}, {self.summary['steps']} steps{'' if self.complete else ', partial'}, {self.directory}>"

    def _repr_html_(self) -> str:
        return cards.of_run(self)


def keep(run: Run) -> str | None:
    """Store a run, unless it was cut short and a better one is there: one that is finished, or not shorter.

    Returns:
        the mark of the better run, which stays; None if this one was stored.
    """
    with replacement.replacing(run.directory, *MARKS) as new:
        if not run.complete and (mark := _better(run)):
            return mark
        new.config({"schema": SCHEMA, **run.config})
        new.table("metrics.csv", {name: run.metrics[name] for name in METRICS})
        new.arrays("trace.npz", run.trace)
        if run.complete:
            new.commit(FINISHED, run.summary, marks.PARTIAL)
        else:
            new.commit(marks.PARTIAL, {**run.summary, "partial": True}, FINISHED)
    return None


def _better(run: Run) -> str | None:
    files: dict[str, tuple[str, ...]] = {mark: FILES for mark in MARKS}
    return replacement.better(run.directory, files, lambda there: there["steps"], run.summary["steps"])


def load_run(directory: str | Path) -> Run:
    """Read a run directory, finished or partial, back as arrays.

    Args:
        directory: what `python -m agent.run` printed as its last line.

    Returns:
        the run; `complete` tells whether it was finished.

    Raises:
        ValueError: one line with the file and the reason, if the directory is no run, is damaged, holds another run
            than its name tells, or was written by a version that is not read here.
    """
    directory = Path(directory)
    if not os.path.isdir(directory):
        raise ValueError(f"{directory}: there is no such run directory")
    mark = next((mark for mark in MARKS if marks.is_there(directory, mark)), None)
    if mark is None:
        others = [name for name in ("comparison.json", "reproduction.json") if marks.is_there(directory, name)]
        hint = f", but {others[0]}: read that, and curves.npz" if others else ""
        raise ValueError(f"{directory}: no finished run: it has neither summary.json nor partial.json{hint}")
    stored = marks.load(directory, mark, *FILES)
    run = Run(
        directory=directory,
        config=stored.config,
        summary=stored.content,
        complete=mark == FINISHED,
        metrics=stored.table("metrics.csv", METRICS),
        trace=_named(stored.arrays("trace.npz")),
    )
    _check_consistency(run)
    stored.check()
    return replace(run, metrics={**run.metrics, "step": run.metrics["step"].astype(np.int64)})


class _Trace(dict[str, np.ndarray]):
    """Arrays by name, which say what there is where one is not."""

    def __missing__(self, name: str) -> np.ndarray:
        raise KeyError(not_there(name, self))


def _named(trace: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    return _Trace(trace) if isinstance(trace, dict) else trace


def _check_consistency(run: Run) -> None:
    """Refuse a directory whose files do not belong together."""
    trace, path = run.trace, run.directory / "trace.npz"
    columns = STEP_COLUMNS | (REWARD_COLUMNS if "reward_belief" in run.summary else {})
    steps, every = int(run.summary.get("steps") or 0), run.summary.get("trace_every", 1)
    columns = {name: columns[name] for name in run.summary.get("trace_columns", columns)} if every else {}
    resets = ("reset_step", "reset_state") if set(OF_RESETS) <= set(columns) else ()
    needed = {*columns, *BELIEF_ARRAYS, *resets}
    if missing := sorted(needed - set(trace)):
        raise ValueError(f"{path}: it lacks {', '.join(missing)}")
    kinds = {name: shape_and_type(trace, name) for name in needed}
    if any(kinds[name][0] != (len(range(0, steps, every)),) for name in columns):
        raise ValueError(f"{path}: expected the {steps} steps of the summary, got {kinds[next(iter(columns))][0]}")
    if any(kinds[name][1] != dtype for name, dtype in columns.items()):
        raise ValueError(f"{path}: a column has an unexpected type")
    if any(kinds[name][0][:1] != kinds["final_state"][0] for name in BELIEF_ARRAYS):
        raise ValueError(f"{path}: its arrays of the final belief differ in length")
    rows = run.metrics["step"]
    if not rows.size or rows[-1] != steps:
        raise ValueError(f"{run.directory / 'metrics.csv'}: it does not end at step {steps}")
