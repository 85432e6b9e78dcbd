"""What a run leaves behind: recorded step by step in memory, written as a directory, given back as arrays.

A run directory holds `config.json` (what was asked for), `metrics.csv` (about a thousand rows along the run),
`trace.npz` (every step, and the final belief), `figures/`, and, written last, `summary.json`: where it is, the run is
complete. A run that was interrupted has `partial.json` in its place. Times are counted in steps made so far: row `t` of
a trace is the step that took the count from `t` to `t + 1`.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from agent import storage
from agent.config import SCHEMA

STEP_COLUMNS = {
    "state": np.int32,
    "action": np.int32,
    "next_state": np.int32,
    "reward": np.float64,
    "terminated": np.bool_,
    "truncated": np.bool_,
    "information_gain_nats": np.float64,
    "expected_information_gain_nats": np.float64,
    "missing_information_nats": np.float64,
    "coverage": np.float64,
    "planning_loss_bound_nats": np.float64,
}
"""The trace's columns of one entry a step."""

BELIEF_ARRAYS = (
    "final_state",
    "final_visits",
    "final_expected_gain_nats",
    "final_q_nats",
    "final_value_nats",
)
"""The trace's arrays of one row a known state, in order of first sight."""

METRICS = (
    "step",
    "coverage",
    "missing_information_nats",
    "missing_information_fraction",
    "expected_missing_information_nats",
    "information_gain_nats",
    "expected_information_gain_nats",
    "concentration",
    "planning_loss_bound_nats",
)
"""The columns of `metrics.csv`."""


@dataclass(frozen=True)
class Run:
    """One agent's life in one world, as recorded.

    Attributes:
        directory: where it is stored, or will be.
        config: the resolved configuration, the world's text map and the versions of what ran.
        summary: the figures of `summary.json`; None where the truth is unknown.
        complete: False for a run that was interrupted.
        metrics: the columns of `metrics.csv`, `[rows]`.
        trace: the arrays of `trace.npz`.
    """

    directory: Path
    config: dict[str, Any]
    summary: dict[str, Any]
    complete: bool
    metrics: dict[str, np.ndarray] = field(repr=False)
    trace: dict[str, np.ndarray] = field(repr=False)


def write_data(run: Run) -> None:
    """Write everything but the mark of completion, which is withdrawn first: until `finish`, no run is there."""
    directory = run.directory
    directory.mkdir(parents=True, exist_ok=True)
    storage.remove_strays(directory)
    for mark in ("summary.json", "partial.json"):
        storage.remove(directory / mark)
    storage.write_json(directory / "config.json", {"schema": SCHEMA, **run.config})
    storage.write_table(directory / "metrics.csv", {name: run.metrics[name] for name in METRICS})
    storage.write_arrays(directory / "trace.npz", run.trace)


def finish(run: Run) -> None:
    """Mark the written run as complete, or as a partial one."""
    if run.complete:
        storage.write_json(run.directory / "summary.json", run.summary)
    else:
        storage.write_json(run.directory / "partial.json", {**run.summary, "partial": True})


def is_complete(directory: Path) -> bool:
    """Tell whether a directory holds a finished run (its content is checked by `load_run`)."""
    return (directory / "summary.json").is_file()


def load_run(directory: str | Path) -> Run:
    """Read a run directory, finished or partial, back as arrays.

    Args:
        directory: what `python -m agent.run` printed as its last line.

    Returns:
        The run; `complete` tells whether it was finished.

    Raises:
        ValueError: one line with the file and the reason, if the directory is no run, was written half, is damaged or
            comes from a newer version.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise ValueError(f"{directory}: there is no such run directory")
    complete = is_complete(directory)
    mark = directory / ("summary.json" if complete else "partial.json")
    if not mark.is_file():
        raise ValueError(f"{directory}: no finished run: it has neither summary.json nor partial.json")
    config = storage.read_json(directory / "config.json")
    _check_schema(directory / "config.json", config)
    run = Run(
        directory=directory,
        config=config,
        summary=storage.read_json(mark),
        complete=complete,
        metrics=storage.read_table(directory / "metrics.csv", METRICS),
        trace=storage.read_arrays(directory / "trace.npz"),
    )
    _check_consistency(run)
    return replace(run, metrics={**run.metrics, "step": run.metrics["step"].astype(np.int64)})


def _check_schema(path: Path, config: dict[str, Any]) -> None:
    schema = config.get("schema")
    if type(schema) is not int:
        raise ValueError(f"{path}: not a run's configuration: it has no schema number")
    if schema != SCHEMA:
        raise ValueError(f"{path}: got schema {schema}, expected {SCHEMA}: read it with the version that wrote it")


def _check_consistency(run: Run) -> None:
    """Refuse a directory whose files do not belong together."""
    trace, path = run.trace, run.directory / "trace.npz"
    needed = {*STEP_COLUMNS, *BELIEF_ARRAYS, "reset_step", "reset_state"}
    if missing := sorted(needed - set(trace)):
        raise ValueError(f"{path}: it lacks {', '.join(missing)}")
    steps = run.summary.get("steps")
    if any(trace[name].shape != (steps,) for name in STEP_COLUMNS):
        raise ValueError(f"{path}: expected the {steps} steps of the summary, got {trace['state'].shape}")
    if any(trace[name].dtype != dtype for name, dtype in STEP_COLUMNS.items()):
        raise ValueError(f"{path}: a column has an unexpected type")
    num_known = trace["final_state"].shape[0]
    if any(trace[name].shape[:1] != (num_known,) for name in BELIEF_ARRAYS):
        raise ValueError(f"{path}: its arrays of the final belief differ in length")
    rows = run.metrics["step"]
    if not rows.size or rows[-1] != steps:
        raise ValueError(f"{run.directory / 'metrics.csv'}: it does not end at step {steps}")
