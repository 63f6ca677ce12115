from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kuzu
import pytest

from kuzuvcs.core.progress import Silent
from kuzuvcs.engines.client import Worker
from kuzuvcs.repository import Repository
from kuzuvcs.results import Generated
from kuzuvcs.store import Store
from kuzuvcs.tasks.building.before import stand_in
from kuzuvcs.tasks.building.checkout import assemble_files
from kuzuvcs.tasks.versions import read_version


def run_cypher(database: Path, *statements: str) -> list[list[Any]]:
    """Run statements on a database as an application would; the rows of the last one."""
    engine = kuzu.Database(str(database), buffer_pool_size=512 << 20)
    connection = kuzu.Connection(engine)
    rows: list[list[Any]] = []
    try:
        for statement in statements:
            result = connection.execute(statement)
            rows = []
            while result.has_next():
                rows.append(result.get_next())
            result.close()
    finally:
        connection.close()
        engine.close()
    return rows


@dataclass(frozen=True)
class Application:
    """A project with a live database, used as its application and its user would."""

    root: Path
    database: Path
    repository: Repository

    def run(self, *statements: str) -> list[list[Any]]:
        return run_cypher(self.database, *statements)

    def by_hand(self, path: Path, text: str) -> None:
        """Write a script into the folder, or over one, and have it recorded."""
        path.write_text(text, encoding="utf-8")
        self.repository.repair()

    def undo(self, script: Generated, version: str) -> None:
        """Run DOWN; the version stands in for what is captured before UP."""
        store = Store.open(self.root / "snapshots")
        with tempfile.TemporaryDirectory() as name, Worker() as worker:
            folder = Path(name)
            stored = read_version(store, store.resolve(version))
            files = assemble_files(store, stored, folder, Silent(), values=False)
            captured = stand_in(script.lost, files, folder)
            worker.open(self.database, read_only=False)
            for statement in script.down:
                captured.run(worker, statement)

    def cli(self, *arguments: str, code: int = 0) -> str:
        """The standard output of ``kuzuvcs ARGUMENTS``, which has to exit with ``code``."""
        done = self.process(arguments)
        assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def git(self, *arguments: str) -> str:
        """What git prints of the store."""
        command = ["git", "-C", str(self.root / "snapshots"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.cli(*arguments, "--json", code=code))

    def process(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kuzuvcs", "--no-input", *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)


@pytest.fixture
def application(tmp_path: Path) -> Application:
    root = tmp_path / "project"
    root.mkdir()
    repository = Repository.init(root, "app.kuzu")
    return Application(root=root, database=root / "app.kuzu", repository=repository)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A new project whose database is still to be made."""
    return Repository.init(tmp_path / "project", "app.kuzu")
