"""How a canonical column goes back into the engine.

Two ways.  A table whose columns the engine reads right from Parquet is copied from the file itself.
Any other goes through the engine's Arrow scan: :func:`load_batch` stages the rows in the form that it
takes, and :func:`load_source` is what ``COPY`` is given.  Measured on kuzu 0.11.3:

- The scan was right for every type in every other, but for UNIONs.  It calls their members 0, 1, …,
  so a UNION passes only where no member needs a cast (:func:`unloadable`), and one whose active
  member is NULL becomes NULL.  At the top of a column both are had by an expression instead.
- Arrow's intervals count nanoseconds, 292 years of them; an expression adds up the parts themselves.
- A NULL does not cast to JSON, and nothing in another type does.

What the engine's Parquet reader gets wrong or refuses is in ENGINE.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.nesting import Array, list_children, list_of, map_children, map_of, null_like
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import fold
from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
    child_types,
    format_type,
    nested_types,
)
from kuzuvcs.errors import EngineError

_NOT_FROM_PARQUET = frozenset({"INTERVAL", "INT128", "UUID", "TIMESTAMP_NS", "JSON"})
_CAST_BY_THE_SCAN = frozenset({"INT128", "UUID", "TIMESTAMP_TZ", "JSON"})
"""Scalars that the Arrow scan reads as another type, so that a cast has to follow."""

_INTERVAL = ("months", "days", "micros")
_DASHES = (8, 13, 18, 23)


_TEXTS = frozenset({"UUID", "INT128"})
"""Scalars that stand as text in ``$data``."""


def from_parquet(type: Type) -> bool:
    """Whether the engine's own Parquet reader loads this type right."""
    match type:
        case Scalar(name=name):
            return name not in _NOT_FROM_PARQUET
        case ListType(element=element) | ArrayType(element=element):
            return from_parquet(element)
        case Decimal() | MapType() | StructType() | UnionType():
            return False
        case _:
            assert_never(type)


def unloadable(type: Type) -> str:
    """Why no column of this type can be loaded, or ``""`` where one can."""
    inside = child_types(type) if _by_expression(type) else (type,)
    for part in (inner for outer in inside for inner in nested_types(outer)):
        match part:
            case Scalar(name="JSON"):
                return "the engine casts nothing to JSON inside another type"
            case UnionType(members=members) if not all(_exact(member) for _, member in members):
                return f"the engine casts nothing to a member of {format_type(part)} there"
            case _:
                continue
    return ""


def load_batch(batch: pa.RecordBatch, types: Sequence[Type]) -> pa.RecordBatch:
    """A batch of canonical columns as the ``$data`` that :func:`load_source` reads.

    :raises EngineError: a value inside another type that the engine's Arrow scan would change
    """
    arrays = [_staged(column, type) for column, type in zip(batch.columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=_names(types))


def load_source(types: Sequence[Type], *, casts: bool = False, serials: Collection[int] = ()) -> str:
    """What to COPY from, columns of ``types`` in their order, when ``$data`` is from :func:`load_batch`.

    With ``casts`` what the scan reads as another type is cast, for an engine whose COPY does not do it by
    itself, nor takes a table and options at once; ``serials`` are the places of the SERIAL columns.
    """
    if casts:
        values = map(_cast, _names(types), types)
        declared = (
            f"CAST({value}, 'SERIAL')" if place in serials else value for place, value in enumerate(values)
        )
        return f"(LOAD FROM $data RETURN {', '.join(declared)})"
    if not any(map(_by_expression, types)):
        return "$data"
    return f"(LOAD FROM $data RETURN {', '.join(_expressions(types))})"


def create_nodes(label: str, properties: Sequence[str], types: Sequence[Type]) -> str:
    """The statement that makes nodes of ``$data`` one by one; ``label`` and ``properties`` are quoted names.

    COPY refuses a table whose key is a DECIMAL (ENGINE.md), and CREATE casts less by itself.
    """
    items = ", ".join(f"{name}: {value}" for name, value in zip(properties, _values(types), strict=True))
    return f"LOAD FROM $data CREATE (:{label} {{{items}}})"


def _values(types: Sequence[Type]) -> list[str]:
    """The expressions, texts cast to their types."""
    return [
        f"CAST({value} AS {format_type(type)})" if _is_text(type) else value
        for value, type in zip(_expressions(types), types, strict=True)
    ]


def _cast(column: str, type: Type) -> str:
    value = _expression(column, type)
    if _by_expression(type) or _exact(type):
        return value
    return f"CAST({value}, {string_literal(format_type(type))})"


def _is_text(type: Type) -> bool:
    return isinstance(type, Scalar) and type.name in _TEXTS


def _expressions(types: Sequence[Type]) -> list[str]:
    return [_expression(name, type) for name, type in zip(_names(types), types, strict=True)]


def _names(types: Sequence[Type]) -> list[str]:
    return [f"c{number}" for number in range(len(types))]


def _by_expression(type: Type) -> bool:
    match type:
        case Scalar(name="INTERVAL" | "JSON"):
            return True
        case UnionType(members=members):
            # union_value() drops the backticks of a name, and finds it without regard to case; and the
            # cast to the UNION cannot rename the members 0, 1, … of another inside.
            names = [name for name, _ in members]
            inner = (part for _, member in members for part in nested_types(member))
            return (
                len(set(map(fold, names))) == len(names)
                and not any("`" in name for name in names)
                and not any(isinstance(part, UnionType) for part in inner)
            )
        case _:
            return False


def _expression(column: str, type: Type) -> str:
    if not _by_expression(type):
        return column
    match type:
        case Scalar(name="INTERVAL"):
            months, days, micros = (f"struct_extract({column}, '{part}')" for part in _INTERVAL)
            return f"to_months({months}) + to_days({days}) + to_microseconds({micros})"
        case UnionType(members=members):
            cases = (_member(column, type, index) for index in range(len(members)))
            return f"CASE {' '.join(cases)} END"
        case _:
            # Every branch is evaluated for every row, and NULL does not cast to JSON.
            return f"CASE WHEN {column} IS NOT NULL THEN CAST(coalesce({column}, 'null'), 'JSON') END"


def _member(column: str, union: UnionType, index: int) -> str:
    name, type = union.members[index]
    value = f"struct_extract({column}, 'm{index}')"
    if not _exact(type):
        value = f"CAST({value}, {string_literal(format_type(type))})"
    made = f"CAST(union_value({quote_name(name)} := {value}), {string_literal(format_type(union))})"
    return f"WHEN struct_extract({column}, 'tag') = {string_literal(name)} THEN {made}"


def _exact(type: Type) -> bool:
    """Whether the Arrow scan reads the nested form of a type as that very type."""
    return not any(
        isinstance(part, ArrayType) or (isinstance(part, Scalar) and part.name in _CAST_BY_THE_SCAN)
        for part in nested_types(type)
    )


def _staged(array: Array, type: Type) -> Array:
    match type:
        case Scalar(name="INTERVAL"):
            return _columns(array.flatten(), _INTERVAL)
        case UnionType(members=members) if _by_expression(type):
            tag, *values = array.flatten()
            children = _children(values, (member for _, member in members))
            return _columns([tag, *children], ["tag", *(f"m{index}" for index in range(len(members)))])
        case _:
            return to_load(array, type)


def _columns(children: Sequence[Array], names: Sequence[str]) -> Array:
    """Columns in one that is never NULL itself: an expression sees what is below a NULL struct."""
    return pa.StructArray.from_arrays(list(children), list(names))


def to_load(array: Array, type: Type) -> Array:
    """A canonical array in the form that the Arrow scan takes for ``type`` anywhere."""
    match type:
        case Scalar(name="INTERVAL"):
            return _month_day_nano(array)
        case Scalar(name="UUID"):
            return _uuid_text(array)
        case Scalar(name="TIMESTAMP_SEC"):
            return array.cast(pa.timestamp("s"))
        case Scalar() | Decimal():
            return array
        case ListType(element=element) | ArrayType(element=element):
            return list_of(to_load(list_children(array), element), array)
        case MapType(key=key, value=value):
            keys, items = map_children(array)
            return map_of(to_load(keys, key), to_load(items, value), array)
        case StructType(fields=fields):
            children = _children(array.flatten(), (field for _, field in fields))
            return pa.StructArray.from_arrays(children, [name for name, _ in fields], mask=pc.is_null(array))
        case UnionType():
            return _sparse_union(array, type)
        case _:
            assert_never(type)


def _children(arrays: Sequence[Array], types: Iterable[Type]) -> list[Array]:
    return [to_load(array, type) for array, type in zip(arrays, types, strict=True)]


def _sparse_union(array: Array, union: UnionType) -> Array:
    tag, *values = array.flatten()
    names = [name for name, _ in union.members]
    for name, value in zip(names, values, strict=True):
        if pc.any(pc.and_(pc.equal(tag, name), pc.is_null(value))).as_py():
            raise EngineError(
                f"a value of {format_type(union)} cannot be loaded",
                cause=f"its active member {name!r} is NULL, and the engine would make the whole value NULL",
                hint="set such values to NULL, or keep such a UNION in a column of its own",
            )
    # A NULL union is the first member with a NULL in it: that is how the engine reads it.
    codes = pc.fill_null(pc.index_in(tag, value_set=pa.array(names, pa.string())), 0).cast(pa.int8())
    children = _children(values, (member for _, member in union.members))
    return pa.UnionArray.from_sparse(codes, children, names)


def _month_day_nano(array: Array) -> Array:
    months, days, micros = (
        pc.fill_null(child, 0).to_numpy(zero_copy_only=False) for child in array.flatten()
    )
    limit = (2**63 - 1) // 1000
    if len(micros) and (micros.max() > limit or micros.min() < -limit):
        raise EngineError(
            "an INTERVAL inside another type is too long to be loaded",
            cause="its time part is over 292 years, which Arrow cannot carry in nanoseconds",
            hint="give such an INTERVAL in days or months, or in a column of its own",
        )
    layout = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")])
    packed = np.empty(len(array), dtype=layout)
    packed["months"], packed["days"], packed["nanoseconds"] = months, days, micros * 1000
    buffers = [None, pa.py_buffer(packed.tobytes())]
    return null_like(pa.Array.from_buffers(pa.month_day_nano_interval(), len(array), buffers), array)


def _uuid_text(array: Array) -> Array:
    """Each UUID in its 36 characters."""
    digits = np.frombuffer(b"".join(pc.fill_null(array, bytes(16)).to_pylist()).hex().encode(), np.uint8)
    text = np.full((len(array), 36), ord("-"), dtype=np.uint8)
    text[:, [place for place in range(36) if place not in _DASHES]] = digits.reshape(-1, 32)
    offsets = np.arange(len(array) + 1, dtype=np.int32) * 36
    values = pa.Array.from_buffers(
        pa.string(), len(array), [None, pa.py_buffer(offsets), pa.py_buffer(text.tobytes())]
    )
    return null_like(values, array)
