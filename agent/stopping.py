"""Long work in pieces: between two of them signals are served, and whoever asked for the work may call it off.

Python runs its signal handlers between two instructions of its own. Compiled code is therefore entered for a fraction
of a second at a time, and `pause` is called in between.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_thread = threading.local()


class CalledOff(Exception):  # noqa: N818  # nothing went wrong
    """The work under way is not wanted any more."""


@contextmanager
def called_off_by(should_stop: Callable[[], bool]) -> Iterator[None]:
    """Let a question decide, within this block and on this thread, whether work goes on after a `pause`."""
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
