"""Projects with databases in them, built by the engine itself."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kuzuvcs.core.engine import DEFAULT_ENGINE, Engine
from kuzuvcs.core.progress import Silent
from kuzuvcs.engines.client import Worker
from kuzuvcs.repository import Repository
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.snapshot import capture_version, opened_database

ROOT = Path(__file__).parents[2]
NOTHING = Declarations(defaults={}, macros={})


def run(
    database: Path, *statements: str, compression: bool = True, engine: Engine = DEFAULT_ENGINE
) -> list[list[Any]]:
    """Run statements on a database, in a process of their own; the rows of the last one."""
    rows: list[list[Any]] = []
    with Worker() as worker:
        worker.open(database, read_only=False, compression=compression, engine=engine)
        for statement in statements:
            rows = worker.execute(statement, outside=True)
    return rows


def run_and_die(database: Path, *statements: str) -> None:
    """Run statements as an application that then is killed: they stay in the write-ahead log."""
    with Worker() as worker:
        worker.open(database, read_only=False)
        for statement in statements:
            worker.execute(statement)
        worker.kill()
    assert log_of(database).stat().st_size


def log_of(database: Path) -> Path:
    """The database's write-ahead log."""
    return database.with_name(database.name + ".wal")


def content(database: Path, declared: Declarations = NOTHING) -> str:
    """The content digest of a database: schema, sequences and every value."""
    with (
        tempfile.TemporaryDirectory(dir=database.parent.parent) as folder,
        opened_database(database, Path(folder), declared) as opened,
    ):
        return capture_version(opened, Path(folder), Silent()).manifest.content_digest


def of(repository: Repository, database: Path) -> Repository:
    """The same project with another live database."""
    return Repository(dataclasses.replace(repository.project, database=database))


def git(store: Path, *words: str) -> str:
    """Stock git on a store."""
    done = subprocess.run(["git", "-C", str(store), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def fingerprint(*files: Path) -> list[tuple[str, int] | None]:
    """Bytes and time of modification of files that must not be touched; ``None`` where there is none."""
    return [
        (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns) if file.exists() else None
        for file in files
    ]


def run_python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``script`` in a process of its own, from the root of this source tree."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
