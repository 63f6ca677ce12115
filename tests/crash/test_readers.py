"""A database that another process reads is not replaced under it: ladybug's readers take no lock."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import DatabaseLocked
from kuzuvcs.repository import Repository
from tests.tasks.building import content, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")


@pytest.mark.parametrize("name", ["kuzu", "ladybug"])
def test_a_reader_is_told_and_not_passed_over(name: str, tmp_path: Path) -> None:
    engine = Engine(name="ladybug" if name == "ladybug" else "kuzu")
    database = tmp_path / "project" / "app.db"
    database.parent.mkdir()
    run(database, "CREATE NODE TABLE A(id INT64 PRIMARY KEY)", engine=engine)
    repository = Repository.init(database.parent, "app.db")
    assert repository.project.engine == engine
    repository.snapshot()
    run(database, "CREATE (:A {id: 1})")
    held = content(database)
    with Worker() as application:
        application.open(database, read_only=True)
        with pytest.raises(DatabaseLocked, match="is open in another process") as refused:
            repository.checkout("v1", discard=True)
        assert f"process {application.pid} " in refused.value.cause
    assert content(database) == held
    repository.checkout("v1", discard=True)
    assert run(database, "MATCH (a:A) RETURN count(*)") == [[0]]
