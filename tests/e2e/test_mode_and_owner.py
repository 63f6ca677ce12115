"""Every command that replaces a database keeps who may use it; what is new is for whom the umask says."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kuzuvcs import KuzuBackup, KuzuMigration
from kuzuvcs.core.engine import Engine
from kuzuvcs.file_access import Access, access_of
from kuzuvcs.upgrading import upgrade
from tests.e2e.conftest import Application, run_cypher

SCRIPT = "-- UP\nALTER TABLE User ADD age INT64;\n-- DOWN\nALTER TABLE User DROP age;\n"


@pytest.fixture
def private(application: Application) -> Application:
    """Its database is of mode 640, of another owner where the test may say so, and has an attribute."""
    application.run("CREATE NODE TABLE User(id INT64 PRIMARY KEY)", "CREATE (:User {id: 1})")
    application.cli("snapshot")
    application.database.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(application.database, 1234, 4321)
    if hasattr(os, "setxattr"):
        try:
            os.setxattr(application.database, "user.label", b"private")
        except OSError:
            print("the file system has no extended attributes: they are not tested")  # noqa: T201
    return application


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def of_backup(file: Path) -> tuple[Access, Access]:
    return access_of(file), access_of(file.with_name(f"{file.name}.json"))


def test_migrate_rollback_restore_and_checkout_keep_it(private: Application) -> None:
    before = access_of(private.database)
    assert before.mode == 0o640
    (private.root / "migrations" / "20260101_000001_age.cypher").write_text(SCRIPT)
    private.cli("repair")
    for command in (
        ("migrate",),
        ("rollback",),
        ("restore",),
        ("checkout", "v1", "--discard"),
    ):
        private.cli(*command)
        assert access_of(private.database) == before, command
    backup = Path(private.json("backup")["path"])
    elsewhere = Path(private.json("backup", "--to", str(private.root / "elsewhere.kuzu"))["path"])
    assert (*of_backup(backup), *of_backup(elsewhere)) == (before,) * 4
    logs = [*(private.root / ".kuzuvcs" / "logs").iterdir()]
    assert {access_of(one) for one in logs} == {before}
    private.database.unlink()
    private.cli("restore", backup.name)
    assert access_of(private.database) == before
    assert private.run("MATCH (u:User) RETURN u.id") == [[1]]


def test_another_engine_and_the_library_keep_it(private: Application) -> None:
    before = access_of(private.database)
    KuzuMigration(str(private.database)).apply_migration("1", "ALTER TABLE User ADD age INT64")
    assert access_of(private.database) == before
    path = KuzuBackup(str(private.database)).create_backup()
    assert of_backup(path) == (before, before)
    private.repository.set_engine(Engine(name="ladybug"))
    assert access_of(private.database) == before


def test_a_damaged_database_is_replaced_as_it_was(private: Application) -> None:
    before = access_of(private.database)
    private.cli("backup")
    with private.database.open("r+b") as stream:
        stream.write(b"\0" * 64)
    kept = Path(private.json("restore")["kept"])
    assert access_of(private.database) == before
    assert access_of(kept / "app.kuzu") == before


def test_a_link_to_the_database_stays(private: Application) -> None:
    real = private.database.rename(private.root / "data.kuzu")
    private.database.symlink_to(real)
    before = access_of(real)
    (private.root / "migrations" / "20260101_000001_age.cypher").write_text(SCRIPT)
    private.cli("repair")
    private.cli("migrate")
    assert private.database.is_symlink()
    assert access_of(real) == before


@pytest.mark.parametrize(("mask", "file", "folder"), [(0o077, 0o600, 0o700), (0o002, 0o664, 0o775)])
def test_what_is_new_has_the_umask(application: Application, mask: int, file: int, folder: int) -> None:
    application.run("CREATE NODE TABLE User(id INT64 PRIMARY KEY)", "CREATE (:User {id: 1})")
    before = os.umask(mask)
    try:
        application.cli("snapshot")
        application.run("ALTER TABLE User ADD age INT64")
        application.cli("snapshot")
        script = Path(application.json("generate")["path"])
        application.cli("checkout", "v1", "--to", "new.kuzu")
        application.cli("export", "v1", "plain")
        assert mode_of(application.root / "new.kuzu") == mode_of(script) == file
        assert mode_of(application.root / "migrations" / "kuzuvcs.sum") == file
        assert {mode_of(one) for one in (application.root / "plain").iterdir()} == {file}
        assert mode_of(application.root / "plain") == folder
        # Members of a group have to be able to take each other's locks.
        assert mode_of(application.root / ".kuzuvcs" / "new.kuzu.lock") == file
        assert mode_of(application.root / "snapshots" / "kuzuvcs.lock") == file
    finally:
        os.umask(before)


def test_a_copy_is_for_no_more_people_than_what_it_was_made_of(private: Application) -> None:
    target = private.root / "upgraded.kuzu"
    private.database.chmod(0o600)
    before = os.umask(0o022)
    try:
        upgrade(private.database, target, Engine(name="kuzu"))
    finally:
        os.umask(before)
    assert mode_of(target) == 0o600
    assert run_cypher(target, "MATCH (u:User) RETURN u.id") == [[1]]


def test_an_empty_folder_keeps_its_mode_when_a_version_is_exported_into_it(private: Application) -> None:
    folder = private.root / "plain"
    folder.mkdir()
    folder.chmod(0o2750)
    before = access_of(folder)
    private.cli("export", "v1", "plain")
    assert access_of(folder) == before
    assert (folder / "schema.cypher").exists()
