"""What a saved belief would take in memory: a few bytes in a file may speak of billions of visits or states."""

import os
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 2**31  # tables count in 32 bits
BYTES_OF_A_STATE = 64
"""Of the tables of rules that are written to beforehand, at most, beside the features."""


def check_visits(edge_pair: NDArray[np.int64], edge_count: NDArray[np.int64]) -> None:
    """Refuse what no memory could hold, before any is asked for.

    Args:
        edge_pair: pair of each edge, `[n]`.
        edge_count: how often it was seen.

    Raises:
        ValueError: the visits of a pair are too many.
    """
    _, number = np.unique(edge_pair, return_inverse=True)
    visits = np.bincount(number, edge_count)
    most = int(visits.max(initial=0))
    needed = 4 * np.dtype(np.int64).itemsize * visit_room(most)  # `tables.Totals`, and one column as it is made
    _check(needed, most < MOST, f"edge_count speaks of {most} visits of one pair")


def check_states(most: int, width: int) -> None:
    """Refuse states whose features no memory could hold.

    Args:
        most: the largest number of a state.
        width: features and contexts of each.

    Raises:
        ValueError: they are too many.
    """
    _check(2 * most * (4 * width + BYTES_OF_A_STATE), True, f"it speaks of a state {most} with features")


def _check(needed: int, is_countable: bool, what: str) -> None:
    available = memory()
    if not is_countable or needed > available:
        raise ValueError(f"{what}, which take {needed / 1e9:.3g} GB of the {available / 1e9:.3g} GB of memory")


def memory() -> int:
    """Bytes that this process may come to hold; beyond measure where the system does not tell."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        return min(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), limit if limit >= 0 else sys.maxsize)
    except (ImportError, AttributeError, ValueError, OSError):  # Windows, and systems that do not know the names
        return sys.maxsize


def visit_room(most: int) -> int:
    """Room for pairs and edges by how often they were seen: a power of two that leaves one more."""
    return max(64, 1 << most.bit_length())


def have_few(pairs: NDArray[np.int64], targets: Any) -> bool:
    """Whether no pair has more edges than its action has targets, where their number is known.

    Args:
        pairs: of each edge.
        targets: `agent.belief.equal_targets.entries.Targets`, or None.
    """
    if targets is None:
        return True
    each, sizes = np.unique(pairs, return_counts=True)
    return bool((sizes <= targets.number[each % len(targets.number)]).all())


def exceeding(*columns: NDArray[Any]) -> NDArray[np.int64]:
    """How many entries of each column exceed i, `[columns, room]`, the room a power of two that leaves one more."""
    room = visit_room(max(int(column.max(initial=0)) for column in columns))
    occurring = [np.bincount(column, minlength=room + 1) for column in columns]
    return np.array([number[::-1].cumsum()[::-1][1:] for number in occurring], dtype=np.int64)
