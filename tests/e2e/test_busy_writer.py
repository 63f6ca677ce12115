"""Ladybug's readers take no lock, yet beside an application that writes each command sees a single state.

Every transaction of the application adds a node and an edge, so each state has one edge less than nodes.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import DatabaseChanging
from kuzuvcs.repository import Repository
from kuzuvcs.tasks.reading.replayed import open_to_read
from tests.e2e.conftest import Application
from tests.tasks.building import run

LADYBUG = Engine(name="ladybug")
ROWS = 3_000
"""Reading so many takes long enough for an application to write meanwhile."""

WRITER = """
import sys, time
import ladybug
database = ladybug.Database(sys.argv[1])
connection = ladybug.Connection(database)
number = connection.execute("MATCH (n:N) RETURN count(*)").get_next()[0]
pause = float(sys.argv[2])
print("writing", flush=True)
while True:
    connection.execute("BEGIN TRANSACTION")
    connection.execute(f"CREATE (:N {{id: {number}}})")
    ends = f"(a:N {{id: {number - 1}}}), (b:N {{id: {number}}})"
    connection.execute(f"MATCH {ends} CREATE (a)-[:E {{x: {number}}}]->(b)")
    connection.execute("COMMIT")
    number += 1
    if number % 50 == 0:
        connection.execute("CHECKPOINT")
    time.sleep(pause)
"""


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    repository = Repository.init(tmp_path / "project", "app.lbug")
    run(
        repository.project.database,
        "CREATE NODE TABLE N(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE E(FROM N TO N, x INT64)",
        f"UNWIND range(0, {ROWS} - 1) AS i CREATE (:N {{id: i}})",
        f"UNWIND range(1, {ROWS} - 1) AS i MATCH (a:N {{id: i - 1}}), (b:N {{id: i}}) "
        "CREATE (a)-[:E {x: i}]->(b)",
        engine=LADYBUG,
    )
    return repository


@contextlib.contextmanager
def writing(database: Path, pause: float = 0.0) -> Iterator[None]:
    """An application that writes as fast as it can, or with a pause in seconds after each transaction."""
    command = [sys.executable, "-c", WRITER, str(database), str(pause)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield
        finally:
            assert process.poll() is None, "the application ended by itself: it was disturbed"
            process.kill()


def _pair(rows: dict[str, int]) -> tuple[int, int]:
    return rows["N"], rows["E"] + 1


def _snapshots(repository: Repository, rounds: int) -> int:
    """How many of so many snapshots were taken; each is one state, and is read back from the store."""
    taken = 0
    for number in range(rounds):
        try:
            done = repository.snapshot(f"round {number}")
        except DatabaseChanging:
            continue
        taken += 1
        nodes, edges = _pair({table.name: table.rows for table in done.tables})
        assert nodes == edges
    for summary in repository.log():
        nodes, edges = _pair({table.name: table.rows for table in repository.show(summary.version).tables})
        assert nodes == edges
    return taken


def test_snapshots_beside_a_busy_writer_are_whole(project: Repository) -> None:
    with writing(project.project.database):
        assert _snapshots(project, 5) >= 4
    assert len(project.log()) > 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("pause", [0.0, 0.01, 0.2])
def test_two_hundred_snapshots_beside_a_busy_writer_are_whole(project: Repository, pause: float) -> None:
    with writing(project.project.database, pause):
        assert _snapshots(project, 200) >= 150


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["status", "--data"], ["diff"], ["verify", "--database"], ["history"]],
    ids=" ".join,
)
def test_commands_beside_a_busy_writer(project: Repository, arguments: list[str]) -> None:
    project.snapshot("before")
    application = Application(
        root=project.project.root, database=project.project.database, repository=project
    )
    with writing(project.project.database):
        time.sleep(0.2)
        done = application.process([*arguments, "--json"])
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 3), done.stderr
    document = json.loads(done.stdout)
    if arguments == ["diff"]:
        rows = {one["table"]: one["to"] for one in document["rows"]}
        assert _pair(rows) == (rows["N"], rows["N"])


def test_an_upgrade_beside_a_busy_writer_is_whole(project: Repository, tmp_path: Path) -> None:
    application = Application(
        root=project.project.root, database=project.project.database, repository=project
    )
    with writing(project.project.database):
        time.sleep(0.2)
        done = application.json("upgrade", "app.lbug", str(tmp_path / "new.kuzu"), "--engine", "kuzu")
    rows = {one["name"]: one["rows"] for one in done["tables"]}
    assert rows["N"] == rows["E"] + 1 > ROWS


def test_a_write_that_comes_while_it_is_read_is_noticed(project: Repository, tmp_path: Path) -> None:
    """The application opened the database after the command had looked for one."""
    database = project.project.database
    with (
        pytest.raises(DatabaseChanging, match="changed while it was being read"),
        open_to_read(database, tmp_path),
    ):
        run(database, "CREATE (:N {id: -1})", engine=LADYBUG)


def test_a_reader_beside_disturbs_nobody(project: Repository, tmp_path: Path) -> None:
    with open_to_read(project.project.database, tmp_path) as (first, *_):
        second = tmp_path / "second"
        second.mkdir()
        with open_to_read(project.project.database, second) as opened:
            assert opened[0].execute("MATCH (n:N) RETURN count(*)") == [[ROWS]]
        assert first.execute("MATCH (n:N) RETURN count(*)") == [[ROWS]]
