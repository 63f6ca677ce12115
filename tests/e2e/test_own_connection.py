"""A snapshot through the application's own connection, after every kind of command on the database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.repository import Repository
from tests.tasks.building import run, run_python

SCRIPT = """\
-- UP
ALTER TABLE User ADD age INT64;
-- DOWN
ALTER TABLE User DROP age;
"""

APPLICATION = """
import json, sys
from contextlib import contextmanager
from pathlib import Path
import ENGINE as engine
from kuzuvcs.core.engine import parse_engine
from kuzuvcs.engines.process import processes_reused
from kuzuvcs.repository import Repository
from kuzuvcs.upgrading import upgrade

root, script = Path(sys.argv[1]), sys.argv[2]
repository = Repository.open(root)

@contextmanager
def connected(path=None):
    database = engine.Database(str(path or repository.project.database), buffer_pool_size=64 << 20)
    connection = engine.Connection(database)
    yield connection
    connection.close()
    database.close()

def snapshot():
    '''The version, and the tables in it: with a history of migrations, or without one.'''
    with connected() as connection:
        done = repository.snapshot(connection=connection)
    return done.version, [table.name for table in done.tables]

def run():
    told = {"before": snapshot()}
    path = root / "migrations" / "20260101_000001_age.cypher"
    path.write_text(script)
    repository.repair()
    repository.migrate()
    told["migrate"] = snapshot()
    repository.rollback()
    told["rollback"] = snapshot()
    repository.migrate(in_place=True)
    told["migrate in place"] = snapshot()
    repository.rollback(in_place=True)
    told["rollback in place"] = snapshot()
    with connected() as connection:
        connection.execute("ALTER TABLE User ADD age INT64")
    repository.mark_applied()
    told["mark applied"] = snapshot()
    repository.repair()
    told["repair"] = snapshot()
    backup = repository.backups().create_backup()
    told["backup"] = snapshot()
    repository.backups().restore_backup(backup)
    told["restore"] = snapshot()
    repository.checkout("v1", discard=True)
    told["checkout"] = snapshot()
    repository.migrate()
    with connected() as connection:
        connection.execute(f"DROP TABLE `{repository.project.history_table}`")
    repository.baseline(path.stem)
    told["baseline"] = snapshot()
    beside = root / "beside.db"
    upgrade(repository.project.database, beside, parse_engine("ENGINE"))
    repository.project.database.unlink()
    beside.rename(repository.project.database)
    told["upgrade"] = snapshot()
    told["history"] = [one.id for one in repository.history()]
    told["clean"] = repository.status(data=True).clean
    return told

with processes_reused():
    told = run()
print(json.dumps(told))
"""

COMMANDS = (
    "before", "migrate", "rollback", "migrate in place", "rollback in place", "mark applied", "repair",
    "backup", "restore", "checkout", "baseline", "upgrade",
)  # fmt: skip


@pytest.mark.parametrize(
    ("engine", "history"), [("kuzu", "migration_history"), ("ladybug", "Applied Scripts")]
)
def test_after_every_command(tmp_path: Path, engine: EngineName, history: str) -> None:
    root = tmp_path / "project"
    database = root / "app.db"
    root.mkdir()
    run(
        database,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
        "CREATE REL TABLE Knows(FROM User TO User)",
        "CREATE (:User {id: 1, name: 'Ann'})-[:Knows]->(:User {id: 2})",
        engine=Engine(name=engine),
    )
    Repository.init(root, "app.db", history_table=history)
    done = run_python(APPLICATION.replace("ENGINE", engine), str(root), SCRIPT)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [told[command][1] for command in COMMANDS] == [["Knows", "User"]] * len(COMMANDS)
    assert told["clean"]
    assert told["history"] == ["20260101_000001_age"]
    assert told["backup"][0] == told["restore"][0] == told["mark applied"][0]
