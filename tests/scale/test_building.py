"""Building with a bounded buffer pool: it grows until what cannot be spilled fits."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kuzuvcs.core.engine import DEFAULT_ENGINE
from kuzuvcs.core.schema import Column, NodeTable, Schema
from kuzuvcs.core.types import Scalar
from kuzuvcs.engines.client import Worker
from kuzuvcs.tasks.building.restore import Content, build
from kuzuvcs.tasks.building.stage import TableFile
from tests.columns.files import node_columns

ROWS = 100_000


class Stages:
    """Progress that remembers its stages."""

    def __init__(self) -> None:
        self.all: list[tuple[str, int]] = []

    def stage(self, text: str, total: int = 0) -> None:
        self.all.append((text, total))

    def advance(self, amount: int) -> None:
        """Not looked at."""

    def note(self, text: str) -> None:
        """Not looked at."""


def content(folder: Path) -> Content:
    file = folder / "t.parquet"
    pq.write_table(pa.table({"id": [f"{number:064}" for number in range(ROWS)]}), file, use_dictionary=False)
    table = NodeTable(name="T", columns=(Column(name="id", type="STRING"),), primary_key="id")
    columns = tuple(node_columns(("id", Scalar(name="STRING"))))
    loaded = TableFile(table="T", connection=None, columns=columns, rows=ROWS, file=file)
    return Content(schema=Schema(node_tables=(table,)), files=(loaded,), positions=())


def test_a_pool_that_is_too_small_is_doubled_until_the_table_fits(tmp_path: Path) -> None:
    stages = Stages()
    target = tmp_path / "built.kuzu"
    build(content(tmp_path), target, tmp_path, stages, engine=DEFAULT_ENGINE, pool=16 << 20)
    assert len(stages.all) > 1
    assert set(stages.all) == {("loading T", ROWS)}
    with Worker() as worker:
        worker.open(target, read_only=True)
        assert worker.execute("MATCH (t:T) RETURN count(*), min(t.id), max(t.id)") == [
            [ROWS, f"{0:064}", f"{ROWS - 1:064}"]
        ]
    assert {file.name for file in tmp_path.iterdir()} == {"built.kuzu", "t.parquet"}
