"""The one place that writes, replaces and copies files so that a crash leaves the old or the new."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kuzuvcs.core.progress import Progress
from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.file_access import access_of, create, give_access, replaced_access
from kuzuvcs.reading import UnusableFile, kind_of

_BLOCK = 8 << 20
_WRITING = "writing-"
_FICLONE = 0x40049409
"""The ioctl that shares a file's blocks, where the file system can."""


def write_atomic(path: Path, text: str, *, like: Path | None = None) -> None:
    """Write ``text`` beside ``path``, flush it to the disk, and rename it into place.

    It has the mode, owner, group and extended attributes of ``like``, or of the file that it replaces, as far
    as the system lets us; a new file has the umask's mode.  What a killed writer of the same file left is
    removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with folder_lock(path.parent):
        _remove_half_written(path)
        access = access_of(like) if like is not None else replaced_access(path)
        temporary = path.with_name(f".{path.name}.{_WRITING}{secrets.token_hex(8)}")
        descriptor = create(temporary, 0o666 if access is None else 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            if access is not None:
                give_access(descriptor, access)
            os.fsync(descriptor)
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


def open_lock(path: Path) -> int:
    """A descriptor of a lock file, made where there is none; what is written into it reaches no other file.

    :raises OSError: it cannot be made; :class:`~kuzuvcs.reading.UnusableFile` where it is no file of its own
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o666)
    found = os.fstat(descriptor)
    kind = kind_of(found.st_mode) or ("a hard link" if found.st_nlink > 1 else "")
    if kind:
        os.close(descriptor)
        raise UnusableFile(f"{path} is {kind}")
    return descriptor


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


def copy_file(source: Path, target: Path, progress: Progress) -> None:
    """Copy a file that nobody writes to, and flush the copy to the disk; ``progress`` counts bytes.

    Where the file system can share blocks (btrfs, XFS), nothing is copied until one of the two is written to.
    The copy is its owner's alone.

    :raises KuzuvcsError: it cannot be read, or there is no room; nothing of the copy stays
    """
    try:
        with source.open("rb") as stream, os.fdopen(create(target, 0o600), "wb") as copy:
            copy_blocks(stream, copy, progress)
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


def copy_blocks(source: BinaryIO, target: BinaryIO, progress: Progress) -> None:
    """Copy what is left of one open file into another; share the blocks where the file system can."""
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
