"""Verify against the live database: what differs is named by table, key and column."""

from __future__ import annotations

import pytest

from kuzuvcs.repository import Repository
from tests.tasks.building import run


@pytest.fixture
def project(repository: Repository) -> Repository:
    run(
        repository.project.database,
        "CREATE SEQUENCE numbers",
        "CREATE NODE TABLE Account(id INT64 PRIMARY KEY, balance INT128, name STRING)",
        "CREATE REL TABLE Pays(FROM Account TO Account, amount INT128)",
        "UNWIND range(1, 300) AS i CREATE (:Account {id: i, name: 'n',"
        " balance: CAST('85070591730234615865843651857942052864' AS INT128) + i})",
        "MATCH (a:Account), (b:Account) WHERE b.id = a.id + 1 CREATE (a)-[:Pays {amount: a.balance}]->(b)",
    )
    repository.snapshot()
    return repository


def problems(project: Repository) -> dict[str, tuple[str, ...]]:
    found = project.verify("v1", database=True)
    wrong = {table.name: table.problems for table in found.tables if not table.ok}
    assert found.ok is not bool(wrong)
    return wrong


def test_one_wrong_int128_cell_of_a_node(project: Repository) -> None:
    run(project.project.database, "MATCH (a:Account {id: 123}) SET a.balance = a.balance + 1")
    assert problems(project) == {
        "Account": (
            "Account[123].balance: 85070591730234615865843651857942052987 in the version, "
            "85070591730234615865843651857942052988 in the database",
        )
    }


def test_one_wrong_int128_cell_of_an_edge(project: Repository) -> None:
    run(project.project.database, "MATCH (:Account {id: 7})-[r:Pays]->() SET r.amount = -r.amount")
    [(name, (problem,))] = problems(project).items()
    assert name == "Pays (Account to Account)"
    assert "amount" in problem
    assert "-85070591730234615865843651857942052871 in the database" in problem


def test_a_row_for_a_row_with_equal_counts(project: Repository) -> None:
    run(
        project.project.database,
        "MATCH (a:Account {id: 300}) DETACH DELETE a",
        "MATCH (a:Account {id: 299}) CREATE (a)-[:Pays]->(:Account {id: 301})",
    )
    found = problems(project)
    assert set(found) == {"Account", "Pays (Account to Account)"}
    assert any("[300]" in text and "missing" in text for text in found["Account"])
    assert any("[301]" in text and "not in the version" in text for text in found["Account"])


def test_a_sequence_that_moved_on(project: Repository) -> None:
    run(project.project.database, "RETURN nextval('numbers')")
    assert problems(project) == {"sequences": ("current values are not those of v1",)}


def test_another_schema_and_another_table(project: Repository) -> None:
    run(project.project.database, "CREATE NODE TABLE Later(id INT64 PRIMARY KEY)")
    found = problems(project)
    assert set(found) == {"schema", "Later"}
    assert found["schema"] == ("compared with v1: node table Later is extra",)
