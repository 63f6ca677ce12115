"""Which cells differ between two canonical Parquet files of one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kuzuvcs.columns.arrow import canonical_array
from kuzuvcs.columns.canonical import canonical_bytes, canonical_rows
from kuzuvcs.columns.parquet import FileColumn
from kuzuvcs.columns.scratch import batches
from kuzuvcs.columns.spill import spilling_duckdb
from kuzuvcs.verify.files import readable
from kuzuvcs.verify.text import value_text

_MEMORY = 1 << 30

_KEYED = pa.schema([("position", pa.int64()), ("key", pa.large_binary()), ("occurrence", pa.int64())])

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A cell with another value, or, with ``column`` None, a row that only one side has.

    ``key`` is the node's key, or ``from -> to``; a value is None where the row is missing on that side.
    """

    table: str
    key: str
    column: str | None
    expected: str | None
    actual: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """How many there are, and the first of them: rows that one side lacks, then cells."""

    count: int
    first: tuple[Difference, ...]


def compare_files(
    expected: Path,
    actual: Path,
    *,
    table: str,
    columns: Sequence[FileColumn],
    keys: int,
    work: Path,
    limit: int = 20,
    memory: int = _MEMORY,
) -> Differences:
    """Find the rows and cells in which two canonical files differ, in about ``memory`` bytes.

    ``keys`` is how many leading columns are the key: 1 for nodes, 2 (from, to) for edges, of which parallel
    ones are compared in their canonical order.  Values are the same where their canonical bytes are.

    Raises :class:`VerificationFailed` where a file cannot be read.
    """
    reading = _Reading(table, tuple(columns), keys)
    missing = extra = np.empty(0, dtype=np.int64)
    if not reading.same_keys(expected, actual):
        missing, extra = reading.unmatched(expected, actual, work, memory)
    found = [
        *reading.rows_at(expected, missing[:limit], expected="present", actual=None),
        *reading.rows_at(actual, extra[:limit], expected=None, actual="present"),
    ]
    count = len(missing) + len(extra)
    for left, right in _aligned(reading.without(expected, missing), reading.without(actual, extra)):
        for index, place in reading.different_cells(left, right):
            count += 1
            if len(found) < limit:
                found.append(reading.cell(index, left.slice(place, 1), right.slice(place, 1)))
    return Differences(count=count, first=tuple(found[:limit]))


@dataclass(frozen=True, slots=True)
class _Reading:
    """How the files of one table are read."""

    table: str
    columns: tuple[FileColumn, ...]
    keys: int

    def rows(self, path: Path) -> Iterator[pa.RecordBatch]:
        names = [column.name for column in self.columns]
        with readable(self.table, path):
            for batch in batches([path], names):
                arrays = [
                    canonical_array(array, column.type)
                    for array, column in zip(batch.columns, self.columns, strict=True)
                ]
                yield pa.record_batch(arrays, names=names)

    def key_bytes(self, batch: pa.RecordBatch) -> pa.LargeBinaryArray:
        return canonical_rows((batch.column(index), self.columns[index].type) for index in range(self.keys))

    def same_keys(self, expected: Path, actual: Path) -> bool:
        """Whether both files have the same keys in the same rows."""
        counts = []
        for path in (expected, actual):
            with readable(self.table, path):
                counts.append(pq.read_metadata(path).num_rows)
        return counts[0] == counts[1] and all(
            self.key_bytes(left).equals(self.key_bytes(right))
            for left, right in _aligned(self.rows(expected), self.rows(actual))
        )

    def unmatched(self, expected: Path, actual: Path, work: Path, memory: int) -> tuple[Positions, Positions]:
        """The positions of the rows that only one file has: of the expected one, and of the actual one."""
        with spilling_duckdb(work, memory=memory) as connection:
            for name, path in (("expected", expected), ("actual", actual)):
                reader = pa.RecordBatchReader.from_batches(_KEYED, self._keyed(path))
                connection.register(f"{name}_rows", reader)
                connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_rows")
            return _only_in(connection, "expected", "actual"), _only_in(connection, "actual", "expected")

    def _keyed(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Each row's position, its key, and how many rows of that key came before it."""
        start, last, before = 0, None, 0
        for batch in self.rows(path):
            keys = self.key_bytes(batch)
            places = np.arange(len(keys))
            changed = pc.not_equal(keys[1:], keys[:-1]).to_numpy(zero_copy_only=False)
            run_starts = np.maximum.accumulate(np.where(np.insert(changed, 0, True), places, 0))
            occurrences = places - run_starts
            if keys[0] == last:
                occurrences[run_starts == 0] += before + 1
            yield pa.record_batch([places + start, keys, occurrences], schema=_KEYED)
            start, last, before = start + len(keys), keys[-1], int(occurrences[-1])

    def without(self, path: Path, left_out: Positions) -> Iterator[pa.RecordBatch]:
        start = 0
        for batch in self.rows(path):
            first, last = np.searchsorted(left_out, [start, start + len(batch)])
            mask = np.ones(len(batch), dtype=np.bool_)
            mask[left_out[first:last] - start] = False
            start += len(batch)
            yield batch if mask.all() else batch.filter(pa.array(mask))

    def rows_at(
        self, path: Path, positions: Positions, *, expected: str | None, actual: str | None
    ) -> Iterator[Difference]:
        start = 0
        for batch in self.rows(path) if len(positions) else ():
            for position in positions[(positions >= start) & (positions < start + len(batch))]:
                key = self.key_text(batch.slice(int(position) - start, 1))
                yield Difference(table=self.table, key=key, column=None, expected=expected, actual=actual)
            start += len(batch)

    def different_cells(self, left: pa.RecordBatch, right: pa.RecordBatch) -> Iterator[tuple[int, int]]:
        """The column and place of each cell that differs, row by row."""
        cells: list[tuple[int, int]] = []
        for index in range(self.keys, len(self.columns)):
            type = self.columns[index].type
            unequal = pc.not_equal(
                canonical_bytes(left.column(index), type), canonical_bytes(right.column(index), type)
            )
            places = np.flatnonzero(unequal.to_numpy(zero_copy_only=False))
            cells.extend((int(place), index) for place in places)
        for place, index in sorted(cells):
            yield index, place

    def cell(self, index: int, left: pa.RecordBatch, right: pa.RecordBatch) -> Difference:
        column = self.columns[index]
        return Difference(
            table=self.table,
            key=self.key_text(left),
            column=column.property,
            expected=value_text(left.column(index)[0], column.type),
            actual=value_text(right.column(index)[0], column.type),
        )

    def key_text(self, row: pa.RecordBatch) -> str:
        return " -> ".join(
            value_text(row.column(index)[0], self.columns[index].type) for index in range(self.keys)
        )


def _only_in(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> Positions:
    query = f"SELECT position FROM {one} ANTI JOIN {other} USING (key, occurrence) ORDER BY position"
    positions: Positions = connection.sql(query).fetchnumpy()["position"]
    return positions


def _aligned(
    left: Iterator[pa.RecordBatch], right: Iterator[pa.RecordBatch]
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Two streams of as many rows, cut into pairs of batches of one length."""
    first, second = next(left, None), next(right, None)
    while first is not None and second is not None:
        length = min(len(first), len(second))
        if length:
            yield first.slice(0, length), second.slice(0, length)
        first = first.slice(length) if length < len(first) else next(left, None)
        second = second.slice(length) if length < len(second) else next(right, None)
