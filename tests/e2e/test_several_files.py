"""Ladybug databases with graphs or partitions in files of their own are refused by name; no file is moved."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import UnsupportedDatabase
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.tasks.building import run, run_python

LADYBUG = Engine(name="ladybug")
PARTS = {
    "hash": (
        "CREATE NODE TABLE T(id INT64 PRIMARY KEY, v INT64) PARTITION BY HASH(id) PARTITIONS 2",
        "UNWIND range(1, 20) AS i CREATE (:T {id: i, v: i})",
    ),
    "graph": ("CREATE GRAPH `the other`",),
}
NAMED = {
    "hash": "partition T_p0 of table T in app.T_p0.lbug",
    "graph": "graph the other in app.the other.lbug",
}
COMMANDS = (
    ("snapshot",),
    ("status",),
    ("diff",),
    ("verify", "--database"),
    ("history",),
    ("backup",),
    ("migrate",),
    ("migrate", "--in-place"),
    ("checkout", "v1", "--discard"),
    ("restore", "old.lbug"),
    ("upgrade", "app.lbug", "new.kuzu", "--engine", "kuzu"),
    ("engine", "set", "kuzu"),
)


@pytest.fixture
def project(tmp_path: Path) -> Application:
    """A project with a version and a script to be run, before its database gets parts."""
    repository = Repository.init(tmp_path / "project", "app.lbug")
    application = Application(
        root=repository.project.root, database=repository.project.database, repository=repository
    )
    run(application.database, "CREATE NODE TABLE Plain(id INT64 PRIMARY KEY)", engine=LADYBUG)
    repository.snapshot("plain")
    run(application.root / "old.lbug", "CREATE NODE TABLE Plain(id INT64 PRIMARY KEY)", engine=LADYBUG)
    script = repository.new("more")
    application.by_hand(script, script.read_text().replace("-- UP\n", "-- UP\nCREATE (:Plain {id: 1});\n"))
    return application


def _files(root: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.iterdir()
        if path.is_file() and path.suffix in (".lbug", ".kuzu")
    }


@pytest.mark.parametrize("kind", PARTS)
def test_every_command_refuses_it_by_name_and_leaves_all_files(project: Application, kind: str) -> None:
    run(project.database, *PARTS[kind], engine=LADYBUG)
    before = _files(project.root)
    assert len(before) > 2
    # A graph is found in the same way as a partition.
    for command in COMMANDS if kind == "hash" else COMMANDS[:1]:
        done = project.process(command)
        assert done.returncode == 1, f"{command}: {done.stdout}{done.stderr}"
        assert "is stored in several files" in done.stderr, command
        assert NAMED[kind] in done.stderr, command
        assert _files(project.root) == before, command


def test_through_the_applications_own_connection(project: Application) -> None:
    run(project.database, *PARTS["hash"], engine=LADYBUG)
    done = run_python(
        "import sys, ladybug\n"
        "from kuzuvcs import Repository\n"
        "database = ladybug.Database(sys.argv[1])\n"
        "connection = ladybug.Connection(database)\n"
        "try: Repository.open(sys.argv[2]).snapshot('x', connection=connection)\n"
        "except Exception as error: print(type(error).__name__, error)\n",
        str(project.database),
        str(project.root),
    )
    assert done.stdout.startswith(UnsupportedDatabase.__name__), done.stderr
    assert NAMED["hash"] in done.stdout


def test_a_database_whose_name_begins_alike_is_no_part(project: Application) -> None:
    run(project.database, "CREATE NODE TABLE test(id INT64 PRIMARY KEY)", engine=LADYBUG)
    run(project.root / "app.test.lbug", "CREATE NODE TABLE A(id INT64 PRIMARY KEY)", engine=LADYBUG)
    run(project.root / "app.test_p0.lbug", "CREATE NODE TABLE A(id INT64 PRIMARY KEY)", engine=LADYBUG)
    assert project.json("snapshot")["changed"]
    assert project.json("migrate", "--allow-drift")["applied"]
