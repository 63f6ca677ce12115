"""Reading tables in pieces that the engine's buffer pool holds."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from kuzuvcs.columns.read import ReadColumn
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.types import Scalar
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError
from kuzuvcs.tasks.reading import read_tables
from kuzuvcs.tasks.reading.read_tables import read_edges, read_nodes

MIB = 1 << 20
STRING = ReadColumn("s", Scalar(name="STRING"))


def built(path: Path, *statements: str, buffer_pool: int) -> Worker:
    """A worker with few buffers over a database that was built with enough."""
    with Worker() as worker:
        worker.open(path, read_only=False)
        for statement in statements:
            worker.execute(statement)
    worker = Worker()
    worker.open(path, read_only=True, buffer_pool=buffer_pool)
    return worker


def rows_of(files: list[Path]) -> pa.Table:
    tables = []
    for file in files:
        with pa.memory_map(str(file)) as source:
            tables.append(pa.ipc.open_file(source).read_all())
    return pa.concat_tables(tables)


def test_an_empty_table_gives_no_file(tmp_path: Path) -> None:
    with built(
        tmp_path / "g.db", "CREATE NODE TABLE T(s STRING PRIMARY KEY)", buffer_pool=64 * MIB
    ) as worker:
        assert read_nodes(worker, "T", [STRING], tmp_path, Silent()) == []


def test_ranges_cover_every_row_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_tables, "NODE_ROWS", 700)
    with built(
        tmp_path / "g.db",
        "CREATE NODE TABLE T(s STRING PRIMARY KEY)",
        "COPY T FROM (UNWIND range(1, 5000) AS i RETURN CAST(i AS STRING))",
        "MATCH (t:T) WHERE offset(id(t)) % 10 = 3 DELETE t",
        buffer_pool=64 * MIB,
    ) as worker:
        files = read_nodes(worker, "T", [STRING], tmp_path, Silent())
        rows = rows_of(files)
        assert len(files) == 7
        assert sorted(rows["offset"].to_pylist()) == [n for n in range(5000) if n % 10 != 3]
        assert len(set(rows["c0"].to_pylist())) == 4500


def test_a_range_that_does_not_fit_is_read_in_halves(tmp_path: Path) -> None:
    with built(
        tmp_path / "g.db",
        "CREATE NODE TABLE T(id INT64 PRIMARY KEY, s STRING)",
        "COPY T FROM (UNWIND range(1, 60000) AS i RETURN i, repeat('x', 1000) + CAST(i AS STRING))",
        buffer_pool=48 * MIB,
    ) as worker:
        files = read_nodes(worker, "T", [STRING], tmp_path, Silent())
        assert len(files) > 1
        expected = {"x" * 1000 + str(number) for number in range(1, 60_001)}
        assert set(rows_of(files)["c0"].to_pylist()) == expected


@pytest.mark.slow
def test_one_node_with_more_edges_than_fit_is_cut_by_their_other_end(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(2)]
    declared = ", ".join(f"{name} INT64" for name in names)
    values = ", ".join(f"i * {number + 3}" for number in range(2))
    with built(
        tmp_path / "g.db",
        "CREATE NODE TABLE N(id INT64 PRIMARY KEY)",
        "COPY N FROM (UNWIND range(0, 1499999) AS i RETURN i)",
        f"CREATE REL TABLE R(FROM N TO N, {declared})",
        f"COPY R FROM (UNWIND range(0, 1499999) AS i RETURN 7, i, {values})",
        buffer_pool=32 * MIB,
    ) as worker:
        columns = [ReadColumn(name, Scalar(name="INT64")) for name in names]
        files = read_edges(worker, ("R", "N", "N"), columns, tmp_path, Silent())
        rows = rows_of(files)
        assert len(files) > 1
        assert len(set(rows["source"].to_pylist())) == 1
        assert sorted(rows["target"].to_pylist()) == list(range(1_500_000))
        assert sorted(rows["c1"].to_pylist()) == [number * 4 for number in range(1_500_000)]


def test_one_row_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with (
        built(
            tmp_path / "g.db",
            "CREATE NODE TABLE T(id INT64 PRIMARY KEY, s STRING[])",
            "CREATE (:T {id: 1, s: list_transform(range(1, 200), x -> repeat('z', 200000))})",
            buffer_pool=32 * MIB,
        ) as worker,
        pytest.raises(EngineError, match=r"(?i)buffer manager"),
    ):
        read_nodes(worker, "T", [ReadColumn("s", STRING.type)], tmp_path, Silent())


def test_a_table_stored_backwards_only_is_refused_by_name(tmp_path: Path) -> None:
    with (
        built(
            tmp_path / "g.db",
            "CREATE NODE TABLE N(id INT64 PRIMARY KEY)",
            "CREATE (:N {id: 0})",
            "CREATE REL TABLE R(FROM N TO N) WITH (storage_direction='bwd')",
            "COPY R FROM (UNWIND [0] AS i RETURN i AS a, i + 0 AS b)",
            buffer_pool=64 * MIB,
        ) as worker,
        pytest.raises(EngineError, match=r"R \(N to N\) cannot be read"),
    ):
        read_edges(worker, ("R", "N", "N"), [], tmp_path, Silent())
