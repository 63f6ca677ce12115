"""What a column's values are, as bytes: independent of chunking, Parquet, pyarrow and engine.

The digest of a column is built over its type's tree.  Each node of the tree (a list and its
elements, a struct and its fields, …) has three streams, each with a sha256 of its own that is fed
as values come:

- ``nulls``: the position of every NULL among the node's values, as uint64;
- ``lengths``: of each value that is not NULL, the bytes of a string or the elements of a list, as uint32;
- ``data``: of each value that is not NULL, its little-endian bytes.

A NULL has no children, so nothing that a writer left below it counts.  Every NaN is one NaN, while
-0.0 and 0.0 differ, as do '' and NULL, and INT32 5 and INT64 5: the canonical text of the type is
hashed, the column's name is not.  The order of a map's entries is data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import reduce
from typing import assert_never

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.arrow import INTERVAL_PARTS, canonical_array, children, map_as_lists
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

_COLUMN_FORMAT = b"kuzuvcs column 1\n"
_TABLE_FORMAT = "kuzuvcs table 1"
_EMPTY = pa.scalar(b"", pa.large_binary())


class ColumnDigest:
    """The content digest of one column, fed array by array in canonical row order."""

    def __init__(self, type: Type) -> None:
        self._type = type
        self._root = _Node(type)

    def update(self, array: pa.Array) -> None:
        """Add the next values; cut into whatever arrays, the digest is the same.

        Raises :class:`pyarrow.ArrowInvalid` when a value does not fit the type.
        """
        self._root.update(canonical_array(array, self._type))

    @property
    def nulls(self) -> int:
        """How many of the column's values are NULL."""
        return self._root.null_count

    def hexdigest(self) -> str:
        """The sha256 over the type and all streams so far, as 64 hexadecimal digits."""
        total = hashlib.sha256(_COLUMN_FORMAT)
        total.update(format_type(self._type).encode() + b"\n")
        self._root.add_to(total)
        return total.hexdigest()


def table_digest(kind: str, rows: int, columns: Iterable[tuple[str, str]]) -> str:
    """The content digest of a table's file: its kind, row count, and each column's name and digest.

    ``columns`` hold ``(name, column digest)`` in the file's order, which is canonical: the key first.
    """
    total = hashlib.sha256(f"{_TABLE_FORMAT}\n{kind}\n{rows}\n".encode())
    for name, digest in columns:
        encoded = name.encode()
        total.update(f"{len(encoded)}:".encode() + encoded + f"={digest}\n".encode())
    return total.hexdigest()


def canonical_bytes(array: pa.Array, type: Type) -> pa.LargeBinaryArray:
    """Each value's own bytes: equal where, and only where, the values are the same.

    A value is ``01``, or ``00`` for NULL, and its content: fixed-width little-endian bytes (zeros for
    NULL), or a uint32 length and what follows.  So every value says where it ends, and rows of several
    columns are told apart by their bytes put end to end (:func:`canonical_rows`).
    """
    return _value_bytes(canonical_array(array, type), type)


def canonical_rows(columns: Iterable[tuple[pa.Array, Type]]) -> pa.LargeBinaryArray:
    """The canonical bytes of each row: those of its values, put end to end."""
    parts = [canonical_bytes(array, type) for array, type in columns]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, _EMPTY)


class _Node:
    """The streams of one node of the type's tree."""

    def __init__(self, type: Type) -> None:
        self.type = type
        self.count = 0
        self.null_count = 0
        self.nulls = hashlib.sha256()
        self.lengths = hashlib.sha256()
        self.data = hashlib.sha256()
        self.children = tuple(_Node(child) for child in _child_types(type))

    def update(self, array: pa.Array) -> None:
        if array.null_count:
            positions = np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False)) + self.count
            self.nulls.update(positions.astype("<u8").data)
            self.null_count += array.null_count
        self.count += len(array)
        present = map_as_lists(array)
        self._update_present(present.drop_null() if present.null_count else present)

    def _update_present(self, array: pa.Array) -> None:
        match self.type:
            case Scalar(name="STRING" | "BLOB" | "INT128" | "JSON"):
                lengths, content = variable_content(array)
                self.lengths.update(lengths.astype("<u4").data)
                self.data.update(content)
            case ListType() | ArrayType() | MapType():
                lengths = pc.list_value_length(array).to_numpy(zero_copy_only=False)
                self.lengths.update(lengths.astype("<u4").data)
                self._update_children([array.flatten()])
            case StructType() | UnionType() | Scalar(name="INTERVAL"):
                self._update_children(array.flatten())
            case Scalar() | Decimal():
                self.data.update(fixed_content(array))
            case _:
                assert_never(self.type)

    def _update_children(self, arrays: list[pa.Array]) -> None:
        if isinstance(self.type, MapType):
            arrays = arrays[0].flatten()
        for child, array in zip(self.children, arrays, strict=True):
            child.update(array)

    def add_to(self, total: hashlib._Hash) -> None:
        total.update(self.count.to_bytes(8, "little"))
        for stream in (self.nulls, self.lengths, self.data):
            total.update(stream.digest())
        for child in self.children:
            child.add_to(total)


def fixed_content(array: pa.Array) -> memoryview:
    """The values of a fixed-width array without NULLs, end to end; a BOOL is one byte."""
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    width = array.type.bit_width // 8
    buffer = array.buffers()[1]
    if buffer is None:
        return memoryview(b"")
    return memoryview(buffer)[array.offset * width : (array.offset + len(array)) * width]


def variable_content(array: pa.Array) -> tuple[npt.NDArray[np.int64], memoryview]:
    """The length in bytes of each string or blob (0 where it is NULL), and the bytes, end to end.

    With NULLs among the values, the bytes below them have to be none.
    """
    large = pa.types.is_large_binary(array.type) or pa.types.is_large_string(array.type)
    _, offset_buffer, content = array.buffers()
    if offset_buffer is None or len(array) == 0:
        return np.zeros(len(array), dtype=np.int64), memoryview(b"")
    offsets = np.frombuffer(offset_buffer, dtype=np.int64 if large else np.int32)
    offsets = offsets[array.offset : array.offset + len(array) + 1].astype(np.int64)
    whole = memoryview(content) if content is not None else memoryview(b"")
    return np.diff(offsets), whole[int(offsets[0]) : int(offsets[-1])]


def _child_types(type: Type) -> tuple[Type, ...]:
    match type:
        case Scalar(name="INTERVAL"):
            return tuple(part for _, part in INTERVAL_PARTS)
        case Scalar() | Decimal():
            return ()
        case ListType(element=element) | ArrayType(element=element):
            return (element,)
        case MapType(key=key, value=value):
            return (key, value)
        case StructType() | UnionType():
            return tuple(child for _, child in children(type))
        case _:
            assert_never(type)


def _value_bytes(array: pa.Array, type: Type) -> pa.LargeBinaryArray:
    match type:
        case Scalar(name="STRING" | "BLOB" | "INT128" | "JSON"):
            content = pc.fill_null(array.cast(pa.binary()).cast(pa.large_binary()), _EMPTY)
            lengths, _ = variable_content(content)
            return _join(_marks(array, lengths), content)
        case ListType(element=element) | ArrayType(element=element):
            return _list_bytes(array, lambda values: _value_bytes(values, element))
        case MapType(key=key, value=value):
            return _list_bytes(
                map_as_lists(array),
                lambda entries: _join(
                    _value_bytes(entries.field(0), key), _value_bytes(entries.field(1), value)
                ),
            )
        case StructType() | UnionType() | Scalar(name="INTERVAL"):
            parts = zip(array.flatten(), _child_types(type), strict=True)
            return reduce(_join, (_value_bytes(part, child) for part, child in parts), _marks(array))
        case Scalar() | Decimal():
            return _fixed_bytes(array)
        case _:
            assert_never(type)


def _list_bytes(lists: pa.Array, element_bytes: Callable[[pa.Array], pa.LargeBinaryArray]) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    elements = element_bytes(lists.flatten())
    return _join(
        _marks(lists, lengths),
        pc.binary_join(pa.LargeListArray.from_arrays(pa.array(offsets), elements), _EMPTY),
    )


def _fixed_bytes(array: pa.Array) -> pa.LargeBinaryArray:
    present = array.is_valid().to_numpy(zero_copy_only=False)
    width = max(1, array.type.bit_width // 8)
    content = np.frombuffer(fixed_content(array), dtype=np.uint8).reshape(len(array), width)
    matrix = np.empty((len(array), 1 + width), dtype=np.uint8)
    matrix[:, 0] = present
    matrix[:, 1:] = content
    matrix[~present] = 0
    return _rows_of(matrix)


def _marks(array: pa.Array, lengths: npt.NDArray[np.int64] | None = None) -> pa.LargeBinaryArray:
    """Whether each value is there (01) or NULL (00), and its length, if it has one."""
    matrix = np.zeros((len(array), 1 if lengths is None else 5), dtype=np.uint8)
    matrix[:, 0] = array.is_valid().to_numpy(zero_copy_only=False)
    if lengths is not None:
        matrix[:, 1:] = lengths.astype("<u4").view(np.uint8).reshape(-1, 4)
    return _rows_of(matrix)


def _rows_of(matrix: npt.NDArray[np.uint8]) -> pa.LargeBinaryArray:
    rows, width = matrix.shape
    offsets = np.arange(rows + 1, dtype=np.int64) * width
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(matrix)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), rows, buffers)


def _join(left: pa.LargeBinaryArray, right: pa.LargeBinaryArray) -> pa.LargeBinaryArray:
    return pc.binary_join_element_wise(left, right, _EMPTY)
