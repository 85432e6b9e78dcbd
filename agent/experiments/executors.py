"""Lives spread over the cores: on threads of this process, or in worker processes.

Lives in tabular worlds are simulated on threads: compiled code leaves the interpreter to the others. Others are walked
in processes: a worker is a fresh interpreter whose numerical libraries use one thread each. Ctrl-C and a closed
terminal reach the parent alone, which asks the workers to stop between two steps, so that what was finished is kept. A
worker ends when its parent does.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event
from typing import Any

import numpy as np

from ..interruption import Interruption
from .kept_lives import Answer, KeptLives, Life

SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_QUESTIONS = 0.05

THREAD_LIMITS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Columns = dict[str, np.ndarray]
Common = tuple[Mapping[str, Any], KeptLives, bool]
"""What lives have in common: their configuration, where they are kept, and whether to wait for other processes."""
Finished = Iterator[tuple[tuple[str, int], Future[Any]]]


def on_threads(common: Common, tasks: Sequence[tuple[str, int]], number: int, interruption: Interruption) -> Finished:
    """Play on threads of this process; yields what is finished."""
    stop = threading.Event()
    with ThreadPoolExecutor(number) as pool:
        try:
            futures = {pool.submit(live, common, *task, stop.is_set): task for task in tasks}
            yield from ((futures[future], future) for future in as_finished(futures, interruption))
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def in_processes(common: Common, tasks: Sequence[tuple[str, int]], number: int, interruption: Interruption) -> Finished:
    """Play in processes of their own; yields what is finished."""
    context = get_context("spawn")
    with _single_threaded_and_deaf():  # an event has a process of its own, too
        stop = context.Event()
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=_remember, initargs=(stop,))
    try:
        with _single_threaded_and_deaf():
            futures = {pool.submit(_live, common, *task): task for task in tasks}
        yield from ((futures[future], future) for future in as_finished(futures, interruption))
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def as_finished(futures: Mapping[Future[Any], Any], interruption: Interruption) -> Iterator[Future[Any]]:
    """Yield futures as they are done; end early at an interruption."""
    pending = set(futures)
    while pending and not interruption.requested:
        finished, pending = wait(pending, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        yield from sorted(finished, key=lambda future: future.exception() is not None)  # a failure ends the iteration


@contextmanager
def _single_threaded_and_deaf() -> Iterator[None]:
    """Let processes that are started in this block use one thread each and ignore Ctrl-C, from their very start.

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


def _live(common: Common, name: str, seed: int) -> Life | Answer | None:
    """Play one life in a worker, as `live`."""
    due = 0.0

    def should_stop() -> bool:
        nonlocal due
        if _stop is None or (now := time.monotonic()) < due:
            return False
        due = now + SECONDS_BETWEEN_QUESTIONS
        return _stop.is_set()

    return live(common, name, seed, should_stop)


def live(common: Common, name: str, seed: int, should_stop: Callable[[], bool]) -> Life | Answer | None:
    """Play one life, or find it; None if it was asked to stop, BUSY if another process plays it.

    Raises:
        ValueError: it could not go on.
    """
    config, kept, is_patient = common
    return kept.played(name, seed, lambda: _played(config, name, seed, should_stop), should_stop, is_patient)


def _played(config: Mapping[str, Any], name: str, seed: int, should_stop: Callable[[], bool]) -> Life | None:
    """Play one life; None if it was asked to stop, otherwise its summary and its metrics."""
    from ..statistics.seed_statistics import known
    from .measuring import measures_of
    from .single_run import costs, play

    life = play(config, name, seed, should_stop=should_stop)
    if life.failure is not None:
        raise ValueError(f"{name} on seed {seed}: {life.failure}")
    if not life.complete:
        return None
    summary, metrics = life.recorder.summary() | costs(life), life.recorder.metrics()
    if not config.get("measures"):
        return summary, metrics
    told = measures_of(config["measures"], life.recorder.steps(), metrics["step"], life.mdp)
    return summary | {measure: known(values[-1]) for measure, values in told.items()}, metrics | told
