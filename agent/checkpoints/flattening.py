"""Objects as arrays and JSON, and back, to the last bit: what `pickle` does, without running what a file says.

An object is taken apart by the protocol of `copy` and `pickle` (`__reduce_ex__`): what can be copied exactly can be
kept exactly. It is put together again from classes of this package alone; a file that names anything else is refused.
Three kinds of things are not kept, and taken from a twin that was made as the original was: functions, worlds, and what
the caller says is *given*, such as priors. They are found there by the way that led to them.

The structure has one entry for each thing that has an identity: `["array", name, shape, type]`,
`["record", class, way, bytes]`, `["new", class, arguments, state]`, `["call", class, arguments, state]`,
`["dict", pairs]`, `["list", items]`, `["tuple", items]`, `["thing"]`, `["twin", way]`. A value is a number, text,
`["float", hex]`, `["scalar", type, hex]`, or `["at", place of an entry]`.
"""

import copyreg
import ctypes
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import gymnasium
import numpy as np
from numba.core.dispatcher import Dispatcher
from numpy.typing import NDArray

from ..compilation.records import Record
from ..worlds import FiniteMDP

PACKAGE = __name__.rsplit(".", 2)[0]
SHARED = (
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    ModuleType,
    type,
    partial,
    Dispatcher,
    gymnasium.Env,
    FiniteMDP,
)
"""What a life uses and does not change, or what is brought to where it was by itself."""
HANDLE = "_handle"
"""Ends the names of a record's fields that hold addresses of compiled functions, which are others in each process."""
BLOCK = 1 << 20  # bytes looked at at a time

Flat = tuple[dict[str, Any], dict[str, NDArray[Any]]]
"""JSON, and the arrays that it names."""


class UnkeptError(ValueError):
    """Something cannot be kept: it is of a class that is not this package's."""


def flattened(root: Any, given: Iterable[Any] = ()) -> Flat:
    """Take an object apart.

    Args:
        root: the object.
        given: what a twin has as well, and is not to be kept.

    Returns:
        its structure, and arrays by name. Arrays are those of the object, not copies: write them before it goes on.

    Raises:
        UnkeptError: something in it is of another class than those of this package, NumPy and Python's own.
    """
    return _Flattening(given).of(root)


def rebuilt(flat: Flat, twin: Any) -> Any:
    """Put an object together again.

    Args:
        flat: what `flattened` returned.
        twin: made as the object once was: what is not kept is taken from it.

    Raises:
        ValueError: the structure is not one, or names what is not of this package.
    """
    try:
        return _Rebuilding(flat, twin).root()
    except (AttributeError, ImportError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"not what was kept of a life: {type(error).__name__}: {error}") from error


class _Flattening:
    def __init__(self, given: Iterable[Any]) -> None:
        self._entries: list[Any] = []
        self._arrays: dict[str, NDArray[Any]] = {}
        self._places: dict[int, int] = {}
        self._alive: list[Any] = []  # numbers of objects are theirs while they live
        self._given = {id(each) for each in given}

    def of(self, root: Any) -> Flat:
        return {"root": self._value(root, []), "entries": self._entries}, self._arrays

    def _value(self, value: Any, way: list[Any]) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return ["float", value.hex()]
        if isinstance(value, np.generic) and not value.dtype.hasobject:
            return ["scalar", value.dtype.str, value.tobytes().hex()]
        if id(value) not in self._places:
            self._places[id(value)] = place = len(self._entries)
            self._alive.append(value)
            self._entries.append(None)
            self._entries[place] = self._entry(value, way)
        return ["at", self._places[id(value)]]

    def _entry(self, value: Any, way: list[Any]) -> list[Any]:
        kind = type(value)
        if id(value) in self._given or isinstance(value, SHARED):
            return ["twin", way]
        if kind is np.ndarray and not value.dtype.hasobject:
            return self._array(value)
        if isinstance(value, Record):
            return ["record", _named(kind, way), way, bytes(value).hex()]
        if kind is dict:
            pairs = [(self._value(key, way), self._value(item, [*way, key])) for key, item in value.items()]
            return ["dict", pairs]
        if kind in (list, tuple):
            return [kind.__name__, [self._value(item, [*way, place]) for place, item in enumerate(value)]]
        if kind is object:
            return ["thing"]
        return self._object(value, kind, way)

    def _array(self, value: NDArray[Any]) -> list[Any]:
        name, whole = f"{len(self._arrays)}", np.ascontiguousarray(value)
        self._arrays[name] = whole.reshape(-1)[: used(whole.reshape(-1))]
        return ["array", name, list(value.shape), value.dtype.str]

    def _object(self, value: Any, kind: type, way: list[Any]) -> list[Any]:
        named = _named(kind, way)
        as_it_is = getattr(value, "as_it_is", None)
        if as_it_is is not None:
            return ["new", named, [], self._value(as_it_is(), way)]
        parts: Any = value.__reduce_ex__(4)
        make, arguments, more = parts[0], parts[1], parts[3:]
        state = parts[2] if len(parts) > 2 else None
        if make is copyreg.__newobj__:  # pyright: ignore[reportAttributeAccessIssue]
            arguments = arguments[1:]
        elif make is not kind:
            raise UnkeptError(f"{_spelled(way)}, {value!r}, cannot be kept")
        if any(each is not None for each in more):
            raise UnkeptError(f"{_spelled(way)}, {value!r}, cannot be kept")
        within = "_tables" if make is kind else None  # a pack's arguments
        ways = [[*way, *([within] if within else []), place] for place in range(len(arguments))]
        made = [self._value(each, to) for each, to in zip(arguments, ways, strict=True)]
        return ["call" if make is kind else "new", named, made, self._value(state, way)]


def used(column: NDArray[Any]) -> int:
    """Return up to where an array, `[n]`, holds anything but zeros: room to spare need not be written."""
    seen = column.view(np.uint8) if column.dtype.itemsize else column
    end = seen.size
    while end > 0:
        start = max(0, end - BLOCK)
        filled = np.flatnonzero(seen[start:end])
        if filled.size:
            return int(start + filled[-1]) // column.dtype.itemsize + 1
        end = start
    return 0


def _named(kind: type, way: Sequence[Any]) -> str:
    if not f"{kind.__module__}.".startswith(f"{PACKAGE}."):
        raise UnkeptError(f"{_spelled(way)} is a {kind.__module__}.{kind.__qualname__}, which is not known here")
    return f"{kind.__module__.removeprefix(PACKAGE)}:{kind.__qualname__}"


def _spelled(way: Sequence[Any]) -> str:
    return "the agent's " + ".".join(map(str, way)) if way else "the agent"


class _Rebuilding:
    def __init__(self, flat: Flat, twin: Any) -> None:
        self._structure, self._arrays = flat
        self._entries, self._twin = self._structure["entries"], twin
        self._made: dict[int, Any] = {}

    def root(self) -> Any:
        return self._value(self._structure["root"])

    def _value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        word, first, *more = value
        if word == "float":
            return float.fromhex(first)
        if word == "scalar":
            return np.frombuffer(bytes.fromhex(more[0]), first)[0]
        if first not in self._made:
            self._made[first] = self._thing(first, *self._entries[first])
        return self._made[first]

    def _thing(self, place: int, word: str, *content: Any) -> Any:
        return getattr(self, f"_as_{word}")(place, *content)

    def _as_thing(self, _: int) -> object:
        return object()

    def _as_twin(self, _: int, way: Sequence[Any]) -> Any:
        return found(self._twin, way)

    def _as_array(self, _: int, name: str, shape: Sequence[int], dtype: str) -> NDArray[Any]:
        array, kept = np.zeros(shape, dtype), self._arrays[name]
        array.reshape(-1)[: len(kept)] = kept
        return array

    def _as_record(self, _: int, named: str, way: Sequence[Any], content: str) -> Record:
        kind, kept = _class(named), bytes.fromhex(content)
        if not issubclass(kind, Record) or len(kept) != ctypes.sizeof(kind):
            raise ValueError(f"not what was kept of a life: {named} is not of {len(kept)} bytes")
        record = kind.from_buffer_copy(kept)
        for field in kind._fields_:
            if field[0].endswith(HANDLE):
                setattr(record, field[0], getattr(found(self._twin, way), field[0]))
        return record

    def _as_dict(self, place: int, pairs: Sequence[Any]) -> dict[Any, Any]:
        self._made[place] = made = {}
        made.update({self._value(key): self._value(item) for key, item in pairs})
        return made

    def _as_list(self, place: int, items: Sequence[Any]) -> list[Any]:
        self._made[place] = made = []
        made.extend(map(self._value, items))
        return made

    def _as_tuple(self, _: int, items: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(map(self._value, items))

    def _as_call(self, _: int, named: str, arguments: Sequence[Any], state: None) -> Any:
        return _class(named)(*map(self._value, arguments))

    def _as_new(self, place: int, named: str, arguments: Sequence[Any], state: Any) -> Any:
        kind = _class(named)
        self._made[place] = made = kind.__new__(kind, *map(self._value, arguments))
        content = self._value(state)
        if content is None:
            return made
        if hasattr(kind, "__setstate__"):
            made.__setstate__(content)
            return made
        own, slots = content if isinstance(content, tuple) else (content, {})
        if own:
            vars(made).update(own)  # pyright: ignore[reportAttributeAccessIssue]  # no class, but an object
        for name, value in (slots or {}).items():
            object.__setattr__(made, name, value)
        return made


def _class(named: str) -> type[Any]:
    module, _, name = named.partition(":")
    if module and not module.startswith("."):
        raise ValueError(f"not what was kept of a life: {named} is not of this package")
    kind = import_module(PACKAGE + module)
    for part in name.split("."):
        kind = getattr(kind, part)
    if not isinstance(kind, type) or kind.__module__ != PACKAGE + module:
        raise ValueError(f"not what was kept of a life: {named} is no class of this package")
    return kind


def found(root: Any, way: Sequence[str | int]) -> Any:
    """Follow a way from an object: names of attributes, keys of dictionaries, places in sequences."""
    for step in way:
        root = root[step] if isinstance(root, Mapping) or not isinstance(step, str) else getattr(root, step)
    return root
