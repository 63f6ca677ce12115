"""A table in the engine, loaded and read the way kuzuvcs does it."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kuzuvcs.columns.canonical import ColumnDigest
from kuzuvcs.columns.load import load_batch, load_source
from kuzuvcs.columns.read import ReadColumn
from kuzuvcs.columns.values import json_text
from kuzuvcs.core.engine import DEFAULT_ENGINE, ENGINES, Engine, parse_engine
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.types import Scalar, Type, format_type
from kuzuvcs.engines.choice import environment_of
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import copies_without_casts
from kuzuvcs.tasks.reading.read_tables import read_edges, read_nodes

Kind = Literal["node", "edge"]
BOTH = [pytest.param(Engine(name=name), id=name) for name in ENGINES]
OLDER = [
    pytest.param(parse_engine(text), id=text, marks=pytest.mark.slow)
    for text in (
        "kuzu==0.8.2",
        "kuzu==0.9.0",
        "kuzu==0.10.1",
        "kuzu==0.11.0",
        "ladybug==0.15.3",
        "ladybug==0.16.1",
        "ladybug==0.20.4",
    )
]
"""Releases with which databases are made, too; they need the package index."""

_ID: Type = Scalar(name="INT64")


class Columns:
    """The table ``T``: of nodes with the columns ``c0``, ``c1``, …, or of edges with them."""

    def __init__(self, worker: Worker, folder: Path, kind: Kind, types: Sequence[Type]) -> None:
        self._worker = worker
        self._folder = folder
        self._kind = kind
        self._types = types
        declared = ", ".join(f"c{index} {format_type(type)}" for index, type in enumerate(types))
        if kind == "node":
            worker.execute(f"CREATE NODE TABLE T(id INT64 PRIMARY KEY, {declared})")
        else:
            worker.execute("CREATE NODE TABLE N(id INT64 PRIMARY KEY)")
            worker.execute(f"CREATE REL TABLE T(FROM N TO N, id INT64, {declared})")

    def load(self, arrays: Sequence[pa.Array], rows_per_copy: int = 1 << 20, spread: int = 1) -> None:
        """Copy canonical arrays in; row i has the id i, and as an edge goes from ``i // spread`` to i."""
        ids = pa.array(range(len(arrays[0])), pa.int64())
        if self._kind == "edge":
            self._worker.execute(f"COPY N FROM (UNWIND range(0, {len(ids) - 1}) AS i RETURN i)")
        ends = [ids] if self._kind == "node" else [pc.divide(ids, spread), ids, ids]
        whole = pa.RecordBatch.from_arrays(
            [*ends, *arrays], names=list(map(str, range(len(ends) + len(arrays))))
        )
        types = [*([_ID] * len(ends)), *self._types]
        path = self._folder / "load.arrow"
        casts = copies_without_casts(self._worker.engine)
        options = "" if self._kind == "node" else " (from='N', to='N')"
        for start in range(0, len(ids), rows_per_copy):
            staged = load_batch(whole.slice(start, rows_per_copy), types)
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, staged.schema) as writer:
                writer.write_batch(staged)
            self._worker.load(f"COPY T FROM {load_source(types, casts=casts)}{options}", path)

    def read(self) -> list[pa.Array]:
        """The canonical arrays, in the order of the ids."""
        columns = [ReadColumn("id", _ID)]
        columns += [ReadColumn(f"c{index}", type) for index, type in enumerate(self._types)]
        folder = self._folder / "read"
        folder.mkdir()
        if self._kind == "node":
            files = read_nodes(self._worker, "T", columns, folder, Silent())
        else:
            files = read_edges(self._worker, ("T", "N", "N"), columns, folder, Silent())
        table = pa.concat_tables([_table(file) for file in files])
        for file in files:
            file.unlink()
        folder.rmdir()
        # COPY by several threads keeps no order.
        table = table.sort_by("c0").combine_chunks()
        return [table.column(f"c{index}").combine_chunks() for index in range(1, len(columns))]


def digest(array: pa.Array, type: Type) -> str:
    total = ColumnDigest(type)
    total.update(array)
    return total.hexdigest()


def raw_rows(database: Path, query: str, engine: Engine = DEFAULT_ENGINE) -> list[list[Any]]:
    """The Python values that the engine's own interface gives, in a process without kuzuvcs."""
    script = (
        f"import {engine.name} as engine, pickle, sys\n"
        "database = engine.Database(sys.argv[1], read_only=True, buffer_pool_size=1 << 28)\n"
        "connection = engine.Connection(database)\n"
        "result = connection.execute(sys.argv[2])\n"
        "rows = []\n"
        "while result.has_next():\n"
        "    rows.append(result.get_next())\n"
        "result.close(); connection.close(); database.close()\n"
        "pickle.dump(rows, sys.stdout.buffer)\n"
    )
    done = subprocess.run(
        [str(environment_of(engine).python), "-c", script, str(database), query],
        capture_output=True,
        check=True,
        timeout=60,
    )
    rows: list[list[Any]] = pickle.loads(done.stdout)
    return rows


def _table(file: Path) -> pa.Table:
    with pa.memory_map(str(file)) as source:
        return pa.ipc.open_file(source).read_all()


def differing(
    expected: Sequence[pa.Array], got: Sequence[pa.Array], types: Sequence[Type]
) -> Iterator[tuple[int, str]]:
    """The columns whose values differ, by number, and the first rows in which they do."""
    for index, (left, right, type) in enumerate(zip(expected, got, types, strict=True)):
        if digest(left, type) != digest(right, type):
            rows = ((json_text(left, row, type), json_text(right, row, type)) for row in range(len(left)))
            unequal = [f"{was:.200} became {now:.200}" for was, now in rows if was != now]
            yield index, "; ".join(unequal[:3])
