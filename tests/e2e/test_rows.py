"""What diff says of rows and values beside the schema."""

from __future__ import annotations

from tests.e2e.conftest import Application

GRAPH = (
    "CREATE NODE TABLE A(id INT64 PRIMARY KEY, x STRING)",
    "CREATE REL TABLE R(FROM A TO A, w INT64)",
    "UNWIND range(1, 30) AS i CREATE (:A {id: i, x: 'text ' + CAST(i AS STRING)})",
    "MATCH (a:A), (b:A) WHERE a.id + 1 = b.id CREATE (a)-[:R {w: a.id}]->(b)",
)


def data(application: Application) -> dict[str, bool | None]:
    return {row.table: row.data for row in application.repository.diff("v1", "v2").rows}


def changed_by(application: Application, *statements: str) -> dict[str, bool | None]:
    application.run(*GRAPH)
    application.repository.snapshot()
    application.run(*statements)
    application.repository.snapshot()
    return data(application)


def test_an_added_column_is_no_other_data(application: Application) -> None:
    assert changed_by(application, "ALTER TABLE A ADD y INT64 DEFAULT 5") == {"A": False, "R": False}


def test_renames_are_no_other_data(application: Application) -> None:
    found = changed_by(application, "ALTER TABLE A RENAME x TO text", "ALTER TABLE A RENAME TO Alpha")
    assert found == {"Alpha": False, "R": False}


def test_one_value_is(application: Application) -> None:
    assert changed_by(application, "MATCH (a:A) WHERE a.id = 7 SET a.x = 'other'") == {"A": True, "R": False}


def test_one_value_beside_a_rename_is(application: Application) -> None:
    found = changed_by(
        application, "ALTER TABLE A RENAME x TO text", "MATCH (a:A) WHERE a.id = 7 SET a.text = 'other'"
    )
    assert found == {"A": True, "R": False}


def test_an_edge_that_hangs_elsewhere_is(application: Application) -> None:
    found = changed_by(
        application,
        "MATCH (a:A)-[r:R]->(b:A) WHERE a.id = 3 DELETE r",
        "MATCH (a:A), (b:A) WHERE a.id = 3 AND b.id = 5 CREATE (a)-[:R {w: 3}]->(b)",
    )
    assert found == {"A": False, "R": True}


def test_a_live_sides_small_tables_are_compared_by_value(application: Application) -> None:
    application.run(*GRAPH)
    application.repository.snapshot()
    rows = application.repository.diff().rows
    assert {row.table: row.data for row in rows} == {"A": False, "R": False}
    assert application.repository.status(data=True).version == "v1"
    application.run("MATCH (a:A) WHERE a.id = 7 SET a.x = 'other'")
    for data in (False, True):
        status = application.repository.status(data=data)
        assert (status.version, status.clean) == (None, False)
        assert [(row.table, row.data) for row in status.rows] == [("A", True)]
