"""Ending long work early: by signals, and by whoever asked for it.

Signals are Ctrl-C, SIGTERM of the system and SIGHUP of a terminal that was closed. Python runs its handlers between two
instructions of its own. Compiled code is therefore entered for a fraction of a second at a time, and `pause` is called
in between: there signals are served, and the work may be called off. A compiler is not left that often: where a signal
is to interrupt at once and is not served in time, another thread ends the process (not on Windows).
"""

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, NoReturn

INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 + the number of the signal."""

MOMENT = 0.01  # seconds
PATIENCE = 1.0
"""Seconds in which a signal that is to interrupt at once has to be served."""

SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]

SHOW_CURSOR = b"\x1b[?25h\n"
"""What a terminal is left with: a progress bar hides its cursor."""

_local = threading.local()
_left_behind: list[Future[Any]] = []
"""Work on other threads that nobody waits for any more."""

_served = 0.0
"""When a signal was served last."""
_interrupted: int | None = None
"""The signal that interrupted last."""
_half_done: list[BaseException] = []
"""Interruptions, with all that was at work: a compiler that was interrupted may crash when what it made is freed."""


@contextmanager
def signals_sent_to(handler: Callable[..., object]) -> Iterator[None]:
    """Send signals to a handler, except ignored ones, such as SIGHUP under nohup. Only the main thread can do that.

    SIGINT is handled in any case: a shell's `&` makes it ignored, but whoever sends it means it.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    silent = {signal.SIG_IGN: [signal.SIGINT], None: []}
    heard = {number: was for number, was in before.items() if number in silent.get(was, SIGNALS)}
    try:
        _handle(dict.fromkeys(heard, partial(_serve, handler)))
        yield
    finally:
        _handle(heard)


def _serve(handler: Callable[..., object], number: int, *frame: object) -> None:
    global _served
    _served = time.monotonic()
    handler(number, *frame)


def _handle(handlers: dict[signal.Signals, Any]) -> None:
    with suppress(ValueError):  # another thread
        for number, handler in handlers.items():
            signal.signal(number, handler)


def interrupt(number: int, *_: object) -> NoReturn:
    """Interrupt at once: a handler."""
    global _interrupted
    _interrupted = number
    raise KeyboardInterrupt(128 + number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let a signal interrupt this block at once, or end the process where that is not served in time.

    What is raised while an object is finalised is ignored by Python: such a signal is sent once more, a moment later.
    Code of others may take what is raised for a fault, and raise an error of its own: that is an interruption, too.
    """
    global _interrupted
    _interrupted, before = None, sys.unraisablehook

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
        with signals_sent_to(interrupt), _watched():
            yield
    except KeyboardInterrupt as error:
        _half_done.append(error)
        raise
    except Exception as error:
        if _interrupted is None:
            raise
        _half_done.append(error)
        raise KeyboardInterrupt(128 + _interrupted) from None
    finally:
        sys.unraisablehook = before


@contextmanager
def _watched() -> Iterator[None]:
    """Watch the signals that come in this block from another thread. Only the main thread can ask for that."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    is_over = threading.Event()
    with suppress(RuntimeError):  # no memory for a thread; `Thread.start` would wait for it for ever
        _thread.start_new_thread(_watch, (reader, time.monotonic(), is_over))
    try:
        yield
    finally:
        is_over.set()
        signal.set_wakeup_fd(before)
        os.close(writer)  # which ends the watcher


def _watch(reader: int, began: float, is_over: threading.Event) -> None:
    """End the process after a signal that is to interrupt a block at once and is not served in time.

    A compiler may keep this thread waiting, too, until long after a signal was served, or the block has ended.
    """
    with open(reader, "rb", buffering=0) as signals:
        while number := signals.read(1):
            time.sleep(PATIENCE)
            handler = signal.getsignal(number[0])
            is_to_interrupt = isinstance(handler, partial) and handler.args == (interrupt,)
            if is_to_interrupt and _served < began and not is_over.is_set():
                with suppress(OSError):
                    os.write(2, (SHOW_CURSOR if os.isatty(2) else b"") + b"interrupted\n")
                os._exit(128 + number[0])


if hasattr(os, "register_at_fork"):  # a signal to a fork is none to us

    def _unwatched() -> None:
        with suppress(ValueError):  # another thread
            signal.set_wakeup_fd(-1)

    os.register_at_fork(after_in_child=_unwatched)


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

    @contextmanager
    def at_once(self) -> Iterator[Callable[[], None]]:
        """Let a signal interrupt this block at once until what is yielded is called: nothing is there to be kept."""
        with ExitStack() as until_then:
            until_then.enter_context(signals_sent_to(interrupt))
            yield until_then.close

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


def leave_behind(work: Iterable[Future[Any]]) -> None:
    """Wait no longer for work on other threads, which cannot be called off at once: it may be compiling."""
    _left_behind.extend(each for each in work if not each.done())


def end(status: int) -> NoReturn:
    """End this process, and what was left behind in it; for the very end of a command's own process.

    Python would wait for all threads, and free what is half done.
    """
    if _half_done or not all(each.done() for each in _left_behind):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


class CalledOff(Exception):  # noqa: N818  # nothing went wrong
    """The work under way is not wanted any more."""


@contextmanager
def called_off_by(should_stop: Callable[[], bool]) -> Iterator[None]:
    """Let `should_stop` decide, in this block and on this thread, whether work goes on after a `pause`."""
    before = getattr(_local, "should_stop", None)
    _local.should_stop = should_stop
    try:
        yield
    finally:
        _local.should_stop = before


def pause() -> None:
    """Serve signals between two pieces of work.

    Raises:
        CalledOff: the work is not wanted any more.
    """
    should_stop = getattr(_local, "should_stop", None)
    if should_stop is not None and should_stop():
        raise CalledOff
