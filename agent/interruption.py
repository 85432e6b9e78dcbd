"""Ending long work early: by signals, and by whoever asked for it.

Signals are Ctrl-C, SIGTERM of the system and SIGHUP of a terminal that was closed. Python runs its handlers between two
instructions of its own. Compiled code is therefore entered for a fraction of a second at a time, and `pause` is called
in between: there signals are served, and the work may be called off.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 + the number of the signal."""

MOMENT = 0.01  # seconds

SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]

_thread = threading.local()


@contextmanager
def signals_sent_to(handler: Callable[..., object]) -> Iterator[None]:
    """Send signals to a handler, except ignored ones, such as SIGHUP under nohup. Only the main thread can do that.

    SIGINT is handled in any case: a shell's `&` makes it ignored, but whoever sends it means it.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    silent = {signal.SIG_IGN: [signal.SIGINT], None: []}
    heard = {number: was for number, was in before.items() if number in silent.get(was, SIGNALS)}
    try:
        _handle(dict.fromkeys(heard, handler))
        yield
    finally:
        _handle(heard)


def _handle(handlers: dict[signal.Signals, Any]) -> None:
    with suppress(ValueError):  # another thread
        for number, handler in handlers.items():
            signal.signal(number, handler)


def interrupt(number: int, *_: object) -> NoReturn:
    """Interrupt at once: a handler."""
    raise KeyboardInterrupt(128 + number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let a signal interrupt this block at once.

    What is raised while an object is finalised is ignored by Python: such a signal is sent once more, a moment later.
    """
    before = sys.unraisablehook

    def send_again(unraisable: Any) -> None:
        error = unraisable.exc_value
        if isinstance(error, KeyboardInterrupt) and error.args:
            again = threading.Timer(MOMENT, os.kill, (os.getpid(), error.args[0] - 128))
            again.daemon = True
            again.start()
        else:
            before(unraisable)

    sys.unraisablehook = send_again
    try:
        with signals_sent_to(interrupt):
            yield
    finally:
        sys.unraisablehook = before


class Interruption:
    """A request to end, which a loop checks between steps, so that what was done so far stays whole.

    The second Ctrl-C interrupts at once. Used as a context; outside the main thread it never happens.
    """

    status = INTERRUPTED
    """The exit status that the signal asks for."""

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> "Interruption":
        self._signals = signals_sent_to(self._request)
        self._signals.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._signals.__exit__(*error)

    def _request(self, number: int, *_: object) -> None:
        if self.requested and number == signal.SIGINT:
            interrupt(number)
        self.requested, self.status = True, 128 + number


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold signals back during this block, which briefly stores what took long; they are served after it."""
    received: list[int] = []
    with signals_sent_to(lambda number, *_: received.append(number)):
        yield
    if received:
        signal.raise_signal(received[0])


class CalledOff(Exception):  # noqa: N818  # nothing went wrong
    """The work under way is not wanted any more."""


@contextmanager
def called_off_by(should_stop: Callable[[], bool]) -> Iterator[None]:
    """Let `should_stop` decide, in this block and on this thread, whether work goes on after a `pause`."""
    before = getattr(_thread, "should_stop", None)
    _thread.should_stop = should_stop
    try:
        yield
    finally:
        _thread.should_stop = before


def pause() -> None:
    """Serve signals between two pieces of work.

    Raises:
        CalledOff: the work is not wanted any more.
    """
    should_stop = getattr(_thread, "should_stop", None)
    if should_stop is not None and should_stop():
        raise CalledOff
