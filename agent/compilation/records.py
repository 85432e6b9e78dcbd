"""What tables are declared by: the types of a named tuple's columns, and records of single numbers under their names.

A table is a named tuple of columns, its fields annotated with their types. Beside columns it may hold a *record*:
`numbers.num_edges`, 64 bits each, which Python and compiled code read and write in the same place.
"""

import ctypes
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np


class Record(ctypes.Structure):
    """Single numbers under their names, which Python and compiled code read and write in the same place.

    Fields are declared by annotations under `record`: `int` (64 bits), `float`, or `Annotated[list[int], n]` for n of
    them. All are zero at first. A record is copied and pickled as a whole.
    """

    def clear(self) -> None:
        """Let all numbers be zero again."""
        ctypes.memset(ctypes.addressof(self), 0, ctypes.sizeof(self))

    def become(self, other: "Record") -> None:
        """Take over all numbers of another record of this kind.

        Raises:
            TypeError: it is of another kind.
        """
        if type(other) is not type(self):
            raise TypeError(f"expected a {type(self).__name__}, got {type(other).__name__}")
        ctypes.memmove(ctypes.addressof(self), ctypes.addressof(other), ctypes.sizeof(self))


R = TypeVar("R", bound=type[Record])


def record(declared: R) -> R:
    """Make room in a record for the fields that are declared."""
    hints = get_type_hints(declared, include_extras=True)
    declared._fields_ = [(name, _in_memory(hint)) for name, hint in hints.items()]
    return declared


def _in_memory(hint: Any) -> Any:
    if hint in (int, float):
        return ctypes.c_int64 if hint is int else ctypes.c_double
    values, length = get_args(hint)
    return _in_memory(*get_args(values)) * length


@cache
def dtypes(table: Any) -> Mapping[str, np.dtype[Any]]:
    """Return the types of a named tuple's columns and records, by how its fields are annotated."""
    return {name: np.dtype(hint if _is_record(hint) else _scalar(hint)) for name, hint in _hints(table).items()}


@cache
def _hints(table: Any) -> Mapping[str, Any]:
    """Annotations as types; they are looked up once, as that takes as long as a life of many steps."""
    return get_type_hints(table)


def _scalar(hint: Any) -> Any:
    """Return the scalar type of `NDArray[...]`, which newer versions of NumPy make an alias with one argument."""
    *_, last = get_args(hint)
    return (get_args(last) or (last,))[-1]


def _is_record(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Record)


def zeros(table: Any, room: Mapping[str, int]) -> Any:
    """Return a table of zeros: its records, and columns of as many entries as `room` says, or none."""
    types, hints = dtypes(table), _hints(table).items()
    return table._make(hint() if _is_record(hint) else np.zeros(room.get(name, 0), types[name]) for name, hint in hints)
