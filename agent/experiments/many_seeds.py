"""Many lives of several agents on the same seeds, spread over the cores.

Every life is a task of its own, fixed by configuration, agent and seed: where it is played makes no difference. Lives
in tabular worlds are simulated on threads of this process. Others are walked in processes: a worker is a fresh
interpreter whose numerical libraries use one thread each; Ctrl-C and a closed terminal reach the parent alone, which
asks the workers to stop between two steps, so that what was finished is kept. A worker ends when its parent does.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event
from typing import Any

import numpy as np

from ..interruption import INTERRUPTED, Interruption
from ..results import dropped_truth

SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_QUESTIONS = 0.05

THREAD_LIMITS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Columns = dict[str, np.ndarray]


@dataclass
class Seeds:
    """What the lives of several agents left, by agent and seed.

    Attributes:
        config: The resolved configuration.
        results: Summary and metric columns of each finished life.
        failure: Why not all were finished, other than by an interruption.
        status: The exit status that an interruption asks for.
    """

    config: Mapping[str, Any]
    results: dict[tuple[str, int], tuple[dict[str, Any], Columns]] = field(default_factory=dict)
    failure: str | None = None
    status: int = INTERRUPTED

    @property
    def tasks(self) -> list[tuple[str, int]]:
        """Every agent on every seed, seed by seed: what is finished early can be compared early."""
        first, number = self.config["first_seed"], self.config["seeds"]
        return [(name, seed) for seed in range(first, first + number) for name in self.config["agents"]]

    @property
    def complete(self) -> bool:
        """Whether every life was finished."""
        return len(self.results) == len(self.tasks)

    @property
    def disproof(self) -> str | None:
        """Why the truth was dropped, if it was in one life: it is true in none."""
        return dropped_truth.disproof([summary for summary, _ in self.results.values()])

    @property
    def unknown(self) -> str | None:
        """Why figures that need the truth are not known, if they are not."""
        reasons = (dropped_truth.reason(summary) for summary, _ in self.results.values())
        return self.disproof or next(filter(None, reasons), None)

    @property
    def remarks(self) -> list[str]:
        """What is to be told of the lives, once."""
        return dropped_truth.distinct(remark for summary, _ in self.results.values() for remark in summary["remarks"])

    def summaries(self) -> dict[str, list[dict[str, Any]]]:
        """Return each agent's summaries, in the order of the seeds."""
        return {name: [summary for summary, _ in self._of(name)] for name in self.config["agents"]}

    def metrics(self) -> dict[str, list[Columns]]:
        """Return each agent's metric columns, in the order of the seeds."""
        return {name: [columns for _, columns in self._of(name)] for name in self.config["agents"]}

    def curves(self) -> Columns:
        """Return the metrics as arrays `agent/column`, `[seeds, rows]`, on the shared `step`, `[rows]`.

        `agent/steps_to_fraction`, `[seeds, levels]`, are the steps to each level; nan where it was not reached.
        """
        first, number = self.config["first_seed"], self.config["seeds"]
        metrics = self.metrics()
        step = next(iter(metrics.values()))[0]["step"]
        curves = {"step": step, "seed": np.arange(first, first + number)}
        for name, rows in metrics.items():
            for column in rows[0].keys() - {"step"}:
                curves[f"{name}/{column}"] = np.stack([row[column] for row in rows])
        for name, summaries in self.summaries().items():
            crossings = [list(summary["steps_to_fraction"].values()) for summary in summaries]
            curves[f"{name}/steps_to_fraction"] = np.array(crossings, dtype=np.float64)  # None becomes nan
        return dict(sorted(curves.items()))

    def partial(self) -> dict[str, Any]:
        """Return the summaries of the finished lives by agent and seed, marked as not all there is to be."""
        agents: dict[str, dict[str, Any]] = {name: {} for name in self.config["agents"]}
        for name, seed in self.tasks:
            if (name, seed) in self.results:
                agents[name][str(seed)], _ = self._result(name, seed)
        return {key: self.config[key] for key in ("env", "steps", "seeds", "first_seed")} | {
            "agents": agents,
            "partial": True,
        }

    def _of(self, name: str) -> Iterator[tuple[dict[str, Any], Columns]]:
        return (self._result(*task) for task in self.tasks if task[0] == name and task in self.results)

    def _result(self, name: str, seed: int) -> tuple[dict[str, Any], Columns]:
        """What a life left, without what needs the truth if that was dropped in any."""
        (summary, columns), why = self.results[name, seed], self.disproof
        if why is None:
            return summary, columns
        return dropped_truth.summary_without(summary, why), dropped_truth.columns_without(columns)


def play_seeds(config: Mapping[str, Any], workers: int | None, done: Callable[[str], None]) -> Seeds:
    """Play every agent of a configuration on every seed.

    Args:
        config: The resolved configuration.
        workers: How many processes share the work; None: one a core.
        done: Called with a remark whenever a life is finished.

    Returns:
        The lives; not all of them after Ctrl-C, nor if a worker was killed or a life could not go on, which leaves a
        `failure`.
    """
    from ..simulation.simulate import num_cores

    seeds = Seeds(config)
    number = min(workers or num_cores(), len(seeds.tasks))
    lives = _on_threads if _are_tabular(config) else _in_processes
    with Interruption() as interruption:
        try:
            for task, future in lives(config, seeds.tasks, number, interruption):
                if (result := future.result()) is not None:
                    seeds.results[task] = result
                    done("{} on seed {}".format(*task))
        except BrokenProcessPool:
            if not interruption.requested:  # a signal to the whole group of processes reaches the workers too
                seeds.failure = "a worker process was killed (out of memory?)"
        except Exception as error:
            seeds.failure = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    seeds.status = interruption.status
    return seeds


Finished = Iterator[tuple[tuple[str, int], Future[Any]]]


def _are_tabular(config: Mapping[str, Any]) -> bool:
    """Tell whether all lives can be simulated: compiled code leaves the interpreter to the other threads."""
    from ..simulation.simulate import can_simulate
    from .setup import make_player, make_world

    seed = config["first_seed"]
    env = make_world(config, seed)
    return all(can_simulate(env, make_player(config, name, env, seed)) for name in config["agents"])


def _on_threads(
    config: Mapping[str, Any], tasks: Sequence[tuple[str, int]], number: int, interruption: Interruption
) -> Finished:
    """Play on threads of this process; yields what is finished."""
    stop = threading.Event()
    with ThreadPoolExecutor(number) as pool:
        try:
            futures = {pool.submit(live, config, *task, stop.is_set): task for task in tasks}
            yield from ((futures[future], future) for future in as_finished(futures, interruption))
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _in_processes(
    config: Mapping[str, Any], tasks: Sequence[tuple[str, int]], number: int, interruption: Interruption
) -> Finished:
    """Play in processes of their own; yields what is finished."""
    context = get_context("spawn")
    with _single_threaded_and_deaf():  # what keeps account of the event is a process too
        stop = context.Event()
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=_remember, initargs=(stop,))
    try:
        with _single_threaded_and_deaf():
            futures = {pool.submit(_live, dict(config), *task): task for task in tasks}
        yield from ((futures[future], future) for future in as_finished(futures, interruption))
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def as_finished(futures: Mapping[Future[Any], Any], interruption: Interruption) -> Iterator[Future[Any]]:
    """Yield futures as they are done; end early at an interruption."""
    pending = set(futures)
    while pending and not interruption.requested:
        finished, pending = wait(pending, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        yield from sorted(finished, key=lambda future: future.exception() is not None)  # a failure ends the looking


@contextmanager
def _single_threaded_and_deaf() -> Iterator[None]:
    """Let processes that are started in this block use one thread each and hear no Ctrl-C, both from birth.

    Signals to this process wait until the block is left.
    """
    before = {name: os.environ.get(name) for name in THREAD_LIMITS}
    os.environ.update((name, "1") for name in THREAD_LIMITS)
    can_block = hasattr(signal, "pthread_sigmask")  # not on Windows
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP}) if can_block else set()
    try:
        yield
    finally:
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


_stop: Event | None = None


def _remember(stop: Event) -> None:
    """Keep, in a worker, the event by which it is asked to stop."""
    global _stop
    _stop = stop
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End a worker whose parent was killed: it would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _live(config: Mapping[str, Any], name: str, seed: int) -> tuple[dict[str, Any], Columns] | None:
    """Play one life in a worker; None if it was asked to stop."""
    due = 0.0

    def should_stop() -> bool:
        nonlocal due
        if _stop is None or (now := time.monotonic()) < due:
            return False
        due = now + SECONDS_BETWEEN_QUESTIONS
        return _stop.is_set()

    return live(config, name, seed, should_stop)


def live(
    config: Mapping[str, Any], name: str, seed: int, should_stop: Callable[[], bool]
) -> tuple[dict[str, Any], Columns] | None:
    """Play one life; None if it was asked to stop, otherwise its summary and its metrics.

    Raises:
        ValueError: It could not go on.
    """
    from .single_run import costs, play

    life = play(config, name, seed, should_stop=should_stop)
    if life.failure is not None:
        raise ValueError(f"{name} on seed {seed}: {life.failure}")
    if not life.complete:
        return None
    return life.recorder.summary() | costs(life), life.recorder.metrics()
