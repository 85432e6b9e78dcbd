"""Whose turn it is to read or change a belief: a lock that costs little where nobody else wants it.

Compiled code runs without the interpreter's lock, and a table that grows is freed while another thread's compiled code
may still be at work on it. So every belief has a `Turn`, and whoever gives its address to compiled code has the turn.

There are two ways to take it. A `with` statement is for everything that may call others: the same thread may take the
turn again, as with `threading.RLock`. The few hot places that call nothing but compiled code take it in line,

    free = model.turn.free
    try:
        del free[0]
    except IndexError:
        free = model.turn.take()
    try:
        ...
    finally:
        free.append(None)

at a third of the cost of a `threading.Lock`, and a sixth of that of a `with` statement. An item of a list is deleted or
appended in one piece, and the interpreter serves no signal between `del` and `try`: an interruption loses no turn.
"""

import os
import time
import weakref
from threading import get_ident
from typing import Any

LONGEST_PAUSE = 1e-3  # seconds between two looks at a turn that somebody else has
PATIENCE = 5.0  # seconds that a fork waits for the turns of other threads


class Turn:
    """A lock; every copy, also one that went through `pickle`, is another one that nobody has.

    Attributes:
        free: holds one item while nobody has the turn.
    """

    __slots__ = ("__weakref__", "_depth", "_owner", "free")

    def __init__(self) -> None:
        self.free: list[None] = [None]
        self._owner, self._depth = 0, 0  # the thread that took the turn in a way that lets it take it again
        _turns.add(weakref.ref(self, _turns.discard))

    def take(self, patience: float = float("inf")) -> "Turn":
        """Wait for the turn, at most some seconds; `append` gives it back.

        Raises:
            TimeoutError: somebody else had it all the time.
        """
        me, pause, waited = get_ident(), 1e-6, 0.0
        while self._owner != me:
            try:
                del self.free[0]
                self._owner, self._depth = me, 0
                break
            except IndexError:
                if waited > patience:
                    raise TimeoutError("another thread had the belief all the time") from None
            time.sleep(pause)
            waited, pause = waited + pause, min(2.0 * pause, LONGEST_PAUSE)
        self._depth += 1
        return self

    def append(self, _: None = None) -> None:
        """Give the turn back: called as that of `free` is, so that a hot place need not know how it was taken."""
        self._depth -= 1
        if self._depth == 0:
            self._owner = 0
            self.free.append(None)

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.append()

    def __reduce__(self) -> Any:
        return Turn, ()

    def reset(self) -> None:
        """Let nobody have it: in a process that has no other threads any more."""
        self.free[:], self._owner, self._depth = [None], 0, 0


_turns: set["weakref.ref[Turn]"] = set()
_kept: list[Turn] = []


def _living() -> list[Turn]:
    return [turn for reference in tuple(_turns) if (turn := reference()) is not None]


def _take_all() -> None:
    """Have all turns while the process is forked: then the child's beliefs are whole, and nobody has them."""
    for turn in _living():
        try:
            turn.take(PATIENCE)
        except TimeoutError:
            continue
        _kept.append(turn)


def _give_back() -> None:
    while _kept:
        _kept.pop().append()


def _start_afresh() -> None:
    _give_back()
    for turn in _living():
        if turn._owner != get_ident():
            turn.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take_all, after_in_parent=_give_back, after_in_child=_start_afresh)
