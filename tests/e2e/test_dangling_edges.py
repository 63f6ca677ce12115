"""Databases in which kuzu's DETACH DELETE left edges at deleted nodes: read, migrated and left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Application
from tests.tasks.building import content, run

PEOPLE = (
    "CREATE NODE TABLE P(id INT64 PRIMARY KEY, name STRING)",
    "CREATE REL TABLE R(FROM P TO P, w INT64)",
    "UNWIND range(1, 9) AS i CREATE (:P {id: i})",
    "MATCH (a:P) CREATE (a)-[:R {w: a.id + 200}]->(a)",
    "MATCH (a:P), (b:P) WHERE b.id = a.id + 1 CREATE (a)-[:R {w: a.id}]->(b)",
    "MATCH (a:P), (b:P) WHERE b.id = a.id + 1 CREATE (a)-[:R {w: a.id + 100}]->(b)",
)
FAULTS = (
    "MATCH (:P)-[r:R]->(:P) WHERE r.w = 5 DELETE r",
    "MATCH (n:P) WHERE n.id = 5 DETACH DELETE n",
    "MATCH (n:P) WHERE n.id IN [2, 3] DETACH DELETE n",
)
LEFT = sorted(
    [
        *([a, a + 1, w] for a in (6, 7, 8) for w in (a, a + 100)),
        *([a, a, a + 200] for a in (1, 4, 6, 7, 8, 9)),
    ]
)
BOTH = ("HINT (a JOIN r) JOIN b", "HINT (b JOIN r) JOIN a")


def counts(database: Path) -> set[int]:
    """The edges of R, as each direction counts them."""
    return {run(database, f"MATCH (a:P)-[r:R]->(b:P) {hint} RETURN count(*)")[0][0] for hint in BOTH}


def edges(database: Path) -> list[list[int]]:
    return sorted(run(database, "MATCH (a:P)-[r:R]->(b:P) RETURN a.id, b.id, r.w"))


@pytest.fixture
def faulty(application: Application) -> Application:
    application.run(*PEOPLE)
    application.run(*FAULTS)
    assert len(counts(application.database)) == 2
    return application


def test_it_is_captured_without_them_and_every_command_says_so(faulty: Application) -> None:
    snapshot = json.loads(faulty.cli("snapshot", "--json"))
    [warning] = snapshot["warnings"]
    assert warning.startswith("R (P to P) has edges to deleted nodes: ")
    assert "at P " in warning
    assert warning.endswith("they are not in this version")
    status = json.loads(faulty.cli("status", "--data", "--json"))
    assert status["clean"]
    assert json.loads(faulty.cli("status", "--json"))["clean"]
    assert json.loads(faulty.cli("verify", "--database", "--json"))["ok"]
    assert json.loads(faulty.cli("diff", "--json"))["changes"] == []
    new = faulty.root / "new.kuzu"
    faulty.cli("checkout", "v1", "--to", str(new), "--json")
    assert edges(new) == LEFT
    assert counts(new) == {len(LEFT)}
    assert content(new) == content(faulty.database)


def test_large_lists_are_read_in_ranges(faulty: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kuzuvcs.tasks.reading.read_tables.EDGE_ROWS", 2)
    whole = content(faulty.database)
    monkeypatch.undo()
    assert content(faulty.database) == whole


@pytest.mark.parametrize("in_place", [False, True])
def test_migrate_deletes_them(faulty: Application, *, in_place: bool) -> None:
    script(faulty, "ALTER TABLE P ADD x INT64;")
    faulty.repository.migrate(in_place=in_place)
    assert edges(faulty.database) == LEFT
    assert counts(faulty.database) == {len(LEFT)}


@pytest.mark.parametrize("in_place", [False, True])
def test_scripts_leave_none(application: Application, *, in_place: bool) -> None:
    application.run(*PEOPLE)
    script(application, ";\n".join(FAULTS) + ";")
    application.repository.migrate(in_place=in_place)
    assert edges(application.database) == LEFT
    assert counts(application.database) == {len(LEFT)}
    assert run(application.database, "MATCH (n:P) RETURN count(*)") == [[6]]


def test_edges_of_a_transaction_in_place_are_not_lost(application: Application) -> None:
    """kuzu loses edges where a transaction deletes edges that it created."""
    application.run(*PEOPLE)
    create = "MATCH (a:P), (b:P) WHERE a.id = {} AND b.id = {} CREATE (a)-[:R {{w: {}}}]->(b)"
    statements = (
        create.format(1, 4, 300),
        "MATCH (n:P) WHERE n.id = 5 DETACH DELETE n",
        create.format(2, 1, 301),
        create.format(6, 4, 302),
        "MATCH (n:P) WHERE n.id = 1 DETACH DELETE n",
        "MATCH (:P)-[r:R]->(:P) WHERE r.w = 302 DELETE r",
        create.format(6, 4, 303),
    )
    script(application, ";\n".join(statements) + ";")
    before = edges(application.database)
    application.repository.migrate(in_place=True)
    kept = [one for one in before if not {1, 5} & {one[0], one[1]}]
    assert edges(application.database) == sorted([*kept, [6, 4, 303]])
    assert len(counts(application.database)) == 1


def script(application: Application, up: str) -> None:
    folder = application.root / "migrations"
    application.by_hand(folder / "20990101_000000_by_hand.cypher", f"-- UP\n{up}\n-- DOWN\n")


def test_as_many_in_both_directions_are_found(application: Application) -> None:
    """The counts of both directions agree, and their edges do not."""
    pairs = [[1, 2], [3, 4]]
    edge = "MATCH (a:P), (b:P) WHERE a.id = {} AND b.id = {} CREATE (a)-[:M {{w: {}}}]->(b)"
    application.run(
        "CREATE NODE TABLE P(id INT64 PRIMARY KEY)",
        "CREATE NODE TABLE Q(`a key` STRING PRIMARY KEY)",
        "CREATE REL TABLE M(FROM P TO P, FROM P TO Q, w INT64)",
        "UNWIND range(1, 9) AS i CREATE (:P {id: i})",
        "CREATE (:Q {`a key`: 'x'})",
        *(edge.format(*pair, w) for pair in pairs for w in (0, 1)),
        edge.format(8, 9, 7),
        "MATCH (a:P), (b:Q) WHERE a.id = 9 CREATE (a)-[:M {w: 8}]->(b)",
    )
    application.run(
        "MATCH (:P)-[r:M]->(:P) WHERE r.w = 0 DELETE r", "MATCH (n:P) WHERE n.id IN [1, 4] DETACH DELETE n"
    )
    match = "MATCH (a:P)-[r:M]->(b:P)"
    counted = [run(application.database, f"{match} {hint} RETURN count(*)") for hint in BOTH]
    assert counted == [[[2]], [[2]]]
    [warning] = json.loads(application.cli("snapshot", "--json"))["warnings"]
    assert warning.startswith("M (P to P) has edges to deleted nodes: 2, in one direction only, at P 3, P 2;")
    assert json.loads(application.cli("status", "--json"))["clean"]
    script(application, "ALTER TABLE P ADD x INT64;")
    application.repository.migrate()
    assert application.repository.snapshot("after").warnings == ()
    assert run(application.database, "MATCH (a)-[r:M]->(b) RETURN count(*)") == [[2]]


def test_upgrade_leaves_them_behind_and_says_so(faulty: Application) -> None:
    new = faulty.root / "new.lbug"
    told = faulty.cli("upgrade", str(faulty.database), str(new), "--engine", "ladybug", "--json")
    assert any("has edges to deleted nodes" in one for one in json.loads(told)["warnings"])
    assert edges(new) == LEFT
