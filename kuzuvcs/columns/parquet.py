"""The canonical Parquet file: the same rows give the same bytes, under one release of pyarrow.

Each option below was seen to change the bytes of a column chunk, or may with another release, so
all of them are said.  Encodings stay PLAIN: kuzu misreads DELTA_BINARY_PACKED in silence near the ends of
INT64, and reads neither BYTE_STREAM_SPLIT nor DELTA strings (ENGINE.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kuzuvcs.columns.arrow import canonical_array, distinct_names, parquet_array, parquet_field
from kuzuvcs.columns.canonical import ColumnDigest, canonical_rows, table_digest
from kuzuvcs.columns.rowgroups import RowGroupCutter, row_sizes
from kuzuvcs.core.types import Type, format_type
from kuzuvcs.errors import SchemaError

TableKind = Literal["node", "rel"]

WRITER_OPTIONS: dict[str, Any] = {
    "version": "2.6",
    "data_page_version": "1.0",
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": False,
    "dictionary_pagesize_limit": 1 << 20,
    "use_byte_stream_split": False,
    # A page is measured after every batch: with 64 rows of 300 kB it stays below 20 MB.
    "write_batch_size": 64,
    "data_page_size": 1 << 20,
    "max_rows_per_page": 20_000,
    # Outsiders skip row groups by them; they depend on the values only.
    "write_statistics": True,
    "store_schema": False,
    "write_page_index": False,
    "write_page_checksum": False,
    "sorting_columns": None,
    "bloom_filter_options": None,
    "use_content_defined_chunking": False,
    "use_compliant_nested_type": True,
    "store_decimal_as_integer": False,
    "write_time_adjusted_to_utc": False,
    "use_deprecated_int96_timestamps": False,
    "coerce_timestamps": None,
    "allow_truncated_timestamps": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """A column of a Parquet file: its name there, the property it holds ("" for an edge's ends), its type."""

    name: str
    property: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnResult:
    """What was written of one column; ``type`` is the engine's canonical text."""

    name: str
    property: str
    type: str
    digest: str
    nulls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What was written: rows, content digest, each column, row groups, and the file's bytes."""

    rows: int
    digest: str
    columns: tuple[ColumnResult, ...]
    row_groups: int
    size: int


class CanonicalFile:
    """A Parquet file being written from rows that come in canonical order, in any batches.

    The columns' names have to differ in more than case (:func:`kuzuvcs.columns.arrow.distinct_names`),
    since readers do not tell them apart otherwise; else :class:`SchemaError` is raised.
    """

    def __init__(self, path: Path, columns: Sequence[FileColumn], *, kind: TableKind) -> None:
        names = tuple(column.name for column in columns)
        if distinct_names(names) != names:
            raise SchemaError(f"columns of one Parquet file need distinct names: {', '.join(names)}")
        self._path = path
        self._columns = tuple(columns)
        self._kind = kind
        self._keys = 1 if kind == "node" else 2
        self._digests = [ColumnDigest(column.type) for column in columns]
        self._schema = pa.schema([parquet_field(column.name, column.type) for column in columns])
        self._cutter = RowGroupCutter()
        self._pending: list[list[pa.Array]] = []
        self._rows = 0
        self._row_groups = 0
        self._writer = pq.ParquetWriter(path, self._schema, **WRITER_OPTIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def append(self, arrays: Sequence[pa.Array]) -> None:
        """Add the next rows, one array for each column."""
        values = [
            canonical_array(array, column.type) for array, column in zip(arrays, self._columns, strict=True)
        ]
        types = [column.type for column in self._columns]
        keys = canonical_rows(zip(values[: self._keys], types, strict=False))
        sizes = np.sum([row_sizes(array) for array in values], axis=0)
        start = 0
        for end in self._cutter.cut(keys, sizes):
            self._pending.append([array.slice(start, end - start) for array in values])
            self._flush()
            start = end
        if start < len(keys):
            self._pending.append([array.slice(start) for array in values])

    def finish(self) -> FileResult:
        """Write what is left and close the file."""
        self._flush()
        self._writer.close()
        columns = tuple(
            ColumnResult(
                name=column.name,
                property=column.property,
                type=format_type(column.type),
                digest=digest.hexdigest(),
                nulls=digest.nulls,
            )
            for column, digest in zip(self._columns, self._digests, strict=True)
        )
        return FileResult(
            rows=self._rows,
            digest=table_digest(self._kind, self._rows, [(c.name, c.digest) for c in columns]),
            columns=columns,
            row_groups=self._row_groups,
            size=self._path.stat().st_size,
        )

    def _flush(self) -> None:
        if not self._pending:
            return
        arrays = []
        for index, (column, digest) in enumerate(zip(self._columns, self._digests, strict=True)):
            array = pa.concat_arrays([batch[index] for batch in self._pending])
            digest.update(array)
            arrays.append(parquet_array(array, column.type))
        self._pending.clear()
        group = pa.table(arrays, schema=self._schema)
        self._writer.write_table(group, row_group_size=group.num_rows)
        self._rows += group.num_rows
        self._row_groups += 1
