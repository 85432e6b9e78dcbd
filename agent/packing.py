"""Tables in compiled code: named columns behind one address, instead of dozens of arrays.

Each array argument of a compiled call costs some 80 nanoseconds, compiled helpers that hand arrays on count references,
and every helper takes several times longer to compile for them. So what crosses from Python is one number: the address
of an array of the columns' addresses. A *handle* made of it in compiled code reads `table.column[i]` straight from
memory, and handing it on costs nothing. The owner keeps the columns alive, and packs anew when they have grown.

Handles know no lengths and check no bounds: how much room there is stands among the numbers that are packed. Where
compilation is off, what crosses is the tables themselves, and the same functions index arrays.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, lower_getattr_generic, models, register_model
from numba.np.numpy_support import from_dtype

from agent.compiled import INTERPRETED
from agent.tables import dtypes

WORD = ir.IntType(64)


class Pack:
    """Tables (named tuples of arrays) on their way into compiled code.

    Attributes:
        address: what compiled entries take (the tables themselves, where compilation is off); good while the pack
            lives.
    """

    def __init__(self, *tables: Any) -> None:
        self._tables = tables
        self._addresses = np.array([array.ctypes.data for table in tables for array in table], dtype=np.int64)
        self.address: Any = tables if INTERPRETED else self._addresses.ctypes.data


def handle(table: Any) -> Any:
    """Return what makes, in compiled code, a table of a pack: `(address, place, number) -> handle`.

    Args:
        table: the named tuple's class, its fields annotated with the types of their columns.

    The function returned takes the address, the number of columns packed before the table, and that of tables.
    """
    if INTERPRETED:
        return lambda tables, _place, number: tables[number]
    columns = tuple((name, from_dtype(dtype)) for name, dtype in dtypes(table).items())
    handle_type = _Handle(table.__name__, columns)

    @intrinsic
    def table_at(typingctx, address, place, number):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
            first = builder.add(values[0], builder.mul(values[1], ir.Constant(WORD, 8)))
            return builder.inttoptr(first, ir.IntType(8).as_pointer())

        return handle_type(types.int64, types.int64, types.int64), generate

    return table_at


class _Handle(types.Type):
    """The numba type of a table: its columns in order, and what their entries are."""

    def __init__(self, name: str, columns: tuple[tuple[str, types.Type], ...]) -> None:
        self.columns = columns
        super().__init__(f"{name}({', '.join(f'{column}: {entry}' for column, entry in columns)})")


register_model(_Handle)(models.OpaqueModel)


@infer_getattr
class _Columns(AttributeTemplate):
    key = _Handle

    def generic_resolve(self, typ: _Handle, attr: str) -> Any:
        entry = dict(typ.columns).get(attr)
        return None if entry is None else types.CPointer(entry)


@lower_getattr_generic(_Handle)
def _first_entry(context, builder, typ, value, attr):  # type: ignore[no-untyped-def]
    """Where a column begins. Addresses stay the same during a call: they may be read once, before a loop."""
    names = [name for name, _ in typ.columns]
    addresses = builder.bitcast(value, WORD.as_pointer())
    address = builder.load(builder.gep(addresses, [ir.Constant(WORD, names.index(attr))]))
    address.set_metadata("invariant.load", builder.module.add_metadata([]))
    return builder.inttoptr(address, context.get_value_type(types.CPointer(dict(typ.columns)[attr])))
