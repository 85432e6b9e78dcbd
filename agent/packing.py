"""A belief's arrays as one array of addresses: what crosses from Python into compiled code at every step.

Each array argument of a compiled call costs some 80 nanoseconds, and arrays that Python owns are counted in and out
wherever compiled helpers hand them on (plans were mended several times slower). Addresses are one argument, and the
arrays made from them belong to nobody; the owner keeps the originals alive and packs anew when they have grown.
Uncompiled, the pack is the tuple of the arrays themselves.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]
from numpy.typing import NDArray

from agent.compiled import INTERPRETED, as_pointer, compiled
from agent.tables import Edges, Pairs, States


class Belief(NamedTuple):
    """All arrays of a belief."""

    states: States
    pairs: Pairs
    edges: Edges
    counts: NDArray[np.int64]
    sums: NDArray[np.float64]
    exceeding: NDArray[np.int64]


def packed(belief: Belief) -> Any:
    """Return what compiled entries take instead of a belief, `[2 * number of arrays]`: addresses and sizes."""
    if INTERPRETED:
        return belief
    arrays = [*belief.states, *belief.pairs, *belief.edges, belief.counts, belief.sums, belief.exceeding]
    return np.array([number for array in arrays for number in (array.ctypes.data, array.shape[-1])], dtype=np.int64)


@compiled
def _int8(pack, i):
    return carray(as_pointer(pack[2 * i]), pack[2 * i + 1], np.int8)


@compiled
def _int32(pack, i):
    return carray(as_pointer(pack[2 * i]), pack[2 * i + 1], np.int32)


@compiled
def _int64(pack, i):
    return carray(as_pointer(pack[2 * i]), pack[2 * i + 1], np.int64)


@compiled
def _float64(pack, i):
    return carray(as_pointer(pack[2 * i]), pack[2 * i + 1], np.float64)


def _unpacked(pack):
    states = States(
        _int8(pack, 0), _float64(pack, 1), _int32(pack, 2), _int32(pack, 3), _int32(pack, 4), _int32(pack, 5),
        _int32(pack, 6), _float64(pack, 7), _int8(pack, 8), _int32(pack, 9), _int32(pack, 10),
    )  # fmt: skip
    pairs = Pairs(
        _int32(pack, 11), _int32(pack, 12), _float64(pack, 13), _float64(pack, 14), _float64(pack, 15),
        _float64(pack, 16), _float64(pack, 17),
    )  # fmt: skip
    edges = Edges(
        _int32(pack, 18), _int32(pack, 19), _int32(pack, 20), _int32(pack, 21), _int32(pack, 22), _float64(pack, 23)
    )
    exceeding = carray(as_pointer(pack[52]), (2, pack[53]), np.int64)
    return Belief(states, pairs, edges, _int64(pack, 24), _float64(pack, 25), exceeding)


def _itself(pack):
    return pack


unpacked: Any = _itself if INTERPRETED else compiled(_unpacked)
"""`unpacked(pack)`, in compiled code: the belief."""
