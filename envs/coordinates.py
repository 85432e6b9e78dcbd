"""What the states of a world are made of: whole numbers such as row, column and channel, the same ones of every state.

A state, or an observation, is given by a key: its number, or what `envs.adapters.spaces` makes of it. Its features are
its coordinates, one number each. Different keys have different features, so these lead back to the key.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Features = tuple[int, ...]
Ranges = tuple[tuple[int, int] | None, ...]
"""The lowest and the highest value of each coordinate that the world declares, not what was seen; None: it declares
none."""


class Coordinates(Protocol):
    """From keys to features, and back."""

    @property
    def ranges(self) -> Ranges | None:
        """One for each coordinate; None until it is known how many there are."""
        ...

    def features(self, key: Any) -> Features:
        """The features of what has a key."""
        ...

    def key(self, features: Features) -> Hashable | None:
        """The key of what has these features; None if nothing has, or if it is not known."""
        ...


PLACE = ("row", "column")
"""Names of the coordinates of a map."""


@runtime_checkable
class Listable(Coordinates, Protocol):
    """Coordinates of states by their number."""

    def table(self, num_states: int) -> NDArray[np.int32]:
        """The features of the first states, `[num_states, coordinates]`."""
        ...


@dataclass(frozen=True)
class Digits:
    """Numbers counted row by row, the last coordinate running fastest; of a single coordinate, the number alone.

    Attributes:
        sizes: how many values each coordinate has, from 0 on.
        first: the lowest key.
        names: of the coordinates, if they have any.
    """

    sizes: tuple[int, ...]
    first: int = 0
    names: tuple[str, ...] = ()

    @property
    def ranges(self) -> Ranges:
        """From 0 up to the size."""
        return tuple((0, size - 1) for size in self.sizes)

    def features(self, key: int) -> Features:
        """The digits of a key."""
        rest, digits = int(key) - self.first, []
        for size in reversed(self.sizes):
            rest, digit = divmod(rest, size)
            digits.append(digit)
        return tuple(reversed(digits))

    def key(self, features: Features) -> int | None:
        """The number with these digits."""
        if not are_within(features, self.ranges):
            return None
        number = 0
        for size, digit in zip(self.sizes, features, strict=True):
            number = number * size + digit
        return self.first + number

    def table(self, num_states: int) -> NDArray[np.int32]:
        """The digits of 0, 1, 2, ..."""
        sizes = (max(num_states, 1),) if len(self.sizes) == 1 else self.sizes
        return np.stack(np.unravel_index(np.arange(num_states), sizes), axis=1).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Listed:
    """Coordinates given state by state.

    Attributes:
        rows: `[S, coordinates]`, no two alike.
        ranges: one for each coordinate.
        names: of the coordinates, if they have any.
    """

    rows: NDArray[np.int32]
    ranges: Ranges
    names: tuple[str, ...] = ()

    def features(self, key: int) -> Features:
        """The row of a state."""
        return tuple(self.rows[key].tolist())

    def key(self, features: Features) -> int | None:
        """The state that has this row."""
        return self._states.get(features)

    def table(self, num_states: int) -> NDArray[np.int32]:
        """The first rows."""
        return self.rows[:num_states]

    @cached_property
    def _states(self) -> dict[Features, int]:
        return {tuple(row): state for state, row in enumerate(self.rows.tolist())}


def are_within(features: Features, ranges: Ranges) -> bool:
    """Tell whether there are as many features as ranges, and each lies in its own."""
    return len(features) == len(ranges) and all(
        declared is None or declared[0] <= feature <= declared[1]
        for feature, declared in zip(features, ranges, strict=True)
    )


def listed(rows: Any, *ranges: tuple[int, int], names: tuple[str, ...] = ()) -> Listed:
    """Take coordinates given state by state, with the range of each coordinate, and their names."""
    return Listed(np.asarray(rows, dtype=np.int32), ranges, names)
