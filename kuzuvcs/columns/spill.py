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

    DuckDB makes a folder ``k=v`` a column, and renames columns whose names differ only by case.
    """
    relation = connection.sql(
        "SELECT * FROM read_parquet($path, hive_partitioning = false)", params={"path": path_pattern(path)}
    )
    quoted = ('"' + name.replace('"', '""') + '"' for name in relation.columns)
    return relation.project(", ".join(f"{name} AS c{index}" for index, name in enumerate(quoted)))


def path_pattern(path: Path) -> str:
    """The pattern that stands for one path: DuckDB takes ``a[b].parquet`` for ``ab.parquet``."""
    return re.sub(r"([*?\[])", r"[\1]", str(path.absolute()))
