"""The canonical order of keys, and the external sorts that bring rows into it.

Numbers go by value, with -0.0 before 0.0 and NaN last; strings by their UTF-8 bytes; BLOB and UUID by
their bytes; moments and dates by time.  Two rows of the same key (parallel edges; nodes whose
DOUBLE key is NaN, which the engine takes twice) go by the canonical bytes of their properties.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import assert_never

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.canonical import canonical_rows, fixed_content
from kuzuvcs.columns.spill import spilling_duckdb
from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
    format_type,
)
from kuzuvcs.errors import SchemaError

Order = npt.NDArray[np.int64]
"""A row's place: rows go by it, and rows with the same one by the canonical bytes of their properties."""


_PLAIN_FORMS: dict[str, tuple[pa.DataType | None, pa.DataType]] = {
    **dict.fromkeys(("STRING", "BLOB", "UUID", "JSON"), (None, pa.binary())),
    **dict.fromkeys(("INT8", "INT16", "INT32", "INT64", "SERIAL"), (None, pa.int64())),
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), (None, pa.int64())),
    "UINT64": (None, pa.uint64()),
    "DATE": (pa.int32(), pa.int64()),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS"), (pa.int64(), pa.int64())),
    **dict.fromkeys(("TIMESTAMP_SEC", "TIMESTAMP_TZ"), (pa.int64(), pa.int64())),
}
"""How the values of each type are seen, if not as themselves, and what they are cast to."""


def order_form(keys: pa.Array, type: Type) -> pa.Array:
    """Key values as int64, uint64 or binary whose own order is the canonical order of the keys.

    Raises :class:`SchemaError` for a type that the engine does not take as a primary key.
    """
    match type:
        case Scalar(name="FLOAT" | "DOUBLE"):
            return _float_order(keys.cast(pa.float64()))
        case Scalar(name="INT128"):
            return _big_endian(keys.cast(pa.decimal256(39, 0)))
        case Decimal():
            return _big_endian(keys)
        case Scalar(name=name) if name in _PLAIN_FORMS:
            seen_as, form = _PLAIN_FORMS[name]
            return (keys if seen_as is None else keys.view(seen_as)).cast(form)
        case Scalar() | ListType() | ArrayType() | StructType() | MapType() | UnionType():
            raise SchemaError(f"a primary key cannot be of type {format_type(type)}")
        case _:
            assert_never(type)


def ranked(
    keys: Iterator[tuple[pa.Array, pa.Array]], form: pa.DataType, work: Path, *, memory: int
) -> Iterator[tuple[pa.Array, Order]]:
    """Sorts what may not fit into memory: ``(id, order form)`` in, ``(id, rank)`` out, by rank.

    Equal keys have the same rank, and ranks have no gaps.  ``id`` is int64.
    """
    schema = pa.schema([("id", pa.int64()), ("key", form)])
    batches = (pa.record_batch([ids, values], schema=schema) for ids, values in keys)
    first = list(itertools.islice(batches, 2))
    if len(first) < 2:
        # To open a DuckDB takes longer than to sort one batch, and there may be hundreds of small tables.
        sorted_batches = (batch.take(_order_by_key(batch)) for batch in first)
        yield from _numbered(sorted_batches)
        return
    with spilling_duckdb(work, memory=memory) as connection:
        reader = pa.RecordBatchReader.from_batches(schema, itertools.chain(first, batches))
        connection.register("keys", reader)
        result = connection.sql("SELECT id, key FROM keys ORDER BY key, id")
        yield from _numbered(result.to_arrow_reader(65_536))


def _order_by_key(batch: pa.RecordBatch) -> pa.Array:
    return pc.sort_indices(batch, sort_keys=[("key", "ascending"), ("id", "ascending")])


def _numbered(sorted_batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.Array, Order]]:
    """The ids and ranks of ``(id, key)`` that come in order."""
    rank, last = -1, None
    for batch in sorted_batches:
        if not len(batch):
            continue
        values = batch.column(1)
        steps = np.ones(len(values), dtype=np.int64)
        steps[0] = values[0] != last
        steps[1:] = pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
        ranks = rank + np.cumsum(steps)
        yield batch.column(0), ranks
        rank, last = int(ranks[-1]), values[-1]


def sort_in_memory(rows: pa.RecordBatch, types: Sequence[Type]) -> pa.RecordBatch:
    """Rows by their first column, their order; those that share it by the canonical bytes of the others."""
    order = rows.column(0).to_numpy()
    places = np.argsort(order, kind="stable")
    order = order[places]
    same = order[1:] == order[:-1]
    if same.any() and types:
        tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
        places[tied] = _sorted_ties(rows, places[tied], types)
    return rows if (np.diff(places) == 1).all() else rows.take(pa.array(places))


def _sorted_ties(rows: pa.RecordBatch, places: Order, types: Sequence[Type]) -> Order:
    """The places of rows that share their order with another, by order and canonical bytes."""
    tied = rows.take(pa.array(places))
    content = canonical_rows(zip(tied.columns[1:], types, strict=True))
    table = pa.table({"order": tied.column(0), "content": content})
    by = pc.sort_indices(table, sort_keys=[("order", "ascending"), ("content", "ascending")])
    sorted_places: Order = places[by.to_numpy()]
    return sorted_places


def _float_order(keys: pa.Array) -> pa.Array:
    """IEEE 754's total order as int64: a negative number's bits count downwards."""
    bits = np.frombuffer(fixed_content(keys), dtype=np.int64)
    return pa.array(np.where(bits < 0, bits ^ np.int64(2**63 - 1), bits))


def _big_endian(keys: pa.Array) -> pa.Array:
    """Two's complement of any width as bytes that compare like the numbers."""
    width = keys.type.bit_width // 8
    matrix = np.frombuffer(fixed_content(keys), dtype=np.uint8).reshape(-1, width)[:, ::-1].copy()
    matrix[:, 0] ^= 0x80
    offsets = np.arange(len(keys) + 1, dtype=np.int32) * width
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(matrix)]
    return pa.BinaryArray.from_buffers(pa.binary(), len(keys), buffers)
