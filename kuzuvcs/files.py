"""The one place that writes, replaces and copies files so that a crash leaves the old or the new."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kuzuvcs.core.progress import Progress, Silent
from kuzuvcs.errors import KuzuvcsError

_BLOCK = 8 << 20
_WRITING = "writing-"
_FICLONE = 0x40049409
"""The ioctl that shares a file's blocks, where the file system can."""


def write_atomic(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, flush it to the disk, and rename it into place.

    What a writer of the same file left that was killed is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with folder_lock(path.parent):
        _remove_half_written(path)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.{_WRITING}")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _remove_half_written(path: Path) -> None:
    """A file whose lock can be had is nobody's any more."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.{_WRITING}*"):
        with contextlib.suppress(OSError), left.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, to make something in it that has a lock of its own."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that a rename in it outlasts a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Flush a file's bytes to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_database(source: Path, target: Path, *, locked: bool) -> None:
    """Copy a database and its write-ahead log in a process of its own.

    A database file must not be opened and closed in a process that has the database open: that drops the
    engine's lock on it.  ``locked`` takes the engine's own shared lock meanwhile, for a database that nobody
    who is to be waited for has open.

    :raises KuzuvcsError: the copy failed, or another process has the database open for writing
    """
    words = ["locked"] if locked else []
    command = [sys.executable, "-P", "-m", "kuzuvcs.files", str(source), str(target), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise KuzuvcsError(f"{source} cannot be copied", cause=said[-1] if said else "", hint="")


def copy_file(source: Path, target: Path, progress: Progress) -> None:
    """Copy a file that nobody writes to, and flush the copy to the disk; ``progress`` counts bytes.

    Where the file system can share blocks (btrfs, XFS), nothing is copied until one of the two is written to.

    :raises KuzuvcsError: it cannot be read, or there is no room; nothing of the copy stays
    """
    try:
        with source.open("rb") as stream, target.open("xb") as copy:
            _copy_blocks(stream, copy, progress)
            copy.flush()
            os.fsync(copy.fileno())
    except OSError as error:
        if not isinstance(error, FileExistsError):
            target.unlink(missing_ok=True)
        raise KuzuvcsError(
            f"{source} cannot be copied to {target}",
            cause=error.strerror or str(error),
            hint="what was there is as it was",
        ) from error


def sha256_on_disk(path: Path, progress: Progress) -> str:
    """The sha256 of a file as the disk has it, as far as the system lets go of what it remembers of it."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as stream:
        if hasattr(os, "posix_fadvise"):  # not on macOS
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while block := stream.read(_BLOCK):
            digest.update(block)
            progress.advance(len(block))
    return digest.hexdigest()


def database_size(database: Path) -> int:
    """The bytes of a database and of the log beside it; of all files, where it is a folder."""
    log = database.with_name(database.name + ".wal")
    files = [*database.rglob("*")] if database.is_dir() else [database, log]
    return sum(file.stat().st_size for file in files if file.is_file())


def remove_database(database: Path) -> None:
    """Remove a database of our own, file or folder, with what the engine keeps beside it."""
    for path in database.parent.glob(f"{glob.escape(database.name)}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _copy_folder(source: Path, target: Path, *, locked: bool) -> None:
    """A database of kuzu before 0.11, which locks a file of its own in the folder."""
    with (source / ".lock").open("rb") as stream:
        if locked:
            fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        shutil.copytree(source, target)


def _copy_with_log(source: Path, target: Path, *, locked: bool) -> None:
    if source.is_dir():
        _copy_folder(source, target, locked=locked)
        return
    with source.open("rb") as stream:
        if locked:
            fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        with target.open("wb") as copy:
            _copy_blocks(stream, copy, Silent())
        # A log whose CHECKPOINT was broken off is replayed from the pages in the other file.
        for suffix in (".wal", ".shadow"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(
                    source.with_name(source.name + suffix), target.with_name(target.name + suffix)
                )


def _copy_blocks(source: BinaryIO, target: BinaryIO, progress: Progress) -> None:
    try:
        fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())
    except OSError:
        while block := source.read(_BLOCK):
            target.write(block)
            progress.advance(len(block))


def require_room(folder: Path, needed: int, purpose: str) -> None:
    """Raise unless the file system of ``folder`` has ``needed`` bytes free.

    :raises KuzuvcsError: with what is free and what is needed
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise KuzuvcsError(
            f"not enough room on the disk to {purpose}",
            cause=f"{folder} has {free:,} bytes free, {needed:,} are needed",
            hint="free some space, or put the project on a larger disk; nothing was changed",
        )


if __name__ == "__main__":
    _copy_with_log(Path(sys.argv[1]), Path(sys.argv[2]), locked=len(sys.argv) > 3)
