"""Lives that are independent of each other: what becomes of those whose worker is killed."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from agent import interruption
from agent.experiments import executors
from agent.experiments.executors import MOST_KILLED, Work, in_processes, on_threads, played
from agent.experiments.kept_lives import KeptLives
from agent.interruption import Interruption, end


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


def test_a_life_that_does_not_stop_is_left_behind_and_ends_with_its_process(tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 0.05)
    monkeypatch.setattr(interruption, "_half_done", [])  # in other tests
    ended, players, begun, may_end = [], [], threading.Event(), threading.Event()
    monkeypatch.setattr(os, "_exit", ended.append)

    def live(_, seed, __):
        if seed == 1:
            players.append(threading.current_thread())
            begun.set()
            may_end.wait()
        return {"seed": seed}, {}

    work, asked, finished = Work(live, KeptLives(tmp_path, "common", {})), Interruption(), []
    for place, (summary, _) in played([(work, "a", 0), (work, "a", 1)], on_threads, 2, asked):
        finished.append((place, summary["seed"]))
        begun.wait()
        asked.requested = True
    assert finished == [(0, 0)]
    try:
        with pytest.raises(SystemExit):
            end(143)
        assert ended == [143]
    finally:
        may_end.set()
    players[0].join()
    with pytest.raises(SystemExit) as stop:
        end(1)
    assert (stop.value.code, ended) == (1, [143])


IN_MACHINE_CODE = """
import hashlib, sys
from pathlib import Path
from agent.experiments.command_line import guarded
from agent.experiments.executors import Work, on_threads, played
from agent.experiments.kept_lives import KeptLives
from agent.interruption import Interruption, end

def play(name, seed, _):
    if seed:
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)  # minutes, as in a compiler
    return {"seed": seed}, {}

def command():
    work = Work(play, KeptLives(Path(sys.argv[1]), "common", {}))
    with Interruption() as interruption:
        for place, life in played([(work, "a", seed) for seed in (0, 1)], on_threads, 2, interruption):
            print(life, flush=True)
    print("kept what was finished")
    return interruption.status

end(guarded(command))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_ends_lives_on_threads_that_stay_in_machine_code(tmp_path):
    command = [sys.executable, "-c", IN_MACHINE_CODE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "({'seed': 0}, {})\n"
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60) == ("kept what was finished\n", "")
    assert process.returncode == 128 + signal.SIGTERM
    kept = KeptLives(tmp_path, "common", {})
    assert (kept.has("a", 0), kept.has("a", 1)) == (True, False)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_life_that_kills_its_workers_is_set_aside_and_the_others_go_on(tmp_path):
    (tmp_path / "kills-1").write_text("9")
    (tmp_path / "kills-3").write_text("2")
    outcomes = lives_of(tmp_path, in_processes)
    assert [outcomes[seed][0]["seed"] for seed in (0, 2, 3, 4)] == [0, 2, 3, 4]
    assert f"on seed 1: it took {MOST_KILLED} workers with it" in str(outcomes[1])
    assert int((tmp_path / "killed-1").read_text()) in (MOST_KILLED, MOST_KILLED + 1)  # once beside others, perhaps
