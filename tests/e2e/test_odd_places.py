"""A project whose folder and database have names in which others see patterns, escapes and quotes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.repository import Repository
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.running.run_log import logs
from kuzuvcs.upgrading import upgrade
from tests.tasks import building
from tests.tasks.building import run

NAMES = ["app [old].kuzu", "*?.kuzu", 'it\'s "ü".kuzu', "back\\slash$HOME.kuzu", "~x.kuzu"]
BASE = (
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, tags STRING[])",
    "CREATE REL TABLE Knows(FROM User TO User)",
    "UNWIND range(1, 20) AS i CREATE (:User {id: i, name: CAST(i AS STRING), tags: ['a']})",
    "MATCH (a:User), (b:User) WHERE a.id + 1 = b.id CREATE (a)-[:Knows]->(b)",
)


def content(database: Path) -> str:
    return building.content(database, Declarations(defaults={}, macros={}, history="migration_history"))


@pytest.mark.parametrize("name", NAMES)
def test_everything_works_there(tmp_path: Path, name: str) -> None:
    root = tmp_path / f"in {name}"
    root.mkdir()
    repository = Repository.init(root, name)
    database = root / name
    run(database, *BASE)
    first = content(database)
    repository.snapshot()
    run(database, "ALTER TABLE User DROP name")
    second = content(database)
    repository.snapshot()
    repository.generate()
    assert not repository.migrate()

    repository.checkout("v1", discard=True)
    assert content(database) == first
    assert len(repository.migrate(in_place=False)) == 1
    assert content(database) == second
    assert len(repository.rollback()) == 1
    assert content(database) == first
    assert len(logs(database)) == 3

    made = repository.backups().create_backup()
    assert [one.path for one in repository.backups().backups() if not one.backup.automatic] == [made]
    run(database, "MATCH (u:User) DETACH DELETE u")
    assert repository.backups().restore_backup(made).verified
    assert content(database) == first

    target = root / f"new {name}"
    upgrade(database, target, Engine(name="ladybug"))
    assert content(target) == first
    repository.export("v1", root / f"plain {name}")
    assert {path.name for path in root.iterdir()} == {
        name,
        ".kuzuvcs",
        "kuzuvcs.toml",
        "snapshots",
        "migrations",
        target.name,
        f"plain {name}",
    }
