"""A Parquet file's footer and page headers, looked at before a reader believes them.

A file of a stranger's can claim pages of 2 GiB that compress to a few kB.  It can nest its schema until the
reader's stack overflows, or contradict itself, and pyarrow then ends the process (26.0, ``row_group.column``
where a row group has fewer columns than the schema).  So nothing reads a file from a store that is not
in the form in which our own writer makes it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from kuzuvcs.columns.arrow import parquet_field, parquet_type
from kuzuvcs.columns.parquet import WRITER_OPTIONS
from kuzuvcs.columns.thrift import Malformed, Struct, read_struct
from kuzuvcs.core import limits
from kuzuvcs.core.types import Type, format_type

_MAGIC = b"PAR1"
_ZSTD = 6
_PLAIN, _RLE = 0, 3
_DATA_PAGE = 0
_OPTIONAL, _REPEATED = 1, 2
_FIXED = 7
_WIDTHS = {0: 1, 1: 4, 2: 8, 4: 4, 5: 8}
"""Bytes of a BOOLEAN, INT32, INT64, FLOAT and DOUBLE by Parquet's number of the type."""
_SHOWN = 200
"""Characters of a type, or of names, that an error repeats."""
_HEADERS = (1 << 12, 1 << 16, 1 << 20)
"""Bytes in which a page's header is looked for: with the statistics of a few long strings it has some kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """A column of the file that holds values: its path in the schema, and its physical type."""

    path: tuple[bytes, ...]
    type: int
    width: int
    """Bytes of a value, 0 where they differ."""
    definition: int
    repetition: int
    """The highest levels: how many columns around it, with itself, are not required, or are repeated."""


_ROOT = _Leaf(path=(), type=-1, width=0, definition=0, repetition=0)


def check_bounds(path: Path, columns: Sequence[tuple[str, Type]]) -> None:
    """Look at the footer and at every page's header of a Parquet file with these columns.

    :raises pyarrow.ArrowInvalid: it is malformed, or larger or nested deeper than any that kuzuvcs writes
    :raises OSError: it cannot be read
    """
    with path.open("rb") as file:
        try:
            footer, end = _footer(file, path.stat().st_size)
            schema = _schema(columns)
            _check_schema(footer.structs(2), schema)
            parts = iter(schema[1:])
            leaves = [leaf for _ in columns for leaf in _leaves(parts, _ROOT)]
            groups = footer.structs(4)
            if footer.integer(3) != sum(group.integer(3) for group in groups):
                raise Malformed("it has other rows than its row groups")
            for group in groups:
                _check_row_group(file, group, leaves, end)
        except Malformed as error:
            raise pa.ArrowInvalid(f"the Parquet file is malformed: {error}") from error


def check_columns(path: Path, columns: Sequence[tuple[str, Type]]) -> None:
    """Hold a Parquet file to the names and types that its columns are to have.

    :raises pyarrow.ArrowInvalid: the first that differs
    """
    with pq.ParquetFile(path, arrow_extensions_enabled=True) as file:
        found = file.schema_arrow
    if found.names != [name for name, _ in columns]:
        raise pa.ArrowInvalid(f"its columns are {', '.join(found.names)[:_SHOWN]}")
    for field, (name, type) in zip(found, columns, strict=True):
        if field.type != parquet_type(type):
            raise pa.ArrowInvalid(
                f"column {name} is {str(field.type)[:_SHOWN]}, and {format_type(type)[:_SHOWN]} was recorded"
            )


def _footer(file: BinaryIO, size: int) -> tuple[Struct, int]:
    """The footer, and where it begins."""
    file.seek(max(0, size - 8))
    tail = file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if size < 12 or tail[4:] != _MAGIC or length > size - 12:
        raise Malformed("it has no footer")
    if length > limits.PARQUET_FOOTER:
        raise Malformed(f"its footer has {length:,} bytes, over {limits.PARQUET_FOOTER:,}")
    file.seek(size - 8 - length)
    footer, read = read_struct(file.read(length))
    if read != length:
        raise Malformed("its footer ends too early")
    if footer.has(8) or footer.has(9):
        raise Malformed("it is encrypted")
    return footer, size - 8 - length


def _schema(columns: Sequence[tuple[str, Type]]) -> list[Struct]:
    """The schema that our own writer makes of the columns."""
    sink = io.BytesIO()
    schema = pa.schema([parquet_field(name, type) for name, type in columns])
    pq.ParquetWriter(sink, schema, **WRITER_OPTIONS).close()
    return _footer(sink, len(sink.getvalue()))[0].structs(2)


def _check_schema(found: Sequence[Struct], expected: Sequence[Struct]) -> None:
    """Hold a schema to the one that it is to be, as far as how values are stored."""
    for part, wanted in zip(found, expected, strict=False):
        if _stored(part) != _stored(wanted):
            name = part.text(4).decode("utf-8", "replace")[:_SHOWN]
            raise Malformed(f"its column {name!r} is not stored as the type that was recorded")
    if len(found) != len(expected):
        raise Malformed(f"its schema has {len(found):,} parts, and {len(expected):,} were recorded")


def _stored(element: Struct) -> tuple[int, int, int, bytes, int]:
    type, length, repetition = (element.integer(number, -1) for number in (1, 2, 3))
    return type, length, repetition, element.text(4), element.integer(5, 0)


def _leaves(elements: Iterator[Struct], above: _Leaf) -> Iterator[_Leaf]:
    """The columns with values at the next part of a schema, each part followed by its columns inside."""
    element = next(elements)
    type, length, repetition, name, children = _stored(element)
    here = _Leaf(
        path=(*above.path, name),
        type=type,
        width=length if type == _FIXED else _WIDTHS.get(type, 0),
        definition=above.definition + (repetition in (_OPTIONAL, _REPEATED)),
        repetition=above.repetition + (repetition == _REPEATED),
    )
    if not children:
        yield here
    for _ in range(children):
        yield from _leaves(elements, here)


def _check_row_group(file: BinaryIO, group: Struct, leaves: Sequence[_Leaf], end: int) -> None:
    rows, chunks = group.integer(3), group.structs(1)
    if not 0 < rows <= limits.PARQUET_ROWS:
        raise Malformed(f"a row group has {rows:,} rows; it can have {limits.PARQUET_ROWS:,}")
    if len(chunks) != len(leaves):
        raise Malformed("a row group has other columns than the schema")
    total = sum(
        _check_chunk(file, chunk, leaf, rows, end) for chunk, leaf in zip(chunks, leaves, strict=True)
    )
    if total > limits.PARQUET_ROW_GROUP:
        raise Malformed(f"a row group has {total:,} bytes, over {limits.PARQUET_ROW_GROUP:,}")


def _check_chunk(file: BinaryIO, chunk: Struct, leaf: _Leaf, rows: int, end: int) -> int:
    """The bytes of a column chunk's pages, uncompressed, as the pages themselves say."""
    told = chunk.struct(3)
    if any(chunk.has(number) for number in (1, 8, 9)) or told.has(10) or told.has(11):
        raise Malformed("a column chunk has a file, an index, a dictionary or a key of its own")
    if (told.integer(1), tuple(told.items(3))) != (leaf.type, leaf.path):
        raise Malformed("a column chunk is of another column than the schema's")
    if told.integer(4) != _ZSTD or not set(_integers(told, 2)) <= {_PLAIN, _RLE}:
        raise Malformed("a column chunk is stored in another way than kuzuvcs does it")
    _check_statistics(told, leaf)
    at, stored = told.integer(9), told.integer(7)
    if at < len(_MAGIC) or stored < 0 or at + stored > end:
        raise Malformed("a column chunk lies outside the file")
    stop, total, values = at + stored, 0, 0
    while at < stop:
        header, length = _page(file, at)
        _check_values(header.struct(5), 5, leaf)
        at += length + header.integer(3)
        total += header.integer(2)
        values += header.struct(5).integer(1)
    if at != stop or values != told.integer(5) or values < rows:
        raise Malformed("the pages of a column chunk are not what it says")
    return total


def _check_statistics(told: Struct, leaf: _Leaf) -> None:
    """pyarrow ends the process over counts by level that are not as many as there are levels."""
    _check_values(told, 12, leaf)
    if told.has(16):
        sizes = told.struct(16)
        for number, highest in ((2, leaf.repetition), (3, leaf.definition)):
            if sizes.has(number) and len(sizes.items(number)) not in (0, highest + 1):
                raise Malformed("a column chunk counts other levels than it has")


def _check_values(told: Struct, number: int, leaf: _Leaf) -> None:
    """The least and the greatest value are as long as a value."""
    if told.has(number) and leaf.width:
        statistics = told.struct(number)
        if any(len(statistics.text(one)) != leaf.width for one in (1, 2, 5, 6) if statistics.has(one)):
            raise Malformed("a least or greatest value is not as long as a value")


def _integers(struct: Struct, number: int) -> list[int]:
    return [one if isinstance(one, int) else -1 for one in struct.items(number)]


def _page(file: BinaryIO, at: int) -> tuple[Struct, int]:
    """A page's header, whose sizes are sensible, and the header's length."""
    header, length = _read_header(file, at)
    if header.integer(1) != _DATA_PAGE:
        raise Malformed("a page is of another kind than kuzuvcs writes")
    uncompressed, values = header.integer(2), header.struct(5).integer(1)
    if not 0 <= uncompressed <= limits.PARQUET_PAGE:
        raise Malformed(f"a page has {uncompressed:,} bytes, over {limits.PARQUET_PAGE:,}")
    if not 0 < values <= limits.PARQUET_PAGE_VALUES:
        raise Malformed(f"a page has {values:,} values, over {limits.PARQUET_PAGE_VALUES:,}")
    if header.integer(3) < 0:
        raise Malformed("a page has a size below zero")
    if [header.struct(5).integer(number) for number in (2, 3, 4)] != [_PLAIN, _RLE, _RLE]:
        raise Malformed("a page is encoded in another way than kuzuvcs does it")
    return header, length


def _read_header(file: BinaryIO, at: int) -> tuple[Struct, int]:
    file.seek(at)
    data = file.read(_HEADERS[0])
    for most in _HEADERS[1:]:
        try:
            return read_struct(data)
        except Malformed:
            data += file.read(most - len(data))
    return read_struct(data)
