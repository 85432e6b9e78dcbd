"""Tables in compiled code: named columns behind one address, instead of dozens of arrays.

Each array argument of a compiled call costs some 80 nanoseconds, compiled helpers that hand arrays on count references,
and every helper takes several times longer to compile for them. So what crosses from Python is one number: the address
of an array of the columns' addresses. A *handle* made of it in compiled code reads `table.column[i]` straight from
memory, and handing it on costs nothing. The owner keeps the columns alive, and packs anew when they have grown. A
record among the columns (`records.Record`) is read and written by its fields' names: `table.record.field`.

Where compilation is off, what crosses is the tables themselves, and the same functions index arrays.

Handles know no lengths and check no bounds. What guarantees that every index is within its column:

- *The arrays live.* A pack holds the arrays whose addresses it hands out, and its owner holds the pack. A copy, or what
  went through `pickle`, is packed anew from its own arrays: no address is ever copied.
- *Nobody frees them meanwhile.* Whoever hands over the address of a belief has its turn (`agent.belief.lock`), from
  reading the address until compiled code has returned. What an agent, a planner or a score keeps beside a belief is
  guarded by the turn of that belief: a planner works for one agent.
- *Room is what is written.* `state_room`, `edge_room` and `visit_room` among a belief's numbers are set from the tables
  when these are put in place (`WorldModel._put`), and tables only grow.
- *What comes from outside is checked in the entry itself.* `updates.begin`, `updates.observe` and
  `payoffs.payoff_of_pair` compare states and actions with the room and the number of actions before they read anything;
  `decisions.decide`, and planners called from Python (`WorldModel.check_acting`), take states that are known and not
  terminal. Queries (`WorldModel.visits`, `posterior`, ...) look up in Python what may lie beyond the room.
- *What stands in the tables is in range.* Pairs, successors and links are written by `updates` alone, after the checks
  above; `serialization.restore` writes through the same functions, after checks of its own.
- *What is kept beside a belief is of this belief.* An agent and a planner know by the belief's `claim` that nobody has
  planned on it since, a score by its `identity` that it is the one that was scored; otherwise they start anew. A
  `Simulation` refuses the score of another belief, and a world of another number of actions.
- *Worlds are in range.* The successors of a `FiniteMDP` are checked when it is made; worlds that step by rule work out
  theirs from the map.
"""

import ctypes
import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.imputils import lower_setattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import intrinsic, lower_builtin, lower_getattr_generic, models, register_model
from numba.np.numpy_support import from_dtype

from .compiled import INTERPRETED
from .records import dtypes

WORD = ir.IntType(64)
infer_function: Any = infer_global


class Pack:
    """Tables (named tuples of arrays and records) on their way into compiled code.

    Attributes:
        address: what compiled entries take (the tables themselves, where compilation is off); good while the pack
            lives.
    """

    def __init__(self, *tables: Any) -> None:
        self._tables = tables
        self._addresses = np.array([_address(column) for table in tables for column in table], dtype=np.int64)
        self.address: Any = tables if INTERPRETED else self._addresses.ctypes.data

    def __reduce__(self) -> Any:
        """A copy is packed anew: its tables have other addresses."""
        return Pack, self._tables


_from_buffer = ctypes.c_byte.from_buffer


def _address(column: Any) -> int:
    try:  # three times as fast, where tables grow again and again
        return ctypes.addressof(_from_buffer(column))
    except (TypeError, ValueError):  # read-only, or empty
        return column.__array_interface__["data"][0]


def handle(table: Any) -> Any:
    """Return what makes, in compiled code, a table of a pack: `(address, place, number) -> handle`.

    Args:
        table: the named tuple's class, its fields annotated with the types of their columns.

    The function returned takes the address, the number of columns packed before the table, and that of tables.
    """
    if INTERPRETED:
        return lambda tables, _place, number: tables[number]
    handle_type = _Handle(table.__name__, dtypes(table))

    @intrinsic
    def table_at(typingctx, address, place, number):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
            first = builder.add(values[0], builder.mul(values[1], ir.Constant(WORD, 8)))
            return builder.inttoptr(first, ir.IntType(8).as_pointer())

        return handle_type(types.int64, types.int64, types.int64), generate

    return table_at


class _Handle(types.Type):
    """The numba type of a table: its columns and records in order."""

    def __init__(self, name: str, columns: dict[str, np.dtype[Any]]) -> None:
        self.columns = {
            column: _Record(f"{name}.{column}", dtype) if dtype.names else _Column(from_dtype(dtype))
            for column, dtype in columns.items()
        }
        super().__init__(f"{name}({', '.join(f'{column}: {kind}' for column, kind in self.columns.items())})")


class _Record(types.Type):
    """The numba type of a record: of each field what it is, a number or a column, and where, in bytes."""

    def __init__(self, name: str, dtype: Any) -> None:
        self.fields = {
            field: (_Column(from_dtype(kind.base)) if kind.shape else from_dtype(kind), offset)
            for field, (kind, offset) in dtype.fields.items()
        }
        super().__init__(name)

    @property
    def key(self) -> Any:
        """What makes two of them the same."""
        return self.name, tuple(self.fields.items())


class _Column(types.Type):
    """The numba type of a column. Integers of any width are read as 64 bits: functions are compiled for one width."""

    def __init__(self, entry: Any) -> None:
        self.entry = entry
        self.read_as = types.int64 if isinstance(entry, types.Integer) else entry
        super().__init__(f"column({entry})")


register_model(_Handle)(models.OpaqueModel)
register_model(_Record)(models.OpaqueModel)
register_model(_Column)(models.OpaqueModel)


@infer_getattr
class _Columns(AttributeTemplate):
    key = _Handle

    def generic_resolve(self, typ: _Handle, attr: str) -> Any:
        return typ.columns.get(attr)


@lower_getattr_generic(_Handle)
def _first_entry(context, builder, typ, value, attr):  # type: ignore[no-untyped-def]
    """Where a column or record begins. Addresses stay the same during a call: they may be read once, before a loop."""
    addresses = builder.bitcast(value, WORD.as_pointer())
    address = builder.load(builder.gep(addresses, [ir.Constant(WORD, list(typ.columns).index(attr))]))
    address.set_metadata("invariant.load", builder.module.add_metadata([]))
    return builder.inttoptr(address, ir.IntType(8).as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):
    key = _Record

    def generic_resolve(self, typ: _Record, attr: str) -> Any:
        return typ.fields[attr][0] if attr in typ.fields else None


@lower_getattr_generic(_Record)
def _get_field(context, builder, typ, value, attr):  # type: ignore[no-untyped-def]
    kind, offset = typ.fields[attr]
    place = builder.gep(value, [ir.Constant(WORD, offset)])
    if isinstance(kind, _Column):
        return place
    return builder.load(builder.bitcast(place, context.get_value_type(kind).as_pointer()))


@lower_setattr_generic(_Record)
def _set_field(context, builder, sig, args, attr):  # type: ignore[no-untyped-def]
    kind, offset = sig.args[0].fields[attr]
    place = builder.gep(args[0], [ir.Constant(WORD, offset)])
    builder.store(args[1], builder.bitcast(place, context.get_value_type(kind).as_pointer()))


@infer_function(operator.getitem)
class _Read(AbstractTemplate):
    def generic(self, args, kws):  # type: ignore[no-untyped-def]
        if isinstance(args[0], _Column) and isinstance(args[1], types.Integer):
            return signature(args[0].read_as, args[0], types.int64)
        return None


@infer_function(operator.setitem)
class _Write(AbstractTemplate):
    def generic(self, args, kws):  # type: ignore[no-untyped-def]
        if isinstance(args[0], _Column) and isinstance(args[1], types.Integer):
            return signature(types.none, args[0], types.int64, args[0].read_as)
        return None


@lower_builtin(operator.getitem, _Column, types.int64)
def _read(context, builder, sig, args):  # type: ignore[no-untyped-def]
    column = sig.args[0]
    return context.cast(builder, builder.load(_place(context, builder, column, *args)), column.entry, column.read_as)


@lower_builtin(operator.setitem, _Column, types.int64, types.Any)
def _write(context, builder, sig, args):  # type: ignore[no-untyped-def]
    column = sig.args[0]
    value = context.cast(builder, args[2], column.read_as, column.entry)
    builder.store(value, _place(context, builder, column, *args[:2]))
    return context.get_dummy_value()


def _place(context, builder, column, base, position):  # type: ignore[no-untyped-def]
    entries = builder.bitcast(base, context.get_value_type(column.entry).as_pointer())
    return builder.gep(entries, [position])
