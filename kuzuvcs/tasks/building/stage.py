"""Canonical files in the form that the engine's Arrow scan reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kuzuvcs.columns.load import load_batch
from kuzuvcs.columns.parquet import FileColumn
from kuzuvcs.core.schema import Connection

_ROWS_PER_BATCH = 65_536
_BYTES_PER_BATCH = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """A canonical Parquet file to load; ``connection`` is ``None`` for a node table's."""

    table: str
    connection: Connection | None
    columns: tuple[FileColumn, ...]
    rows: int
    file: Path


def stage(file: TableFile, path: Path) -> None:
    """Write the file's rows for the engine's Arrow scan: as one file, since a COPY into a rel table that
    has edges rewrites them (docs/performance.md)."""
    batches = _batches(file)
    first = next(batches)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, first.schema) as writer:
        for batch in itertools.chain([first], batches):
            writer.write_batch(batch)


def _batches(file: TableFile) -> Iterator[pa.RecordBatch]:
    """The file's rows in the form of the engine's Arrow scan."""
    types = [column.type for column in file.columns]
    with pq.ParquetFile(file.file, arrow_extensions_enabled=False) as parquet:
        per_row = max(1, sum(_group_bytes(parquet)) // max(1, file.rows))
        rows = max(1, min(_ROWS_PER_BATCH, _BYTES_PER_BATCH // per_row))
        names = [column.name for column in file.columns]
        for batch in parquet.iter_batches(rows, columns=names, use_threads=False):
            yield load_batch(batch.select(names), types)


def _group_bytes(parquet: Any) -> Iterator[int]:
    for group in range(parquet.num_row_groups):
        yield parquet.metadata.row_group(group).total_byte_size
