"""A disk that fills up in the middle: a clear error, the old state, and the next command works."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.files import require_room
from kuzuvcs.repository import Repository
from tests.tasks.building import ROOT, content, git, run

KIB = 1024


@pytest.fixture
def project(repository: Repository) -> Repository:
    run(
        repository.project.database,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
        "UNWIND range(1, 60000) AS i CREATE (:User {id: i * 7919 % 1000003, name: CAST(i * i AS STRING)})",
    )
    return repository


def limited(root: Path, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line where no file may grow over ``size`` bytes, in any process, as on a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-m", "kuzuvcs", "--no-input", "-C", str(root), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
        # Compiled code that was cut off would be put in place, and every later process die of it.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


@pytest.mark.parametrize("size", [4 * KIB, 64 * KIB, 300 * KIB])
def test_a_snapshot(project: Repository, size: int) -> None:
    before = content(project.project.database)
    failed = limited(project.project.root, size, "snapshot")
    assert failed.returncode in (1, 4), failed.stdout
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr
    assert content(project.project.database) == before
    assert project.log() == ()
    git(project.project.store, "fsck", "--strict")
    assert project.snapshot().version == "v1"
    assert project.verify("v1", database=True).ok


@pytest.mark.parametrize("size", [64 * KIB, 1500 * KIB])
def test_a_checkout(project: Repository, size: int) -> None:
    project.snapshot()
    run(project.project.database, "CREATE (:User {id: -1})")
    before = content(project.project.database)
    for arguments in (["checkout", "v1", "--discard"], ["checkout", "v1", "--to", "beside.kuzu"]):
        failed = limited(project.project.root, size, *arguments)
        assert failed.returncode in (1, 4), failed.stdout
        assert failed.stderr.startswith("error: ")
        assert "Traceback" not in failed.stderr
        assert content(project.project.database) == before
        assert not (project.project.root / "beside.kuzu").exists()
    project.checkout("v1", discard=True)
    assert run(project.project.database, "MATCH (u:User) RETURN count(*)") == [[60000]]


SCRIPT = """\
-- UP
ALTER TABLE User ADD more STRING;
MATCH (u:User) SET u.more = u.name + u.name + u.name + u.name + u.name + u.name;
-- DOWN
ALTER TABLE User DROP more;
"""


def room(project: Repository, size: int) -> int:
    """So many bytes; 0 and 1 are the database's size and a little more: room for a copy, and nothing else."""
    return size * KIB if size > 1 else project.project.database.stat().st_size + size * 256 * KIB


@pytest.fixture
def to_migrate(project: Repository) -> Repository:
    (project.project.migrations / "20260101_000000_more.cypher").write_text(SCRIPT)
    return project


@pytest.mark.parametrize("size", [64, 500, 0, 1])
def test_a_migration(to_migrate: Repository, size: int) -> None:
    """The copy, the apply, or what is beside the swap has no room."""
    database = to_migrate.project.database
    before = content(database)
    failed = limited(to_migrate.project.root, room(to_migrate, size), "migrate")
    assert failed.returncode in (1, 4), failed.stdout
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr
    assert content(database) == before
    assert to_migrate.history() == ()
    assert len(to_migrate.migrate()) == 1
    assert run(database, "MATCH (u:User) RETURN count(u.more)") == [[60000]]


@pytest.mark.parametrize("size", [64, 500, 0])
def test_a_migration_in_place(to_migrate: Repository, size: int) -> None:
    """It is committed or it is not; what has no room to be checkpointed stays in the log, and is there."""
    database = to_migrate.project.database
    before = content(database)
    done = limited(to_migrate.project.root, room(to_migrate, size), "migrate", "--in-place")
    assert "Traceback" not in done.stderr
    if to_migrate.history() == ():
        assert done.returncode in (1, 4), done.stdout
        assert "error: " in done.stderr
        assert content(database) == before
        assert len(to_migrate.migrate(in_place=True)) == 1
    assert to_migrate.migrate() == ()
    assert run(database, "MATCH (u:User) RETURN count(u.more)") == [[60000]]


@pytest.mark.parametrize("size", [KIB // 2, 64 * KIB, 1000 * KIB])
def test_a_backup_and_a_restore(project: Repository, size: int) -> None:
    database = project.project.database
    before = content(database)
    failed = limited(project.project.root, size, "backup")
    assert failed.returncode in (1, 4), failed.stdout
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr
    assert content(database) == before
    assert project.backups().backups() == ()
    project.backups().create_backup()
    run(database, "CREATE (:User {id: -1})")
    changed = content(database)
    failed = limited(project.project.root, size, "restore")
    assert failed.returncode in (1, 4), failed.stdout
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr
    assert content(database) == changed
    assert project.backups().restore_backup().verified
    assert content(database) == before


def test_room_is_asked_for_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(KuzuvcsError, match="not enough room on the disk to restore v1") as refused:
        require_room(tmp_path, 1 << 60, "restore v1")
    assert "1,152,921,504,606,846,976 are needed" in refused.value.cause
