"""What counts as a number where one is asked for: neither text, nor true or false, nor anything that is not finite."""

import math
from numbers import Integral, Real
from typing import Any

LARGEST_PAID = 1e100
"""Largest reward or payoff, up or down: its square, sums over states and steps, and what it is worth if it is paid for
ever stay far below the largest number there is."""


def is_finite_number(value: Any) -> bool:
    """Return whether a value is a real number, and finite."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole_number(value: Any) -> bool:
    """Return whether a value is an integer, of Python or of NumPy."""
    return isinstance(value, Integral) and not isinstance(value, bool)
