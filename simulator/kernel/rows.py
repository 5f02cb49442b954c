"""A row of a table, to the compiler: where it stands in memory. Its fields are read and written as those of a struct in C.

Numba's own records would do, but for two things. A whole number has 32 bits or 8 in memory and 64 here, or else every function
would be compiled once for numbers out of a table and once more for others. And whoever writes to one field of one table is said
to change no other, so that what a processor holds in its registers may stay there.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import extending, types
from numba.core.typing.templates import AttributeTemplate

_WORD = ir.IntType(64)


class Row(types.Type):
    """A row of *table*, whose records are of *kind*."""

    mutable = True

    def __init__(self, table: str, kind: np.dtype[np.void]) -> None:
        self.table = table
        self._kind = kind
        super().__init__(f"Row({table})")

    def field(self, name: str) -> tuple[np.dtype[Any], int]:
        """Return what field *name* is, and where."""
        fields: Any = self._kind.fields
        kind, offset = fields[name]
        return kind, offset


class _Fields(AttributeTemplate):
    key = Row

    def generic_resolve(self, row: Row, name: str) -> Any:  # type: ignore[override]
        kind, _ = row.field(name)
        return types.int64 if kind.kind == "i" else numba.from_dtype(kind)


def _read(_context: Any, builder: Any, row: Row, place: Any, name: str) -> Any:
    value = builder.load(_field(builder, row, place, name))
    _tell_apart(builder, value, row, name)
    return builder.sext(value, _WORD) if _is_narrow(value.type) else value


def _write(_context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    row, (place, value) = signature.args[0], arguments
    field = _field(builder, row, place, name)
    if _is_narrow(field.type.pointee):
        value = builder.trunc(value, field.type.pointee)
    _tell_apart(builder, builder.store(value, field), row, name)


def _field(builder: Any, row: Row, place: Any, name: str) -> Any:
    kind, offset = row.field(name)
    width = ir.DoubleType() if kind.kind == "f" else ir.IntType(8 * kind.itemsize)
    return builder.bitcast(builder.gep(place, [ir.Constant(_WORD, offset)]), width.as_pointer())


def _is_narrow(width: Any) -> bool:
    return isinstance(width, ir.IntType) and width.width < _WORD.width


def _tell_apart(builder: Any, access: Any, row: Row, name: str) -> None:
    """Tell LLVM that *access* is to this field of this table: each is a type to its type-based alias analysis."""
    describe = builder.module.add_metadata
    field = describe([f"{row.table}.{name}", describe(["tables"]), ir.Constant(_WORD, 0)])
    access.set_metadata("tbaa", describe([field, field, ir.Constant(_WORD, 0)]))


_numba: Any = extending
_numba.register_model(Row)(_numba.models.OpaqueModel)
_numba.infer_getattr(_Fields)
_numba.lower_getattr_generic(Row)(_read)
_numba.lower_setattr_generic(Row)(_write)
