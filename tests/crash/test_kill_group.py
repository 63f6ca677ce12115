"""kill -9 of the whole process group while scripts run on 200,000 rows: exactly the old state or the new."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kuzuvcs.core.progress import Silent
from kuzuvcs.repository import Repository
from kuzuvcs.tasks.inspect import Declarations
from kuzuvcs.tasks.snapshot import capture_version, opened_database
from tests.crash.processes import kill_group_after, kill_group_at, left_over, seconds_of, steps
from tests.tasks.building import git, run

PEOPLE = 150_000
"""A third as many edges are between them: 200,000 rows."""

MOMENTS = 52
"""Of each command, spread over the time that it takes; with the steps these are well over a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A project for each command to be killed in, and the contents before and after it."""

    roots: dict[str, Path]
    contents: dict[str, tuple[str, str]]
    seconds: dict[str, float]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A script that drops a column, casts another and so rebuilds the edges; run, and not."""
    folder = tmp_path_factory.mktemp("kill_group")
    root = folder / "migrate"
    repository = Repository.init(root, "app.kuzu")
    run(repository.project.database, *database_of(PEOPLE))
    shutil.copytree(script_of_author(folder / "author"), root / "migrations", dirs_exist_ok=True)
    before = content(repository)
    back = folder / "rollback"
    shutil.copytree(root, back)
    migrated = seconds_of(back, "migrate")
    after = content(Repository.open(back))
    undone = folder / "undone"
    shutil.copytree(back, undone)
    rolled_back = seconds_of(undone, "rollback")
    assert content(Repository.open(undone)) == before != after
    return Prepared(
        roots={"migrate": root, "rollback": back},
        contents={"migrate": (before, after), "rollback": (after, before)},
        seconds={"migrate": migrated, "rollback": rolled_back},
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


@pytest.mark.parametrize("part", [0.45, 0.85])
@pytest.mark.parametrize("command", ["migrate", "rollback"])
def test_killed_in_the_middle(prepared: Prepared, tmp_path: Path, command: str, part: float) -> None:
    root = copy_of(prepared, command, tmp_path)
    kill_group_after(root, command, part * prepared.seconds[command])
    require_old_or_new(root, command, prepared)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("command", ["migrate", "rollback"])
def test_killed_at_moments_spread_over_the_time(prepared: Prepared, tmp_path: Path, command: str) -> None:
    killed = 0
    ended = []
    for number in range(MOMENTS):
        root = copy_of(prepared, command, tmp_path)
        killed += kill_group_after(root, command, (number + 0.5) / MOMENTS * prepared.seconds[command])
        ended.append(require_old_or_new(root, command, prepared))
        shutil.rmtree(root)
    report(command, "moments", killed, ended)
    assert killed >= 0.8 * MOMENTS


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("command", ["migrate", "rollback"])
def test_killed_at_every_step(prepared: Prepared, tmp_path: Path, command: str) -> None:
    made = steps(copy_of(prepared, command, tmp_path / "whole"), command)
    ended = []
    for number in range(len(made)):
        root = copy_of(prepared, command, tmp_path)
        kill_group_at(root, command, number)
        ended.append(require_old_or_new(root, command, prepared))
        shutil.rmtree(root)
    report(command, "steps", len(made), ended)
    assert {"old", "new"} == set(ended)


def copy_of(prepared: Prepared, command: str, folder: Path) -> Path:
    root = folder / "project"
    shutil.copytree(prepared.roots[command], root)
    return root


def require_old_or_new(root: Path, command: str, prepared: Prepared) -> str:
    """Which of both states the live database is in; the command, run again, cleans up and works."""
    project = Repository.open(root)
    old, new = prepared.contents[command]
    found = content(project)
    assert found in (old, new)
    recorded = [bool(one.rolled_back) for one in project.history()]
    before, after = ([], [False]) if command == "migrate" else ([False], [True])
    assert recorded == (after if found == new else before)
    again = project.migrate() if command == "migrate" else project.rollback()
    assert len(again) == (1 if found == old else 0)
    assert found == new or content(project) == new
    run(project.project.database, "CREATE (:User {id: -1})")
    assert left_over(root) == set()
    git(project.project.store, "fsck", "--strict")
    return "new" if found == new else "old"


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
