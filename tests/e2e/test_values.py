"""Whether values differ: what ``diff`` and ``status`` say of two versions, and of the live database."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.repository import Repository
from kuzuvcs.tasks.comparing.values import CHEAP_ROWS
from tests.e2e.conftest import Application
from tests.tasks.building import run

SCHEMA = (
    "CREATE SEQUENCE numbers",
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
    "CREATE NODE TABLE City(id INT64 PRIMARY KEY, name STRING)",
    "CREATE NODE TABLE Empty(id INT64 PRIMARY KEY)",
    "CREATE REL TABLE LivesIn(FROM User TO City, since INT64)",
    "UNWIND range(1, 9) AS i "
    "CREATE (:User {id: i, name: 'u'})-[:LivesIn {since: i}]->(:City {id: i, name: 'c'})",
)
TABLES = ("City", "Empty", "LivesIn", "User")

CHANGES = {
    "value": ("MATCH (u:User {id: 3}) SET u.name = 'other'", {"User"}),
    "value of an edge": ("MATCH (:User {id: 3})-[l:LivesIn]->() SET l.since = -1", {"LivesIn"}),
    "value that became NULL": ("MATCH (u:City {id: 3}) SET u.name = NULL", {"City"}),
    "id of an edge": (
        "MATCH (u:User {id: 3})-[l:LivesIn]->(c:City) DELETE l CREATE (u)-[:LivesIn {since: 3}]->(c)",
        set[str](),
    ),
    "ends": (
        "MATCH (u:User {id: 3})-[l:LivesIn]->() MATCH (c:City {id: 4}) DELETE l "
        "CREATE (u)-[:LivesIn {since: 3}]->(c)",
        {"LivesIn"},
    ),
    "number of rows": ("CREATE (:User {id: 99, name: 'u'})", {"User"}),
}


CASES = [*(("kuzu", change) for change in CHANGES), ("ladybug", "ends")]


@pytest.mark.parametrize(("name", "change"), CASES)
def test_what_differs_in_value_is_said(tmp_path: Path, name: EngineName, change: str) -> None:
    repository = Repository.init(tmp_path / "project", "app.db")
    database = repository.project.database
    run(database, *SCHEMA, engine=Engine(name=name))
    repository.snapshot()
    statement, tables = CHANGES[change]
    run(database, statement)
    expected = {table: "differs" if table in tables else "same" for table in TABLES}
    live, status = repository.diff(), repository.status()
    assert {one.table: one.state for one in live.values} == expected
    assert (live.found, live.changes) == (bool(tables), ())
    assert {one.table: one.state for one in status.values} == expected
    assert (status.clean, status.by_value) == (not tables, True)
    assert repository.snapshot().changed is bool(tables)
    if tables:
        versions = repository.diff("v1", "v2")
        assert {one.table: one.state for one in versions.values} == expected
        assert versions.found


def test_the_current_value_of_a_sequence_is_data_too(application: Application) -> None:
    repository = application.repository
    application.run(*SCHEMA)
    repository.snapshot()
    application.run("RETURN nextval('numbers')")
    assert repository.diff().sequences == repository.status().sequences == ("numbers",)
    assert repository.diff().found
    assert not repository.status().clean
    repository.snapshot()
    assert repository.diff("v1", "v2").sequences == ("numbers",)
    assert not repository.diff("v2").found


def test_the_sentence_and_the_exit_code(application: Application) -> None:
    application.run(*SCHEMA)
    application.cli("snapshot")
    assert application.cli("diff") == "no differences between v1 and @live\n"
    application.cli("diff", "--exit-code")
    application.run("MATCH (u:User {id: 3}) SET u.name = 'other'")
    said = application.cli("diff", "--exit-code", code=1)
    assert "~ table User   9 rows, values differ\n" in said
    assert said.endswith("no schema differences; 1 table has other values\n")
    assert application.json("diff")["values"] == [
        {"table": name, "state": "differs" if name == "User" else "same"} for name in TABLES
    ]
    assert "~ table User   9 rows, values differ\n" in application.cli("status")


def test_large_tables_are_compared_when_asked(application: Application) -> None:
    """The edges would have both their ends read; of two rows of the large table one has another value."""
    application.run(
        *SCHEMA,
        "CREATE NODE TABLE Big(id INT64 PRIMARY KEY, n INT64)",
        f"UNWIND range(1, {CHEAP_ROWS}) AS i CREATE (:Big {{id: i, n: i}})",
        "CREATE REL TABLE Has(FROM User TO Big)",
        "MATCH (u:User {id: 1}), (b:Big {id: 1}) CREATE (u)-[:Has]->(b)",
    )
    application.cli("snapshot")
    application.run(f"MATCH (b:Big {{id: {CHEAP_ROWS}}}) SET b.n = 0")
    assert application.cli("diff") == (
        "no differences in schema and row counts between v1 and @live\n"
        "(values not compared: Big, Has; kuzuvcs diff --data compares them)\n"
    )
    states = {one["table"]: one["state"] for one in application.json("diff")["values"]}
    assert states == dict.fromkeys(TABLES, "same") | dict.fromkeys(("Big", "Has"), "not_compared")
    assert "(values not compared: Big, Has; kuzuvcs status --data compares them)" in application.cli("status")
    assert "by schema and row counts" in application.cli("status")
    assert application.json("status")["clean"] is True
    assert "100,000 rows, values differ" in application.cli("diff", "--data")
    application.cli("diff", "--exit-code", code=1)
    assert application.json("status", "--data")["clean"] is False
