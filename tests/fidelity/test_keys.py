"""Every type that the engine takes for a primary key, as a node's key and at both ends of edges."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.columns.load import load_batch, load_source
from kuzuvcs.columns.read import ReadColumn
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.types import Type, parse_type
from kuzuvcs.engines.client import Worker
from kuzuvcs.tasks.read_tables import read_edges, read_nodes
from tests.fidelity.cases import SCALARS

KEYS = tuple(text for text in SCALARS if text not in {"BOOL", "INTERVAL", "FLOAT", "DOUBLE"})


@pytest.mark.parametrize("type_text", [*KEYS, "FLOAT", "DOUBLE", "SERIAL"])
def test_keys_of_nodes_and_ends_of_edges(type_text: str, tmp_path: Path) -> None:
    type = parse_type(type_text)
    # 0.0 and -0.0 are one key to the engine, or none; NaN equals nothing.
    reals = {
        "FLOAT": [1.5, float("inf"), 2.0**-149],
        "DOUBLE": [0.1, float("-inf"), 5e-324],
        "SERIAL": [0, 5, 7],
    }
    values = {**SCALARS, **reals}[type_text]
    keys = pa.array(values, arrow_type(type))
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        worker.execute(f"CREATE NODE TABLE T(k {type_text} PRIMARY KEY)")
        worker.execute("CREATE REL TABLE R(FROM T TO T)")
        copy(worker, tmp_path, "T(k)" if type_text == "SERIAL" else "T", [keys], [type])
        copy(worker, tmp_path, "R", [keys, keys.take(pa.array([*range(1, len(keys)), 0]))], [type, type])
        worker.execute("CHECKPOINT")
        [nodes] = read_nodes(worker, "T", [ReadColumn("k", type)], tmp_path, Silent())
        stored = table_of(nodes)
        offsets = (
            dict(zip(stored["offset"].to_pylist(), stored["c0"].cast(pa.binary()).to_pylist(), strict=True))
            if pa.types.is_string(keys.type)
            else dict(zip(stored["offset"].to_pylist(), map(str, stored["c0"]), strict=True))
        )
        [edges] = read_edges(worker, ("R", "T", "T"), [], tmp_path, Silent())
        ends = table_of(edges)
    expected = (
        [value.as_py().encode() for value in keys] if pa.types.is_string(keys.type) else list(map(str, keys))
    )
    assert sorted(offsets.values()) == sorted(expected)
    pairs = {
        (offsets[a], offsets[b])
        for a, b in zip(ends["source"].to_pylist(), ends["target"].to_pylist(), strict=True)
    }
    assert pairs == set(zip(expected, [*expected[1:], expected[0]], strict=True))


def copy(worker: Worker, folder: Path, table: str, arrays: list[pa.Array], types: list[Type]) -> None:
    names = [str(number) for number in range(len(arrays))]
    staged = load_batch(pa.RecordBatch.from_arrays(arrays, names=names), types)
    path = folder / "load.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, staged.schema) as writer:
        writer.write_batch(staged)
    worker.load(f"COPY {table} FROM {load_source(types)}", path)


def table_of(file: Path) -> pa.Table:
    with pa.memory_map(str(file)) as source:
        table = pa.ipc.open_file(source).read_all()
    file.unlink()
    return table
