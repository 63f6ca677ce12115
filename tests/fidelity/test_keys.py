"""Every type that the engine takes for a primary key, as a node's key and at both ends of edges."""

from __future__ import annotations

import decimal
from pathlib import Path

import pyarrow as pa
import pytest

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.columns.load import load_batch, load_source
from kuzuvcs.columns.read import ReadColumn
from kuzuvcs.columns.values import json_text
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.types import Type, parse_type
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError
from kuzuvcs.tasks.reading.read_tables import read_edges, read_nodes
from tests.fidelity.cases import SCALARS

UNUSABLE = ("BOOL", "INTERVAL")
REALS = {"FLOAT": [1.5, float("inf"), 2.0**-149], "DOUBLE": [0.1, float("-inf"), 5e-324]}
"""Without 0.0 and -0.0, NaN: the engine takes them for one key, or for none."""

KEYS = {text: values for text, values in SCALARS.items() if text not in UNUSABLE and "DECIMAL" not in text}
KEYS |= REALS | {"SERIAL": [0, 5, 7]}


@pytest.mark.parametrize("type_text", KEYS)
def test_keys_of_nodes_and_ends_of_edges(type_text: str, tmp_path: Path) -> None:
    type = parse_type(type_text)
    keys = pa.array(KEYS[type_text], arrow_type(type))
    following = keys.take(pa.array([*range(1, len(keys)), 0]))
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        worker.execute(f"CREATE NODE TABLE T(k {type_text} PRIMARY KEY)")
        worker.execute("CREATE REL TABLE R(FROM T TO T)")
        copy(worker, tmp_path, "T(k)", [keys], [type])
        copy(worker, tmp_path, "R", [keys, following], [type, type])
        worker.execute("CHECKPOINT")
        [nodes] = read_nodes(worker, "T", [ReadColumn("k", type)], tmp_path, Silent())
        stored = table_of(nodes)
        [edges] = read_edges(worker, ("R", "T", "T"), [], tmp_path, Silent())
        ends = table_of(edges)
    found = dict(zip(stored["offset"].to_pylist(), texts(stored["c0"].combine_chunks(), type), strict=True))
    assert sorted(found.values()) == sorted(texts(keys, type))
    pairs = zip(ends["source"].to_pylist(), ends["target"].to_pylist(), strict=True)
    expected = zip(texts(keys, type), texts(following, type), strict=True)
    assert {(found[start], found[end]) for start, end in pairs} == set(expected)


@pytest.mark.parametrize("type_text", UNUSABLE)
def test_the_engine_takes_no_key_of_the_other_types(type_text: str, tmp_path: Path) -> None:
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        with pytest.raises(EngineError, match="Invalid primary key column type"):
            worker.execute(f"CREATE NODE TABLE T(k {type_text} PRIMARY KEY)")


def test_a_decimal_key_is_read_but_copy_refuses_its_table(tmp_path: Path) -> None:
    type = parse_type("DECIMAL(9, 2)")
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        worker.execute("CREATE NODE TABLE T(k DECIMAL(9, 2) PRIMARY KEY)")
        worker.execute("CREATE (:T {k: CAST(-0.01 AS DECIMAL(9, 2))})")
        [nodes] = read_nodes(worker, "T", [ReadColumn("k", type)], tmp_path, Silent())
        assert texts(table_of(nodes)["c0"].combine_chunks(), type) == ['"-0.01"']
        with pytest.raises(EngineError, match="without child information"):
            copy(worker, tmp_path, "T", [pa.array([decimal.Decimal("1.00")], arrow_type(type))], [type])


def texts(array: pa.Array, type: Type) -> list[str]:
    return [json_text(array, row, type) for row in range(len(array))]


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
