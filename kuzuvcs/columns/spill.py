"""DuckDB as it is used here: in memory, within bounds, offline, and without a change to any value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

_LEAST_MEMORY = 64 << 20


@contextmanager
def spilling_duckdb(
    work: Path, *, memory: int, keep_order: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB that spills to ``work`` and keeps within ``memory`` bytes, or 64 MiB: it sorts with no less.

    With ``keep_order``, rows come in the order in which a file has them.  What it hands to Arrow keeps
    its type (a UUID stays 16 bytes), and it fetches no extension from anywhere.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{max(memory, _LEAST_MEMORY) >> 20}MiB",
        "temp_directory": str(work),
        "threads": 2,
        "preserve_insertion_order": keep_order,
        "arrow_lossless_conversion": True,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        yield connection
    finally:
        connection.close()


def parquet_relation(connection: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    """That one Parquet file as DuckDB reads it, its columns by position: ``c0``, ``c1``, …

    Queries name columns so, and no hostile name gets into one.
    """
    relation = _all_columns(connection, path)
    quoted = ('"' + name.replace('"', '""') + '"' for name in relation.columns)
    return relation.project(", ".join(f"{name} AS c{index}" for index, name in enumerate(quoted)))


def parquet_names(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, ...]:
    """The names of a Parquet file's columns, as DuckDB reads them."""
    return tuple(_all_columns(connection, path).columns)


def _all_columns(connection: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    # DuckDB takes a path for a pattern (``a[b].parquet`` reads ``ab.parquet``), and a folder ``k=v`` for
    # a column.
    pattern = re.sub(r"([*?\[])", r"[\1]", str(path.absolute()))
    query = "SELECT * FROM read_parquet($path, hive_partitioning = false)"
    return connection.sql(query, params={"path": pattern})
