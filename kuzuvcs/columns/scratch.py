"""The files in which a worker hands over what it read: Parquet or Arrow IPC, in any order and chunking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

BATCH_BYTES = 16 << 20
"""About how much one batch of rows may hold, so that what works on it stays within bounds."""

_BATCH_ROWS = 65_536
_ARROW_MAGIC = b"ARROW1"


def batches(files: Sequence[Path], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of all files, those columns only and in that order, in batches of bounded size.

    Raises :class:`pyarrow.ArrowException` or :class:`OSError` where a file is damaged or lacks a column.
    """
    for path in files:
        with path.open("rb") as file:
            is_arrow = file.read(len(_ARROW_MAGIC)) == _ARROW_MAGIC
        rows = _arrow_batches(path) if is_arrow else _parquet_batches(path, list(columns))
        for batch in rows:
            if missing := set(columns) - set(batch.schema.names):
                raise pa.ArrowKeyError(f"{path.name} has no column {min(missing)!r}")
            yield batch.select(list(columns))


def _arrow_batches(path: Path) -> Iterator[pa.RecordBatch]:
    # Not mapped: what has been read would count as this process's memory until the end.
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
        for index in range(reader.num_record_batches):
            yield from _bounded(reader.get_batch(index))


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    rows = max(1, min(_BATCH_ROWS, batch.num_rows * BATCH_BYTES // max(batch.nbytes, 1)))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _parquet_batches(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path, arrow_extensions_enabled=False) as file:
        for index in range(file.num_row_groups):
            group = file.metadata.row_group(index)
            per_row = max(1, group.total_byte_size // max(1, group.num_rows))
            rows = max(64, min(_BATCH_ROWS, BATCH_BYTES // per_row))
            yield from file.iter_batches(rows, row_groups=[index], columns=columns, use_threads=False)
