"""Numbers as a person types them: read exactly, or refused in a few words: what was got, what is expected."""

import math
from typing import Any

MOST_DIGITS = 300
LONGEST = 60
"""Characters of a value that are shown."""


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
