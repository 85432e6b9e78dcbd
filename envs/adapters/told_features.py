"""What a world tells of its observations: features by a method of its own, or by what it has and others have, too.

A world of a user's own, or a wrapper, has a method `features(observation)` that gives whole numbers of 32 bits, always
as many, which are a function of the observation alone; it may have `feature_ranges`, a (lowest, highest) or None for
each of them, `feature_names`, and a method `context(observation)`, beside which there may be `context_names`.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from math import prod
from operator import index
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.wrappers import DiscretizeObservation

from ..arguments import shown
from ..coordinates import PLACE, Coordinates, Digits, Features, Ranges, are_within
from ..tabular import TabularEnv
from .flattening import observation_of
from .layers import place_of
from .spaces import name_of

MOST_DECODED = 2**17
"""Numbers that are all decoded, to see whether that leads back to them; of more, so many are."""

_LARGEST = 2**31 - 1


class Row:
    """The whole numbers that a method of a world gives for an observation, always as many of them."""

    def __init__(self, layer: gymnasium.Env[Any, Any], method: str) -> None:
        self._layer, self._method, self._space = layer, method, layer.observation_space
        self.length: int | None = None

    def of(self, key: Hashable) -> Features:
        """What the method gives for the observation of a key.

        Raises:
            ValueError: anything else than whole numbers of 32 bits, or not as many as before.
        """
        observation = observation_of(self._space, key)
        given = getattr(self._layer, self._method)(observation)
        numbers = _whole(given)
        if numbers is None:
            raise self.wrong(observation, given, "whole numbers of 32 bits in a row")
        if self.length is not None and len(numbers) != self.length:
            raise self.wrong(observation, given, f"{self.length} numbers, as of others")
        self.length = len(numbers)
        return numbers

    def wrong(self, observation: Any, given: Any, expected: str) -> ValueError:
        """The error of what the method gave."""
        answer = f"{name_of(self._layer)}'s {self._method}({shown(observation)}) gave {shown(given)}"
        return ValueError(f"{answer}, expected {expected} ({place_of(self._layer, self._method)})")


class Told:
    """Coordinates that a world tells by its method `features`; two observations that share theirs cannot be told apart.

    What was told is kept: that is how features lead back to a key.
    """

    def __init__(self, layer: gymnasium.Env[Any, Any]) -> None:
        self._row, self._space = Row(layer, "features"), layer.observation_space
        self._declared = _declared_ranges(layer)
        self._row.length = None if self._declared is None else len(self._declared)
        self._features: dict[Hashable, Features] = {}
        self._key: dict[Features, Hashable | None] = {}
        self._looked_at = 0

    @property
    def ranges(self) -> Ranges | None:
        """Those of the world's `feature_ranges`; without any, None until some features were told."""
        if self._declared is not None or self._row.length is None:
            return self._declared
        return (None,) * self._row.length

    def features(self, key: Hashable) -> Features:
        """What the world tells.

        Raises:
            ValueError: it is not what such a method must tell.
        """
        if key not in self._features:
            features = self._row.of(key)
            if self._declared is not None and not are_within(features, self._declared):
                expected = f"numbers within its feature_ranges {shown(self._declared)}"
                raise self._row.wrong(observation_of(self._space, key), features, expected)
            self._features[key] = features
            self._key[features] = None if features in self._key else key
        return self._features[key]

    def key(self, features: Features) -> Hashable | None:
        """The only observation that was told of with these features."""
        return self._key.get(features)

    def look_at(self, keys: Sequence[Hashable]) -> None:
        """Ask for the features of all observations that are known: the same as the last time, and what came after."""
        for key in keys[self._looked_at :]:
            self.features(key)
        self._looked_at = len(keys)


class Decoded:
    """Numbers that a world takes apart by `decode`, and puts together by `encode`."""

    def __init__(self, decode: Callable[..., Any], encode: Callable[..., Any], space: Discrete[Any]) -> None:
        """Try it on the numbers of a space.

        Raises:
            Exception: of any kind: they do not do that.
        """
        self._decode, self._encode = decode, encode
        first, size = int(space.start), int(space.n)
        tried = range(first, first + size, -(-size // MOST_DECODED))
        found = [self.features(key) for key in tried]
        if len({len(features) for features in found}) != 1 or [self.key(each) for each in found] != list(tried):
            raise ValueError("decode does not undo encode")
        columns = list(zip(*found, strict=True))
        is_whole = len(tried) == size
        self.ranges: Ranges = tuple((min(column), max(column)) if is_whole else None for column in columns)

    def features(self, key: Any) -> Features:
        """The parts of a number."""
        return tuple(map(index, self._decode(key)))

    def key(self, features: Features) -> int | None:
        """The number that has these parts."""
        try:
            number = index(self._encode(*features))
            return number if self.features(number) == features else None
        except Exception:  # of numbers that are no parts of any
            return None


def made_of(layer: gymnasium.Env[Any, Any]) -> Coordinates | None:
    """Return the coordinates of the numbers that a world or a wrapper shows, if it has any that are known.

    These are: those of our own worlds; bins; what `decode` and `encode` of a world say; row and column where a world's
    map `desc`, or else its `shape`, has as many cells as there are numbers.
    """
    space = layer.observation_space
    if not isinstance(space, Discrete):
        return None
    if isinstance(layer, TabularEnv):
        return layer.coordinates if (space.start, space.n) == (0, len(layer.rows.code) - 2) else None
    if type(layer) is DiscretizeObservation:
        return Digits(tuple(layer.bins.tolist()), int(space.start))
    if isinstance(layer, gymnasium.Wrapper):
        return None
    world: Any = layer
    with suppress(Exception, SystemExit):  # of whatever somebody else's world has by these names
        return Decoded(world.decode, world.encode, space)
    shapes = (shape for shape in _shapes(world) if shape and min(shape) > 0 and prod(shape) == space.n)
    return next((Digits(shape, int(space.start), PLACE * (len(shape) == 2)) for shape in shapes), None)


def tells(layer: gymnasium.Env[Any, Any], method: str) -> bool:
    """Tell whether a world or a wrapper has a method."""
    try:
        return callable(getattr(layer, method, None))
    except Exception:  # of a property of somebody else's world
        return False


def _shapes(world: Any) -> Iterator[tuple[int, ...]]:
    """What may be rows and columns of a world's map."""
    with suppress(Exception, SystemExit):  # as above
        yield np.shape(world.desc)
    with suppress(Exception, SystemExit):
        yield tuple(map(index, world.shape))


def _declared_ranges(layer: gymnasium.Env[Any, Any]) -> Ranges | None:
    given = getattr(layer, "feature_ranges", None)
    if given is None:
        return None
    try:
        ranges = tuple(None if each is None else _pair(*each) for each in given)
        if ranges and all(each is None or each[0] <= each[1] for each in ranges):
            return ranges
    except TypeError:
        pass
    expected = "(lowest, highest), two whole numbers, or None for each of its features"
    raise ValueError(f"{name_of(layer)} has the feature_ranges {shown(given)}, expected {expected}")


def _pair(lowest: Any, highest: Any) -> tuple[int, int]:
    return index(lowest), index(highest)


def _whole(given: Any) -> Features | None:
    """A row of whole numbers of 32 bits, or a single one; None of anything else."""
    if type(given) is tuple and given and all(type(each) is int and -_LARGEST <= each <= _LARGEST for each in given):
        return given
    try:
        array = np.asarray(given)
    except (ValueError, TypeError):  # rows of different length, say
        return None
    if array.dtype.kind not in "iubf" or array.ndim > 1 or not array.size:
        return None
    if not (np.abs(array.astype(np.float64)) <= _LARGEST).all() or (array != np.floor(array)).any():
        return None
    return tuple(int(number) for number in array.ravel().tolist())
