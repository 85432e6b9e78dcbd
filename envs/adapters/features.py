"""The features of numbered states: the coordinates of what is observed in them.

Features are a function of the observation, never of anything that a world hides; different observations have different
features, unless a world's own method says otherwise. A state that ends an episode has the features of its observation,
as has its twin in mid-episode.

Whose coordinates they are is decided from the outside inwards: those of the first layer that tells some, as long as
every wrapper around it is known to show what the layer inside shows. Otherwise they are those of what is seen: its
numbers one by one, or the number alone. The number of text, and of what else is not made of numbers, is that of the
state in which it was first met.
"""

from collections.abc import Hashable, Sequence
from functools import cached_property
from itertools import islice
from operator import index
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete
from numpy.typing import NDArray

from .. import memory
from ..coordinates import Coordinates, Digits, Features, Listable, Ranges
from ..mdp import FiniteMDP
from .flattening import Flattened, has_coordinates
from .layers import showing
from .minigrid import FullState
from .naming import Named, declared
from .spaces import name_of
from .told_features import Row, Told, made_of, tells


class Featured(Named):
    """The part of `envs.StateEnv` that gives features, by the numbers that are handed out there."""

    num_states: int | None
    walked: FiniteMDP | None
    _space: Any
    _first: int | None
    _twins: dict[int, int] | None
    _number: dict[Hashable, int]
    _terminal_number: dict[Hashable, int]

    @property
    def is_open(self) -> bool:
        """Whether states are given the next number when they are first met."""
        return self._first is None and self.walked is None

    @property
    def num_features(self) -> int:
        """How many features a state has."""
        return len(self.feature_ranges)

    @property
    def feature_ranges(self) -> Ranges:
        """The lowest and highest value of each feature, as declared, not as seen; None for one that has none declared.

        Raises:
            ValueError: the world's own method `features` was never asked, so that nobody knows how many there are.
        """
        ranges = self._coordinates.ranges
        if ranges is None:  # whoever declares none shows by any observation how many there are
            for key in self._known_keys[:1]:
                self._coordinates.features(key)
            ranges = self._coordinates.ranges
        if ranges is None:
            unknown = f"nobody knows how many features {name_of(self.env)} has before it is reset"
            raise ValueError(f"{unknown}; declare feature_ranges beside its method features")
        return ranges

    @property
    def num_contexts(self) -> int:
        """How many numbers `context` gives.

        Raises:
            ValueError: the world's own method `context` was never asked.
        """
        if isinstance(self._context, _InnerContext):
            return self._context.states.num_contexts
        if self._context is None:
            return 0
        number = len(declared(self.env, "context", "context_names")) or self._context.length
        for key in self._known_keys[:1] if number is None else ():
            number = len(self._context.of(key))
        if number is None:
            unknown = f"nobody knows how many contexts {name_of(self.env)} has before it is reset"
            raise ValueError(f"{unknown}; declare context_names beside its method context")
        return number

    def features(self, state: int) -> Features:
        """Return the coordinates of what is observed in a state, always as many.

        Raises:
            ValueError: no such state is known, or the world's own method `features` does not tell what it must.
        """
        return self._coordinates.features(self._key_at(state))

    def feature_row(self, state: int) -> NDArray[Any]:
        """Return them as an array, `[num_features]`: much sooner where there are hundreds."""
        coordinates, key = self._coordinates, self._key_at(state)
        return coordinates.row(key) if isinstance(coordinates, Flattened) else np.asarray(coordinates.features(key))

    def context(self, state: int) -> Features:
        """Return what else a world tells of a state, which is no part of its identity; mostly nothing.

        Raises:
            ValueError: as of `features`.
        """
        return () if self._context is None else self._context.of(self._key_at(state))

    def state_with(self, features: Sequence[int], ended: bool = False) -> int | None:
        """Return the state that has these features, where it is known: its number is declared, or it was met.

        Args:
            features: as many as a state has.
            ended: whether an episode ended in it.

        Returns:
            its number; None if it is not known, or if several observations that are known share these features.
        """
        coordinates, wanted = self._coordinates, tuple(map(index, features))
        if isinstance(coordinates, _Inner):
            key = coordinates.states.state_with(wanted, ended)
        else:
            if isinstance(coordinates, Told):
                coordinates.look_at(self._known_keys)
            key = coordinates.key(wanted)
        return None if key is None else self._number_of(key, ended)

    def feature_table(self, num_states: int | None = None) -> NDArray[np.int32] | None:
        """Return the features of the first states; None where states are numbered in order of first sight.

        Args:
            num_states: how many; None: all that are declared.

        Returns:
            `[num_states, num_features]`.

        Raises:
            ValueError: more than are declared, or features that do not fit into 32 bits.
        """
        if self.is_open or self.num_states is None:
            return None
        size = self.num_states if num_states is None else num_states
        if not 0 <= size <= self.num_states:
            raise ValueError(f"num_states is {num_states}, expected 0 to {self.num_states}")
        memory.require(4.0 * size * self.num_features, f"the features of {size} states", "use a smaller world")
        table, listed = np.empty((size, self.num_features), dtype=np.int32), 0
        if self._first is not None and isinstance(self._coordinates, Listable):
            listed = min(size, len(self._declared_keys))
            table[:listed] = self._coordinates.table(listed)
        try:
            for state in range(listed, size):
                table[state] = self.features(state)
        except OverflowError:
            raise ValueError(f"{name_of(self.env)} has features that do not fit into 32 bits") from None
        return table

    @cached_property
    def _coordinates(self) -> Coordinates:
        for layer in showing(self.env):
            if isinstance(layer, Featured):
                return _Inner(layer)
            if tells(layer, "features"):
                return Told(layer)
            if (coordinates := made_of(layer)) is not None:
                return coordinates
        if isinstance(self._space, Discrete):
            return Digits((int(self._space.n),), int(self._space.start))
        return Flattened(self._space) if has_coordinates(self._space) else _InOrder(self)

    @cached_property
    def _context(self) -> "Row | _InnerContext | None":
        for layer in showing(self.env):
            if isinstance(layer, Featured):
                return _InnerContext(layer)
            if tells(layer, "context") and (tells(layer, "features") or isinstance(layer, FullState)):
                return Row(layer, "context")
        return None

    @property
    def _declared_keys(self) -> range:
        """The keys of declared states, in the order of their numbers."""
        return range(0) if self._first is None else range(self._first, self._first + int(self._space.n))

    def _key_at(self, state: int) -> Hashable:
        """The key of what is observed in a state."""
        number, declared = index(state), self._declared_keys
        if 0 <= number < len(declared):
            return declared[number]
        key = self._declared_twins.get(number, self._met.key(number))
        if key is None:
            raise ValueError(f"state is {state}, expected one of {name_of(self.env)} that is declared or was met")
        return key

    @cached_property
    def _declared_twins(self) -> dict[int, int]:
        """The keys of the terminal twins that are known beforehand, by their numbers."""
        first = self._first or 0
        return {twin: first + state for state, twin in (self._twins or {}).items()}

    @property
    def _known_keys(self) -> Sequence[Hashable]:
        """The keys of all observations that are declared; where none is, of all that were met."""
        return self._met.in_order() if self._first is None else self._declared_keys

    @cached_property
    def _met(self) -> "_Met":
        return _Met(self._number, self._terminal_number)

    def _renumbered(self) -> None:
        """Forget what is known by numbers that stand no more."""
        for name in ("_met", "_coordinates", "_declared_twins"):
            self.__dict__.pop(name, None)

    def _number_of(self, key: Any, ended: bool) -> int | None:
        """The number of an observation that was met in this way; else, of a declared one, the number it will have."""
        mine, others = self._number, self._terminal_number
        if ended:
            mine, others = others, mine
        if key in mine or self._first is None:
            return mine.get(key)
        own = key - self._first
        if not 0 <= own < len(self._declared_keys):
            return None
        if self._twins is not None:
            return self._twins.get(own, own) if ended else own
        return None if ended or key in others else own  # the first way in which it is met has its number


class _Met:
    """The keys of all states that were met: what is read off mappings from key to number that only grow."""

    def __init__(self, *numbers: dict[Hashable, int]) -> None:
        self._numbers, self._counts = numbers, [0] * len(numbers)
        self._keys: dict[int, Hashable] = {}
        self._order: list[Hashable] = []

    def key(self, number: int) -> Hashable | None:
        """The key of a state, if it was met."""
        if number not in self._keys:
            self._read()
        return self._keys.get(number)

    def in_order(self) -> list[Hashable]:
        """All of them, always in the same order, the last ones behind."""
        self._read()
        return self._order

    def _read(self) -> None:
        for place, numbers in enumerate(self._numbers):
            new = list(islice(reversed(numbers.items()), len(numbers) - self._counts[place]))
            self._counts[place] = len(numbers)
            self._keys.update((number, key) for key, number in new)
            self._order += [key for key, _ in reversed(new)]


class _Inner:
    """Coordinates of the states of a wrapper further inside, which are what is seen here."""

    def __init__(self, states: Featured) -> None:
        self.states = states

    @property
    def ranges(self) -> Ranges:
        return self.states.feature_ranges

    def features(self, key: Any) -> Features:
        return self.states.features(key)

    def key(self, features: Features) -> int | None:
        return self.states.state_with(features)


class _InnerContext:
    def __init__(self, states: Featured) -> None:
        self.states = states

    def of(self, key: Any) -> Features:
        return self.states.context(key)


class _InOrder:
    """The number alone, of the state in which an observation was first met."""

    ranges: Ranges = (None,)

    def __init__(self, states: Featured) -> None:
        self._states = states

    def features(self, key: Hashable) -> Features:
        numbers = self._states._number, self._states._terminal_number
        return (min(number[key] for number in numbers if key in number),)

    def key(self, features: Features) -> Hashable | None:
        key = self._states._met.key(features[0]) if len(features) == 1 else None
        return key if key is not None and self.features(key) == features else None
