"""Reading a file that may come from a stranger: within bounds, and without waiting for anything."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kuzuvcs.errors import UsageError

AnyPath = str | os.PathLike[str]
"""How a caller of the library may name a file or folder."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a symbolic link",
}


def real_path(path: Path) -> Path:
    """The path without links of a file or folder, or of where one can be made.

    :raises UsageError: it has a NUL character, leads in a circle, or is a FIFO, a socket or a device
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return path.resolve()
    except (ValueError, OSError) as error:
        cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"{str(path)!r:.300} cannot be used", cause=cause, hint="name another path"
        ) from error
    if not stat.S_ISDIR(found.st_mode) and (kind := kind_of(found.st_mode)):
        raise UsageError(
            f"{path} cannot be used", cause=f"it is {kind}", hint="name a regular file or a folder"
        )
    return path.resolve()


class UnusableFile(OSError):
    """The file is of another kind, or larger than anything that kuzuvcs or git writes there."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


def kind_of(mode: int) -> str:
    """What a file is that is no regular one, in words; empty for a regular file."""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no regular file")


def read_bounded(path: Path, most: int, *, follow: bool = True) -> bytes:
    """The bytes of a regular file of at most ``most`` bytes.

    A FIFO or a device is refused instead of waited for.  With ``follow=False`` a symbolic link is refused.

    :raises OSError: it cannot be read; :class:`UnusableFile` for its kind or size
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    except ValueError as error:
        raise UnusableFile(f"{path!s:.200} is not a path: {error}") from error
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if kind := kind_of(found.st_mode):
            raise UnusableFile(f"{path} is {kind}")
        if found.st_size <= most:
            data = stream.read(most + 1)
            if len(data) <= most:
                return data
    raise UnusableFile(f"{path} has more than the {most:,} bytes that kuzuvcs reads")
