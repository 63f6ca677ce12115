"""kill -9 at every step of a command: the old state or the new one, and the next command works."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.engines.client import read_header
from kuzuvcs.repository import Repository
from kuzuvcs.upgrading import upgrade
from tests.crash.processes import kill_at, left_over, steps
from tests.tasks.building import content, fingerprint, git, log_of, run, run_and_die

LADYBUG = Engine(name="ladybug")

SCRIPT = """\
// id: 20260101_000000_age
// before: {"path": "User.parquet", "table": "User", "columns": ["id", "name"]}

-- UP
ALTER TABLE User ADD age INT64;
MATCH (u:User) SET u.age = u.id;
CHECKPOINT;
MATCH (u:User) SET u.age = u.id;
-- DOWN
ALTER TABLE User DROP age;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A project whose live database has changed since its v1, and what it holds then and now."""

    root: Path
    first: str
    now: str


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("kill") / "project"
    repository = Repository.init(root, "app.kuzu")
    database = repository.project.database
    run(
        database,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
        "CREATE REL TABLE Knows(FROM User TO User)",
        "UNWIND range(1, 100) AS i CREATE (:User {id: i, name: 'n'})",
        "MATCH (a:User), (b:User {id: 7}) CREATE (a)-[:Knows]->(b)",
    )
    repository.snapshot("first")
    first = content(database)
    run_and_die(database, "CREATE (:User {id: 1000, name: 'later'})")
    (root / "migrations" / "20260101_000000_age.cypher").write_text(SCRIPT)
    return Prepared(root=root, first=first, now=content(database))


@pytest.fixture
def project(prepared: Prepared, tmp_path: Path) -> Repository:
    """A copy of the prepared project."""
    root = tmp_path / "project"
    shutil.copytree(prepared.root, root)
    return Repository.open(root)


def check_snapshot(project: Repository, prepared: Prepared, step: int) -> None:
    database = project.project.database
    log = log_of(database).read_bytes()
    kill_at(project.project.root, "snapshot", step)
    git(project.project.store, "fsck", "--strict")
    assert content(database) == prepared.now
    assert log_of(database).read_bytes() == log
    assert [one.version for one in project.log()] in (["v1"], ["v2", "v1"])
    done = project.snapshot("again")
    assert done.version == "v2"
    assert project.verify("v2", database=True).ok
    assert left_over(project.project.root) == {"app.kuzu.wal"}
    git(project.project.store, "fsck", "--strict")


def check_checkout(project: Repository, prepared: Prepared, step: int) -> None:
    database = project.project.database
    kill_at(project.project.root, "checkout", step)
    assert content(database) in (prepared.first, prepared.now)
    project.checkout("v1", discard=True)
    assert content(database) == prepared.first
    run(database, "CREATE (:User {id: 2000})")
    assert run(database, "MATCH (u:User) RETURN count(*)") == [[101]]
    assert left_over(project.project.root) == set()


def check_beside(project: Repository, prepared: Prepared, step: int) -> None:
    beside = project.project.root / "beside.kuzu"
    kill_at(project.project.root, "beside", step)
    if beside.exists():
        assert content(beside) == prepared.first
    project.checkout("v1", to=beside, discard=True)
    assert content(beside) == prepared.first
    assert content(project.project.database) == prepared.now
    assert left_over(project.project.root) <= {"app.kuzu.wal"}


def check_export(project: Repository, prepared: Prepared, step: int) -> None:
    plain = project.project.root / "plain"
    kill_at(project.project.root, "export", step)
    if not plain.exists():
        project.export("v1", plain)
    imported = project.project.root / "imported"
    run(imported, f"IMPORT DATABASE '{plain}'")
    assert content(imported) == prepared.first


def check_migrate(project: Repository, prepared: Prepared, step: int) -> None:
    kill_at(project.project.root, "migrate", step)
    if not project.history():
        assert content(project.project.database) == prepared.now
        assert [one.id for one in project.migrate()] == ["20260101_000000_age"]
    assert ages(project) == sum(range(1, 101)) + 1000
    assert not project.migrate()
    project.rollback()
    assert ages(project) is None
    assert left_over(project.project.root) == set()
    git(project.project.store, "fsck", "--strict")


def check_rollback(project: Repository, prepared: Prepared, step: int) -> None:
    del prepared
    project.migrate()
    kill_at(project.project.root, "rollback", step)
    if not project.history()[0].rolled_back:
        assert ages(project) == sum(range(1, 101)) + 1000
        project.rollback()
    assert ages(project) is None
    assert len(project.migrate()) == 1
    assert left_over(project.project.root) == set()


def check_migrate_in_place(project: Repository, prepared: Prepared, step: int) -> None:
    """What was committed stays, and is gone on with; before the commit the database is the old one."""
    kill_at(project.project.root, "migrate-in-place", step)
    if not project.history():
        assert content(project.project.database) == prepared.now
    if not project.history() or project.history()[0].unfinished:
        assert len(project.migrate(in_place=True)) == 1
    assert ages(project) == sum(range(1, 101)) + 1000
    assert not project.migrate()
    project.rollback()
    assert ages(project) is None
    assert left_over(project.project.root) == set()


def check_rollback_in_place(project: Repository, prepared: Prepared, step: int) -> None:
    del prepared
    project.migrate()
    kill_at(project.project.root, "rollback-in-place", step)
    if not project.history()[0].rolled_back:
        project.rollback(in_place=True)
    assert ages(project) is None
    assert len(project.migrate()) == 1
    assert left_over(project.project.root) == set()


WRITTEN = 7_000_000 + sum(range(2, 101)) + 1000
"""The ages, when the application has written one after UP."""


def written(project: Repository) -> None:
    """A value that UP does not make."""
    project.migrate()
    run(project.project.database, "MATCH (u:User {id: 1}) SET u.age = 7000000")


def check_rollback_written(
    project: Repository, prepared: Prepared, step: int, command: str = "rollback-written"
) -> None:
    """Rolled back or not, what the application wrote is there after the next migrate."""
    del prepared
    in_place = command.endswith("in-place")
    written(project)
    kill_at(project.project.root, command, step)
    if not project.history()[0].rolled_back:
        if not project.history()[0].unfinished:
            assert ages(project) == WRITTEN
        project.rollback(in_place=in_place)
    assert ages(project) is None
    project.migrate(in_place=in_place)
    assert ages(project) == WRITTEN
    assert left_over(project.project.root) == set()
    git(project.project.store, "fsck", "--strict")


def check_migrate_back(
    project: Repository, prepared: Prepared, step: int, command: str = "migrate-back"
) -> None:
    """A script is never run without what its rollback dropped."""
    del prepared
    in_place = command.endswith("in-place")
    written(project)
    project.rollback()
    kill_at(project.project.root, command, step)
    if len(project.history()) == 1 or project.history()[1].unfinished:
        if not in_place:
            assert ages(project) is None
        assert len(project.migrate(in_place=in_place)) == 1
    assert ages(project) == WRITTEN
    assert not project.migrate()
    assert run(project.project.database, "MATCH (:User)-[k:Knows]->(:User) RETURN count(k)") == [[100]]
    assert left_over(project.project.root) == set()


def check_rollback_written_in_place(project: Repository, prepared: Prepared, step: int) -> None:
    check_rollback_written(project, prepared, step, "rollback-written-in-place")


def check_migrate_back_in_place(project: Repository, prepared: Prepared, step: int) -> None:
    check_migrate_back(project, prepared, step, "migrate-back-in-place")


def check_backup(project: Repository, prepared: Prepared, step: int) -> None:
    kill_at(project.project.root, "backup", step)
    assert content(project.project.database) == prepared.now
    kept = project.backups()
    assert len(kept.backups()) <= 1
    kept.create_backup()
    for one in kept.backups():
        assert kept.restore_backup(one.path).verified
        assert content(project.project.database) == prepared.now
    assert left_over(project.project.root) == set()
    assert unfinished_backups(project) == set()


def check_restore(project: Repository, prepared: Prepared, step: int) -> None:
    backed_up(project)
    changed = content(project.project.database)
    kill_at(project.project.root, "restore", step)
    assert content(project.project.database) in (prepared.now, changed)
    oldest = project.backups().backups()[-1]
    project.backups().restore_backup(oldest.path)
    assert content(project.project.database) == prepared.now
    assert left_over(project.project.root) == set()
    assert unfinished_backups(project) == set()


def backed_up(project: Repository) -> None:
    """A backup, and a change after it."""
    project.backups().create_backup()
    run(project.project.database, "CREATE (:User {id: 3000, name: 'after'})")


def unfinished_backups(project: Repository) -> set[str]:
    """What in the folder of backups is none."""
    folder = project.project.root / ".kuzuvcs" / "backups"
    complete = {one.backup.name for one in project.backups().backups()}
    return {path.name for path in folder.iterdir()} - complete - {f"{name}.json" for name in complete}


def check_upgrade(project: Repository, prepared: Prepared, step: int) -> None:
    database, target = project.project.database, project.project.root / "app.lbug"
    before = fingerprint(database, log_of(database))
    kill_at(project.project.root, "upgrade", step)
    assert fingerprint(database, log_of(database)) == before
    finished = target.exists()
    if not finished:
        upgrade(database, target, LADYBUG)
    assert content(target) == prepared.now
    # Killed after the rename, it leaves the folder in which it was built.
    left = {".app.lbug.kuzuvcs"} if finished else set()
    assert {path.name for path in project.project.root.glob("*.lbug*")} - left == {"app.lbug"}


def check_set_engine(project: Repository, prepared: Prepared, step: int) -> None:
    database = project.project.database
    kill_at(project.project.root, "set-engine", step)
    assert content(database) == prepared.now
    project = Repository.open(project.project.root)
    project.set_engine(LADYBUG)
    assert read_header(database).engine == "ladybug"
    assert content(database) == prepared.now
    assert Repository.open(project.project.root).project.engine == LADYBUG
    assert left_over(project.project.root) == set()


def ages(project: Repository) -> int | None:
    """The sum of a column that the script adds; None where it is not there."""
    database = project.project.database
    if "age" not in [row[1] for row in run(database, "CALL table_info('User') RETURN *")]:
        return None
    return int(run(database, "MATCH (u:User) RETURN sum(u.age)")[0][0])


CHECKS = {
    "snapshot": check_snapshot,
    "checkout": check_checkout,
    "beside": check_beside,
    "export": check_export,
    "migrate": check_migrate,
    "rollback": check_rollback,
    "migrate-in-place": check_migrate_in_place,
    "rollback-in-place": check_rollback_in_place,
    "rollback-written": check_rollback_written,
    "migrate-back": check_migrate_back,
    "rollback-written-in-place": check_rollback_written_in_place,
    "migrate-back-in-place": check_migrate_back_in_place,
    "backup": check_backup,
    "restore": check_restore,
    "upgrade": check_upgrade,
    "set-engine": check_set_engine,
}


def ready(prepared: Prepared, copy: Path, command: str) -> Path:
    """A copy of the project in which the command has something to do."""
    shutil.copytree(prepared.root, copy)
    if command.startswith(("rollback-written", "migrate-back")):
        written(Repository.open(copy))
        if command.startswith("migrate-back"):
            Repository.open(copy).rollback()
    elif command.startswith("rollback"):
        Repository.open(copy).migrate()
    if command == "restore":
        backed_up(Repository.open(copy))
    return copy


def slow(command: str, point: str) -> Any:
    """A step that only a whole run looks at."""
    return pytest.param(command, point, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("command", "point"),
    [
        ("snapshot", "stage storing"),
        ("snapshot", "last"),
        ("checkout", "stage verifying the restored database"),
        ("checkout", "os.link app.kuzu"),
        ("checkout", "os.rename restored.kuzu"),
        ("checkout", "last fsync"),
        ("checkout", "os.remove .app.kuzu.replaced-by-kuzuvcs"),
        ("beside", "os.rename restored.kuzu"),
        ("export", "os.rename plain"),
        ("migrate", "stage 20260101_000000_age: UP"),
        ("migrate", "os.link app.kuzu"),
        ("migrate", "os.rename migrated.kuzu"),
        ("migrate", "os.remove .app.kuzu.replaced-by-kuzuvcs"),
        ("rollback", "os.rename migrated.kuzu"),
        ("migrate-in-place", "stage 20260101_000000_age: UP 2/4 MATCH (u:User) SET u.age = u.id"),
        ("migrate-in-place", "stage 20260101_000000_age: UP 3/4 CHECKPOINT"),
        ("migrate-in-place", "stage 20260101_000000_age: UP 4/4 MATCH (u:User) SET u.age = u.id"),
        ("rollback-written", "stage keeping what the rollback of 20260101_000000_age drops"),
        slow("rollback-written", "os.rename migrated.kuzu"),
        slow("rollback-written-in-place", "last"),
        slow("migrate-back", "stage bringing back what the rollback of 20260101_000000_age dropped"),
        slow("migrate-back-in-place", "stage bringing back what the rollback of 20260101_000000_age dropped"),
        ("migrate-back-in-place", "stage reading again what came back after 20260101_000000_age"),
        ("backup", "stage verifying"),
        ("upgrade", "stage verifying the restored database"),
        ("upgrade", "os.rename upgraded"),
        ("upgrade", "last"),
        ("set-engine", "os.link app.kuzu"),
        ("set-engine", "os.rename upgraded"),
        ("set-engine", "last fsync"),
        ("restore", "os.link app.kuzu"),
        ("restore", "os.rename restored.kuzu"),
        ("restore", "os.remove .app.kuzu.replaced-by-kuzuvcs"),
    ],
)
def test_killed_at_a_named_step(
    project: Repository, prepared: Prepared, tmp_path: Path, command: str, point: str
) -> None:
    made = steps(ready(prepared, tmp_path / "copy", command), command)
    last = len(made) - 1
    number = {"last": last, "last fsync": last - made[::-1].index("fsync") if "fsync" in made else -1}.get(
        point
    )
    if number is None:
        number = last - made[::-1].index(point)
    CHECKS[command](project, prepared, number)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("command", CHECKS)
def test_killed_at_every_step(prepared: Prepared, tmp_path: Path, command: str) -> None:
    made = steps(ready(prepared, tmp_path / "copy", command), command)
    assert len(made) > 10
    for number in range(len(made)):
        root = tmp_path / str(number)
        shutil.copytree(prepared.root, root)
        CHECKS[command](Repository.open(root), prepared, number)
        shutil.rmtree(root)


def test_work_after_a_kill_is_done_once_the_old_kept_file_is_there(
    project: Repository, prepared: Prepared
) -> None:
    """Killed between the rename and the removal, the next run removes what was kept of the old database."""
    kept = project.project.root / ".app.kuzu.replaced-by-kuzuvcs"
    kept.write_bytes(b"an old database")
    project.checkout("v1", discard=True)
    assert not kept.exists()
    assert content(project.project.database) == prepared.first
