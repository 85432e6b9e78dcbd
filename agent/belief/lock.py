"""Whose turn it is to read or change a belief: a lock that costs little where nobody else wants it.

Compiled code runs without the interpreter's lock, and a table that grows is freed while another thread's compiled code
may still be at work on it. So every belief has a `Turn`, and whoever gives its address to compiled code has the turn.

There are two ways to take it. A `with` statement is for everything that may call others: the same thread may take the
turn again, as with `threading.RLock`. The few hot places that call nothing but compiled code take it in line,

    turn = model.turn
    try:
        del turn.free
    except AttributeError:
        turn = turn.take()
    try:
        ...
    finally:
        turn.free = True

at a third of the cost of a `threading.Lock`, and a seventh of that of a `with` statement. An attribute is deleted and
set in one piece, and the interpreter serves no signal between `del` and `try`: an interruption loses no turn.
"""

import math
import os
import time
import weakref
from threading import get_ident
from typing import Any

LONGEST_PAUSE = 1e-3  # seconds between two looks at a turn that somebody else has
PATIENCE = 5.0  # seconds that a fork waits for the turns of other threads


class Turn:
    """A lock; every copy, also by `pickle`, is another lock that nobody holds.

    Attributes:
        free: is there while nobody has the turn.
    """

    __slots__ = ("__weakref__", "_depth", "_num_waiting", "_owner", "free")
    kept: Any

    def __init__(self) -> None:
        self.free = True
        self._owner, self._depth = 0, 0  # the thread that took the turn in a way that lets it take it again
        self._num_waiting = 0
        _turns.add(weakref.ref(self, _turns.discard))

    def take(self, patience: float = math.inf) -> "_Taken":
        """Wait for the turn, at most some seconds; return the object whose `free` is to be set at the end.

        Raises:
            TimeoutError: somebody else had it all the time.
        """
        me, taken = get_ident(), _Taken(self)  # made before: nothing that a signal may interrupt comes after
        if self._owner != me:
            try:
                del self.free
            except AttributeError:
                self._wait(patience)
            self._owner, self._depth = me, 0
        self._depth += 1
        return taken

    def _wait(self, patience: float) -> None:
        """Take the turn as soon as it is given back; whoever comes later, or had it just now, waits longer."""
        pause, waited = 1e-6, 0.0
        self._num_waiting += 1
        _become(self, _WantedTurn)
        try:
            while waited <= patience:
                time.sleep(pause)
                waited, pause = waited + pause, min(2.0 * pause, LONGEST_PAUSE)
                try:
                    del self.kept
                    return
                except AttributeError:
                    continue
        finally:
            self._num_waiting -= 1
            if self._num_waiting == 0:
                _become(self, Turn)
        raise TimeoutError("another thread had the belief all the time")

    def give_back(self) -> None:
        """End what `take` began."""
        self._depth -= 1
        if self._depth == 0:
            self._owner = 0
            self.free = True

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.give_back()

    def __reduce__(self) -> Any:
        return Turn, ()

    def reset(self) -> None:
        """Let nobody have it or wait for it: in a process that has no other threads any more."""
        self._owner, self._depth, self._num_waiting = 0, 0, 0
        _become(self, Turn)
        self.free = True


Turn.kept = Turn.free  # the same slot by another name, for whoever waits


class _WantedTurn(Turn):
    """A turn that somebody waits for: nobody else takes it as if it were free."""

    __slots__ = ()

    @property
    def free(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether nobody has it."""
        return self.kept

    @free.setter
    def free(self, value: bool) -> None:
        self.kept = value

    @free.deleter
    def free(self) -> None:
        raise AttributeError("somebody waits for the turn")


def _become(turn: Any, kind: type[Turn]) -> None:
    turn.__class__ = kind  # the hot places need not ask whether somebody waits: for them the turn is not free


class _Taken:
    """A turn that was waited for, to be given back as one that was free."""

    __slots__ = ("_turn",)

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    @property
    def free(self) -> bool:
        """Not before it is set."""
        return False

    @free.setter
    def free(self, _: bool) -> None:
        self._turn.give_back()


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
        _kept.pop().give_back()


def _start_afresh() -> None:
    _give_back()
    for turn in _living():
        if turn._owner != get_ident():
            turn.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take_all, after_in_parent=_give_back, after_in_child=_start_afresh)
