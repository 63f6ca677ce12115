"""The log of a run: a file beside the backups, one JSON object a line, from which it can be repeated."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.file_access import create, give_access, replaced_access
from kuzuvcs.files import sync_folder
from kuzuvcs.reading import real_path
from kuzuvcs.release import RELEASE

KEPT = 50
"""So many logs of a database stay."""

FOLDER = "logs"

_TIME = "%Y%m%dT%H%M%S.%fZ"

Listener = Callable[[dict[str, Any]], None]


class RunLog:
    """Events, written as they happen: those before a kill are there."""

    def __init__(self, stream: IO[str], listener: Listener | None) -> None:
        self._stream = stream
        self._listener = listener

    def emit(self, event: str, **fields: object) -> None:
        """Write it down with its time, and tell the listener."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        told: dict[str, Any] = {"event": event, "time": now, **fields}
        self._stream.write(json.dumps(told, allow_nan=False) + "\n")
        self._stream.flush()
        if self._listener is not None:
            self._listener(told)


@contextlib.contextmanager
def run_log(
    database: Path, command: str, arguments: dict[str, object], listener: Listener | None = None
) -> Iterator[RunLog]:
    """The log of one run on ``database``, from its start to its end, or to the error that ended it.

    It is flushed to the disk at the end.
    """
    real = real_path(database)
    folder = real.parent / ".kuzuvcs" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{real.name}.{datetime.now(UTC):{_TIME}}-{command}.log"
    # An error may have values in it, so the log is for those who may read the database.
    access = replaced_access(real)
    descriptor = create(path, 0o666 if access is None else 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        if access is not None:
            give_access(descriptor, access)
        log = RunLog(stream, listener)
        log.emit("start", command=command, arguments=arguments, release=RELEASE, **_file(real))
        started = time.monotonic()
        try:
            yield log
        except BaseException as error:
            log.emit("error", **_error(error))
            log.emit("end", ok=False, seconds=round(time.monotonic() - started, 3))
            raise
        else:
            log.emit("end", ok=True, seconds=round(time.monotonic() - started, 3), **_file(real))
        finally:
            with contextlib.suppress(OSError):  # a full disk must not hide the error that it made
                stream.flush()
                os.fsync(stream.fileno())
                sync_folder(folder)
            _prune(folder, real.name)


def logs(database: Path) -> tuple[Path, ...]:
    """The logs of a database, oldest first."""
    real = real_path(database)
    return tuple(sorted((real.parent / ".kuzuvcs" / FOLDER).glob(f"{glob.escape(real.name)}.*Z-*.log")))


def _prune(folder: Path, name: str) -> None:
    for old in sorted(folder.glob(f"{glob.escape(name)}.*Z-*.log"))[:-KEPT]:
        old.unlink(missing_ok=True)


def _file(database: Path) -> dict[str, object]:
    size = database.stat().st_size if database.exists() else None
    return {"database": str(database), "size": size}


def _error(error: BaseException) -> dict[str, object]:
    if isinstance(error, KuzuvcsError):
        return {
            "kind": type(error).__name__,
            "message": error.message,
            "cause": error.cause,
            "hint": error.hint,
        }
    return {"kind": type(error).__name__, "message": str(error), "cause": "", "hint": ""}
