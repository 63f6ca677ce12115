"""Scratch files as a worker leaves them, and the canonical files made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kuzuvcs.columns.parquet import FileColumn, FileResult
from kuzuvcs.columns.tables import write_node_file, write_rel_file
from kuzuvcs.core.types import Type


def node_columns(*columns: tuple[str, Type]) -> list[FileColumn]:
    return [FileColumn(name=name, property=name, type=type) for name, type in columns]


def rel_columns(source: Type, target: Type, *columns: tuple[str, Type]) -> list[FileColumn]:
    ends = [
        FileColumn(name="from", property="", type=source),
        FileColumn(name="to", property="", type=target),
    ]
    return [*ends, *node_columns(*columns)]


def scratch(
    folder: Path, table: pa.Table, *, files: int = 1, chunk: int = 1 << 20, ipc: bool = False
) -> list[Path]:
    """The table's rows over several files, in chunks."""
    paths = []
    for number, places in enumerate(np.array_split(np.arange(len(table)), files)):
        part = table.slice(int(places[0]) if len(places) else 0, len(places))
        path = folder / f"scratch-{number}"
        if ipc:
            with pa.ipc.new_file(str(path), part.schema) as writer:
                writer.write_table(part, max_chunksize=chunk)
        else:
            pq.write_table(part, path, row_group_size=chunk, store_schema=False)
        paths.append(path)
    return paths


def node_table(arrays: Sequence[pa.Array], seed: int | None = None) -> pa.Table:
    """Nodes with their offsets; with a seed, scanned in another order."""
    names = ["offset", *(f"c{index}" for index in range(len(arrays)))]
    table = pa.table([pa.array(np.arange(len(arrays[0]))), *arrays], names=names)
    return shuffled(table, seed)


def shuffled(table: pa.Table, seed: int | None) -> pa.Table:
    if seed is None:
        return table
    return table.take(pa.array(np.random.default_rng(seed).permutation(len(table))))


def write_nodes(
    folder: Path, columns: Sequence[FileColumn], table: pa.Table, **options: Any
) -> tuple[Path, FileResult]:
    """The canonical file of ``table``; the key index is beside it, in ``index``."""
    folder.mkdir()
    memory = options.pop("memory", 1 << 30)
    files = scratch(folder, table, **options)
    (work := folder / "work").mkdir()
    path = folder / "nodes.parquet"
    result = write_node_file(files, columns, path, folder / "index", work, memory=memory)
    assert list(work.iterdir()) == []
    return path, result


def write_rels(
    folder: Path, columns: Sequence[FileColumn], table: pa.Table, source: Path, target: Path, **options: Any
) -> tuple[Path, FileResult]:
    """The canonical file of the edges in ``table``, between nodes whose indexes are given."""
    folder.mkdir()
    memory = options.pop("memory", 1 << 30)
    files = scratch(folder, table, **options)
    (work := folder / "work").mkdir()
    path = folder / "rels.parquet"
    result = write_rel_file(files, columns, source, target, path, work, memory=memory)
    assert list(work.iterdir()) == []
    return path, result
