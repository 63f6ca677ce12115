"""Backups of a live database: taken, listed, verified, restored."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import kuzu
import pytest

from kuzuvcs import DamagedBackup, DatabaseLocked, KuzuBackup, KuzuvcsError, UnknownBackup
from kuzuvcs.engines.client import Worker
from tests.e2e.conftest import Application, run_cypher
from tests.tasks.building import content, log_of, run_and_die

COUNT = "MATCH (u:User) RETURN count(*)"


@pytest.fixture
def filled(application: Application) -> Application:
    application.run(
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
        "CREATE REL TABLE Knows(FROM User TO User)",
        "UNWIND range(1, 10) AS i CREATE (:User {id: i, name: 'n'})",
        "MATCH (a:User), (b:User {id: 7}) CREATE (a)-[:Knows]->(b)",
    )
    return application


def test_a_backup_is_described_and_restored(filled: Application) -> None:
    before = content(filled.database)
    taken = filled.json("backup", "-m", "before the party")
    assert taken["rows"] == {"Knows": 10, "User": 10}
    assert (taken["reason"], taken["automatic"]) == ("before the party", False)
    filled.run("MATCH (u:User) DETACH DELETE u")
    restored = filled.json("restore", taken["name"])
    assert restored["verified"]
    assert content(filled.database) == before
    listed = filled.json("backups")["backups"]
    assert [one["automatic"] for one in listed] == [True, False]
    assert listed[0]["path"] == restored["kept"]
    assert listed[0]["rows"] == {"Knows": 0, "User": 0}
    assert listed[0]["reason"] == f"before restore of {taken['name']}"
    filled.run("CREATE (:User {id: 99})")
    assert run_cypher(Path(taken["path"]), COUNT) == [[10]]


def test_what_is_in_the_log_is_in_the_backup(filled: Application) -> None:
    run_and_die(filled.database, "CREATE (:User {id: 11})")
    path = KuzuBackup(filled.database).create_backup()
    assert run_cypher(path, COUNT) == [[11]]
    assert not log_of(path).exists()


def test_without_a_name_it_is_the_newest(filled: Application) -> None:
    filled.cli("backup")
    filled.run("CREATE (:User {id: 11})")
    newest = filled.json("backup")["name"]
    filled.run("CREATE (:User {id: 12})")
    assert filled.json("restore")["name"] == newest
    assert filled.run(COUNT) == [[11]]
    assert f"{newest} " in filled.cli("backups")


def test_a_dry_run_verifies_and_changes_nothing(filled: Application) -> None:
    name = filled.json("backup")["name"]
    filled.run("CREATE (:User {id: 11})")
    assert filled.json("restore", "--dry-run")["kept"] is None
    assert filled.run(COUNT) == [[11]]
    assert [one["name"] for one in filled.json("backups")["backups"]] == [name]


def test_a_backup_elsewhere_is_restored_by_its_path(filled: Application, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "kept.kuzu"
    filled.cli("backup", "--to", str(target))
    assert json.loads((tmp_path / "elsewhere" / "kept.kuzu.json").read_text())["name"] == "kept.kuzu"
    assert "exists already" in filled.process(["backup", "--to", str(target)]).stderr
    filled.run("CREATE (:User {id: 11})")
    assert filled.json("restore", str(target))["verified"]
    assert filled.run(COUNT) == [[10]]


def test_any_database_file_is_restored_with_its_log(filled: Application, tmp_path: Path) -> None:
    other = tmp_path / "other.kuzu"
    shutil.copy(filled.database, other)
    run_and_die(other, "CREATE (:User {id: 11})")
    assert not filled.json("restore", str(other))["verified"]
    assert filled.run(COUNT) == [[11]]
    assert log_of(other).exists()


def test_a_damaged_backup_is_not_restored(filled: Application) -> None:
    taken = filled.json("backup")
    with Path(taken["path"]).open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"damage")
    filled.run("CREATE (:User {id: 11})")
    refused = filled.process(["restore"])
    assert refused.returncode == 3
    assert "is not what was written" in refused.stderr
    assert filled.run(COUNT) == [[11]]


def test_what_is_no_backup_is_refused(filled: Application, tmp_path: Path) -> None:
    backup = KuzuBackup(filled.database)
    with pytest.raises(UnknownBackup, match="there is no backup"):
        backup.restore_backup()
    with pytest.raises(UnknownBackup, match="no backup 'nonsense'"):
        backup.restore_backup("nonsense")
    with pytest.raises(UnknownBackup, match="no file"):
        backup.restore_backup(tmp_path / "missing")
    with pytest.raises(KuzuvcsError, match="the live database itself"):
        backup.restore_backup(filled.database)
    text = tmp_path / "text"
    text.write_text("no database")
    with pytest.raises(DamagedBackup):
        backup.restore_backup(text)
    assert filled.run(COUNT) == [[10]]


def test_a_backup_without_its_description_is_warned_of(filled: Application) -> None:
    path = KuzuBackup(filled.database).create_backup()
    path.with_name(path.name + ".json").write_text("{}")
    listed = filled.json("backups")
    assert listed["backups"] == []
    assert path.name in listed["warnings"][0]
    assert filled.process(["restore", path.name]).returncode == 1


def test_a_database_that_cannot_be_opened_is_set_aside(filled: Application) -> None:
    before = content(filled.database)
    filled.cli("backup")
    filled.database.write_bytes(b"KUZU and nothing else")
    log_of(filled.database).write_bytes(b"a log")
    aside = Path(filled.json("restore")["kept"])
    assert content(filled.database) == before
    assert sorted(path.name for path in aside.iterdir()) == ["app.kuzu", "app.kuzu.wal"]
    assert (aside / "app.kuzu").read_bytes() == b"KUZU and nothing else"


def test_a_database_that_is_gone_is_restored(filled: Application) -> None:
    before = content(filled.database)
    filled.cli("backup")
    filled.database.unlink()
    assert filled.json("restore")["kept"] is None
    assert content(filled.database) == before


def test_those_made_by_hand_stay_until_they_are_removed(filled: Application) -> None:
    names = [filled.json("backup")["name"] for _ in range(3)]
    for _ in range(3):
        filled.cli("restore", names[0])
    listed = filled.json("backups")["backups"]
    assert [one["automatic"] for one in listed] == [True, False, False, False]
    assert filled.json("backups", "--remove", names[1])["removed"] == [names[1]]
    assert [one["name"] for one in filled.json("backups")["backups"]][1:] == [names[2], names[0]]
    filled.cli("backups", "--remove", names[1], code=1)


def test_as_many_automatic_ones_stay_as_the_project_says(filled: Application) -> None:
    with (filled.root / "kuzuvcs.toml").open("a") as stream:
        stream.write("keep_backups = 2\n")
    name = filled.json("backup")["name"]
    for _ in range(4):
        filled.cli("restore", name)
    assert [one["automatic"] for one in filled.json("backups")["backups"]] == [True, True, False]


def test_the_one_that_was_restored_stays(filled: Application) -> None:
    filled.json("restore", filled.json("backup")["name"])
    [automatic, _] = filled.json("backups")["backups"]
    filled.json("restore", automatic["name"])
    assert automatic["name"] in [one["name"] for one in filled.json("backups")["backups"]]


def test_another_database_beside_has_its_own(filled: Application) -> None:
    other = filled.root / "app.kuzu.20260101T000000.000000Z.kuzu"
    shutil.copy(filled.database, other)
    KuzuBackup(other).create_backup()
    assert KuzuBackup(filled.database).backups() == ()
    assert len(KuzuBackup(other).backups()) == 1


def test_the_copy_does_not_let_go_of_the_workers_lock(filled: Application) -> None:
    """The locks are a process's own: what the parent opens and closes leaves the child's in place."""
    with Worker() as application:
        application.open(filled.database, read_only=False)
        filled.database.read_bytes()
        with Worker() as other, pytest.raises(DatabaseLocked):
            other.open(filled.database, read_only=False)


@pytest.mark.parametrize("arguments", [["backup"], ["restore"]])
def test_a_database_in_use_is_left_alone_and_the_user_named(
    filled: Application, arguments: list[str]
) -> None:
    filled.cli("backup")
    engine = kuzu.Database(str(filled.database))
    connection = kuzu.Connection(engine)
    result = connection.execute(COUNT)
    result.close()
    refused = filled.process(arguments)
    connection.close()
    engine.close()
    assert refused.returncode == 1
    assert "is open in another process" in refused.stderr
    assert f"process {os.getpid()} (" in refused.stderr
    assert filled.run(COUNT) == [[10]]
    assert len(filled.json("backups")["backups"]) == 1


def test_what_a_kill_left_of_backups_is_removed_by_the_next_run_even_of_nothing(
    application: Application,
) -> None:
    application.run("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
    path = application.repository.backups().create_backup()
    path.unlink()
    (path.parent / ".app.kuzu.20200101T000000.000000Z.part").write_text("half of one")
    assert application.repository.migrate() == ()
    assert list(path.parent.iterdir()) == []
