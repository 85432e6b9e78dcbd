"""Checks of a world's arguments: whatever is given, it is accepted or refused in one line.

The line names the argument and tells what was got and what is expected. Numbers may come as text does from a command
line, a whole number as 1e3, say; text is no number, and True is none either.
"""

from collections.abc import Iterable
from numbers import Real
from operator import index
from typing import Any

import numpy as np

from . import memory

MOST = 2**31 - 1  # states and actions are counted in 32 bits
LONGEST = 60  # characters of a value that is shown
ENTRY_BYTES = 72.0  # of an entry of a table, at most, while a world is made of it


def whole(name: str, value: Any, least: int, most: int = MOST, what: str = "") -> int:
    """Return a whole number; `what` tells what it counts.

    Raises:
        ValueError: another kind of value, or one out of range.
    """
    number = _as_whole(value)
    if number is None or not least <= number <= most:
        span = f"at least {least}" if number is None or number < least else f"{least} to {most}"
        kind = ", a whole number" if number is None else ""
        raise ValueError(f"{name} is {shown(value)}, expected {span}{what and ' ' + what}{kind}")
    return number


def real(name: str, value: Any, low: float, high: float, expected: str) -> float:
    """Return a number of a closed range; `expected` words it.

    Raises:
        ValueError: another kind of value, or one out of range.
    """
    if not _is_real(value) or not low <= value <= high:  # also false for nan
        raise ValueError(f"{name} is {shown(value)}, expected {expected}")
    return float(value)


def generator(world_seed: Any) -> np.random.Generator:
    """Return the random numbers that a world is drawn by.

    Raises:
        ValueError: the seed is no whole number, or negative.
    """
    number = _as_whole(world_seed)
    if number is None or number < 0:
        raise ValueError(f"world_seed is {shown(world_seed)}, expected at least 0, a whole number")
    return np.random.default_rng(number)


def one_of(name: str, value: Any, known: Iterable[str]) -> str:
    """Return a name that is known.

    Raises:
        ValueError: any other value.
    """
    names = list(known)
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{name} is {shown(value)}, expected one of {', '.join(names)}")
    return value


def switch(name: str, value: Any) -> bool:
    """Return True or False.

    Raises:
        ValueError: any other value.
    """
    if value is not True and value is not False:
        raise ValueError(f"{name} is {shown(value)}, expected True or False")
    return value


def text(name: str, value: Any) -> str:
    """Return a text.

    Raises:
        ValueError: any other value.
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} is {shown(value)}, expected text")
    return value


def fits_table(num_states: int, num_actions: int, what: str) -> None:
    """Refuse a world whose table of S x A x S numbers, as it is while the world is made, would not fit into memory.

    Raises:
        ValueError: one line that begins with `what`, the arguments that make it large.
    """
    memory.require(ENTRY_BYTES * num_states**2 * num_actions, f"{what}, which", "use a smaller one")


def shown(value: Any) -> str:
    """Return how a value is written, on one line, in the middle shortened where it is long."""
    try:
        line = " ".join(repr(value).split())
    except ValueError:  # Python writes no integer of more than 4300 digits
        return f"a number of some {int(value.bit_length() * 0.30103)} digits"
    keep = LONGEST // 2
    return line if len(line) <= LONGEST else f"{line[:keep]}...{line[-keep:]} ({len(line)} characters)"


def _as_whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return index(value)
    except TypeError:
        return int(value) if _is_real(value) and value == value // 1 else None


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
