"""What is taken for a rename on real databases: catalog ids as evidence, the stored data as proof."""

from __future__ import annotations

import pytest

from kuzuvcs.core.comparing.change_json import to_json
from kuzuvcs.errors import OpenQuestion
from tests.e2e.conftest import Application

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
