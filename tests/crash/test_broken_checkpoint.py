"""An application that was killed within the engine's own CHECKPOINT: what it leaves is read, and written to.

The log then ends in the record of the CHECKPOINT, and the pages that are still to be put into the file are in
``.shadow`` beside it.  The engine puts them there when it opens the database to write; to read it opens none
such.
"""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError
from kuzuvcs.repository import Repository
from tests.tasks.building import content, fingerprint, log_of, run

PAGE = 4096


@pytest.fixture
def broken(repository: Repository) -> Repository:
    """A project with a version, whose database was left so."""
    database = repository.project.database
    run(
        database,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
        "UNWIND range(1, 100) AS i CREATE (:User {id: i, name: 'n'})",
        "CHECKPOINT",
    )
    repository.snapshot()
    break_off(database)
    return repository


def break_off(database: Path) -> None:
    """One page is still to be written, the first, as it is already: so was it found after a kill."""
    page = database.read_bytes()[:PAGE]
    pages, place = struct.pack("<I", 1).ljust(PAGE, b"\0"), struct.pack("<QII", 1, 1, 0)
    shadow_of(database).write_bytes(pages + page + place)
    log_of(database).write_bytes(b"\xfe")


def shadow_of(database: Path) -> Path:
    return database.with_name(database.name + ".shadow")


def test_the_engine_does_not_open_it_to_read(broken: Repository) -> None:
    with Worker() as worker, pytest.raises(EngineError, match="cannot be opened") as refused:
        worker.open(broken.project.database, read_only=True)
    assert "replay shadow pages" in refused.value.cause


def test_it_is_read_and_left_as_it_is(broken: Repository) -> None:
    database = broken.project.database
    files = (database, log_of(database), shadow_of(database))
    before = fingerprint(*files)
    assert broken.status(data=True).clean
    assert not broken.snapshot().changed
    assert broken.verify("v1", database=True).ok
    assert fingerprint(*files) == before


def test_it_is_backed_up_and_replaced(broken: Repository) -> None:
    database = broken.project.database
    path = broken.backups().create_backup()
    assert content(path) == content(database)
    break_off(database)
    broken.checkout("v1")
    assert content(database) == content(path)
    assert not shadow_of(database).exists()
