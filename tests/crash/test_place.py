"""What may stand at, or beside, the place that a version is restored to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import DatabaseLocked, KuzuvcsError
from kuzuvcs.repository import Repository
from tests.tasks.building import content, fingerprint, log_of, run, run_and_die

COUNT = "MATCH (u:User) RETURN count(*)"


@pytest.fixture
def project(repository: Repository) -> Repository:
    run(
        repository.project.database,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, u UUID)",
        "UNWIND range(1, 5) AS i CREATE (:User {id: i})",
    )
    repository.snapshot()
    return repository


def test_a_log_left_beside_a_free_place_is_not_replayed(project: Repository) -> None:
    target = project.project.root / "beside.kuzu"
    other = project.project.root / "other.kuzu"
    shutil.copy(project.project.database, other)
    run_and_die(other, "CREATE (:User {id: 100})")
    shutil.move(log_of(other), log_of(target))
    with pytest.raises(KuzuvcsError, match=r"beside\.kuzu\.wal is there"):
        project.checkout("v1", to=target)
    assert not target.exists()
    log_of(target).unlink()
    project.checkout("v1", to=target)
    assert run(target, COUNT) == [[5]]


def test_a_shadow_file_beside_the_place_is_refused(project: Repository) -> None:
    target = project.project.root / "beside.kuzu"
    shadow = target.with_name("beside.kuzu.shadow")
    shadow.write_bytes(b"pages")
    with pytest.raises(KuzuvcsError, match=r"beside\.kuzu\.shadow is there"):
        project.checkout("v1", to=target)
    assert not target.exists()


def test_the_live_log_is_part_of_the_live_database(project: Repository) -> None:
    """It is checkpointed before the rename, and is work that is in no version."""
    database = project.project.database
    run_and_die(database, "CREATE (:User {id: 100})")
    with pytest.raises(KuzuvcsError, match="holds work that is in no version"):
        project.checkout("v1")
    assert run(database, COUNT) == [[6]]
    run_and_die(database, "CREATE (:User {id: 101})")
    project.checkout("v1", discard=True)
    assert run(database, COUNT) == [[5]]
    assert not log_of(database).exists()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_live_database_that_is_open_elsewhere_stays(project: Repository, read_only: bool) -> None:
    database = project.project.database
    with Worker() as application:
        application.open(database, read_only=read_only)
        before = fingerprint(database)
        with pytest.raises(DatabaseLocked):
            project.checkout("v1", discard=True)
        assert application.execute(COUNT) == [[5]]
        assert fingerprint(database) == before


def test_a_live_database_that_is_a_link_stays_one(project: Repository, tmp_path: Path) -> None:
    database = project.project.database
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real.kuzu"
    shutil.move(database, real)
    database.symlink_to(real)
    run_and_die(database, "CREATE (:User {id: 100})")
    project.checkout("v1", discard=True)
    assert database.is_symlink()
    assert run(real, COUNT) == run(database, COUNT) == [[5]]
    assert {path.name for path in real.parent.iterdir()} == {"real.kuzu", ".kuzuvcs"}


def test_a_log_beside_the_target_of_a_link_is_refused(project: Repository, tmp_path: Path) -> None:
    database = project.project.database
    real = tmp_path / "real.kuzu"
    shutil.move(database, real)
    database.symlink_to(real)
    run_and_die(real, "CREATE (:User {id: 100})")
    with pytest.raises(KuzuvcsError, match=r"real\.kuzu\.wal"):
        project.checkout("v1", discard=True)
    assert run(real, COUNT) == [[6]]


def test_values_that_cannot_be_checkpointed_are_snapshot_from_the_log(project: Repository) -> None:
    """A zero UUID beside another stays in the write-ahead log for good (ENGINE.md); the version has it."""
    database = project.project.database
    run_and_die(
        database,
        "CREATE (:User {id: 100, u: uuid('00000000-0000-0000-0000-000000000000')})",
        "CREATE (:User {id: 101, u: uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')})",
    )
    before = fingerprint(database, log_of(database))
    assert project.snapshot("from the log").version == "v2"
    assert fingerprint(database, log_of(database)) == before
    target = project.project.root / "restored.kuzu"
    project.checkout("v2", to=target)
    assert content(target) == content(database)
    assert [row[0] for row in run(target, "MATCH (u:User) WHERE u.id >= 100 RETURN u.u ORDER BY u.id")] == [
        "00000000-0000-0000-0000-000000000000",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ]
    with pytest.raises(KuzuvcsError, match="cannot be checkpointed"):
        project.checkout("v1", discard=True)


def test_reading_commands_leave_the_database_as_it_is(project: Repository) -> None:
    database = project.project.database
    run_and_die(
        database,
        "CREATE SEQUENCE unused",
        "CREATE MACRO m(x) AS x + 1",
        "ALTER TABLE User ADD d INT32 DEFAULT -4",
        "CREATE NODE TABLE `a.b`(id SERIAL PRIMARY KEY)",
        "CREATE REL TABLE Bare(FROM User TO `a.b`)",
    )
    before = fingerprint(database, log_of(database))
    project.snapshot()
    project.status(data=True)
    project.diff("v1")
    project.verify("v2", database=True)
    project.checkout("v1", to=project.project.root / "old.kuzu")
    project.export("v1", project.project.root / "plain")
    assert fingerprint(database, log_of(database)) == before
