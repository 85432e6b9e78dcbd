"""Commands in forks of this process, so that to end one takes a moment (not on Windows), and what came of it."""

import faulthandler
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent.interruption import interruptible

SIGNALS = [signal.SIGKILL] * 3 + [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]
LONGEST = 120.0
"""Seconds after a signal by which a command must have ended."""
OFTEN = 20.0
"""Seconds from one line about the progress to the next."""


@dataclass
class Outcomes:
    """What came of it.

    Attributes:
        counts: how often each thing happened.
        slowest: of each kind of command, the most seconds from a signal to its end.
    """

    counts: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)

    def ended(self, kind: str, seconds: float) -> None:
        """Note how long a command went on after a signal."""
        self.slowest[kind] = max(seconds, self.slowest.get(kind, 0.0))

    def __str__(self) -> str:
        slowest = ", ".join(f"{kind} {seconds:.2f}" for kind, seconds in sorted(self.slowest.items()))
        return f"{dict(sorted(self.counts.items()))}; seconds from a signal to the end, at most: {slowest or '-'}"


@dataclass
class Tally:
    """How far a long test got, which it tells as it goes.

    Attributes:
        total: how many things are to be done.
        what: their name.
        outcomes: what came of those that were done.
    """

    total: int
    what: str
    outcomes: Outcomes = field(default_factory=Outcomes)
    done: int = 0

    def __iter__(self) -> Iterator[int]:
        told = time.monotonic()
        for index in range(self.total):
            yield index
            self.done += 1
            if time.monotonic() - told >= OFTEN:
                told = time.monotonic()
                print(f"{self.done} of {self.total} {self.what}: {self.outcomes}", file=sys.stderr, flush=True)

    @contextmanager
    def told_at_the_end(self) -> Iterator[None]:
        """Tell what came of it after this block, also if that fails or a signal ends it."""
        try:
            with interruptible():
                yield
        finally:
            done = f"{self.done}" if self.done == self.total else f"{self.done} of {self.total}"
            print(f"{done} {self.what}: {self.outcomes}", flush=True)


def begin(command: Callable[[], int], errors: Path) -> int:
    """Begin a command in a fork, its errors in a file; gives its process."""
    sys.stdout.flush()
    errors.touch()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # or the fork would end as this process does, tidying up
    process = os.fork()
    if process == 0:
        status = 99
        try:
            faulthandler.enable(os.dup(2))  # of one that does not end it is told where it was
            with open(errors, "w") as file, open(os.devnull, "w") as nothing:
                os.dup2(file.fileno(), 2)
                os.dup2(nothing.fileno(), 1)
                for number in {*SIGNALS} - {signal.SIGKILL}:
                    if signal.getsignal(number) is signal.SIG_IGN:  # as nohup has it
                        signal.signal(number, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                status = command()
        except KeyboardInterrupt as error:  # a signal came before the command listens to any
            status = error.args[0]
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process


def end(process: int) -> int:
    """Wait for the end of a process; gives its status.

    Raises:
        AssertionError: it takes too long.
    """
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(process, signal.SIGABRT)
    os.waitpid(process, 0)
    raise AssertionError(f"it did not end within {LONGEST:.0f} s")
