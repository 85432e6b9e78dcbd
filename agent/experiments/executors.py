"""Lives spread over the cores: on threads of this process, or in worker processes.

Lives in tabular worlds are simulated on threads: compiled code leaves the interpreter to the others. Others are walked
in processes: a worker is a fresh interpreter whose numerical libraries use one thread each. Ctrl-C and a closed
terminal reach the parent alone, which asks the workers to stop between two steps, so that what was finished is kept. A
worker ends when its parent does; where one is killed, its life is played again. None is waited for long: it may be
compiling.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from ..interruption import Interruption, leave_behind
from .kept_lives import Answer, KeptLives, Life

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_QUESTIONS = 0.05
PATIENCE = 2.0
"""Seconds that a worker, or a life on a thread, has to end by itself."""

THREAD_LIMITS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

MOST_KILLED = 4
"""Workers that a life may take with it before it is set aside."""

Columns = dict[str, np.ndarray]


class Work(NamedTuple):
    """What lives of one kind have in common.

    Attributes:
        play: plays one, given its name and its seed, unless the third argument says that it is to stop: then None.
        kept: where they are kept.
    """

    play: Callable[[str, int, Callable[[], bool]], Life | None]
    kept: KeptLives


Task = tuple[Work, str, int]
"""A life: what it has in common with others, its name among them, its seed."""
Finished = Iterator[tuple[int, Any]]
"""Places of tasks, and what has their `result()`."""


class LostError(Exception):
    """What plays lives is gone: none of those that are left can be played."""


class Executor(Protocol):
    """Plays lives that are independent of each other, at once."""

    def __call__(self, tasks: Sequence[Task], number: int, interruption: Interruption, is_patient: bool, /) -> Finished:
        """Play so many tasks at a time; yields what is finished.

        Args:
            tasks: the lives.
            number: how many at a time.
            interruption: ends it early.
            is_patient: whether to wait for lives that other processes play.
        """
        ...


def played(
    tasks: Sequence[Task], executor: Executor, workers: int | None, interruption: Interruption
) -> Iterator[tuple[int, Life | Exception]]:
    """Play lives, or find them; yields the place of each in `tasks`, and what it left, or why it could not go on.

    What other processes play is waited for in the end. The lives of a worker that was killed are played again, one at a
    time, so that it is found out which of them does it.
    """
    from ..simulation.simulate import num_cores

    left, is_patient, suspected, killed = list(range(len(tasks))), False, set[int](), Counter[int]()
    while left and not interruption.requested:
        suspects = [place for place in left if place in suspected]
        batch = suspects or list(left)
        number, ended = 1 if suspects else min(workers or num_cores(), len(batch)), set[int]()
        for place, future in executor([tasks[place] for place in batch], number, interruption, is_patient):
            outcome = _outcome(future)
            if isinstance(outcome, BrokenProcessPool):
                break
            ended.add(batch[place])
            if outcome is not Answer.BUSY and outcome is not None:
                left.remove(batch[place])
                yield batch[place], outcome
        else:
            is_patient = not suspects
            continue
        if interruption.requested:  # a signal to the whole group of processes reaches the workers too
            return
        begun = [place for place in batch if place not in ended][:number]  # they are begun in their order
        suspected.update(begun)
        killed.update(begun if suspects else ())  # alone: who else should it have been?
        for place in [place for place in begun if killed[place] >= MOST_KILLED]:
            left.remove(place)
            yield place, ValueError(f"{told(tasks[place])}: it took {MOST_KILLED} workers with it (out of memory?)")


def told(task: Task) -> str:
    """Name a life."""
    return f"{task[1]} on seed {task[2]}"


def _outcome(future: Any) -> Life | Answer | Exception | None:
    try:
        return future.result()
    except LostError:
        raise
    except Exception as error:
        return error


def on_threads(tasks: Sequence[Task], number: int, interruption: Interruption, is_patient: bool) -> Finished:
    """Play on threads of this process: an `Executor`. After an interruption a life that does not stop is left behind.

    Nothing is lost by it: a life that is not finished is not kept.
    """
    stop, pool = threading.Event(), ThreadPoolExecutor(number)
    futures = dict[Future[Any], int]()
    try:
        futures.update((pool.submit(live, task, stop.is_set, is_patient), place) for place, task in enumerate(tasks))
        yield from ((futures[future], future) for future in as_finished(futures, interruption))
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        leave_behind(futures)
        wait(futures, PATIENCE if interruption.requested else None)


def in_processes(tasks: Sequence[Task], number: int, interruption: Interruption, is_patient: bool) -> Finished:
    """Play in processes of their own: an `Executor`."""
    context = get_context("spawn")
    stop, open_end = context.Pipe(duplex=False)  # no event: a worker that is killed could take its lock with it
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=_remember, initargs=(stop,))
    try:
        with _single_threaded_and_deaf():
            futures = {pool.submit(_live, task, is_patient): place for place, task in enumerate(tasks)}
        yield from ((futures[future], future) for future in as_finished(futures, interruption))
    finally:
        open_end.close()
        pool.shutdown(wait=True, cancel_futures=True)
        stop.close()


def as_finished(futures: Mapping[Future[Any], Any], interruption: Interruption) -> Iterator[Future[Any]]:
    """Yield futures as they are done; end early at an interruption."""
    done, left = SimpleQueue[Future[Any]](), len(futures)  # `wait` would look at all that are left, each time
    for future in futures:
        future.add_done_callback(done.put)
    while left and not interruption.requested:
        with suppress(Empty):
            finished = [done.get(timeout=SECONDS_BETWEEN_LOOKS)]
            finished += [done.get() for _ in range(done.qsize())]
            left -= len(finished)
            yield from sorted(finished, key=lambda future: future.exception() is not None)  # a killed worker ends it


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


_stop: "Connection[Any, Any] | None" = None


def _remember(stop: "Connection[Any, Any]") -> None:
    """Keep, in a worker, the pipe by which it is asked to stop: its other end is closed."""
    global _stop
    _stop = stop
    threading.Thread(target=_end_in_time, daemon=True).start()


def _end_in_time() -> None:
    """End a worker whose parent was killed, or that was asked to stop and cannot soon: it may be compiling.

    Nothing is lost by it: a life that is not finished is not kept.
    """
    parent = parent_process()
    if parent is not None and _stop is not None:
        ended = wait_for([parent.sentinel, _stop])
        if parent.sentinel not in ended:
            time.sleep(PATIENCE)
        os._exit(1)


def _live(task: Task, is_patient: bool) -> Life | Answer | None:
    """Play one life in a worker, as `live`."""
    due = 0.0

    def should_stop() -> bool:
        nonlocal due
        if _stop is None or (now := time.monotonic()) < due:
            return False
        due = now + SECONDS_BETWEEN_QUESTIONS
        try:
            return _stop.poll()  # also true at the end of what there is to read
        except OSError:  # as on Windows
            return True

    return live(task, should_stop, is_patient)


def live(task: Task, should_stop: Callable[[], bool], is_patient: bool) -> Life | Answer | None:
    """Play one life, or find it; None if it was asked to stop, BUSY if another process plays it.

    Raises:
        ValueError: it could not go on.
    """
    (play, kept), name, seed = task
    return kept.played(name, seed, lambda: play(name, seed, should_stop), should_stop, is_patient)


def play_one(config: Mapping[str, Any], name: str, seed: int, should_stop: Callable[[], bool]) -> Life | None:
    """Play one life; None if it was asked to stop, otherwise its summary, its metrics and the sum of its rewards."""
    from ..statistics.seed_statistics import known
    from .measuring import measures_of
    from .single_run import costs, play

    life = play(config, name, seed, should_stop=should_stop)
    if life.failure is not None:
        raise ValueError(f"{name} on seed {seed}: {life.failure}")
    if not life.complete:
        return None
    summary, curves = life.recorder.summary() | costs(life), life.recorder.curves()
    if not config.get("measures"):
        return summary, curves
    told = measures_of(config["measures"], life.recorder.steps(), curves["step"], life.mdp)
    return summary | {measure: known(values[-1]) for measure, values in told.items()}, curves | told
