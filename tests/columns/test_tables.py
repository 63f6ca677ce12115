from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.columns.canonical import ColumnDigest, canonical_bytes
from kuzuvcs.columns.parquet import FileColumn
from kuzuvcs.core.types import Type, parse_type
from kuzuvcs.errors import EngineError, SchemaError
from kuzuvcs.verify import check_file
from tests.columns.files import node_columns, node_table, rel_columns, shuffled, write_nodes, write_rels
from tests.columns.values import column, key_types, scalar, types, values

INT64, STRING, DOUBLE = scalar("INT64"), scalar("STRING"), scalar("DOUBLE")


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[FileColumn], list[pa.Array]]:
    """A node table with a key of any type and up to three properties of any type."""
    key = draw(key_types)
    keys = draw(st.lists(values(key, null=False), max_size=6, unique_by=repr))
    columns: list[tuple[str, Type]] = [("key", key)]
    arrays = [column(keys, key)]
    for index in range(draw(st.integers(0, 3))):
        type = draw(types)
        items = draw(st.lists(values(type), min_size=len(keys), max_size=len(keys)))
        columns.append((f"p{index}", type))
        arrays.append(column(items, type))
    return node_columns(*columns), arrays


@settings(max_examples=60)
@given(tables(), st.booleans())
def test_any_values_come_back_by_pyarrow_and_by_duckdb(
    table: tuple[list[FileColumn], list[pa.Array]], ipc: bool
) -> None:
    columns, arrays = table
    with TemporaryDirectory() as name:
        folder = Path(name)
        path, result = write_nodes(folder / "t", columns, node_table(arrays, seed=1), ipc=ipc)
        check_file(path, table="T", rows=result.rows, columns=result.columns, work=folder)
        back = pq.read_table(path, arrow_extensions_enabled=False)
        assert back.num_rows == result.rows == len(arrays[0])
        for array, file_column, recorded in zip(arrays, columns, result.columns, strict=True):
            stored = back.column(file_column.name).combine_chunks()
            digest = ColumnDigest(file_column.type)
            digest.update(stored)
            assert digest.hexdigest() == recorded.digest
            assert recorded.nulls == array.null_count
            assert sorted(canonical_bytes(stored, file_column.type).to_pylist()) == sorted(
                canonical_bytes(array, file_column.type).to_pylist()
            )


def graph(rows: int = 30_000) -> tuple[list[FileColumn], list[pa.Array], list[FileColumn], pa.Table]:
    """Nodes with string keys, and edges among them with many parallel ones."""
    rng = np.random.default_rng(3)
    keys = pa.array([f"k{number:x}é" for number in rng.permutation(rows)])
    nodes = node_columns(("id", STRING), ("score", DOUBLE), ("tags", parse_type("STRING[]")))
    tags = pa.array([None if n % 5 == 0 else [str(n), None] for n in range(rows)], pa.list_(pa.string()))
    score = pa.array([math.nan if n % 7 == 0 else -0.0 if n % 3 else n / 3 for n in range(rows)])
    edges = rel_columns(STRING, STRING, ("since", scalar("DATE")), ("weight", DOUBLE))
    ends = rng.integers(0, 200, (2, rows))
    days = pa.array(rng.integers(0, 9, rows).astype(np.int32)).view(pa.date32())
    weight = pa.array(rng.integers(0, 3, rows).astype(float), mask=rng.random(rows) < 0.3)
    table = pa.table([ends[0], ends[1], days, weight], names=["source", "target", "c0", "c1"])
    return nodes, [keys, score, tags], edges, table


def test_the_files_are_the_same_whatever_the_scan(tmp_path: Path) -> None:
    nodes, arrays, edges, edge_table = graph()
    ways: list[dict[str, Any]] = [
        {"seed": None},
        {"seed": 1, "files": 3, "chunk": 1_000},
        {"seed": 2, "ipc": True, "chunk": 777},
        {"seed": 3, "memory": 4 << 20},
    ]
    written, row_groups = [], []
    for number, way in enumerate(ways):
        seed = way.pop("seed")
        node_file, node_result = write_nodes(tmp_path / f"n{number}", nodes, node_table(arrays, seed), **way)
        index = tmp_path / f"n{number}" / "index"
        rel_file, rel_result = write_rels(
            tmp_path / f"r{number}", edges, shuffled(edge_table, seed), index, index, **way
        )
        row_groups.append(pq.read_metadata(node_file).num_row_groups)
        written.append((node_file.read_bytes(), rel_file.read_bytes(), node_result, rel_result))
    assert all(one == written[0] for one in written)
    assert row_groups == [written[0][2].row_groups] * len(ways)


def test_internal_offsets_do_not_show(tmp_path: Path) -> None:
    columns, edges = node_columns(("id", INT64)), rel_columns(INT64, INT64)
    files = []
    for number, (offsets, source, target) in enumerate(
        [([0, 1, 2], [0, 2], [1, 2]), ([9, 5, 7], [9, 7], [5, 7])]
    ):
        table = pa.table([offsets, [30, 10, 20]], names=["offset", "c0"])
        write_nodes(tmp_path / f"n{number}", columns, table)
        index = tmp_path / f"n{number}" / "index"
        ends = pa.table([source, target], names=["source", "target"])
        files.append(write_rels(tmp_path / f"r{number}", edges, ends, index, index)[0])
    assert pq.read_table(files[0]).to_pylist() == [{"from": 20, "to": 20}, {"from": 30, "to": 10}]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_parallel_edges_keep_their_count_and_go_by_content(tmp_path: Path) -> None:
    write_nodes(tmp_path / "n", node_columns(("id", INT64)), node_table([pa.array([5])]))
    edges = pa.table([[0] * 4, [0] * 4, ["b", None, "a", "b"]], names=["source", "target", "c0"])
    index = tmp_path / "n" / "index"
    path, result = write_rels(tmp_path / "r", rel_columns(INT64, INT64, ("p", STRING)), edges, index, index)
    assert pq.read_table(path).column("p").to_pylist() == [None, "a", "b", "b"]
    assert result.rows == 4


def test_two_nodes_whose_key_is_nan_go_by_content(tmp_path: Path) -> None:
    columns = node_columns(("id", DOUBLE), ("p", STRING))
    keys, words = pa.array([math.nan, 1.0, math.nan]), pa.array(["b", "c", "a"])
    files = [
        write_nodes(tmp_path / f"{seed}", columns, node_table([keys, words], seed))[0] for seed in range(4)
    ]
    assert pq.read_table(files[0]).column("p").to_pylist() == ["c", "a", "b"]
    assert len({file.read_bytes() for file in files}) == 1


def test_a_table_without_rows_has_no_row_group(tmp_path: Path) -> None:
    empty = node_table([pa.array([], pa.int64())])
    path, result = write_nodes(tmp_path / "n", node_columns(("id", INT64)), empty)
    assert (result.rows, result.row_groups) == (0, 0)
    assert pq.read_metadata(path).num_row_groups == 0
    index = tmp_path / "n" / "index"
    ends = pa.table([pa.array([], pa.int64())] * 2, names=["source", "target"])
    path, result = write_rels(tmp_path / "r", rel_columns(INT64, INT64), ends, index, index)
    assert (result.rows, result.row_groups) == (0, 0)
    check_file(path, table="R", rows=0, columns=result.columns, work=tmp_path)


def test_names_that_differ_only_by_case_are_refused(tmp_path: Path) -> None:
    table = node_table([pa.array([1]), pa.array([1])])
    with pytest.raises(SchemaError, match="distinct names"):
        write_nodes(tmp_path / "n", node_columns(("id", INT64), ("ID", INT64)), table)


def test_an_edge_without_its_node_is_an_error(tmp_path: Path) -> None:
    table = pa.table([[0, 2], [1, 2]], names=["offset", "c0"])
    write_nodes(tmp_path / "n", node_columns(("id", INT64)), table)
    index = tmp_path / "n" / "index"
    for number, wrong in enumerate([1, 3, -1]):
        ends = pa.table([[0], [wrong]], names=["source", "target"])
        with pytest.raises(EngineError, match="an edge ends at a node"):
            write_rels(tmp_path / f"r{number}", rel_columns(INT64, INT64), ends, index, index)


def test_large_strings_keep_row_groups_small(tmp_path: Path) -> None:
    long = [f"{n}" * 300_000 for n in range(8)] * 75
    arrays = [pa.array(range(len(long))), pa.array(long)]
    path, result = write_nodes(
        tmp_path / "n",
        node_columns(("id", INT64), ("text", STRING)),
        node_table(arrays, seed=1),
        ipc=True,
        memory=64 << 20,
    )
    metadata = pq.read_metadata(path)
    sizes = [metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)]
    assert result.row_groups == 2
    assert max(sizes) < 130 << 20
    check_file(path, table="T", rows=result.rows, columns=result.columns, work=tmp_path)


@pytest.mark.parametrize(
    "key", ["STRING", "BLOB", "UUID", "INT128", "DECIMAL(20, 3)", "TIMESTAMP_NS", "FLOAT"]
)
def test_edges_hold_the_keys_of_their_nodes(key: str, tmp_path: Path) -> None:
    type = parse_type(key)
    raw: dict[str, list[Any]] = {
        "STRING": ["b", "", "a"],
        "BLOB": [b"\xff", b"", b"a"],
        "UUID": [b"b" * 16, b"\0" * 16, b"a" * 16],
        "INT128": [str(2**127 - 1), str(-(2**127)), "0"],
        "DECIMAL(20, 3)": [10**20 - 1, -1, 0],
        "TIMESTAMP_NS": [2**63 - 1, -(2**63), 0],
        "FLOAT": [math.nan, -0.0, 0.0],
    }
    keys = column(raw[key], type)
    write_nodes(tmp_path / "n", node_columns(("id", type)), node_table([keys]))
    index = tmp_path / "n" / "index"
    ends = pa.table([[0, 1, 2], [2, 0, 1]], names=["source", "target"])
    path, result = write_rels(tmp_path / "r", rel_columns(type, type), ends, index, index)
    table = pq.read_table(path, arrow_extensions_enabled=False)
    expected = {"from": keys.take(pa.array([1, 2, 0])), "to": keys.take(pa.array([0, 1, 2]))}
    if key == "FLOAT":
        assert table.column("from").type == arrow_type(type)
    for name, array in expected.items():
        stored = table.column(name).combine_chunks()
        assert canonical_bytes(stored, type) == canonical_bytes(array, type)
    check_file(path, table="R", rows=3, columns=result.columns, work=tmp_path)
