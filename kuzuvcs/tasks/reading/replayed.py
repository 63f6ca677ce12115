"""Open a database to read it, in one state that lasts, and whatever its files are in.

Kuzu's readers take a lock that keeps writers out.  Ladybug's readers take no lock: beside a busy application
they see the nodes of one transaction and the edges of an earlier one.  So a ladybug database that an
application is writing to is copied, as the state of one moment, and the copy is read.  One that nobody writes
to is read as it is, and afterwards its files are compared with what they were before.

A private copy is also read where the write-ahead log cannot be replayed read-only: after an
``ALTER TABLE … ADD`` of a table with rows kuzu's replay writes to the database file as soon as another
transaction follows in the log, and an interrupted checkpoint has to be finished by a writer.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.database_files import (
    State,
    changing,
    copy_database,
    database_size,
    pending_files,
    state_of,
)
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import readers_take_lock
from kuzuvcs.engines.several_files import files_like_parts, refuse_unknown_parts, require_one_file
from kuzuvcs.errors import (
    DatabaseLocked,
    EngineCrashed,
    EngineError,
    KuzuvcsError,
    NotADatabase,
    UnsupportedDatabase,
)
from kuzuvcs.files import require_room

Opened = tuple[Worker, Path, str]

_PATIENCE = 10.0
"""Seconds for which a copy is made again whose log ends in the middle of a transaction."""

_TICK = 0.05
"""Seconds after which a write is sure to show in a file's time: the clock of file systems is coarse."""


@contextlib.contextmanager
def open_to_read(database: Path, folder: Path) -> Iterator[Opened]:
    """A read-only worker, the path of what is open in it, and the engine's release.

    Everything that is read within is one state of the database.

    :raises NotADatabase: what lies there is no database of this engine
    :raises DatabaseLocked: another process has it open for writing
    :raises DatabaseChanging: on leaving, or at once: an application wrote to it all the time
    """
    with contextlib.ExitStack() as stack:
        worker = stack.enter_context(Worker())
        header = worker.read_header(database)
        if readers_take_lock(header.engine):
            yield _opened(stack, worker, database, folder)
        elif worker.is_being_written(database):
            _require_one_file(database)
            copy = folder / "one-moment.kuzu"
            copy_one_moment(database, copy)
            yield _opened_copy(stack, copy)
        else:
            before = _settled_state(database)
            try:
                opened = _opened(stack, worker, database, folder)
                require_one_file(opened[0], database)
                yield opened
            except KuzuvcsError as error:
                if state_of(database) != before:
                    raise changing(database) from error
                raise
            if state_of(database) != before:
                raise changing(database)


def _require_one_file(database: Path) -> None:
    """Look at a database that is being written to: only the original shows which files are a part of it."""
    if not files_like_parts(database):
        return
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with Worker() as worker:
                worker.open(database, read_only=True)
                require_one_file(worker, database)
                return
        except (UnsupportedDatabase, EngineCrashed):
            raise
        except EngineError as error:  # a checkpoint is being made
            if time.monotonic() >= deadline:
                refuse_unknown_parts(database, error)
        time.sleep(_TICK)


def _settled_state(database: Path) -> State:
    """The state of the files, once the last write is old enough for the next one to have another time."""
    while True:
        state = state_of(database)
        newest = max((changed for *_, changed in state), default=0) / 1e9
        if not 0 <= time.time() - newest < _TICK:
            return state
        time.sleep(_TICK)


def _opened(stack: contextlib.ExitStack, worker: Worker, database: Path, folder: Path) -> Opened:
    try:
        return worker, database, worker.open(database, read_only=True)
    except (DatabaseLocked, NotADatabase):
        raise
    except EngineError as error:
        if database.is_dir() or not pending_files(database):
            raise
        if not isinstance(error, EngineCrashed):
            refuse_unknown_parts(database, error)
        refused = error
    copy = folder / "replayed.kuzu"
    require_room_for_copy(database, folder, "replay the write-ahead log into a private copy")
    copy_database(database, copy, guard="lock")
    try:
        _checkpoint(copy)
        return _opened_copy(stack, copy)
    except EngineCrashed as crashed:
        if isinstance(refused, EngineCrashed):
            raise refused from crashed  # it names the database, not the copy
        raise


def copy_one_moment(database: Path, copy: Path) -> None:
    """Copy a database that an application may be writing to, as a checkpointed database.

    It is copied again while its log ends in the middle of a transaction: the engine refuses such a log.

    :raises DatabaseChanging: no whole state could be had in time
    """
    require_room_for_copy(database, copy.parent, "copy a database that an application is writing to")
    deadline = time.monotonic() + _PATIENCE
    while True:
        copy_database(database, copy, guard="prove")
        try:
            _checkpoint(copy)
        except (EngineCrashed, NotADatabase):
            raise
        except EngineError as error:
            if time.monotonic() >= deadline:
                raise changing(database) from error
        else:
            return


def require_room_for_copy(database: Path, folder: Path, purpose: str) -> None:
    """Raise unless ``folder`` has room for a copy of the database.

    :raises KuzuvcsError: with what is free and what is needed
    """
    require_room(folder, database_size(database) + (16 << 20), purpose)


def _checkpoint(copy: Path) -> None:
    with Worker() as worker:
        # Without compression, what the engine cannot checkpoint otherwise can be (ENGINE.md).
        worker.open(copy, read_only=False, compression=False, private=True)
        worker.execute("CHECKPOINT")


def _opened_copy(stack: contextlib.ExitStack, copy: Path) -> Opened:
    worker = stack.enter_context(Worker())
    return worker, copy, worker.open(copy, read_only=True)
