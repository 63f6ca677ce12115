"""The sum file beside the scripts: written with them, and held against them before they are used."""

from __future__ import annotations

import os
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.core.scripts.sums import SUM_FILE, Checksum, SumFault, render_sum, sum_faults
from kuzuvcs.errors import MigrationError
from kuzuvcs.files import write_atomic
from kuzuvcs.migrations.script_bytes import checksum_of, read_bytes

CALLBACKS = "callbacks"
SUFFIX = ".cypher"


def has_sum(folder: Path) -> bool:
    """Whether there is one; a folder from before there were any has none."""
    return os.path.lexists(folder / SUM_FILE)


def folder_faults(folder: Path) -> tuple[SumFault, ...]:
    """What differs between the folder and its sum file; nothing where it has none.

    Scripts that cannot be read are not compared: who reads them reports them.

    :raises MigrationError: the folder cannot be listed
    """
    if not has_sum(folder):
        return ()
    try:
        text = read_bytes(folder / SUM_FILE, limits.SUM_FILE).decode("utf-8", errors="replace")
    except MigrationError as error:
        return (
            SumFault(
                kind="unreadable",
                file=SUM_FILE,
                line=1,
                message=error.message,
                cause=error.cause,
                hint="get it back from version control, or remove it; kuzuvcs repair writes a new one",
            ),
        )
    files, unread = _checksums(folder)
    return tuple(one for one in sum_faults(text.replace("\r\n", "\n"), files) if one.file not in unread)


def require_intact(folder: Path, *, but: str = "") -> None:
    """Raise unless the folder is as its sum file says, or has none; the file ``but`` may differ.

    :raises MigrationError: the first fault, and how many there are; or a script cannot be read
    """
    faults = [one for one in folder_faults(folder) if not but or one.file != but]
    if faults:
        first = faults[0]
        more = f"; {len(faults) - 1} more (kuzuvcs check lists all)" if len(faults) > 1 else ""
        raise MigrationError(first.message, cause=first.cause + more, hint=first.hint)


def write_sum(folder: Path) -> None:
    """Record the folder as it is.

    :raises MigrationError: a script cannot be read
    """
    files, unread = _checksums(folder)
    if unread:
        raise next(iter(unread.values()))
    write_atomic(folder / SUM_FILE, render_sum(files))


def _checksums(folder: Path) -> tuple[dict[str, Checksum], dict[str, MigrationError]]:
    """By name, the checksums of the scripts and callbacks that can be read, and why the others cannot."""
    files: dict[str, Checksum] = {}
    unread: dict[str, MigrationError] = {}
    paths = [*script_paths(folder)]
    try:
        paths += script_paths(folder / CALLBACKS)
    except MigrationError as error:
        unread[CALLBACKS] = error
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            files[name] = checksum_of(path)
        except MigrationError as error:
            unread[name] = error
    return files, unread


def script_paths(folder: Path) -> tuple[Path, ...]:
    """The entries that are scripts by their suffix, in name order; none where there is no folder.

    :raises MigrationError: the folder cannot be listed, or is a file
    """
    try:
        found = [path for path in folder.iterdir() if path.suffix == SUFFIX and not path.name.startswith(".")]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise MigrationError(
            f"cannot list {folder}",
            cause=error.strerror or str(error),
            hint="the project file says where the migrations folder is",
        ) from error
    return tuple(sorted(found))
