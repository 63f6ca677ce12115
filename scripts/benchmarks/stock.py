"""The engine and git as they are used without kuzuvcs, each call in a process of its own.

::

    stock.py execute DATABASE STATEMENT…    run statements, then CHECKPOINT
    stock.py export DATABASE REPOSITORY     EXPORT DATABASE into it (Parquet), git add, git commit
    stock.py import DATABASE FOLDER         IMPORT DATABASE into an empty database
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kuzu


def execute(database: str, *statements: str) -> None:
    """Run statements on a database, which is made where it does not exist, and checkpoint it."""
    with _connection(database) as connection:
        for statement in (*statements, "CHECKPOINT"):
            connection.execute(statement).close()


def export(database: str, repository: str) -> None:
    """Replace the export in a git repository by one of ``database``, and commit it."""
    folder = Path(repository) / "export"
    shutil.rmtree(folder, ignore_errors=True)
    with _connection(database, read_only=True) as connection:
        connection.execute(f"EXPORT DATABASE '{folder}' (format='parquet')").close()
    for command in (["add", "--all", "."], ["commit", "--quiet", "--message", "export"]):
        subprocess.run(["git", "-C", repository, *command], check=True)


def load(database: str, folder: str) -> None:
    """Import an export, and checkpoint the database."""
    execute(database, f"IMPORT DATABASE '{folder}'")


@contextlib.contextmanager
def _connection(path: str, *, read_only: bool = False) -> Iterator[Any]:
    database = kuzu.Database(path, read_only=read_only)
    connection = kuzu.Connection(database)
    try:
        yield connection
    finally:
        connection.close()
        database.close()


if __name__ == "__main__":
    commands: dict[str, Callable[..., None]] = {"execute": execute, "export": export, "import": load}
    commands[sys.argv[1]](*sys.argv[2:])
