"""Scripts that fail, each in its way: the live database is as it was, the error says where, mending helps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Application
from tests.tasks.building import content, log_of

BASE = (
    "CREATE NODE TABLE User(nick STRING, id INT64 PRIMARY KEY, name STRING, age INT64)",
    "CREATE NODE TABLE Token(id INT64 PRIMARY KEY, value UUID)",
    "CREATE REL TABLE Knows(FROM User TO User, since INT64)",
    "UNWIND range(1, 50) AS i CREATE (:User {nick: 'n', id: i, name: 'user ' + CAST(i AS STRING), age: i})",
    "MATCH (a:User), (b:User) WHERE a.id + 1 = b.id CREATE (a)-[:Knows {since: a.id}]->(b)",
)

BAD: dict[str, tuple[str, int, str, str]] = {
    "the third of five statements": (
        "CREATE NODE TABLE One(id INT64 PRIMARY KEY);\nMATCH (u:User) DETACH DELETE u;\n"
        "CREATE NODE TABLE\n  Two(;\nCREATE NODE TABLE Three(id INT64 PRIMARY KEY);\nDROP TABLE One;",
        1,
        "fails at line 4, in UP",
        "Two(",
    ),
    "a macro that cannot be read again": (
        "CREATE MACRO adult(age) AS age >= 18;",
        1,
        "the database cannot be opened any more, in UP",
        "KU_UNREACHABLE",
    ),
    "a default that cannot be read again": (
        "CREATE NODE TABLE City(id INT64 PRIMARY KEY, big BOOL DEFAULT 1 > 2);",
        1,
        "the database cannot be opened any more, in UP",
        "KU_UNREACHABLE",
    ),
    "a cast that ends the engine": (
        "CREATE NODE TABLE City(id INT64 PRIMARY KEY);\n"
        "MATCH (u:User) RETURN CAST([u.name] AS DECIMAL(9, 2)[]);",
        4,
        "fails at line 3, in UP",
        "signal SIG",
    ),
    "values that cannot be checkpointed": (
        "CREATE (:Token {id: 1, value: UUID('00000000-0000-0000-0000-000000000000')}),\n"
        "  (:Token {id: 2, value: UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8')});",
        1,
        "fails at the CHECKPOINT after line 2, in UP",
        "INT128",
    ),
    "a checkpoint in a transaction": (
        "BEGIN TRANSACTION;\nCREATE (:Token {id: 1});\nCHECKPOINT;",
        1,
        "fails at line 4, in UP",
        "Found active transaction",
    ),
    "a transaction that is left open": (
        "BEGIN TRANSACTION;\nCREATE (:Token {id: 1});",
        1,
        "fails at the CHECKPOINT after line 3, in UP",
        "Found active transaction",
    ),
    "a column dropped before the key": (
        "ALTER TABLE User DROP nick;",
        1,
        "table User cannot be written to any more",
        "primary key",
    ),
}
"""A script, the exit code, and what message and cause have to hold."""


@pytest.fixture
def script(application: Application) -> Path:
    """Where a script is written by hand, for a database with rows."""
    application.run(*BASE, "CHECKPOINT")
    return application.root / "migrations" / "20260101_000000_by_hand.cypher"


@pytest.mark.parametrize("name", BAD)
def test_the_live_database_is_as_it_was(application: Application, script: Path, name: str) -> None:
    text, code, message, cause = BAD[name]
    application.by_hand(script, f"-- UP\n{text}\n-- DOWN\nRETURN 1;\n")
    error = failing(application, code)
    assert message in error["message"]
    assert cause in error["cause"]
    assert error["hint"]
    application.by_hand(script, "-- UP\nMATCH (u:User) SET u.age = u.age + 1;\n-- DOWN\nRETURN 1;\n")
    assert [one["id"] for one in application.json("migrate")["applied"]] == [script.stem]
    assert application.run("MATCH (u:User) RETURN count(*), sum(u.age)") == [[50, 50 * 51 // 2 + 50]]


def failing(application: Application, code: int, command: str = "migrate") -> Any:
    """The error that the command ends with, after which the database holds what it held, history and all."""
    before = content(application.database)
    error = json.loads(application.cli(command, "--json", code=code))["error"]
    assert content(application.database) == before
    assert not log_of(application.database).exists()
    assert error["exit_code"] == code
    assert not list((application.root / ".kuzuvcs").glob("scratch-*"))
    return error


def test_a_generated_script_that_was_edited_has_to_keep_its_rows(application: Application) -> None:
    application.run(*BASE)
    repository = application.repository
    repository.snapshot()
    application.run("ALTER TABLE User DROP age", "CHECKPOINT")
    repository.snapshot()
    generated = repository.generate()
    assert generated.path is not None
    text = generated.path.read_text()
    repository.checkout("v1", discard=True)
    application.by_hand(
        generated.path, text.replace("-- UP\n", "-- UP\nMATCH (u:User {id: 7}) DETACH DELETE u;\n")
    )
    error = failing(application, 1)
    assert "does not keep the rows that its head promises to keep, in UP" in error["message"]
    assert "User had 50 rows, User has 49" in error["cause"]
    application.by_hand(generated.path, text)
    application.cli("migrate")
    assert application.run("MATCH (u:User) RETURN count(*)") == [[50]]


def test_values_that_the_author_did_not_have(application: Application) -> None:
    """``--cast …=null`` names the values that the author's database has; others are not lost in silence."""
    application.run(*BASE, "CREATE (:User {id: 99, name: 'first'})")
    repository = application.repository
    application.run("MATCH (u:User) WHERE u.id < 99 SET u.name = CAST(u.id AS STRING)")
    repository.snapshot()
    application.run("ALTER TABLE User RENAME name TO old", "ALTER TABLE User ADD name INT64")
    application.run("ALTER TABLE User DROP old")
    repository.snapshot()
    script = repository.generate(renames=["User.name:name"], casts=["User.name=null"])
    repository.checkout("v1", discard=True)
    application.run("MATCH (u:User {id: 98}) SET u.name = '98'", "CREATE (:User {id: 100, name: 'second'})")
    error = failing(application, 1)
    assert 'Could not convert "second" to INT64' in error["cause"]
    application.run("MATCH (u:User {id: 100}) SET u.name = NULL", "CHECKPOINT")
    assert script.path is not None
    assert [one["id"] for one in application.json("migrate")["applied"]] == [script.path.stem]


def test_a_rollback_that_fails_changes_nothing(application: Application, script: Path) -> None:
    application.by_hand(
        script, "-- UP\nALTER TABLE Token ADD note STRING;\n-- DOWN\nALTER TABLE Token DROP notes;\n"
    )
    application.cli("migrate")
    error = failing(application, 1, "rollback")
    assert "fails at line 4, in DOWN" in error["message"]
