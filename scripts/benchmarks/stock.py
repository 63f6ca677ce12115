"""The engine and git as they are used without kuzuvcs, each call in a process of its own.

::

    stock.py execute DATABASE STATEMENT…    run statements, then CHECKPOINT
    stock.py export DATABASE REPOSITORY     EXPORT DATABASE into it (Parquet), git add, git commit
    stock.py plain DATABASE FOLDER          EXPORT DATABASE alone
    stock.py import DATABASE FOLDER ENGINE  IMPORT DATABASE into an empty database of kuzu, or of ladybug
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


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


def plain(database: str, folder: str) -> None:
    """Export and nothing more."""
    with _connection(database, read_only=True) as connection:
        connection.execute(f"EXPORT DATABASE '{folder}' (format='parquet')").close()


def load(database: str, folder: str, engine: str = "kuzu") -> None:
    """Import an export, and checkpoint the database."""
    with _connection(database, engine=engine) as connection:
        for statement in (f"IMPORT DATABASE '{folder}'", "CHECKPOINT"):
            connection.execute(statement).close()


@contextlib.contextmanager
def _connection(path: str, *, read_only: bool = False, engine: str = "kuzu") -> Iterator[Any]:
    # Both cannot be loaded in one process.
    module = importlib.import_module(engine)
    database = module.Database(path, read_only=read_only)
    connection = module.Connection(database)
    try:
        yield connection
    finally:
        connection.close()
        database.close()


if __name__ == "__main__":
    commands: dict[str, Callable[..., None]] = {
        "execute": execute,
        "export": export,
        "plain": plain,
        "import": load,
    }
    commands[sys.argv[1]](*sys.argv[2:])
