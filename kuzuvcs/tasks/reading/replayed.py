"""Open a database to read it, on a private copy where its write-ahead log cannot be replayed read-only.

After an ``ALTER TABLE … ADD`` of a table with rows, kuzu's replay writes to the database file as soon as
another transaction follows in the log, so a read-only open of what an application left behind fails.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import DatabaseLocked, EngineCrashed, EngineError, NotADatabase
from kuzuvcs.files import copy_database, require_room


@contextlib.contextmanager
def open_to_read(database: Path, folder: Path) -> Iterator[tuple[Worker, Path, str]]:
    """A read-only worker, the path of what is open in it, and the engine's release.

    :raises NotADatabase: what lies there is no database of this engine
    :raises DatabaseLocked: another process has it open for writing
    """
    with contextlib.ExitStack() as stack:
        worker = stack.enter_context(Worker())
        try:
            release = worker.open(database, read_only=True)
        except (DatabaseLocked, EngineCrashed, NotADatabase):
            raise
        except EngineError:
            if not database.with_name(database.name + ".wal").exists():
                raise
            database = _replayed(database, folder)
            worker = stack.enter_context(Worker())
            release = worker.open(database, read_only=True)
        yield worker, database, release


def _replayed(database: Path, folder: Path) -> Path:
    copy = folder / "replayed.kuzu"
    log = database.with_name(database.name + ".wal")
    sizes = database.stat().st_size + log.stat().st_size
    require_room(folder, sizes + (16 << 20), "replay the write-ahead log into a private copy")
    copy_database(database, copy, locked=True)
    with Worker() as worker:
        # Without compression, what the engine cannot checkpoint otherwise can be (ENGINE.md).
        worker.open(copy, read_only=False, compression=False)
        worker.execute("CHECKPOINT")
    return copy
