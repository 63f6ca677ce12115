"""How a canonical column goes back into the engine.

Two ways.  A table whose columns the engine reads right from Parquet is copied from the file itself.
Any other goes through the engine's Arrow scan (``COPY T FROM $data``), which was right for every
type, nested in any other, with NULLs at every level; there each type has the Arrow form below.
What the engine's Parquet reader gets wrong or refuses is in ENGINE.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.nesting import Array, list_children, list_of, map_children, map_of
from kuzuvcs.core.types import ArrayType, Decimal, ListType, MapType, Scalar, StructType, Type, UnionType
from kuzuvcs.errors import EngineError

_NOT_FROM_PARQUET = frozenset({"INTERVAL", "INT128", "UUID", "TIMESTAMP_NS"})


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


def to_load(array: Array, type: Type) -> Array:
    """A canonical array in the form that the engine's Arrow scan takes for ``type``."""
    match type:
        case Scalar(name="INTERVAL"):
            return _month_day_nano(array)
        case Scalar(name="UUID"):
            return _uuid_text(array)
        case Scalar() | Decimal():
            return array
        case ListType(element=element) | ArrayType(element=element):
            return list_of(to_load(list_children(array), element), array)
        case MapType(key=key, value=value):
            keys, items = map_children(array)
            return map_of(to_load(keys, key), to_load(items, value), array)
        case StructType(fields=fields):
            children = [
                to_load(child, field) for child, (_, field) in zip(array.flatten(), fields, strict=True)
            ]
            return pa.StructArray.from_arrays(children, [name for name, _ in fields], mask=pc.is_null(array))
        case UnionType(members=members):
            return _sparse_union(array, members)
        case _:
            assert_never(type)


def load_batch(batch: pa.RecordBatch, types: Sequence[Type], names: Sequence[str]) -> pa.RecordBatch:
    """A batch of canonical columns in the form of the Arrow scan, under ``names``."""
    arrays = [to_load(column, type) for column, type in zip(batch.columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(names))


def _month_day_nano(array: Array) -> Array:
    months, days, micros = (
        pc.fill_null(child, 0).to_numpy(zero_copy_only=False) for child in array.flatten()
    )
    limit = (2**63 - 1) // 1000
    if len(micros) and (micros.max() > limit or micros.min() < -limit):
        raise EngineError(
            "an INTERVAL is too long to be loaded",
            cause="its time part is over 292 years, which Arrow cannot carry in nanoseconds",
            hint="give such an INTERVAL in days or months",
        )
    layout = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")])
    packed = np.empty(len(array), dtype=layout)
    packed["months"], packed["days"], packed["nanoseconds"] = months, days, micros * 1000
    validity = pa.array(pc.is_valid(array).to_numpy(zero_copy_only=False))
    return pa.Array.from_buffers(
        pa.month_day_nano_interval(), len(array), [validity.buffers()[1], pa.py_buffer(packed.tobytes())]
    )


def _uuid_text(array: Array) -> Array:
    return pa.array([None if one is None else str(uuid.UUID(bytes=one)) for one in array.to_pylist()], pa.string())


def _sparse_union(array: Array, members: tuple[tuple[str, Type], ...]) -> Array:
    tag, *values = array.flatten()
    names = [name for name, _ in members]
    # A NULL union is the first member with a NULL in it: that is how the engine reads it.
    codes = pc.fill_null(pc.index_in(tag, value_set=pa.array(names, pa.string())), 0).cast(pa.int8())
    children = [to_load(value, member) for value, (_, member) in zip(values, members, strict=True)]
    return pa.UnionArray.from_sparse(codes, children, names)
