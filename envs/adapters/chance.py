"""Where a world's randomness comes from: generators and spaces of its own, and those that the whole process shares."""

import pickle
import random
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Space

from .layers import layers

MOST_PARTS = 200_000
"""Parts of a world that are looked at."""

GENERATORS = (np.random.Generator, np.random.BitGenerator, np.random.RandomState, random.Random)
SOURCES = (*GENERATORS, Space)
_PLAIN = (str, bytes, bytearray, int, float, complex, bool, type(None), np.ndarray, np.generic, ModuleType)
_HOLDERS = (dict, list, tuple, set, frozenset, deque, FunctionType, partial, type)


def sources(env: gymnasium.Env[Any, Any], *apart: Any) -> list[Any]:
    """Return the generators that a world has as its own, and every space that it holds, however deep.

    Its own are those in the attributes of its layers, by themselves or in containers and closures, in its classes, and
    among the names of the modules that define these. What other objects draw may not matter: an inner world whose
    outcomes are certain may still draw at every step.

    Args:
        env: the world.
        apart: what is not looked into.
    """
    found: list[Any] = []
    seen = {id(part) for part in apart}
    waiting = deque((part, True) for layer in layers(env) for part in (*_parts(layer), *_shared(layer)))
    while waiting and len(seen) < MOST_PARTS:
        part, is_own = waiting.pop()
        if isinstance(part, _PLAIN) or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Space) or (is_own and isinstance(part, GENERATORS)):
            found.append(part)
        is_own = is_own and isinstance(part, _HOLDERS)
        put = waiting.append if is_own else waiting.appendleft  # what is its own is looked at first
        for each in _parts(part):
            put((each, is_own))
    return found


def drawn(found: Iterable[Any]) -> list[Any]:
    """Return the states of sources: a state changes where something is drawn, or seeded."""
    return [_state(source) for source in found]


def drawn_by_all() -> dict[str, Any]:
    """Return the states of the generators that a whole process shares, by name."""
    numbers: Any = np.random.get_state(legacy=False)  # noqa: NPY002  the world may draw from it
    key, position = numbers["state"]["key"].tobytes(), numbers["state"]["pos"]
    return {
        "NumPy's global generator": (key, position, numbers["has_gauss"], numbers["gauss"]),
        "the module random": random.getstate(),
    }


def spaces_of(env: gymnasium.Env[Any, Any], *apart: Any) -> list[Space[Any]]:
    """Return the observation and action spaces of all of a world's layers, and every other space that it holds."""
    spaces = [space for layer in layers(env) for space in (layer.observation_space, layer.action_space)]
    spaces += [source for source in sources(env, *apart) if isinstance(source, Space)]
    return list({id(space): space for space in spaces}.values())


def seed_spaces(spaces: Sequence[Space[Any]], seed: int) -> None:
    """Fix by a seed what is drawn from spaces."""
    for space, child in zip(spaces, np.random.SeedSequence(seed).spawn(len(spaces)), strict=True):
        space.seed(int(child.generate_state(1)[0]))


def _state(source: Any) -> bytes:
    if isinstance(source, Space):
        source = getattr(source, "_np_random", None)  # is made, of an unknown seed, when it is first drawn from
    if isinstance(source, np.random.Generator):
        source = source.bit_generator
    if isinstance(source, np.random.RandomState):
        return pickle.dumps(source.get_state())
    if isinstance(source, random.Random):
        return b"" if isinstance(source, random.SystemRandom) else pickle.dumps(source.getstate())
    return pickle.dumps(None if source is None else source.state)


def _shared(layer: gymnasium.Env[Any, Any]) -> list[Any]:
    """The generators and spaces that the modules of a layer's classes name."""
    modules = {each.__module__ for each in type(layer).__mro__} & sys.modules.keys()
    return [value for name in modules for value in vars(sys.modules[name]).values() if isinstance(value, SOURCES)]


def _parts(part: Any) -> Iterable[Any]:
    if isinstance(part, GENERATORS):
        return []
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, list | tuple | set | frozenset | deque):
        return list(part)
    if isinstance(part, MethodType):
        return [part.__self__, part.__func__]
    if isinstance(part, partial):
        return [part.func, part.args, part.keywords]
    if isinstance(part, FunctionType):
        return [*_enclosed(part), *(part.__defaults__ or ()), *(part.__kwdefaults__ or {}).values()]
    if isinstance(part, type):
        return [value for each in part.__mro__ for value in vars(each).values() if isinstance(value, SOURCES)]
    return [type(part), *getattr(part, "__dict__", {}).values(), *_slots(part)]


def _enclosed(function: FunctionType) -> Iterable[Any]:
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # nothing was put into it yet
            yield cell.cell_contents


def _slots(part: Any) -> list[Any]:
    members = [value for each in type(part).__mro__ for value in vars(each).values()]
    return [getattr(part, member.__name__, None) for member in members if isinstance(member, MemberDescriptorType)]
