"""What is taken for a rename on real databases: catalog ids as evidence, the stored data as proof."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from kuzuvcs.core.comparing.change_json import to_json
from kuzuvcs.core.comparing.describe import describe
from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.errors import OpenQuestion
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.tasks.building import run

USERS = (
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, a STRING, b STRING)",
    "UNWIND range(1, 50) AS i CREATE (:User {id: i, a: 'a' + CAST(i AS STRING), b: 'b' + CAST(i AS STRING)})",
)


def kinds(application: Application, *renames: str, no_renames: bool = False) -> list[tuple[str, str]]:
    found = application.repository.diff("v1", "@live", renames=renames, no_renames=no_renames)
    return [(change.kind, str(to_json(change).get("to", ""))) for change in found.changes]


def rebuilt(application: Application, *statements: str) -> None:
    """The application deletes its database file and builds it again from other DDL."""
    application.database.unlink()
    application.run(*statements)


def test_a_renamed_column_is_certain(application: Application) -> None:
    application.run(*USERS)
    application.repository.snapshot()
    application.run("ALTER TABLE User RENAME a TO name")
    assert kinds(application) == [("rename_column", "name")]


def test_a_renamed_table_is_certain(application: Application) -> None:
    application.run(*USERS)
    application.repository.snapshot()
    application.run("ALTER TABLE User RENAME TO Account")
    assert kinds(application) == [("rename_table", "Account")]


def test_swapped_columns_are_two_renames(application: Application) -> None:
    application.run(*USERS)
    application.repository.snapshot()
    application.run(
        "ALTER TABLE User RENAME a TO c", "ALTER TABLE User RENAME b TO a", "ALTER TABLE User RENAME c TO b"
    )
    assert kinds(application) == [("rename_column", "b"), ("rename_column", "a")]


def test_a_rename_whose_old_name_is_used_again(application: Application) -> None:
    application.run(*USERS)
    application.repository.snapshot()
    application.run("ALTER TABLE User RENAME a TO name", "ALTER TABLE User ADD a INT64")
    assert [kind for kind, _ in kinds(application)] == ["rename_column", "add_column"]


def test_a_column_dropped_and_added_again_is_no_rename(application: Application) -> None:
    application.run(*USERS)
    application.repository.snapshot()
    application.run("ALTER TABLE User DROP a", "CHECKPOINT", "ALTER TABLE User ADD a STRING")
    assert [kind for kind, _ in kinds(application)] == ["drop_column", "add_column"]


def test_a_dropped_and_an_added_column_are_no_rename(application: Application) -> None:
    application.run(*USERS)
    application.repository.snapshot()
    application.run("ALTER TABLE User DROP a", "CHECKPOINT", "ALTER TABLE User ADD other STRING")
    assert [kind for kind, _ in kinds(application)] == ["drop_column", "add_column"]


def test_ids_of_a_file_built_again_pair_nothing(application: Application) -> None:
    """Ids start at 0 in every kuzu file, so here they pair User with Account, and a with x."""
    application.run(*USERS)
    application.repository.snapshot()
    rebuilt(
        application,
        "CREATE NODE TABLE Account(id INT64 PRIMARY KEY, x STRING, y STRING)",
        "UNWIND range(1, 50) AS i CREATE (:Account {id: i, x: 'x' + CAST(i * 7 AS STRING), y: 'y'})",
    )
    with pytest.raises(OpenQuestion) as refused:
        kinds(application)
    assert "--rename User:Account" in refused.value.hint
    assert "--no-renames" in refused.value.hint
    assert [kind for kind, _ in kinds(application, no_renames=True)] == ["drop_node_table", "add_node_table"]


def test_an_open_question_is_answered_by_its_option(application: Application) -> None:
    application.run("CREATE NODE TABLE User(id INT64 PRIMARY KEY, a STRING)")
    application.repository.snapshot()
    application.run("ALTER TABLE User RENAME a TO name")
    with pytest.raises(OpenQuestion) as refused:
        kinds(application)
    assert refused.value.exit_code == 2
    assert "--rename User.a:name" in refused.value.hint
    assert kinds(application, "User.a:name") == [("rename_column", "name")]
    assert [kind for kind, _ in kinds(application, no_renames=True)] == ["drop_column", "add_column"]


def test_a_restored_copy_has_other_ids_and_no_changes(application: Application) -> None:
    application.run(
        "CREATE NODE TABLE Gone(id INT64 PRIMARY KEY)", "DROP TABLE Gone", *USERS, "ALTER TABLE User DROP b"
    )
    application.repository.snapshot()
    application.repository.checkout("v1")
    assert kinds(application) == []
    assert not application.repository.snapshot().changed


ENGINES: tuple[EngineName, ...] = ("kuzu", "ladybug")


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Repository, Engine]:
    """A project whose database is still to be made, and the engine to make it with."""
    engine = Engine(name=request.param)
    repository = Repository.init(tmp_path / "project", "app.db")
    return Repository(dataclasses.replace(repository.project, engine=engine)), engine


def described(repository: Repository) -> list[str]:
    return sorted(map(describe, repository.diff().changes))


def test_another_column_where_a_restored_backup_had_one_is_asked(
    project: tuple[Repository, Engine],
) -> None:
    """The backup's database gives the same property id again, under the same identity."""
    repository, engine = project
    database = repository.project.database
    run(database, *USERS, engine=engine)
    backup = repository.backups().create_backup()
    run(
        database,
        "ALTER TABLE User ADD iban STRING",
        "MATCH (u:User) SET u.iban = 'DE' + CAST(u.id AS STRING)",
    )
    repository.snapshot("with iban")
    repository.backups().restore_backup(backup)
    run(
        database,
        "ALTER TABLE User ADD motto STRING",
        "MATCH (u:User) SET u.motto = 'm' + CAST(u.id AS STRING)",
    )
    for call in (repository.diff, lambda: (repository.snapshot(), repository.generate("v1", "v2"))):
        with pytest.raises(OpenQuestion) as refused:
            call()
        assert "iban" in refused.value.cause
        assert "0 of 50 values equal" in refused.value.cause
    script = repository.generate("v1", "v2", no_renames=True)
    assert [text for text in script.up if "RENAME" in text] == []
    assert [hazard.count for hazard in script.hazards if hazard.name == "drops_values"] == [50]


def test_two_releases_of_one_application_ask_nothing(project: tuple[Repository, Engine]) -> None:
    """Each built from its own DDL, with columns put between, and with rows of its own."""
    repository, engine = project
    database = repository.project.database
    run(
        database,
        "CREATE NODE TABLE City(id INT64 PRIMARY KEY, name STRING)",
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, mail STRING, phone STRING)",
        "CREATE REL TABLE LivesIn(FROM User TO City, since INT64, until INT64)",
        "UNWIND range(1, 20) AS i CREATE (:User {id: i, name: 'n', mail: 'm', phone: 'p'})"
        "-[:LivesIn {since: i, until: i}]->(:City {id: i, name: 'c'})",
        engine=engine,
    )
    repository.snapshot("release 1")
    database.unlink()
    run(
        database,
        "CREATE NODE TABLE City(id INT64 PRIMARY KEY, zip STRING, name STRING)",
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, title STRING, mail STRING, phone STRING)",
        "CREATE REL TABLE LivesIn(FROM User TO City, kind INT64, since INT64, until INT64)",
        "UNWIND range(101, 130) AS i CREATE (:User {id: i, name: 'x', title: 't', mail: 'y', phone: 'z'})"
        "-[:LivesIn {kind: 1, since: 2, until: 3}]->(:City {id: i, zip: 'z', name: 'q'})",
        engine=engine,
    )
    assert described(repository) == [
        "add column kind of table LivesIn",
        "add column title of table User",
        "add column zip of table City",
    ]
    repository.snapshot("release 2")
    assert len(repository.generate("v1", "v2").up) == 3
