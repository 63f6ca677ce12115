from __future__ import annotations

from pathlib import Path

from kuzuvcs.repository import Repository
from tests.e2e.conftest import run_cypher


def test_nodes_with_one_key_are_warned_of_by_name(tmp_path: Path) -> None:
    repository = Repository.init(tmp_path, "app.kuzu")
    run_cypher(
        tmp_path / "app.kuzu",
        "CREATE NODE TABLE Odd(k DOUBLE PRIMARY KEY)",
        "CREATE (:Odd {k: CAST('nan' AS DOUBLE)})",
        "CREATE (:Odd {k: CAST('nan' AS DOUBLE)})",
        "CREATE (:Odd {k: 1.5})",
    )
    snapshot = repository.snapshot()
    assert [row.rows for row in snapshot.tables] == [3]
    assert len(snapshot.warnings) == 1
    assert snapshot.warnings[0].startswith("1 of the nodes of Odd have a key that another node has")
