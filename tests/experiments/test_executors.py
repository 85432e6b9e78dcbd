"""Lives that are independent of each other: what becomes of those whose worker is killed."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from agent.experiments.executors import MOST_KILLED, Work, in_processes, on_threads, played
from agent.experiments.kept_lives import KeptLives
from agent.interruption import Interruption


def play(name, seed, _):
    """A life that may take its worker with it, as a file beside the lives says, and counts how often it does."""
    folder = Path(name)
    if (folder / f"kills-{seed}").exists():
        killed = folder / f"killed-{seed}"
        count = int(killed.read_text()) + 1 if killed.exists() else 1
        killed.write_text(str(count))
        if count <= int((folder / f"kills-{seed}").read_text()):
            os.kill(os.getpid(), signal.SIGKILL)
    if (folder / f"fails-{seed}").exists():
        raise RuntimeError("no way on")
    return {"seed": seed}, {"step": np.arange(seed)}


def lives_of(folder, executor, number=5):
    work = Work(play, KeptLives(folder / "lives", "common", {}))
    tasks = [(work, str(folder), seed) for seed in range(number)]
    return dict(played(tasks, executor, 2, Interruption()))


def test_a_life_that_fails_is_told_and_the_others_go_on(tmp_path):
    (tmp_path / "fails-1").touch()
    outcomes = lives_of(tmp_path, on_threads)
    assert [outcomes[seed][0]["seed"] for seed in (0, 2, 3, 4)] == [0, 2, 3, 4]
    assert str(outcomes[1]) == "no way on"
    (tmp_path / "fails-1").unlink()
    assert sorted(lives_of(tmp_path, on_threads)) == [0, 1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_life_that_kills_its_workers_is_set_aside_and_the_others_go_on(tmp_path):
    (tmp_path / "kills-1").write_text("9")
    (tmp_path / "kills-3").write_text("2")
    outcomes = lives_of(tmp_path, in_processes)
    assert [outcomes[seed][0]["seed"] for seed in (0, 2, 3, 4)] == [0, 2, 3, 4]
    assert f"on seed 1: it took {MOST_KILLED} workers with it" in str(outcomes[1])
    assert int((tmp_path / "killed-1").read_text()) in (MOST_KILLED, MOST_KILLED + 1)  # once beside others, perhaps
