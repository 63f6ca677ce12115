"""How much of two tables' data is the same: the evidence for a rename."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from kuzuvcs.columns.spill import parquet_relation, spilling_duckdb
from kuzuvcs.verify.files import readable

_MEMORY = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOverlap:
    """One pair of columns over the shared keys.

    ``compared`` counts the rows where either value is not NULL, ``equal`` those of them that are the same.
    """

    compared: int
    equal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two files: the rows of each, how many keys they share, and each pair of columns, as asked for."""

    old_rows: int
    new_rows: int
    shared: int
    columns: tuple[ColumnOverlap, ...]


def measure_equal(
    old: Path,
    new: Path,
    *,
    keys: int,
    pairs: Sequence[tuple[int, int]],
    table: str,
    work: Path,
    memory: int = _MEMORY,
) -> Overlap:
    """Count equal values in pairs of columns, at the keys that both files have.

    ``keys`` is how many leading columns are the key: 1 for nodes, 2 (from, to) for edges, of which
    parallel ones pair up in their canonical order.  ``pairs`` are the columns' positions, old and new.
    Columns of types that do not compare have nothing equal; keys that do not compare are not shared.

    Raises :class:`VerificationFailed`, with ``table`` in its message, where a file cannot be read.
    """
    with spilling_duckdb(work, memory=memory, keep_order=True) as connection:
        with readable(table, old):
            parquet_relation(connection, old).create_view("old_file")
            old_rows = _count(connection, "old_file")
        with readable(table, new):
            parquet_relation(connection, new).create_view("new_file")
            new_rows = _count(connection, "new_file")
            types = [_types(connection, "old_file"), _types(connection, "new_file")]
            if types[0][:keys] != types[1][:keys]:
                nothing = ColumnOverlap(compared=0, equal=0)
                return Overlap(
                    old_rows=old_rows, new_rows=new_rows, shared=0, columns=(nothing,) * len(pairs)
                )
            shared, *counts = _counts(connection, keys, pairs, types)
    columns = tuple(
        ColumnOverlap(compared=compared, equal=equal)
        for compared, equal in zip(counts[::2], counts[1::2], strict=True)
    )
    return Overlap(old_rows=old_rows, new_rows=new_rows, shared=shared, columns=columns)


def _counts(
    connection: duckdb.DuckDBPyConnection,
    keys: int,
    pairs: Sequence[tuple[int, int]],
    types: Sequence[Sequence[str]],
) -> list[int]:
    selected = ["count(*)"]
    for a, b in pairs:
        left, right = f"o.c{a}", f"n.c{b}"
        selected.append(f"count(*) FILTER ({left} IS NOT NULL OR {right} IS NOT NULL)")
        same = f"{left} = {right}" if types[0][a] == types[1][b] else "false"
        selected.append(f"count(*) FILTER ({same})")
    key = [f"c{index}" for index in range(keys)]
    using = ", ".join([*key, "occurrence"])
    query = (
        f"SELECT {', '.join(selected)} FROM {_numbered('old', key)} o "
        f"JOIN {_numbered('new', key)} n USING ({using})"
    )
    row = connection.execute(query).fetchall()[0]
    return [int(count) for count in row]


def _numbered(side: str, key: Sequence[str]) -> str:
    """The file with each row's number among those of its key: parallel edges pair up one to one."""
    rows = f"(SELECT *, row_number() OVER () AS place FROM {side}_file)"
    number = f"row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY place)"
    return f"(SELECT *, {number} AS occurrence FROM {rows})"


def _count(connection: duckdb.DuckDBPyConnection, view: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {view}").fetchall()[0][0])


def _types(connection: duckdb.DuckDBPyConnection, view: str) -> list[str]:
    return [str(type) for type in connection.view(view).types]
