"""A canonical file's rows in memory, with the bytes by which rows and values are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from kuzuvcs.columns.arrow import arrow_type, canonical_array
from kuzuvcs.columns.canonical import canonical_bytes, canonical_rows
from kuzuvcs.columns.parquet import CanonicalFile, FileColumn
from kuzuvcs.columns.scratch import batches

_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of a file and their values, one array each; the first ``keys`` columns are the key."""

    columns: tuple[FileColumn, ...]
    arrays: tuple[pa.Array, ...]
    keys: int

    def __len__(self) -> int:
        return len(self.arrays[0])

    def key_bytes(self) -> pa.LargeBinaryArray:
        """The key of each row: of a node its own, of an edge those of its ends."""
        return self._bytes_of(range(self.keys))

    def row_bytes(self) -> pa.LargeBinaryArray:
        """All values of each row."""
        return self._bytes_of(range(len(self.columns)))

    def value_bytes(self, index: int) -> pa.LargeBinaryArray:
        """Each value of a column."""
        return canonical_bytes(self.arrays[index], self.columns[index].type)

    def take(self, index: int, other: Rows, places: Sequence[int] | pa.Array) -> pa.Array:
        """Values of a column of these rows, and after them of ``other``, by their places in both together."""
        both = pa.concat_arrays([self.arrays[index], other.arrays[index]])
        return both.take(pa.array(places, pa.int64()))

    def _bytes_of(self, indexes: range) -> pa.LargeBinaryArray:
        return canonical_rows((self.arrays[at], self.columns[at].type) for at in indexes)


def load_rows(file: Path, columns: Sequence[FileColumn], keys: int) -> Rows:
    """The rows of a canonical file."""
    parts: list[list[pa.Array]] = [[] for _ in columns]
    for batch in batches([file], [column.name for column in columns]):
        for part, array, column in zip(parts, batch.columns, columns, strict=True):
            part.append(canonical_array(array, column.type))
    arrays = [
        pa.concat_arrays(part) if part else pa.array([], arrow_type(column.type))
        for part, column in zip(parts, columns, strict=True)
    ]
    return Rows(tuple(columns), tuple(arrays), keys)


def no_rows(columns: Sequence[FileColumn], keys: int) -> Rows:
    """A file of these columns that has none."""
    return Rows(tuple(columns), tuple(pa.array([], arrow_type(one.type)) for one in columns), keys)


def fitted(rows: Rows, columns: Sequence[FileColumn]) -> Rows:
    """The rows with exactly these columns: what they lack is NULL.  None of them where the key differs."""
    here = {(one.property, one.type): array for one, array in zip(rows.columns, rows.arrays, strict=True)}
    keys = [(one.property, one.type) for one in columns[: rows.keys]]
    if keys != [(one.property, one.type) for one in rows.columns[: rows.keys]]:
        return no_rows(columns, rows.keys)
    wanted = [
        here.get((one.property, one.type), pa.nulls(len(rows), arrow_type(one.type)))
        for one in columns[rows.keys :]
    ]
    return Rows(tuple(columns), (*rows.arrays[: rows.keys], *wanted), rows.keys)


def write_rows(rows: Rows, file: Path) -> None:
    """Write rows, in their order, as a file to load from."""
    with CanonicalFile(file, rows.columns, kind="node" if rows.keys == 1 else "rel") as written:
        for start in range(0, len(rows), _BATCH):
            written.append([array.slice(start, _BATCH) for array in rows.arrays])
        written.finish()
