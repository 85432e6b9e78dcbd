"""Observations of several numbers as their coordinates, one behind the other, by the keys of `envs.adapters.spaces`.

Entries of a `Dict` come in the order of their names, those of an array in the order of its memory.
"""

from collections.abc import Hashable, Iterable, Iterator
from itertools import islice
from math import prod
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple
from numpy.typing import NDArray

from ..coordinates import Features, Ranges

_ARRAYS = (Box, MultiBinary, MultiDiscrete)
_NARROW = tuple(np.dtype(f"{kind}{size}") for kind in "iu" for size in (1, 2, 4))


class Flattened:
    """The coordinates of observations of a space that has at least one of them, and no text."""

    def __init__(self, space: Space[Any]) -> None:
        self._space = space
        self.ranges: Ranges = tuple(_ranges(space))
        self.names = tuple(_names(space))

    def features(self, key: Any) -> Features:
        """All numbers of an observation."""
        return tuple(_numbers(self._space, key))

    def row(self, key: Any) -> NDArray[Any]:
        """The same as an array, which is what most keys are."""
        if isinstance(self._space, Box) and self._space.dtype in _NARROW:
            return np.frombuffer(key, self._space.dtype)
        return np.array(self.features(key))

    def key(self, features: Features) -> Hashable | None:
        """The key of an observation of these numbers; None if no array of the space's type holds them."""
        if len(features) != len(self.ranges):
            return None
        try:
            return _key(self._space, iter(features))
        except OverflowError:
            return None


def has_coordinates(space: Space[Any]) -> bool:
    """Tell whether all observations of a space are numbers, the same number of them."""
    parts = _parts(space)
    if parts is not None:
        return bool(parts) and all(map(has_coordinates, parts))
    return isinstance(space, Discrete) or (isinstance(space, _ARRAYS) and prod(space.shape or (1,)) > 0)


def observation_of(space: Space[Any], key: Any) -> Any:
    """Return the observation that has a key."""
    if isinstance(space, Tuple):
        return tuple(observation_of(part, entry) for part, entry in zip(space.spaces, key, strict=True))
    if isinstance(space, Dict):
        names = sorted(space.spaces, key=str)
        return {name: observation_of(space.spaces[name], entry) for name, entry in zip(names, key, strict=True)}
    if isinstance(space, _ARRAYS):
        return np.frombuffer(key, space.dtype).reshape(space.shape).copy()
    return key


def _parts(space: Space[Any]) -> list[Space[Any]] | None:
    """The spaces of the entries of a key that is a tuple."""
    if isinstance(space, Tuple):
        return list(space.spaces)
    return [space.spaces[name] for name in sorted(space.spaces, key=str)] if isinstance(space, Dict) else None


def _names(space: Space[Any], name: str = "") -> Iterator[str]:
    """Names by the keys of dictionaries, such as `arm[0].angle`; empty where there is none."""
    parts = _parts(space)
    if isinstance(space, Dict):
        for key in sorted(space.spaces, key=str):
            yield from _names(space.spaces[key], f"{name}.{key}" if name else str(key))
    elif parts is not None:
        for place, part in enumerate(parts):
            yield from _names(part, name and f"{name}[{place}]")
    elif isinstance(space, Discrete):
        yield name
    else:
        for place in np.ndindex(*(space.shape or ())):
            yield name and "".join([name, *(f"[{index}]" for index in place)])


def _numbers(space: Space[Any], key: Any) -> Iterable[int]:
    parts = _parts(space)
    if parts is not None:
        return [number for part, entry in zip(parts, key, strict=True) for number in _numbers(part, entry)]
    if isinstance(space, Discrete):
        return [key]
    numbers = np.frombuffer(key, space.dtype)
    return numbers.tolist() if numbers.dtype.kind in "iu" else map(int, numbers.tolist())


def _key(space: Space[Any], numbers: Iterator[int]) -> Hashable:
    parts = _parts(space)
    if parts is not None:
        return tuple(_key(part, numbers) for part in parts)
    if isinstance(space, Discrete):
        return next(numbers)
    wanted = list(islice(numbers, prod(space.shape or ())))
    array = np.array(wanted, dtype=object).astype(space.dtype)
    if array.tolist() != wanted:
        raise OverflowError
    return array.tobytes()


def _ranges(space: Space[Any]) -> Ranges:
    parts = _parts(space)
    if parts is not None:
        return tuple(declared for part in parts for declared in _ranges(part))
    if isinstance(space, Discrete):
        return ((int(space.start), int(space.start) + int(space.n) - 1),)
    if isinstance(space, MultiDiscrete):
        first, size = space.start.ravel().tolist(), space.nvec.ravel().tolist()
        return tuple((low, low + number - 1) for low, number in zip(first, size, strict=True))
    if isinstance(space, MultiBinary):
        return ((0, 1),) * prod(space.shape)
    assert isinstance(space, Box)
    bounded = (space.bounded_below & space.bounded_above).ravel().tolist()
    columns = zip(space.low.ravel().tolist(), space.high.ravel().tolist(), bounded, strict=True)
    return tuple((int(low), int(high)) if is_bounded else None for low, high, is_bounded in columns)
