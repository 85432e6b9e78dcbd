"""What was done is kept: after a signal, without memory, on a full disk; and an old result is called what it is."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent import compare, load_run, reproduce, run
from agent.results import marks, recorder, storage
from tests.support.small_commands import LOCK

ROOT = Path(__file__).parents[2]

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def is_living(process, place):
    """Wait until a process lives: it says where it waits for a signal by the file that its world makes."""
    deadline = time.monotonic() + 120
    while not place.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


SLOW = """
import time
import gymnasium
from pathlib import Path

class Slow(gymnasium.Env):
    observation_space = gymnasium.spaces.Discrete(3)
    action_space = gymnasium.spaces.Discrete(2)
    steps = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {}

    def step(self, action):
        Slow.steps += 1
        if Slow.steps == 20:
            Path("living").touch()
        time.sleep(0.005)
        return int(self.np_random.integers(3)), 0.0, False, False, {}

gymnasium.register("own/Slow-v0", Slow)
"""


@pytest.mark.slow
@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_to_end_keep_what_was_run(tmp_path, monkeypatch, name):
    number = getattr(signal, name)
    (tmp_path / "slow.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    arguments = ("--env", "slow:own/Slow-v0", "--steps", 10**6, "--quiet", "--out", tmp_path / "runs")
    command = [sys.executable, "-m", "agent.run", *map(str, arguments)]
    pipes: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    heard = partial(signal.signal, number, signal.SIG_DFL)  # also where the tests themselves run under nohup
    with subprocess.Popen(command, cwd=tmp_path, text=True, preexec_fn=heard, **pipes) as process:
        is_living(process, tmp_path / "living")
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "kept as a partial run" in errors
    assert len(errors.splitlines()) == 1
    kept = load_run(output.split()[-1])
    assert kept.summary["steps"] >= 19
    assert kept.trace["final_visits"].sum() == kept.summary["steps"]


@pytest.mark.slow
@posix
def test_nohup_is_not_ended_by_a_closed_terminal(tmp_path, monkeypatch):
    (tmp_path / "slow.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    arguments = (
        "--env",
        "slow:own/Slow-v0",
        "--steps",
        100,
        "--baseline",
        "none",
        "--quiet",
        "--out",
        tmp_path / "runs",
    )
    command = ["nohup", sys.executable, "-m", "agent.run", *map(str, arguments)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        is_living(process, tmp_path / "living")
        process.send_signal(signal.SIGHUP)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert load_run(output.split()[-1]).complete


@posix
def test_a_second_signal_waits_until_all_is_stored(call, tmp_path, monkeypatch):
    real, stored = storage.write_arrays, []

    def disturbed(path, arrays):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        stored.append(real(path, arrays))
        return stored[-1]

    monkeypatch.setattr(storage, "write_arrays", disturbed)
    status, _, errors = call(run, *LOCK, "--out", tmp_path)
    assert status in (130, 143)
    assert len(errors) == 1
    (directory,) = tmp_path.iterdir()
    assert load_run(directory).complete
    assert len(stored) == 1


def out_of_memory_after(steps):
    real = recorder.Recorder.reserve

    def reserve(self, number):
        if self.num_steps + number > steps:
            raise MemoryError
        real(self, number)

    return reserve


def test_memory_that_runs_out_in_mid_run_keeps_the_steps(call, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder.Recorder, "reserve", out_of_memory_after(5000))
    status, output, errors = call(run, "--env", "four-rooms", "--steps", 20000, "--out", tmp_path)
    assert (status, output, len(errors)) == (1, [], 1)
    assert errors[0].startswith("error: MemoryError")
    partial = load_run(errors[0].rpartition(" ")[2])
    assert 3000 < partial.summary["steps"] <= 5000
    assert len(partial.trace["state"]) == partial.summary["steps"] == partial.trace["final_visits"].sum()


def test_what_a_simulated_life_learned_before_an_error_is_recorded(call, tmp_path, monkeypatch):
    from agent.belief.world_model import WorldModel

    real, raised = WorldModel.make_room, []

    def make_room(self, state, **named):
        if self.num_visited_pairs > 20 and not raised:
            raised.append(True)
            raise MemoryError
        return real(self, state, **named)

    monkeypatch.setattr(WorldModel, "make_room", make_room)
    arguments = ("--env", "grid", "--env-kwargs", "size=60", "kind=open", "--steps", 20000, "--baseline", "none")
    status, _, (error,) = call(run, *arguments, "--out", tmp_path)
    assert status == 1
    partial = load_run(error.rpartition(" ")[2])
    assert partial.trace["final_visits"].sum() == partial.summary["steps"] > 20


def test_a_final_belief_for_which_there_is_no_memory_does_not_take_the_steps_with_it(call, tmp_path, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("agent.experiments.single_run.final_belief", fail)
    status, _, (error,) = call(run, *LOCK, "--out", tmp_path)
    assert status == 1
    assert "the final belief is missing: MemoryError" in error
    kept = load_run(error.rpartition(" ")[2])
    assert kept.complete
    assert kept.trace["final_state"].size == 0
    assert len(kept.trace["state"]) == 60


@pytest.mark.parametrize("command", [compare, reproduce])
def test_memory_that_runs_out_keeps_the_lives_that_were_finished(call, tmp_path, monkeypatch, command):
    lives = 0

    def fail(real):
        def live(*arguments, **named):
            nonlocal lives
            lives += 1
            if lives >= 3:  # others that finish before the failure is seen would be kept, too
                raise MemoryError("no room")
            return real(*arguments, **named)

        return live

    from agent.experiments import executors, reproduction

    module, name = (executors, "live") if command is compare else (reproduction, "simulate")
    monkeypatch.setattr(module, name, fail(getattr(module, name)))
    arguments = ("--env", "lock", "--steps", 60, "--seeds", 4) if command is compare else ("sun-2011", "--seeds", 2)
    status, _, errors = call(command, *arguments, "--workers", 1, "--out", tmp_path)
    assert status == 1
    assert "MemoryError: no room: 2 of the " in errors[-1]
    assert len(errors) == 1
    (directory,) = tmp_path.glob("[!.]*")
    marks.load(directory, "partial.json").check()
