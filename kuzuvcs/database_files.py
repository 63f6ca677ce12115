"""The files that are one database, and how all of them are copied as one.

A database of kuzu before 0.11 is a folder.  Later ones, and ladybug's, are a main file and what the engine
keeps beside it while it works: ``.wal`` holds committed transactions, ``.shadow`` and ladybug's
``.wal.checkpoint`` hold a checkpoint that is not finished.  A copy without them loses committed rows, and a
left-over one is replayed into whatever database has that name next (ENGINE.md).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO, Literal, cast

from kuzuvcs.core.progress import Silent
from kuzuvcs.errors import DatabaseChanging, KuzuvcsError
from kuzuvcs.files import copy_blocks
from kuzuvcs.reading import real_path

WAL = ".wal"

PENDING = (WAL, ".wal.checkpoint", ".shadow")
"""Suffixes of the files beside a database that hold a part of its content."""

_BESIDE = re.compile(r"\.(wal|shadow|checkpoint)(\.[a-z.]+)?")
"""The suffix of any file that an engine keeps beside a database, ladybug's lock files included."""

_BLOCK = 8 << 20
_PATIENCE = 10.0
"""Seconds for which a copy of a database that is being written to is tried again."""
_PAUSE = 0.02
_KEPT_CHANGING = 3
"""The exit code of the copying process when the files changed during every attempt."""

Guard = Literal["lock", "held", "prove"]
"""What makes a copy the state of one moment.

``lock``: the engine's shared lock is taken meanwhile, for a database that no application has open.
``held``: the caller keeps writers out, or looks afterwards whether there was one.
``prove``: everything is read twice, beside an application that may be writing.  Such a copy may end in the
middle of a transaction that was being logged; the engine then refuses to open it.
"""

State = tuple[tuple[str, int, int, int, int], ...]
"""Name, inode, size, and times of the last changes (ns) of every file of a database."""


def files_beside(database: Path) -> list[Path]:
    """The files that the engine keeps beside a database file, in name order; it may be a link to the file."""
    places = dict.fromkeys((database, real_path(database)))
    return sorted(
        path
        for place in places
        for path in place.parent.glob(f"{glob.escape(place.name)}.*")
        if _BESIDE.fullmatch(path.name.removeprefix(place.name)) and path.is_file()
    )


def pending_files(database: Path) -> list[Path]:
    """Those files beside a database that hold a part of its content."""
    return [path for path in files_beside(database) if path.name.endswith(PENDING)]


def state_of(database: Path) -> State:
    """What the system says of a database's files.  Equal states, some time apart, mean that nobody wrote.

    No file is opened: closing one would drop a lock that this process holds on it (ENGINE.md).
    """
    files = sorted(database.rglob("*")) if database.is_dir() else [database, *files_beside(database)]
    found = []
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            status = file.stat()
            found.append((str(file), status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return tuple(found)


def database_size(database: Path) -> int:
    """The bytes of all files of a database."""
    files = [*database.rglob("*")] if database.is_dir() else [database, *files_beside(database)]
    return sum(file.stat().st_size for file in files if file.is_file())


def remove_database(database: Path) -> None:
    """Remove a database of our own, file or folder, with what the engine keeps beside it."""
    for path in database.parent.glob(f"{glob.escape(database.name)}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def copy_database(source: Path, target: Path, *, guard: Guard) -> None:
    """Copy all files of a database in a process of its own.

    A database file must not be opened and closed in a process that has the database open: that drops the
    engine's lock on it.

    :raises DatabaseChanging: the files changed during every attempt
    :raises KuzuvcsError: the copy failed, or another process has the database open for writing
    """
    command = [sys.executable, "-P", "-m", "kuzuvcs.database_files", str(source), str(target), guard]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == _KEPT_CHANGING:
        raise changing(source)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise KuzuvcsError(f"{source} cannot be copied", cause=lines[-1] if lines else "", hint="")


def changing(database: Path) -> DatabaseChanging:
    """The error for a database that is written to while it is read."""
    return DatabaseChanging(
        f"{database} changed while it was being read",
        cause="an application is writing to it, and the engine's readers take no lock",
        hint="stop the application, or run this again when it writes less",
    )


def _copy(source: Path, target: Path, guard: Guard) -> bool:
    """Whether the copy is the state of one moment."""
    if source.is_dir():
        _copy_folder(source, target, locked=guard == "lock")
        return True
    with source.open("rb") as stream:
        if guard == "lock":
            fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if guard != "prove":
            _copy_once(source, stream, target)
            return True
        deadline = time.monotonic() + _PATIENCE
        while True:
            if _copied_one_moment(source, stream, target):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)


def _copied_one_moment(source: Path, stream: BinaryIO, target: Path) -> bool:
    """Copy, then read everything again.

    A log only grows between two checkpoints, and the main file changes in none of that time.  So if the
    second reading finds the same bytes, with the log grown at most, then the copy is what was on the disk
    between the two readings.
    """
    before = _settled(source)
    try:
        _copy_once(source, stream, target)
        same = _is_beginning(target, source, whole=True) and all(
            _is_beginning(target.with_name(target.name + suffix), path, whole=suffix != WAL)
            for path in files_beside(source)
            if (suffix := _suffix(path, source))
        )
    except FileNotFoundError:
        return False  # a checkpoint has removed a file
    return same and before == _settled(source)


def _settled(database: Path) -> tuple[tuple[str, int], ...]:
    """Which files there are: by name and inode, since a checkpoint renames the log and begins another."""
    return tuple((name, inode) for name, inode, *_ in state_of(database))


def _copy_once(source: Path, stream: BinaryIO, target: Path) -> None:
    remove_database(target)
    stream.seek(0)
    with target.open("wb") as copy:
        copy_blocks(stream, copy, Silent())
    for path in files_beside(source):
        shutil.copyfile(path, target.with_name(target.name + _suffix(path, source)))


def _suffix(path: Path, database: Path) -> str:
    name = database.name if path.name.startswith(f"{database.name}.") else real_path(database).name
    return path.name.removeprefix(name)


def _is_beginning(copy: Path, original: Path, *, whole: bool) -> bool:
    with copy.open("rb") as one, original.open("rb") as other:
        while block := one.read(_BLOCK):
            if other.read(len(block)) != block:
                return False
        return not whole or not other.read(1)


def _copy_folder(source: Path, target: Path, *, locked: bool) -> None:
    """A database of kuzu before 0.11, which locks a file of its own in the folder."""
    with (source / ".lock").open("rb") as stream:
        if locked:
            fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        shutil.copytree(source, target)


def _main(source: str, target: str, guard: Guard) -> int:
    try:
        return 0 if _copy(Path(source), Path(target), guard) else _KEPT_CHANGING
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "")
        print(f"{error.strerror or error} ({name})" if name else error, file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], sys.argv[2], cast(Guard, sys.argv[3])))
