"""What it costs to keep work: lives of comparisons, and checkpoints of runs.

    python -m tests.benchmarks.keeping [--lives 10000] [--states 1000000] [--steps 2000000]

Lives: so many lives of ten steps, on one thread, through all that `agent.compare` does with them; in milliseconds a
life of process time, beside what the bare lives take; then all are read back. Checkpoints: the time of a run of so
many steps, of an agent that plans and one that does not, with checkpoints every minute, beside that of the same run
without, the least of five (a thread writes the blocks, which costs no time where a processor is free); a checkpoint of
so many known states, as it is written in mid-run.
"""

import argparse
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from agent import Transition, compare, make_agent
from agent.checkpoints import files
from agent.experiments.command_line import parse
from agent.experiments.comparisons import making
from agent.experiments.comparisons.many_seeds import play_seeds
from agent.experiments.executors import play_one
from agent.experiments.kept_lives import KeptLives
from agent.experiments.options import CompareOptions
from agent.experiments.resuming.saving import Saving
from agent.experiments.single_run import play
from agent.results.recorder import Recorder
from agent.worlds import as_states, make
from tests.support.cut_lives import job

WORLD = "tests.support.scattered_world:Scattered-v0"
REPEATS = 5
SHORT = "--env", "lock", "--agents", "curious", "--steps", "10"


def lives(number: int, out: Path) -> None:
    """Measure short lives."""
    options = parse(CompareOptions, [*SHORT, "--seeds", str(number)], "lives", compare.DESCRIPTION)
    (config,) = making.prepare(options)
    play_one(config, "curious", number, lambda: False)
    begun, few = time.process_time(), min(number, 500)
    for seed in range(few):
        play_one(config, "curious", seed, lambda: False)
    bare = (time.process_time() - begun) / few
    begun = time.process_time()
    kept = KeptLives.of(config, out, False)
    assert play_seeds(config, 1, lambda _: None, kept).complete
    all_of_it = (time.process_time() - begun) / number
    begun = time.perf_counter()
    assert play_seeds(config, 1, lambda _: None, KeptLives.of(config, out, False)).complete
    back = time.perf_counter() - begun
    print(f"{number} lives: {1e3 * all_of_it:.2f} ms each, {1e3 * bare:.2f} of it the life; read back in {back:.2f} s")


def checkpoints(agent: str, steps: int, out: Path) -> None:
    """Measure a run with and without checkpoints."""
    asked = job(out, "--env", "grid", "--agent", agent, "--steps", steps)
    clocks = {
        "time": time.perf_counter,
        "process time": time.process_time,
        "process time of the life's thread": time.thread_time,
    }
    took = np.zeros((REPEATS, 2, len(clocks)))
    for repeat in took:
        for each, saving in zip(repeat, (None, Saving(asked.directory, asked.config, 60.0, True, print)), strict=True):
            begun = np.array([clock() for clock in clocks.values()])
            play(asked.config, asked.name, 0, saving=saving)
            each[:] = [clock() for clock in clocks.values()] - begun
    for name, (without, kept) in zip(clocks, took.min(axis=0).T, strict=True):
        change = f"{kept / without - 1:+.1%}"
        print(f"{agent}, {steps} steps, {name}: {without:.2f} s, with checkpoints {kept:.2f} s: {change}")


def large(states: int, out: Path) -> None:
    """Measure a checkpoint of many states."""
    agent: Any = make_agent("curious", as_states(make(WORLD, n=2 * states)), 0)
    for state in range(states):
        agent.model.observe(Transition(state, state % 2, 0.0, state + 1, False, False))
    recorder = Recorder(agent, 10)
    saving = Saving(out / "large", job(out, "--env", "grid", "--steps", 10).config, 60.0, True, print)
    begun, processed = time.perf_counter(), time.process_time()
    saving.save(agent, recorder, None, [0.0, 0.0, 0.0])
    took = time.perf_counter() - begun, time.process_time() - processed
    (path,) = files.names(saving.folder)
    size = path.stat().st_size / 1e6
    known = len(agent.model.known_states())
    print(f"{known} known states: a checkpoint of {size:.0f} MB in {took[0]:.2f} s, {took[1]:.2f} s of process time")


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lives", type=int, default=10_000)
    parser.add_argument("--states", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=2_000_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        large(options.states, Path(folder))
        lives(options.lives, Path(folder))
        for agent in ("curious", "random"):
            checkpoints(agent, options.steps, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
