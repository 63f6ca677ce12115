"""kill -9 of the whole process group, on 200,000 rows: exactly the old state or the new."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kuzuvcs.core.progress import Silent
from kuzuvcs.repository import Repository
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.snapshot import capture_version, opened_database
from tests.crash.processes import kill_group_after, kill_group_at, left_over, seconds_of, steps
from tests.tasks.building import git, run

PEOPLE = 150_000
"""A third as many edges are between them: 200,000 rows."""

MOMENTS = 30
"""Of each command, spread over the time that it takes: over a hundred; and then every step of each."""

COMMANDS = ("migrate", "rollback", "backup", "restore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A project for each command to be killed in, and the contents before and after it."""

    roots: dict[str, Path]
    contents: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A script that drops a column, casts another and so rebuilds the edges; run, and not."""
    folder = tmp_path_factory.mktemp("kill_group")
    root = folder / "migrate"
    repository = Repository.init(root, "app.kuzu")
    run(repository.project.database, *database_of(PEOPLE))
    shutil.copytree(script_of_author(folder / "author"), root / "migrations", dirs_exist_ok=True)
    before = content(repository)
    roots = {name: folder / name for name in COMMANDS}
    for name in ("backup", "rollback", "restore"):
        shutil.copytree(root, roots[name])
    Repository.open(roots["restore"]).backups().create_backup()
    for name in ("rollback", "restore"):
        Repository.open(roots[name]).migrate()
    after = content(Repository.open(roots["rollback"]))
    assert after != before
    return Prepared(
        roots=roots,
        contents={
            "migrate": (before, after),
            "rollback": (after, before),
            "backup": (before, before),
            "restore": (after, before),
        },
    )


def database_of(people: int) -> tuple[str, ...]:
    return (
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, age INT32, note STRING)",
        "CREATE REL TABLE Knows(FROM User TO User, since INT64)",
        f"UNWIND range(1, {people}) AS i CREATE (:User {{id: i, name: 'n' + CAST(i % 1000 AS STRING), "
        "age: CAST(i % 90 AS INT32), note: 'note ' + CAST(i AS STRING)})",
        f"MATCH (a:User), (b:User) WHERE a.id <= {people // 3} AND b.id = a.id + 1 "
        "CREATE (a)-[:Knows {since: a.id}]->(b)",
    )


def script_of_author(root: Path) -> Path:
    """The migrations folder of one whose database is small."""
    repository = Repository.init(root, "app.kuzu")
    database = repository.project.database
    run(database, *database_of(30))
    repository.snapshot()
    for part in (
        ("ALTER TABLE User DROP note",),
        ("ALTER TABLE User RENAME age TO old", "ALTER TABLE User ADD age STRING"),
        ("MATCH (u:User) SET u.age = CAST(u.old AS STRING)",),
        ("ALTER TABLE User DROP old",),
    ):
        run(database, *part)
    repository.snapshot()
    repository.generate(renames=["User.age:age"])
    return repository.project.migrations


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("migrate", 0.9),
        ("restore", 0.8),
        pytest.param("rollback", 0.6, marks=pytest.mark.slow),
        pytest.param("backup", 0.8, marks=pytest.mark.slow),
    ],
)
def test_killed_in_the_middle(prepared: Prepared, tmp_path: Path, command: str, part: float) -> None:
    seconds = seconds_of(copy_of(prepared, command, tmp_path / "whole"), command)
    root = copy_of(prepared, command, tmp_path)
    kill_group_after(root, command, part * seconds)
    require_old_or_new(root, command, prepared)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_moments_spread_over_the_time(prepared: Prepared, tmp_path: Path, command: str) -> None:
    seconds = seconds_of(copy_of(prepared, command, tmp_path / "whole"), command)
    killed = 0
    ended = []
    for number in range(MOMENTS):
        root = copy_of(prepared, command, tmp_path)
        killed += kill_group_after(root, command, (number + 0.5) / MOMENTS * seconds)
        ended.append(require_old_or_new(root, command, prepared))
        shutil.rmtree(root)
    report(command, "moments", killed, ended)
    assert killed > MOMENTS // 2, "the others came too late: the machine had been slower when it was timed"


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_every_step(prepared: Prepared, tmp_path: Path, command: str) -> None:
    made = steps(copy_of(prepared, command, tmp_path / "whole"), command)
    ended = []
    for number in range(len(made)):
        root = copy_of(prepared, command, tmp_path)
        kill_group_at(root, command, number)
        ended.append(require_old_or_new(root, command, prepared))
        shutil.rmtree(root)
    report(command, "steps", len(made), ended)
    assert set(ended) == {"old", "new"}


def copy_of(prepared: Prepared, command: str, folder: Path) -> Path:
    root = folder / "project"
    shutil.copytree(prepared.roots[command], root)
    return root


def require_old_or_new(root: Path, command: str, prepared: Prepared) -> str:
    """Which of both states the project is in; the command, run again, cleans up and works."""
    project = Repository.open(root)
    new = prepared.contents[command][1]
    state = state_of(project, command, prepared)
    run_again(project, command, state)
    assert content(project) == new
    run(project.project.database, "CREATE (:User {id: -1})")
    assert left_over(root) == set()
    backups = project.backups()
    assert backups.undescribed() == ()
    if backups.backups():
        folder = backups.backups()[0].path.parent
        assert len(list(folder.iterdir())) == 2 * len(backups.backups()), "a file and its description each"
    git(project.project.store, "fsck", "--strict")
    return state


def state_of(project: Repository, command: str, prepared: Prepared) -> str:
    """By every value, and by what the history or the backups say: the two must agree."""
    old, new = prepared.contents[command]
    found = content(project)
    assert found in (old, new)
    if command == "backup":
        return "new" if project.backups().backups() else "old"
    state = "new" if found == new else "old"
    recorded = [bool(one.rolled_back) for one in project.history()]
    expected = {
        "migrate": {"old": [], "new": [False]},
        "rollback": {"old": [False], "new": [True]},
        "restore": {"old": [False], "new": []},
    }
    assert recorded == expected[command][state]
    return state


def run_again(project: Repository, command: str, state: str) -> None:
    match command:
        case "migrate":
            assert len(project.migrate()) == (state == "old")
        case "rollback":
            assert len(project.rollback()) == (state == "old")
        case "backup":
            path = project.backups().create_backup()
            assert project.backups().restore_backup(path, dry_run=True).verified
        case _:
            [asked_for] = [one for one in project.backups().backups() if not one.backup.automatic]
            assert project.backups().restore_backup(asked_for.path).verified


def content(project: Repository) -> str:
    """The digest of schema and every value, without the history."""
    declared = Declarations(defaults={}, macros={}, history=project.project.history_table)
    folder = project.project.root.parent / "read"
    folder.mkdir(exist_ok=True)
    try:
        with opened_database(project.project.database, folder, declared) as opened:
            return capture_version(opened, folder, Silent()).manifest.content_digest
    finally:
        shutil.rmtree(folder)


def report(command: str, kind: str, killed: int, ended: Iterable[str]) -> None:
    """What pytest shows with ``-rP``: the figures that docs/migrations.md gives."""
    states = list(ended)
    print(f"{command}, {kind}: {killed} kills, {states.count('old')} old, {states.count('new')} new")  # noqa: T201
