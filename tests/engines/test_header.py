"""What is no database of this engine is told from its first bytes, before the engine opens it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.header import parse_header
from kuzuvcs.errors import EngineError, NotADatabase
from kuzuvcs.repository import Repository
from tests.tasks.building import fingerprint


def header(magic: bytes, storage: int) -> bytes:
    return magic + storage.to_bytes(8, "little") + bytes(4084)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is an empty file"),
        (b"just a text\n", "is no database of an engine that is known"),
        (b"KUZU", "is no database of an engine that is known"),
        (b"SQLite format 3\0" + bytes(100), "is no database of an engine that is known"),
        (header(b"KUZU", 99), r"no release of kuzu is known .*\n.* 99; kuzu==0\.11\.3 writes 39"),
        (header(b"LBUG", 99), r"no release of ladybug is known .*\n.* 99; ladybug==0\.22\.0 writes 49"),
    ],
)
@pytest.mark.usefixtures("nothing_at_hand")
def test_a_file_that_is_none_is_refused_and_left_alone(
    repository: Repository, data: bytes, message: str
) -> None:
    database = repository.project.database
    database.write_bytes(data)
    before = fingerprint(database)
    for command in (repository.snapshot, repository.status):
        with pytest.raises(NotADatabase, match=message) as refused:
            command()
        assert refused.value.hint
        assert refused.value.cause
    assert fingerprint(database) == before
    assert {path.name for path in database.parent.iterdir()} == {
        "app.kuzu",
        "kuzuvcs.toml",
        "snapshots",
        "migrations",
        ".kuzuvcs",
    }


def test_no_file_at_all(repository: Repository) -> None:
    with pytest.raises(NotADatabase, match=r"no database at .*app\.kuzu"):
        repository.snapshot()
    assert not repository.project.database.exists()


def test_a_folder_of_something_else(repository: Repository) -> None:
    repository.project.database.mkdir()
    with pytest.raises(NotADatabase, match="is a folder, not a database"):
        repository.snapshot()


@pytest.mark.usefixtures("nothing_at_hand")
def test_a_folder_of_an_older_kuzu_asks_for_its_release(repository: Repository) -> None:
    database = repository.project.database
    database.mkdir()
    (database / "catalog.kz").write_bytes(header(b"KUZU", 36))
    with pytest.raises(EngineError, match=r"kuzu==0\.8\.2 is not on this machine") as refused:
        repository.snapshot()
    assert "kuzuvcs engine install kuzu==0.8.2" in refused.value.hint


def test_a_ladybug_file_has_an_identity(tmp_path: Path) -> None:
    head = b"LBUG" + (49).to_bytes(8, "little") + bytes(16) + bytes(range(16)) + bytes(20)
    assert parse_header(tmp_path, head).identity == bytes(range(16)).hex()


def test_a_file_that_cannot_be_read() -> None:
    with Worker() as worker, pytest.raises(NotADatabase, match="cannot be read") as refused:
        worker.read_header(Path("/proc/self/mem"))  # opens, but has nothing at its start, for root neither
    assert "Input/output error" in refused.value.cause
