"""The one place that writes, replaces and copies files so that a crash leaves the old or the new."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from kuzuvcs.errors import KuzuvcsError


def write_atomic(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, flush it to the disk, and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, sharing its blocks where the file system can."""
    with source.open("rb") as origin, target.open("wb") as copy:
        try:
            import fcntl

            fcntl.ioctl(copy.fileno(), 0x40049409, origin.fileno())  # FICLONE
        except (ImportError, OSError):
            shutil.copyfileobj(origin, copy, 8 << 20)


def copy_in_child(source: Path, target: Path) -> None:
    """:func:`copy_file` in a process of its own.

    A database file must not be opened and closed in a process that has the database open: that drops the
    engine's lock on it.

    :raises KuzuvcsError: the copy failed
    """
    command = [sys.executable, "-P", "-m", "kuzuvcs.files", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise KuzuvcsError(f"{source} cannot be copied", cause=words[-1] if words else "", hint="")


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
    copy_file(Path(sys.argv[1]), Path(sys.argv[2]))
