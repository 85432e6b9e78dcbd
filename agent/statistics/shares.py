"""Shares in percent, as text."""

from collections.abc import Callable


def in_percent(share: float | None, written: Callable[[float | None], str]) -> str:
    """Write a share in percent, without the sign: `100` only if it is all, `0` only if it is nothing.

    What is nearly so reads as that: `> 99.9`, `< 0.001`.

    Args:
        share: of one, or more than that; None or nan where it is unknown.
        written: writes a number with three digits, and what is unknown.
    """
    if share is None or share != share:
        return written(None)
    percent = 100 * share
    if share < 1 and percent >= 99.95:
        return "> 99.9"
    return "< 0.001" if 0 < percent < 1e-3 else written(percent)
