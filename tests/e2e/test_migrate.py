"""Scripts run on a live database and rolled back, each database with its own data."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.errors import MigrationError, MigrationFailed, SchemaDrift, UsageError
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application

BASE = (
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, email STRING)",
    "CREATE REL TABLE Knows(FROM User TO User, since INT64)",
)


def rows_of(first: str, count: int) -> tuple[str, ...]:
    """Rows that tell one database from another."""
    return (
        f"UNWIND range(1, {count}) AS i CREATE (:User {{id: i, name: '{first}' + CAST(i AS STRING), "
        f"email: '{first}@' + CAST(i AS STRING)}})",
        "MATCH (a:User), (b:User) WHERE a.id = b.id + 1 CREATE (a)-[:Knows {since: a.id}]->(b)",
    )


CHAIN: tuple[tuple[str, ...], ...] = (
    ("ALTER TABLE User ADD age INT32 DEFAULT 7",),
    ("ALTER TABLE User DROP email",),
    ("CREATE NODE TABLE City(name STRING PRIMARY KEY)", "CREATE REL TABLE Lives(FROM User TO City)"),
    ("ALTER TABLE User RENAME name TO called",),
    ("ALTER TABLE Knows DROP since",),
    ("ALTER TABLE Knows RENAME TO Met",),
    ("DROP TABLE Lives", "DROP TABLE City"),
    ("DROP TABLE Met",),
)


def author(application: Application, *changes: tuple[str, ...]) -> list[str]:
    """Scripts generated one after another from a database with the author's data; their ids."""
    repository = application.repository
    application.run(*BASE, *rows_of("author", 20))
    repository.snapshot()
    ids = []
    for change in changes:
        application.run(*change, "CHECKPOINT")
        repository.snapshot()
        renames = ("Knows:Met",) if "Met" in change[0] and "RENAME" in change[0] else ()
        script = repository.generate(renames=renames)
        assert script.path is not None
        ids.append(script.path.stem)
    return ids


@pytest.fixture
def colleague(application: Application, tmp_path: Path) -> Application:
    """Another clone of the project, with other data in the database."""
    root = tmp_path / "colleague"
    root.mkdir()
    shutil.copy(application.root / "kuzuvcs.toml", root)
    return Application(root=root, database=root / "app.kuzu", repository=Repository.open(root))


def pull(application: Application, colleague: Application) -> None:
    for name in ("migrations", "snapshots"):
        shutil.copytree(application.root / name, colleague.root / name, dirs_exist_ok=True)


def everything(application: Application) -> list[Any]:
    return [
        application.run("MATCH (u:User) RETURN u.id, u.name, u.email ORDER BY u.id"),
        application.run("MATCH (a:User)-[k:Knows]->(b:User) RETURN a.id, b.id, k.since ORDER BY a.id"),
    ]


def test_a_rollback_brings_back_the_values_of_its_own_database(
    application: Application, colleague: Application
) -> None:
    ids = author(application, *CHAIN)
    pull(application, colleague)
    colleague.run(*BASE, *rows_of("colleague", 12))
    before = everything(colleague)
    assert [one.id for one in colleague.repository.migrate()] == ids
    assert colleague.run("MATCH (u:User) RETURN count(*)") == [[12]]
    assert not colleague.repository.migrate()
    assert len(colleague.repository.rollback(len(ids))) == len(ids)
    assert everything(colleague) == before
    assert [bool(run.rolled_back) for run in colleague.repository.history()] == [True] * len(ids)


def test_every_point_between_is_reached(application: Application, colleague: Application) -> None:
    ids = author(application, *CHAIN[:4])
    pull(application, colleague)
    colleague.run(*BASE, *rows_of("colleague", 5))
    repository = colleague.repository
    assert len(repository.migrate(steps=1)) == 1
    assert len(repository.migrate(to=ids[2])) == 2
    assert repository.status().pending == (ids[3],)
    assert [one.id for one in repository.rollback(to=ids[0])] == [ids[2], ids[1]]
    assert colleague.run("MATCH (u:User) WHERE u.id = 3 RETURN u.email, u.age") == [["colleague@3", 7]]
    assert [one.seconds for one in repository.migrate(dry_run=True)] == [None] * 3
    assert len(repository.migrate()) == 3


def test_the_authors_own_database_has_its_scripts_already(application: Application) -> None:
    ids = author(application, *CHAIN[:2])
    repository = application.repository
    assert repository.status().pending == ()
    assert repository.migrate() == ()
    assert [run.id for run in repository.history()] == ids
    with pytest.raises(UsageError, match="was recorded, and never run"):
        repository.rollback(schema_only=True)
    with pytest.raises(MigrationError, match="nothing was captured"):
        repository.rollback(recorded=ids)
    assert len(repository.rollback(schema_only=True, recorded=ids)) == 1
    assert application.run("MATCH (u:User) RETURN count(*), count(u.email)") == [[20, 0]]


def test_the_history_is_no_part_of_the_schema(application: Application) -> None:
    author(application, *CHAIN[:1])
    repository = application.repository
    repository.migrate()
    assert "migration_history" in [row[0] for row in application.run("CALL show_tables() RETURN name")]
    assert repository.status(data=True).clean
    assert not repository.diff().changes
    assert not repository.snapshot().changed
    repository.checkout("v1")


def test_an_applications_own_table_of_that_name_is_left_alone(application: Application) -> None:
    application.run("CREATE NODE TABLE migration_history(id INT64 PRIMARY KEY)")
    repository = application.repository
    assert [table.name for table in repository.snapshot().tables] == ["migration_history"]
    assert ["is not the history" in text for text in repository.status().warnings] == [True]
    with pytest.raises(MigrationError, match="is not the history"):
        repository.migrate()


def test_a_statement_that_fails_changes_nothing(application: Application) -> None:
    author(application, *CHAIN[:1])
    script = application.root / "migrations" / "20990101_000000_by_hand.cypher"
    application.by_hand(
        script,
        "-- UP\nCREATE NODE TABLE One(id INT64 PRIMARY KEY);\nMATCH (u:User) DETACH DELETE u;\n"
        "CREATE NODE TABLE\n  Two(;\nCREATE NODE TABLE Three(id INT64 PRIMARY KEY);\n-- DOWN\n",
    )
    before = everything(application)
    with pytest.raises(MigrationFailed, match="fails at line 4, in UP") as failed:
        application.repository.migrate()
    assert "Two(" in failed.value.cause
    assert everything(application) == before
    assert application.repository.history() == ()
    script.unlink()
    application.repository.repair()
    application.repository.migrate()


def test_a_script_that_ends_the_engine_changes_nothing(application: Application) -> None:
    author(application, *CHAIN[:1])
    script = application.root / "migrations" / "20990101_000000_by_hand.cypher"
    application.by_hand(
        script,
        "-- UP\nCREATE NODE TABLE City(id INT64 PRIMARY KEY);\n"
        "MATCH (u:User), (c:City) CREATE (u)-[:Knows]->(c);\n",
    )
    before = everything(application)
    application.cli("migrate", code=1)
    assert everything(application) == before


def test_a_script_by_hand_is_run_and_has_no_way_back(application: Application) -> None:
    author(application, *CHAIN[:1])
    script = application.root / "migrations" / "20990101_000000_by_hand.cypher"
    application.by_hand(script, "-- UP\nMATCH (u:User) WHERE u.id < 4 SET u.age = 1; // three\n")
    ran = application.json("migrate")
    assert [one["id"] for one in ran["applied"]] == ["20990101_000000_by_hand"]
    assert application.run("MATCH (u:User) WHERE u.age = 1 RETURN count(*)") == [[3]]
    application.cli("rollback", code=1)
    assert [one["id"] for one in application.json("history")["migrations"]][-1] == "20990101_000000_by_hand"


def test_drift_is_told_from_the_live_schema(application: Application) -> None:
    author(application, *CHAIN[:1])
    application.repository.migrate()
    application.run(
        "ALTER TABLE User RENAME name TO full_name",
        "ALTER TABLE User ADD extra DOUBLE",
        "CREATE NODE TABLE Later(id STRING PRIMARY KEY)",
        "DROP TABLE Knows",
    )
    with pytest.raises(SchemaDrift) as drift:
        application.repository.rollback()
    assert drift.value.message.startswith("the live schema differs from the one that 2")
    assert drift.value.message.endswith(" produced")
    assert (
        drift.value.hint == "undo the change in the database, or run migrate or rollback with --allow-drift"
    )
    compared, _, states = drift.value.cause.partition(": ")
    assert compared == "compared with v2"
    assert set(states.split("; ")) == {
        "column name of table User is called full_name, or was dropped and full_name added",
        "column extra of table User is extra",
        "node table Later is extra",
        "rel table Knows is missing",
    }
    [fault] = [one for one in application.json("check")["findings"] if one["kind"] == "drift"]
    assert fault["cause"] == drift.value.cause


def test_drift_is_shown_and_nothing_is_run(application: Application, colleague: Application) -> None:
    author(application, *CHAIN[:2])
    pull(application, colleague)
    colleague.run(*BASE, "ALTER TABLE User ADD extra STRING")
    with pytest.raises(SchemaDrift) as drift:
        colleague.repository.migrate()
    assert drift.value.cause == "compared with v1: column extra of table User is extra"
    colleague.run("ALTER TABLE User DROP extra")
    [first] = colleague.repository.migrate(steps=1)
    colleague.run("ALTER TABLE User ADD extra STRING")
    with pytest.raises(SchemaDrift):
        colleague.repository.rollback()
    status = colleague.json("status")
    assert status["applied"] == [first.id]
    assert len(status["pending"]) == 1
    assert f"the live schema differs from the one that {first.id} produced" in status["warnings"][0]
    assert f"1 migration script run, the last {first.id}" in colleague.cli("status")


def test_a_script_that_does_not_lead_where_it_says_is_not_kept(
    application: Application, colleague: Application
) -> None:
    ids = author(application, *CHAIN[:1])
    pull(application, colleague)
    path = colleague.root / "migrations" / f"{ids[0]}.cypher"
    colleague.run(*BASE, *rows_of("colleague", 3))
    colleague.by_hand(path, path.read_text().replace("`age` INT32", "`age` INT64"))
    with pytest.raises(MigrationFailed, match="does not lead to the schema"):
        colleague.repository.migrate()
    assert len(everything(colleague)[0]) == 3


def test_an_altered_script_is_found(application: Application, colleague: Application) -> None:
    ids = author(application, *CHAIN[:2])
    pull(application, colleague)
    colleague.run(*BASE, *rows_of("colleague", 3))
    colleague.repository.migrate(steps=1)
    path = colleague.root / "migrations" / f"{ids[0]}.cypher"
    path.write_text(path.read_text() + "// more\n")
    with pytest.raises(MigrationError, match="was altered since it was recorded"):
        colleague.repository.migrate()
    (path.parent / "kuzuvcs.sum").unlink()
    with pytest.raises(MigrationError, match="was altered after it was run"):
        colleague.repository.migrate()
    status = colleague.repository.status()
    assert any("was altered" in warning for warning in status.warnings)


def test_the_replaced_database_is_kept_until_the_next_success(application: Application) -> None:
    ids = author(application, *CHAIN[:1])
    repository = application.repository
    repository.migrate()
    repository.rollback(schema_only=True, recorded=ids)
    repository.migrate()
    backups = list((application.root / ".kuzuvcs" / "backups").glob("*Z"))
    assert len(backups) == 1
    copy = application.root / "copy.kuzu"
    shutil.copyfile(backups[0], copy)
    other = Application(root=application.root, database=copy, repository=repository)
    assert other.run("MATCH (u:User) RETURN count(*)") == [[20]]


def test_a_database_in_use_is_not_migrated(application: Application) -> None:
    import kuzu

    author(application, *CHAIN[:1])
    engine = kuzu.Database(str(application.database))
    kuzu.Connection(engine).execute("RETURN 1")
    message = application.process(["migrate"])
    assert message.returncode == 1
    assert "locked" in message.stderr or "open" in message.stderr
    engine.close()
