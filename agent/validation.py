"""Values as people give them, typed or from Python: read exactly, or refused in a few words that say what was expected.

A number is neither text, nor true or false; what is not finite is refused where it has no meaning.
"""

import math
from numbers import Integral, Real
from typing import Any

MOST_DIGITS = 300
LONGEST = 60
"""Characters of a value that are shown."""

LARGEST_PAID = 1e100
"""Largest reward or payoff, up or down: its square, sums over states and steps, and what it is worth if it is paid for
ever stay far below the largest number there is."""


def whole_number(text: str) -> int:
    """Read a whole number, such as 1000000, 1_000_000, 1e6 or 2.5e3.

    Raises:
        ValueError: anything else, or too many digits.
    """
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if value.is_finite() and value.adjusted() >= MOST_DIGITS:
        raise ValueError(f"got {shown(text)}, expected a whole number of at most {MOST_DIGITS} digits")
    if not value.is_finite() or value != int(value):
        raise ValueError(f"got {shown(text)}, expected a whole number")
    return int(value)


def number(text: str) -> float:
    """Read a number; nan and inf are numbers here, to be refused by what they are for.

    Raises:
        ValueError: anything else.
    """
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"got {shown(text)}, expected a number") from None


def shown(value: Any) -> str:
    """Return how a value is written, on one line, in the middle shortened where it is long."""
    try:
        line = " ".join(repr(value).split())
    except ValueError:  # Python writes no integer of more than 4300 digits
        return f"a number of some {int(value.bit_length() * math.log10(2))} digits"
    keep = LONGEST // 2
    return line if len(line) <= LONGEST else f"{line[:keep]}...{line[-keep:]} ({len(line)} characters)"


def is_finite_number(value: Any) -> bool:
    """Return whether a value is a real number, and finite."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole_number(value: Any) -> bool:
    """Return whether a value is an integer, of Python or of NumPy."""
    return isinstance(value, Integral) and not isinstance(value, bool)
