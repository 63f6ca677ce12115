"""Whether a Parquet file holds what the manifest says: rows, and every value, as DuckDB reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kuzuvcs.columns.canonical import ColumnDigest
from kuzuvcs.columns.parquet import ColumnResult
from kuzuvcs.columns.spill import parquet_names, parquet_relation, spilling_duckdb
from kuzuvcs.core.types import parse_type
from kuzuvcs.errors import VerificationFailed

_BATCH_ROWS = 65_536
_BATCH_BYTES = 16 << 20
_MEMORY = 1 << 30
_NONSENSE = (ValueError, TypeError, AttributeError, OverflowError)
"""What readers raise, too, for a damaged file."""


class FileChecker:
    """Compares Parquet files with what was recorded of them, in about ``memory`` bytes.

    One DuckDB reads them all: there may be hundreds, and to open one takes longer than to read a small file.
    """

    def __init__(self, work: Path, *, memory: int = _MEMORY) -> None:
        self._work = work
        self._memory = memory
        self._opened = ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def check(
        self, path: Path, *, table: str, rows: int, columns: Sequence[ColumnResult], values: bool = True
    ) -> None:
        """Compare one file.

        ``table`` is for messages.  The rows are counted; with ``values``, every value is read, too, and
        each column's digest compared.

        Raises :class:`VerificationFailed` where they differ, or the file cannot be read.
        """
        try:
            with readable(table, path):
                self._check(self._open(), path, table, rows, columns, values=values)
        except BaseException:
            self._close()  # a DuckDB in which something failed may refuse whatever comes next
            raise

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._opened.enter_context(
                spilling_duckdb(self._work, memory=self._memory, keep_order=True)
            )
        return self._connection

    def _close(self) -> None:
        self._connection = None
        self._opened.close()

    def _check(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        table: str,
        rows: int,
        columns: Sequence[ColumnResult],
        *,
        values: bool,
    ) -> None:
        recorded = tuple(column.name for column in columns)
        if (found := parquet_names(connection, path)) != recorded:
            raise _failed(table, path, f"columns {found!r} where {recorded!r} were recorded")
        relation = parquet_relation(connection, path)
        count = relation.aggregate("count(*)").fetchall()[0][0]
        if count != rows:
            raise _failed(table, path, f"{count} rows where {rows} were recorded")
        if values:
            batch_rows = _batch_rows(path, count)
            _check_values(relation.to_arrow_reader(batch_rows), path, table, columns)


def check_file(
    path: Path,
    *,
    table: str,
    rows: int,
    columns: Sequence[ColumnResult],
    work: Path,
    values: bool = True,
    memory: int = _MEMORY,
) -> None:
    """Compare one Parquet file with what was recorded of it, as :meth:`FileChecker.check` does."""
    with FileChecker(work, memory=memory) as checker:
        checker.check(path, table=table, rows=rows, columns=columns, values=values)


@contextmanager
def readable(table: str, path: Path) -> Iterator[None]:
    """Turns every way in which DuckDB or pyarrow finds a file unreadable into :class:`VerificationFailed`."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError, MemoryError, *_NONSENSE) as error:
        cause = f"{path}: {str(error).partition(chr(10))[0]}"
        raise VerificationFailed(f"the data of table {table!r} cannot be read", cause=cause) from error


def _check_values(
    batches: pa.RecordBatchReader, path: Path, table: str, columns: Sequence[ColumnResult]
) -> None:
    digests = [ColumnDigest(parse_type(column.type)) for column in columns]
    for batch in batches:
        for digest, array in zip(digests, batch.columns, strict=True):
            digest.update(array)
    wrong = [
        column.name
        for column, digest in zip(columns, digests, strict=True)
        if digest.hexdigest() != column.digest
    ]
    if wrong:
        named = ", ".join(repr(name) for name in wrong)
        raise _failed(table, path, f"other values than were recorded in {named}")
    for column, digest in zip(columns, digests, strict=True):
        if digest.nulls != column.nulls:
            raise _failed(
                table,
                path,
                f"{digest.nulls:,} NULLs in {column.name!r} where {column.nulls:,} were recorded",
            )


def _batch_rows(path: Path, rows: int) -> int:
    """Rows that together stay within bounds; not from DuckDB, whose metadata fails on extreme timestamps."""
    metadata = pq.read_metadata(path)
    size: int = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    most: int = min(_BATCH_ROWS, _BATCH_BYTES * rows // max(1, size))
    return max(64, most)


def _failed(table: str, path: Path, cause: str) -> VerificationFailed:
    return VerificationFailed(
        f"the data of table {table!r} is not what was recorded", cause=f"{path}: {cause}"
    )
