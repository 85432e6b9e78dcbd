"""Worker processes that are killed, or given little memory, from outside: as the kernel does where memory runs out."""

import os
import random
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOMENT = 0.02
LONGEST_LIFE = 1.5
"""Seconds within which a worker is killed: of a small command it lives as long, or a little longer."""


@contextmanager
def met(process: int, act: Callable[[int], None]) -> Iterator[None]:
    """Do something to each worker of a process, from its beginning."""
    known, is_over = set[int](), threading.Event()

    def watch() -> None:
        while not is_over.wait(MOMENT):
            for worker in _workers(process) - known:
                known.add(worker)
                act(worker)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def killed(number: int, draw: random.Random, met: Path) -> Callable[[int], None]:
    """Return what kills the first so many workers, each at some moment of its life; `met` is made then."""
    left = [LONGEST_LIFE * draw.random() for _ in range(number)]

    def kill(worker: int) -> None:
        if left:
            timer = threading.Timer(left.pop(), _kill, [worker, met])
            timer.daemon = True
            timer.start()

    return kill


def _kill(worker: int, met: Path) -> None:
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
        met.touch()


def limited(num_bytes: int) -> Callable[[int], None]:
    """Return what lets a worker address so many bytes."""

    def limit(worker: int) -> None:
        with suppress(ProcessLookupError):
            resource.prlimit(worker, resource.RLIMIT_AS, (num_bytes, num_bytes))

    return limit


def _workers(process: int) -> set[int]:
    found = set[int]()
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            found.update(map(int, (thread / "children").read_text().split()))
    return {child for child in found if _is_worker(child)}


def _is_worker(process: int) -> bool:
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False
