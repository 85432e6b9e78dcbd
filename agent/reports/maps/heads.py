"""What stands beside several maps of one world: what those below each other share, and those beside each other."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Head(NamedTuple):
    """What some neighbouring rows or columns are called together: from `first` on, up to, not including, `end`."""

    name: str
    first: float
    end: float

    def coarsened(self, block: int) -> "Head":
        """Return the same, counted in blocks of cells."""
        return Head(self.name, self.first / block, self.end / block)


Heads = tuple[tuple[Head, ...], tuple[Head, ...]]
"""Those of columns, and those of rows."""

NONE: Heads = ((), ())


def heads_of(names: NDArray[np.str_], rows: int, columns: int) -> Heads:
    """Lay out the names of maps that stand side by side, one cell apart.

    Args:
        names: `[2, n]`, of maps from left to right, and of maps from top to bottom; empty: none.
        rows: of all of them together.
        columns: likewise.
    """
    across, downwards = (list(filter(None, line)) for line in names)
    return _along(across, columns), _along(downwards, rows)


def shortened(name: str, fits: Callable[[str], bool]) -> str:
    """Return a name, or as many of its last words as fit, which tell it from its neighbours: nothing, if none does."""
    words = name.split()
    ends = (" ".join(words[cut:]) for cut in range(1, len(words)))
    return next(filter(fits, (name, *(f"…{end}" for end in ends))), "")


def _along(names: list[str], size: int) -> tuple[Head, ...]:
    step = (size + 1) / max(len(names), 1)
    return tuple(Head(str(name), k * step, (k + 1) * step - 1) for k, name in enumerate(names))
