"""A snapshot through the application's own connection leaves its transaction, lock and process as they are.

Each application runs in a process of its own, which holds the engine.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.repository import Repository
from tests.tasks.building import run, run_python

APPLICATION = """
import json, os, subprocess, sys
from pathlib import Path
import kuzu
from kuzuvcs.errors import DatabaseLocked, KuzuvcsError
from kuzuvcs.repository import Repository

root = Path(sys.argv[1])
repository = Repository.open(root)
database = kuzu.Database(str(repository.project.database), buffer_pool_size=64 << 20)
connection = kuzu.Connection(database)

def ask(statement):
    result = connection.execute(statement)
    rows = result.get_all()
    result.close()
    return rows

def others():
    '''Whether another process can open the database: for reading, for writing.'''
    script = (
        "import sys; from pathlib import Path; from kuzuvcs.engines.client import Worker; "
        "from kuzuvcs.errors import DatabaseLocked\\n"
        "for read_only in (True, False):\\n"
        "    worker = Worker()\\n"
        "    try: worker.open(Path(sys.argv[1]), read_only=read_only); print('opened')\\n"
        "    except DatabaseLocked: print('locked')\\n"
        "    worker.kill()\\n"
    )
    done = subprocess.run([sys.executable, '-c', script, str(repository.project.database)],
                          capture_output=True, text=True, check=True)
    return done.stdout.split()

told = {}
"""
END = "\nconnection.close()\ndatabase.close()\nprint(json.dumps(told, default=str))"
SCHEMA = (
    "CREATE SEQUENCE numbers START 5",
    "CREATE MACRO plus_one(x) AS x + 1",
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, n INT32 DEFAULT -4)",
    "CREATE NODE TABLE `a.b`(id SERIAL PRIMARY KEY)",
    "CREATE REL TABLE Knows(FROM User TO User, FROM User TO `a.b`, MANY_ONE)",
    "CREATE (:User {id: 1}), (:`a.b`)",
)


def application(repository: Repository, script: str, engine: str = "kuzu") -> dict[str, Any]:
    """What the application in the project's folder tells, which has to end well."""
    begin = APPLICATION.replace("import kuzu\n", f"import {engine} as kuzu\n")
    done = run_python(begin + script + END, str(repository.project.root))
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture
def project(repository: Repository) -> Repository:
    run(repository.project.database, *SCHEMA)
    return repository


def test_an_open_write_transaction_is_neither_seen_nor_harmed(project: Repository) -> None:
    told = application(
        project,
        """
ask("CREATE (:User {id: 2})")
ask("BEGIN TRANSACTION")
ask("CREATE (:User {id: 3})")
told["snapshot"] = repository.snapshot("borrowed", connection=connection).version
told["inside"] = ask("MATCH (u:User) RETURN count(*)")
told["others"] = others()
ask("CREATE (:User {id: 4})")
ask("COMMIT")
told["after"] = ask("MATCH (u:User) RETURN count(*)")
told["second"] = repository.snapshot("committed", connection=connection).version
told["unused"] = ask("RETURN nextval('numbers')")
""",
    )
    assert told == {
        "snapshot": "v1",
        "inside": [[3]],
        "others": ["locked", "locked"],
        "after": [[4]],
        "second": "v2",
        "unused": [[5]],
    }
    rows = [{table.name: table.rows for table in project.show(name).tables} for name in ("v1", "v2")]
    assert [one["User"] for one in rows] == [2, 4]
    assert run(project.project.database, "MATCH (u:User) RETURN count(*)") == [[4]]


def test_the_schema_is_the_one_that_a_worker_reads(project: Repository) -> None:
    told = application(project, 'told["version"] = repository.snapshot("x", connection=connection).version\n')
    assert told == {"version": "v1"}
    assert not project.snapshot("by a worker").changed
    assert project.diff("v1").changes == ()


def test_rolling_back_after_the_snapshot(project: Repository) -> None:
    told = application(
        project,
        """
ask("BEGIN TRANSACTION")
ask("CREATE (:User {id: 3})")
repository.snapshot("borrowed", connection=connection)
ask("ROLLBACK")
told["after"] = ask("MATCH (u:User) RETURN count(*)")
""",
    )
    assert told == {"after": [[1]]}


def test_uncommitted_schema_is_not_captured(project: Repository) -> None:
    told = application(
        project,
        """
ask("BEGIN TRANSACTION")
ask("CREATE NODE TABLE Later(id INT64 PRIMARY KEY)")
told["tables"] = [table.name for table in repository.snapshot("x", connection=connection).tables]
ask("COMMIT")
told["then"] = [table.name for table in repository.snapshot("y", connection=connection).tables]
""",
    )
    assert "Later" not in told["tables"]
    assert "Later" in told["then"]


def test_without_the_connection_it_is_locked_and_the_lock_is_kept(project: Repository) -> None:
    """Nothing in the application's process may open and close the file: that would drop its lock."""
    told = application(
        project,
        """
repository.snapshot("a version", connection=connection)
told["own"] = os.getpid()
calls = (
    repository.snapshot, repository.status, repository.diff, repository.history, repository.migrate,
    lambda: repository.verify(database=True), lambda: repository.checkout("HEAD"),
    repository.backups().create_backup,
)
told["errors"] = []
for call in calls:
    try:
        call()
    except DatabaseLocked as error:
        told["errors"].append((error.message, error.cause, error.hint))
told["left_out"] = repository.check().left_out
told["others"] = others()
""",
    )
    assert told["others"] == ["locked", "locked"]
    assert len(told["errors"]) == 8
    assert {message for message, *_ in told["errors"]} == {
        f"{project.project.database} is open in this process"
    }
    assert all(cause.startswith(f"this process, {told['own']} (python") for _, cause, _ in told["errors"])
    close = "close the database and its connections in this process, then run this again"
    through = ", or take the snapshot through its connection: snapshot(connection=connection)"
    assert [hint for *_, hint in told["errors"]] == [close + through, *[close] * 7]
    [left_out] = told["left_out"]
    assert left_out.startswith(f"drift was not checked: {project.project.database} is open in this process: ")


def test_what_is_no_connection_is_refused(project: Repository) -> None:
    told = application(
        project,
        """
for one in ("text", kuzu.Connection):
    try:
        repository.snapshot("x", connection=one)
    except KuzuvcsError as error:
        told.setdefault("errors", []).append(error.message)
""",
    )
    assert told == {"errors": ["the connection cannot be used"] * 2}
    assert project.log() == ()


def test_a_connection_of_ladybug(repository: Repository) -> None:
    """The engine is the connection's own; the copy that the schema is read from finds its by itself."""
    schema = [one.replace("`a.b`", "Counted") for one in SCHEMA]
    run(repository.project.database, *schema, engine=Engine(name="ladybug"))
    told = application(
        repository,
        """
ask("BEGIN TRANSACTION")
ask("CREATE (:User {id: 2})")
told["first"] = [(table.name, table.rows) for table in repository.snapshot(connection=connection).tables]
ask("COMMIT")
told["second"] = repository.snapshot(connection=connection).version
told["loaded"] = sorted({"kuzu", "ladybug"} & set(sys.modules))
""",
        "ladybug",
    )
    assert told["first"] == [["Counted", 1], ["Knows", 0], ["User", 1]]
    assert (told["second"], told["loaded"]) == ("v2", ["ladybug"])
    assert repository.show().manifest.engine == "ladybug"
    [knows] = repository.show().schema.rel_tables
    assert knows.multiplicity == "MANY_ONE"


CHANGES = {
    "table": "CREATE NODE TABLE Later(id INT64 PRIMARY KEY)",
    "column": "ALTER TABLE User ADD later INT64",
    "dropped column": "ALTER TABLE User DROP n",
    "renamed column": "ALTER TABLE User RENAME n TO later",
    "connection": "ALTER TABLE Knows DROP FROM User TO `a.b`",
    "comment": "COMMENT ON TABLE User IS 'later'",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_schema_that_changes_between_the_two_reads_is_refused(project: Repository, change: str) -> None:
    """The transaction has the old schema, the copy of the file the new one."""
    told = application(
        project,
        f"""
from kuzuvcs.engines.borrowed import borrowed
from kuzuvcs.tasks.reading.inspect import Declarations, inspect
from kuzuvcs.tasks.snapshot import require_same_tables

folder = root / "work"
folder.mkdir()
declared = Declarations(defaults={{}}, macros={{}}, history="migration_history")
with borrowed(connection) as source:
    before = inspect(repository.project.database, folder, declared, None)
    require_same_tables(source, before, folder, declared.history)
    ask({CHANGES[change]!r})
    after = inspect(repository.project.database, folder, declared, None)
    try:
        require_same_tables(source, after, folder, declared.history)
    except KuzuvcsError as error:
        told["refused"] = error.message
""",
    )
    assert told == {"refused": "the schema changed while the snapshot was taken"}


@pytest.mark.parametrize("engine", ["kuzu", "ladybug"])
def test_an_error_shows_its_own_cause(project: Repository, engine: str) -> None:
    """The engine ends a transaction at any error, so there is nothing to commit afterwards."""
    if engine == "ladybug":
        project.project.database.unlink()
    told = application(
        project,
        """
from kuzuvcs.engines.borrowed import borrowed
ask("BEGIN TRANSACTION")
told["errors"] = []
for statement in ("MATCH (x:Gone) RETURN x", "RETURN CAST('x' AS INT64)"):
    try:
        with borrowed(connection) as source:
            source.execute(statement)
    except KuzuvcsError as error:
        told["errors"].append(error.cause)
try:
    with borrowed(connection) as source:
        raise KeyboardInterrupt
except KeyboardInterrupt:
    told["errors"].append("interrupted")
ask("CREATE NODE TABLE Other(id INT64 PRIMARY KEY)")
ask("COMMIT")
told["after"] = ask("MATCH (o:Other) RETURN count(*)")
""",
        engine,
    )
    missing, cast, interrupted = told["errors"]
    assert "Table Gone does not exist" in missing
    assert "Cast failed" in cast
    assert (interrupted, told["after"]) == ("interrupted", [[0]])
