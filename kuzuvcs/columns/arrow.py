"""The Arrow and Parquet form of each engine type, as an outsider expects to find it.

Where the two formats have the type, it stands as itself.  Where they have not:

- INT128 is its decimal text: 39 digits do not fit ``decimal128``, and DuckDB reads no wider one.
- UUID is ``fixed_size_binary(16)`` in memory, since pyarrow computes little on extension arrays,
  and the UUID logical type in Parquet, which DuckDB, pyarrow and kuzu read as UUID.
- INTERVAL is ``struct<months, days, micros>``: Parquet's own cuts it to milliseconds, and folding
  the parts into one number would make one month and thirty days the same.
- TIMESTAMP_SEC counts milliseconds: Parquet has no seconds.  Nothing overflows, because the engine
  parses every kind of timestamp through microseconds.
- ARRAY is a list: Parquet has no fixed size; the schema keeps it.
- UNION is ``struct<tag, member, …>``, whose tag tells two members of one type apart.

Every column and every child is nullable, and the children of a NULL are NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
)

INTERVAL_PARTS: tuple[tuple[str, Type], ...] = (
    ("months", Scalar(name="INT32")),
    ("days", Scalar(name="INT32")),
    ("micros", Scalar(name="INT64")),
)

_SCALARS: dict[str, pa.DataType] = {
    "BOOL": pa.bool_(),
    "INT8": pa.int8(),
    "INT16": pa.int16(),
    "INT32": pa.int32(),
    "INT64": pa.int64(),
    "INT128": pa.string(),
    "UINT8": pa.uint8(),
    "UINT16": pa.uint16(),
    "UINT32": pa.uint32(),
    "UINT64": pa.uint64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "STRING": pa.string(),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP_NS": pa.timestamp("ns"),
    "TIMESTAMP_MS": pa.timestamp("ms"),
    "TIMESTAMP_SEC": pa.timestamp("ms"),
    "TIMESTAMP_TZ": pa.timestamp("us", "UTC"),
    "INTERVAL": pa.struct([("months", pa.int32()), ("days", pa.int32()), ("micros", pa.int64())]),
    "UUID": pa.binary(16),
    "SERIAL": pa.int64(),
    "JSON": pa.string(),
}


def arrow_type(type: Type) -> pa.DataType:
    """The type in which a column's values stand in memory: the canonical Arrow form."""
    return _build(type, _SCALARS)


def parquet_type(type: Type) -> pa.DataType:
    """The same, annotated as the Parquet file has it: UUIDs carry their logical type."""
    return _build(type, _SCALARS | {"UUID": pa.uuid()})


def parquet_field(name: str, type: Type) -> pa.Field:
    """The field of a top-level column of that name."""
    return pa.field(name, parquet_type(type), nullable=True)


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names; one that was taken before, in whatever case, has ``_`` appended until it is free."""
    taken: set[str] = set()
    distinct: list[str] = []
    for name in names:
        free = name
        while free.lower() in taken:
            free += "_"
        taken.add(free.lower())
        distinct.append(free)
    return tuple(distinct)


def field_names(type: StructType | UnionType) -> tuple[str, ...]:
    """The names of a STRUCT's or UNION's children in Arrow and Parquet, in the declared order.

    Readers find struct fields without regard to case, while the engine takes ``a`` and ``A`` for
    two: the later one gets ``_`` appended until it is free.  A UNION's ``tag`` comes first in
    place and last in the choice of names, so that a member keeps its own.
    """
    match type:
        case StructType(fields=fields):
            return distinct_names([name for name, _ in fields])
        case UnionType(members=members):
            *names, tag = distinct_names([*(name for name, _ in members), "tag"])
            return (tag, *names)
        case _:
            assert_never(type)


def children(type: StructType | UnionType) -> tuple[tuple[str, Type], ...]:
    """The children of a STRUCT or UNION as they stand in Arrow: name and engine type."""
    match type:
        case StructType(fields=fields):
            types = tuple(child for _, child in fields)
        case UnionType(members=members):
            types = (Scalar(name="STRING"), *(child for _, child in members))
        case _:
            assert_never(type)
    return tuple(zip(field_names(type), types, strict=True))


def canonical_array(array: pa.Array, type: Type) -> pa.Array:
    """``array`` in exactly the canonical form: :func:`arrow_type`, one NaN, nothing below a NULL.

    Takes what readers make of the form: other list layouts, dictionaries, extension types, other
    field names, and timestamps in a finer unit, where no value is lost by it.

    Raises :class:`pyarrow.ArrowInvalid` when a value does not fit the type.
    """
    # First and at every depth: pyarrow flattens no list of extension values that has a NULL.
    storage = _storage_type(array.type)
    return _canonical(_cast(array, storage), type)


def parquet_array(array: pa.Array, type: Type) -> pa.Array:
    """A canonical array with the annotations of :func:`parquet_type`."""
    target = parquet_type(type)
    return array if array.type == target else array.cast(target)


def _canonical(array: pa.Array, type: Type) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    match type:
        case Scalar(name="INTERVAL"):
            return _structs(array, INTERVAL_PARTS)
        case Scalar(name="FLOAT" | "DOUBLE"):
            return _one_nan(_cast(array, arrow_type(type)))
        case Scalar() | Decimal():
            return _cast(array, arrow_type(type))
        case ListType(element=element) | ArrayType(element=element):
            values = _canonical(array.flatten(), element)
            return pa.ListArray.from_arrays(
                list_offsets(array), values, type=arrow_type(type), mask=array.is_null()
            )
        case MapType(key=key, value=value):
            lists = map_as_lists(array)
            entries = lists.flatten()
            return pa.MapArray.from_arrays(
                list_offsets(lists),
                _canonical(entries.field(0), key),
                _canonical(entries.field(1), value),
                type=arrow_type(type),
                mask=array.is_null(),
            )
        case StructType() | UnionType():
            return _structs(array, children(type))
        case _:
            assert_never(type)


def _storage_type(type: pa.DataType) -> pa.DataType:
    """The type without extension types, such as those in which DuckDB hands over UUID and BOOL."""
    if isinstance(type, pa.BaseExtensionType):
        return _storage_type(type.storage_type)
    if pa.types.is_map(type):
        return pa.map_(_storage_type(type.key_type), _storage_type(type.item_type))
    if pa.types.is_list(type):
        return pa.list_(type.value_field.with_type(_storage_type(type.value_type)))
    if pa.types.is_struct(type):
        return pa.struct([field.with_type(_storage_type(field.type)) for field in type])
    return type


def _build(type: Type, scalars: dict[str, pa.DataType]) -> pa.DataType:
    match type:
        case Scalar(name=name):
            return scalars[name]
        case Decimal(precision=precision, scale=scale):
            return pa.decimal128(precision, scale)
        case ListType(element=element) | ArrayType(element=element):
            return pa.list_(pa.field("element", _build(element, scalars)))
        case MapType(key=key, value=value):
            return pa.map_(_build(key, scalars), _build(value, scalars))
        case StructType() | UnionType():
            return pa.struct([pa.field(name, _build(child, scalars)) for name, child in children(type)])
        case _:
            assert_never(type)


def _cast(array: pa.Array, target: pa.DataType) -> pa.Array:
    return array if array.type == target else array.cast(target)


def map_as_lists(array: pa.Array) -> pa.Array:
    """The maps as lists of their entries: pyarrow computes nothing on maps themselves."""
    if not pa.types.is_map(array.type):
        return array
    kind = array.type
    entry = pa.struct([pa.field("key", kind.key_type, nullable=False), pa.field("value", kind.item_type)])
    return array.cast(pa.list_(entry))


def _one_nan(array: pa.Array) -> pa.Array:
    nan = pc.is_nan(array)
    if not pc.any(nan).as_py():
        return array
    return pc.if_else(nan, pa.scalar(float("nan"), array.type), array)


def _structs(array: pa.Array, types: Sequence[tuple[str, Type]]) -> pa.Array:
    parts = [_canonical(part, type) for part, (_, type) in zip(array.flatten(), types, strict=True)]
    fields = [pa.field(name, arrow_type(type)) for name, type in types]
    return pa.StructArray.from_arrays(parts, fields=fields, mask=array.is_null())


def list_offsets(lists: pa.Array) -> pa.Array:
    """Offsets into ``lists.flatten()``, which leaves out what lies below a NULL or outside a slice."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.array(offsets)
