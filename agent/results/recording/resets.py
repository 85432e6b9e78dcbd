"""When a world was reset, and to which states: at the start, and after each episode that was followed."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from .streams import Stream

OF_RESETS = "state", "terminated", "truncated"
"""The columns that tell."""


def resets(steps: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the steps and the states of resets, of columns of one entry a step."""
    return {name: stream.whole() for name, stream in streams_of_resets(lambda *_: iter([steps])).items()}


def streams_of_resets(columns: Callable[..., Iterator[Mapping[str, np.ndarray]]]) -> dict[str, Stream]:
    """Return the same as streams, of columns that are given a block at a time."""

    def starts() -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32]]]:
        first, has_ended = 0, np.ones(1, bool)
        for part in columns(*OF_RESETS):
            ended = np.concatenate([has_ended, part["terminated"] | part["truncated"]])
            at = np.flatnonzero(ended[:-1])
            yield at + first, part["state"][at]
            first, has_ended = first + len(ended) - 1, ended[-1:]

    number = sum(len(at) for at, _ in starts())
    return {
        "reset_step": Stream(np.dtype(np.int64), number, lambda: (at for at, _ in starts())),
        "reset_state": Stream(np.dtype(np.int32), number, lambda: (states for _, states in starts())),
    }
