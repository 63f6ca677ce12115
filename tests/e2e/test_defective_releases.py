"""A database that a release with a known defect wrote is read by a sound one, and rewritten by none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.engines.environments import make
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.tasks.building import run

LADYBUG = Engine(name="ladybug")
REFUSED = (
    ("migrate",),
    ("migrate", "--in-place"),
    ("rollback",),
    ("backup",),
    ("checkout", "v1", "--discard"),
    ("engine", "set", "kuzu"),
)

MAKE = """
import sys, ladybug
def session(*statements):
    database = ladybug.Database(sys.argv[1])
    connection = ladybug.Connection(database)
    for statement in statements:
        rows = connection.execute(statement).get_all()
    connection.close()
    database.close()
    return rows
text = ("'a longer text number ' + lpad(CAST(n.id AS STRING), 6, '0') + ' ' "
        "+ repeat('y', CAST(n.id % 60 AS INT64))")
session(
    "CREATE NODE TABLE N(id INT64 PRIMARY KEY, txt STRING)",
    *(
        statement
        for start in range(1, 10001, 1000)
        for statement in (
            f"UNWIND range({start}, {start + 999}) AS i CREATE (:N {{id: i}})",
            "CHECKPOINT",
        )
    ),
    f"MATCH (n:N) SET n.txt = {text}",
    "CHECKPOINT",
)
for step in (3, 7, 11):
    session(f"MATCH (n:N) WHERE n.id % 150 = {step} DETACH DELETE n", "CHECKPOINT")
rows = session("MATCH (n:N) RETURN n.id, n.txt")
print(sum(text != f"a longer text number {id:06} " + "y" * (id % 60) for id, text in rows))
"""
WRONG = (
    "MATCH (n:N) WHERE n.txt <> 'a longer text number ' + lpad(CAST(n.id AS STRING), 6, '0') + ' ' "
    "+ repeat('y', CAST(n.id % 60 AS INT64)) RETURN count(*)"
)


@pytest.fixture
def project(tmp_path: Path) -> Application:
    """A project with a version and two scripts, one of which was run."""
    repository = Repository.init(tmp_path / "project", "app.lbug")
    application = Application(
        root=repository.project.root, database=repository.project.database, repository=repository
    )
    run(application.database, "CREATE NODE TABLE Plain(id INT64 PRIMARY KEY)", engine=LADYBUG)
    repository.snapshot("plain")
    for name in ("first", "second"):
        script = repository.new(name)
        statement = "-- UP\nMATCH (n:Plain) WHERE n.id = 0 DELETE n;\n"
        application.by_hand(script, script.read_text().replace("-- UP\n", statement))
    repository.migrate(steps=1)
    return application


def test_every_command_that_writes_refuses_it_and_names_the_way_out(project: Application) -> None:
    """A storage version that only 0.18 writes: the file's header alone decides, and nothing is fetched."""
    content = bytearray(project.database.read_bytes())
    content[4:12] = (42).to_bytes(8, "little")
    project.database.write_bytes(content)
    names = {path.name for path in project.root.iterdir()}
    for command in REFUSED:
        done = project.process(command)
        assert done.returncode == 1, f"{command}: {done.stdout}{done.stderr}"
        assert "is not opened with ladybug==0.18.3" in done.stderr, command
        assert "scans of tables with deleted rows return wrong strings" in done.stderr, command
        assert "kuzuvcs upgrade app.lbug NEW --engine ladybug" in done.stderr, command
        assert project.database.read_bytes() == content, command
        assert {path.name for path in project.root.iterdir()} == names, command


@pytest.mark.slow
@pytest.mark.parametrize("release", ["0.18.1", "0.18.2", "0.18.3"])
def test_what_the_release_reads_wrong_is_captured_right(project: Application, release: str) -> None:
    """Needs the package index."""
    project.database.unlink()
    python = make(Engine(name="ladybug", release=release)).python
    made = subprocess.run(
        [str(python), "-I", "-c", MAKE, str(project.database)], capture_output=True, text=True, check=True
    )
    assert int(made.stdout) > 1000, "the release reads its own file right: it is not defective"
    before = project.database.read_bytes()
    project.cli("snapshot")
    project.cli("verify", "v2", "--database")
    done = project.process(("migrate", "--allow-drift"))
    assert done.returncode == 1
    assert "ladybug 0.17.0 to 0.18.3" in done.stderr
    assert project.database.read_bytes() == before
    project.cli("checkout", "v2", "--to", "copy.lbug")
    project.cli("upgrade", "app.lbug", "new.lbug", "--engine", "ladybug")
    for name in ("copy.lbug", "new.lbug"):
        assert run(project.root / name, WRONG) == [[0]]
        assert run(project.root / name, "MATCH (n:N) RETURN count(*)") == [[9799]]
