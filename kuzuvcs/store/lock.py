"""The one lock over everything that writes to a store."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.errors import StoreBusy, StoreError
from kuzuvcs.files import open_lock

_FILE = "kuzuvcs.lock"
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteLock:
    """A lock that is held; ``interrupted`` when whoever held it before was killed."""

    descriptor: int
    interrupted: bool


@contextmanager
def write_lock(store: Path, wait: float | None) -> Iterator[WriteLock]:
    """Hold the lock of ``store``, waiting up to ``wait`` seconds for it (None: as long as it takes).

    The file holds the process id while the lock is held and is emptied at its release, so an id that
    is found in it is that of a process that was killed.  ``flock`` and not ``lockf``: it also keeps
    two threads of one process apart, and a git process that inherits it holds it on.

    Raises :class:`StoreBusy` naming the process that has it.
    """
    with _refusing(store):
        descriptor = open_lock(store / _FILE)
    try:
        _acquire(descriptor, store, wait)
        interrupted = _holder(descriptor) != ""
        with _refusing(store):
            _write(descriptor, f"{os.getpid()}\n")
        try:
            yield WriteLock(descriptor=descriptor, interrupted=interrupted)
        finally:
            _write(descriptor, "")
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, store: Path, wait: float | None) -> None:
    if wait is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise StoreBusy(
                    f"the store {store} is being written to",
                    cause=f"{_who(_holder(descriptor))} holds its lock",
                    hint="try again when it has finished",
                ) from error
        time.sleep(_POLL_SECONDS)


@contextmanager
def _refusing(store: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"the store {store} cannot be written to", cause=str(error)) from error


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()


def _who(pid: str) -> str:
    if not pid:
        return "a process that is not known"
    return f"this process, {pid}," if pid == str(os.getpid()) else f"process {pid}"


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode("ascii"), 0)
