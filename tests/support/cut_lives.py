"""Runs that are cut short and gone on with, beside the same runs in one piece."""

import numpy as np

from agent import run
from agent.experiments.command_line import parse
from agent.experiments.options import RunOptions
from agent.experiments.resuming.saving import Saving
from agent.experiments.single_run import final_arrays, play
from agent.results import storage

TIMES = {"start_seconds", "agent_seconds", "env_seconds", "steps_per_second", "peak_memory_mb"}
"""What of a summary is measured, and never the same twice."""


def job(out, *arguments):
    """What a command line asks for: one run's configuration, and its directory."""
    words = [*map(str, arguments), "--baseline", "none", "--out", str(out)]
    (only,) = run.prepare(parse(RunOptions, words, "test", ""))
    return only


def lived(asked, cut=None, seconds=float("inf"), is_renewed=False, tell=None, look=lambda *_: None):
    """Lead the life that is asked for, up to a cut; gives it."""
    seen, told = [], [].append if tell is None else tell
    saving = Saving(asked.directory, asked.config, seconds, is_renewed, told)
    return play(
        asked.config,
        asked.name,
        asked.config["seed"],
        lambda name, recorder: (seen.append(recorder), look(name, recorder)),
        lambda: cut is not None and not isinstance(seen[-1], int) and seen[-1].num_steps >= cut,
        saving,
    )


def written(asked, life, folder):
    """Bytes of the files of a life's result, and what of its summary is not measured."""
    arrays, _ = final_arrays(asked.config, life)
    result = life.recorder.run(folder, asked.config, {"arrays": arrays, "remarks": life.remarks}, life.complete)
    folder.mkdir(parents=True, exist_ok=True)
    storage.write_arrays(folder / "trace.npz", result.trace)
    storage.write_table(folder / "metrics.csv", result.metrics)
    told = {name: value for name, value in result.summary.items() if name not in TIMES}
    return (folder / "trace.npz").read_bytes(), (folder / "metrics.csv").read_bytes(), repr(told)


def assert_same(asked, cuts, tmp_path, also=None):
    """Compare the bytes of a life that is cut short, and gone on with, with those of the same in one piece."""
    whole = written(asked, lived(asked, is_renewed=True), tmp_path / "whole")
    lived(asked, cut=0, is_renewed=True)  # what the first left is gone
    told = []
    for cut in cuts:
        life = lived(asked, cut, tell=told.append)
        assert life.recorder.num_steps < asked.config["steps"]
    life = lived(asked, tell=told.append)
    assert life.complete, life.failure
    assert all(" from step " in line for line in told), told
    assert len(told) == len(cuts) + 1
    got = written(asked, life, tmp_path / "cut")
    for one, other, name in zip(whole, got, ("trace", "metrics", "summary"), strict=True):
        assert one == other, f"{name} differ"
    if also is not None:
        also(life)


def no_difference(one, other):
    """Whether two tables hold the same bits."""
    return all(np.array_equal(one[name].view(np.uint8), other[name].view(np.uint8)) for name in one)
