"""Put a built database in a live one's place: one rename, with the lock held from the check through it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.database_files import pending_files
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.header import header_file
from kuzuvcs.engines.holders import holders, in_use
from kuzuvcs.engines.several_files import require_one_file
from kuzuvcs.errors import DatabaseLocked, EngineCrashed, EngineError, KuzuvcsError
from kuzuvcs.file_access import Access, access_of, give_access, keep_access, new_access, require_keepable
from kuzuvcs.files import sync_file, sync_folder
from kuzuvcs.reading import real_path

_POLL_SECONDS = 0.2


@contextlib.contextmanager
def locked(live: Path, wait: float = 0.0) -> Iterator[Worker]:
    """The live database, open and locked for writing, checkpointed until it has no write-ahead log.

    ``wait`` is for how many seconds another process that has it open is waited for.

    The worker may be asked what the database holds.  On leaving it is ended, not closed: closing would write
    to the path, where by then another database may stand.

    :raises NotADatabase: there is none
    :raises DatabaseLocked: another process has it open
    :raises UnsupportedDatabase: it is stored in several files
    :raises EngineError: it cannot be checkpointed
    """
    header_file(live)  # opened for writing, a missing one would be made
    worker = _opened(live, wait)
    try:
        require_one_file(worker, live)
        remove_replaced(live)
        said = _checkpoint(worker)
        if left := pending_files(live):
            raise EngineError(
                f"{live} cannot be checkpointed",
                cause=f"the engine leaves {left[0].name} behind, to be replayed into the new database{said}",
                hint="change the value that this engine cannot write, such as a UUID of zeros beside others",
            )
        yield worker
    finally:
        worker.kill()


def _opened(live: Path, wait: float) -> Worker:
    deadline = time.monotonic() + wait
    while True:
        worker = Worker()
        try:
            worker.open(live, read_only=False)
            _require_alone(live, worker)
        except DatabaseLocked as error:
            worker.kill()
            if time.monotonic() >= deadline:
                if not wait and not error.own:
                    error.hint += ", or wait for it: --lock-timeout SECONDS"
                raise
            time.sleep(_POLL_SECONDS)
        except BaseException:
            worker.kill()
            raise
        else:
            return worker


def _require_alone(live: Path, worker: Worker) -> None:
    """Raise where another process reads the database: ladybug's readers take no lock.

    They can be told where the system tells who has a file open; kuzu's lock has told of them already.
    """
    if reading := holders(live, but=worker.pid):
        raise in_use(live, reading, cause="", why="it would keep using the old database")


def _checkpoint(worker: Worker) -> str:
    try:
        worker.execute("CHECKPOINT")
    except EngineCrashed:
        raise
    except EngineError as refused:
        return f"; it says: {refused.cause}"
    return ""


def require_replaceable(live: Path) -> None:
    """Raise before the work begins, where :func:`replace` would raise at its end.

    :raises KuzuvcsError: only root may put a file with the same owner in its place
    """
    real = real_path(live)
    if real.exists():
        require_keepable(access_of(real), live)


def replace(built: Path, live: Path, worker: Worker | None, *, new: Access | None = None) -> None:
    """Rename ``built`` to ``live``, or to what it links to.

    It gets the mode, owner, group and extended attributes of the file that it replaces.  If there is none, it
    gets ``new``, or the access of a new file.

    The file that was there is kept until the new one was seen to open.

    ``worker`` holds the lock of what is there now (see :func:`locked`); ``None`` where nothing is.

    :raises KuzuvcsError: a file beside the place would be replayed into it, or only root may replace the file
    """
    remove_replaced(live)
    real = real_path(live)
    if left := pending_files(live):
        raise KuzuvcsError(
            f"{live.name} cannot be put in place",
            cause=f"{left[0]} is there, and the engine would replay it into the new database",
            hint="if no application is running, open and close the database once, or move that file away",
        )
    if real.exists():
        keep_access(built, access_of(real), live)
    else:
        give_access(built, new or new_access(real.parent))
    sync_file(built)
    kept = _kept(live)
    if worker is not None:
        os.link(real, kept)
    built.replace(real)
    sync_folder(real.parent)
    if worker is not None:
        worker.kill()
    try:
        with Worker() as reader:
            reader.open(live, read_only=True)
            reader.execute("RETURN 1")
    except KuzuvcsError:
        if kept.exists():
            kept.replace(real)
            sync_folder(real.parent)
        raise
    kept.unlink(missing_ok=True)


def remove_replaced(live: Path) -> None:
    """Remove what a run that was killed after the rename kept of the old database."""
    _kept(live).unlink(missing_ok=True)


def _kept(live: Path) -> Path:
    live = real_path(live)
    return live.with_name(f".{live.name}.replaced-by-kuzuvcs")
