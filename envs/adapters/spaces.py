"""Gymnasium's discrete spaces as numbers: keys that tell observations apart, and all actions in a row."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from math import prod
from operator import index, mul
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Text, Tuple

MOST_ACTIONS = 100_000

Key = Callable[[Any], Hashable]


def key_of(space: Space[Any], env: gymnasium.Env[Any, Any]) -> Key:
    """Return what turns an observation into a key: equal for equal observations, and for no others.

    A key is made of the exact numbers, bytes or text of the observation, entries of a `Dict` in the order of their
    names. It raises TypeError or ValueError for something that is no such observation at all. It can be pickled.

    Raises:
        ValueError: the space has real numbers, or is of another kind than Discrete, MultiDiscrete, MultiBinary, Tuple,
            Dict, Text and Box.
    """
    if isinstance(space, Discrete):
        return index
    if isinstance(space, Tuple):
        parts = [key_of(part, env) for part in space.spaces]
        return partial(_tuple, parts)
    if isinstance(space, Dict):
        entries = [(name, key_of(space.spaces[name], env)) for name in sorted(space.spaces, key=str)]
        return partial(_named, entries)
    if isinstance(space, Text) or (space.dtype is not None and space.dtype.kind == "U"):
        return _text
    if isinstance(space, MultiDiscrete | MultiBinary) or (isinstance(space, Box) and space.dtype.kind in "iub"):
        return partial(_bytes, space.shape, space.dtype)
    raise ValueError(_no_numbers(space, "observation", env))


def actions_of(space: Space[Any], env: gymnasium.Env[Any, Any]) -> list[Any]:
    """Return every action of a space: those of a MultiDiscrete or MultiBinary one with the last entry running fastest.

    Raises:
        ValueError: the space is of another kind, or has more than `MOST_ACTIONS` actions.
    """
    if isinstance(space, Discrete):
        shape, first = (int(space.n),), int(space.start)
    elif isinstance(space, MultiDiscrete):
        shape, first = tuple(space.nvec.ravel().tolist()), space.start.ravel()
    elif isinstance(space, MultiBinary):
        shape, first = (2,) * min(prod(space.shape), MOST_ACTIONS), 0
    else:
        raise ValueError(_no_numbers(space, "action", env))
    if any(number > MOST_ACTIONS for number in accumulate(shape, mul)):  # all of them may be too many to multiply
        raise ValueError(
            f"{name_of(env)} has actions of {shown(space)}, more than {MOST_ACTIONS} of them: choose among fewer"
        )
    if isinstance(space, Discrete):
        return list(range(first, first + shape[0]))
    rows = np.stack(np.unravel_index(np.arange(prod(shape)), shape), axis=1) + first
    return list(rows.reshape(-1, *space.shape).astype(space.dtype))


def fitted(space: Space[Any], value: Any) -> Any:
    """Return a value with its whole numbers in the types of a space, where no number changes by that.

    A space accepts arrays of narrower types, but not of wider ones, whatever they hold.
    """
    if isinstance(space, Tuple) and isinstance(value, tuple | list) and len(value) == len(space.spaces):
        return tuple(fitted(part, entry) for part, entry in zip(space.spaces, value, strict=True))
    if isinstance(space, Dict) and isinstance(value, Mapping):
        return {name: fitted(space.spaces[name], entry) for name, entry in value.items() if name in space.spaces}
    if isinstance(space, Box | MultiDiscrete | MultiBinary) and isinstance(value, np.ndarray):
        assert space.dtype is not None
        if value.dtype != space.dtype and value.dtype.kind in "iub" and space.dtype.kind in "iub":
            narrow = value.astype(space.dtype)
            return narrow if (narrow == value).all() else value
    return value


def name_of(env: gymnasium.Env[Any, Any]) -> str:
    """Return the id of a world, or the name of its class."""
    return env.spec.id if env.spec is not None else type(env.unwrapped).__name__


def shown(value: Any) -> str:
    """Return how a space or an observation is written, on one line."""
    return " ".join(repr(value).split())


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return str(value)


def _tuple(parts: Sequence[Key], value: Any) -> Hashable:
    return tuple(part(entry) for part, entry in zip(parts, value, strict=True))


def _named(entries: Sequence[tuple[Any, Key]], value: Any) -> Hashable:
    return tuple(entry(value[name]) for name, entry in entries)


def _bytes(shape: tuple[int, ...], dtype: np.dtype[Any], value: Any) -> bytes:
    array = np.asarray(value)
    if array.shape != shape:
        raise ValueError("another shape")
    if array.dtype != dtype:
        if array.dtype.kind not in "iub":
            raise TypeError("no whole numbers")
        given, array = array, array.astype(dtype)
        if (given != array).any():
            raise ValueError("numbers that the space has no room for")
    return array.tobytes()


def _no_numbers(space: Space[Any], what: str, env: gymnasium.Env[Any, Any]) -> str:
    problem = f"{name_of(env)} has {what}s of {shown(space)}; expected discrete {what}s"
    if not isinstance(space, Box):
        return f"{problem}: Discrete, MultiDiscrete, MultiBinary" + ", Tuple, Dict, Text" * (what == "observation")
    if what == "action":
        return f"{problem}: divide real ones into bins with gymnasium.wrappers.DiscretizeAction"
    return f"{problem}: divide real ones into bins, --bins N or envs.binned"
