"""The lock over everything that changes a live database: one run at a time, and the next told by whom."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.engines.holders import process_of
from kuzuvcs.errors import KuzuvcsError, RunInProgress
from kuzuvcs.files import open_lock
from kuzuvcs.reading import real_path
from kuzuvcs.tasks.running.backup_folder import BackupFolder

WAIT = 60.0
"""Seconds that a run waits for another one, where nothing else is said."""

_POLL_SECONDS = 0.05


@contextlib.contextmanager
def run_lock(database: Path, wait: float | None = None) -> Iterator[None]:
    """Hold the lock of the runs on ``database``, waiting up to ``wait`` seconds for it (None: :data:`WAIT`).

    It is on a file beside the database, which says who holds it.  The system lets go of the lock however the
    process ends, and the file stays: removed, two could hold a lock on two files of one name.

    What a run that was killed left of backups is removed first.

    :raises RunInProgress: naming the process that holds it
    :raises KuzuvcsError: the file cannot be made, or is no regular file
    """
    real = real_path(database)
    path = real.parent / ".kuzuvcs" / f"{real.name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_lock(path)
    except OSError as error:
        raise KuzuvcsError(
            f"the lock of {database} cannot be taken",
            cause=str(error),
            hint=f"see what {path} is; kuzuvcs keeps a small file there",
        ) from error
    try:
        _acquire(descriptor, database, WAIT if wait is None else wait)
        _write(descriptor, json.dumps({"pid": os.getpid()}))
        try:
            BackupFolder.of(database).sweep()
            yield
        finally:
            _write(descriptor, "")
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, database: Path, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise RunInProgress(
                    f"another kuzuvcs is changing {database}",
                    cause=_holder(descriptor),
                    hint="try again when it has finished, or wait for it: --lock-timeout SECONDS",
                ) from error
        time.sleep(_POLL_SECONDS)


def _holder(descriptor: int) -> str:
    try:
        pid = json.loads(os.pread(descriptor, 1 << 16, 0))["pid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "it has not said yet who it is"
    return str(process_of(pid)) if isinstance(pid, int) else "it does not say who it is"


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
