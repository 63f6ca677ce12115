"""The sum file beside the scripts: written with them, and held against them before they are used."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.core.scripts.sums import SUM_FILE, SumFault, render_sum, sum_faults
from kuzuvcs.errors import MigrationError
from kuzuvcs.files import write_atomic
from kuzuvcs.reading import read_bounded

CALLBACKS = "callbacks"
SUFFIX = ".cypher"


def has_sum(folder: Path) -> bool:
    """Whether there is one; a folder from before there were any has none."""
    return os.path.lexists(folder / SUM_FILE)


def folder_faults(folder: Path) -> tuple[SumFault, ...]:
    """What differs between the folder and its sum file; nothing where it has none.

    :raises MigrationError: a file cannot be read
    """
    if not has_sum(folder):
        return ()
    try:
        text = read_bounded(folder / SUM_FILE, limits.SUM_FILE).decode("utf-8", errors="replace")
    except OSError as error:
        raise MigrationError(f"cannot read {folder / SUM_FILE}", cause=str(error)) from error
    return sum_faults(text.replace("\r\n", "\n"), _checksums(folder))


def require_intact(folder: Path, *, but: str = "") -> None:
    """Raise unless the folder is as its sum file says, or has none; the file ``but`` may differ.

    :raises MigrationError: the first fault, and how many there are
    """
    faults = [one for one in folder_faults(folder) if not but or one.file != but]
    if faults:
        first = faults[0]
        more = f"; {len(faults) - 1} more (kuzuvcs check lists all)" if len(faults) > 1 else ""
        raise MigrationError(first.message, cause=first.cause + more, hint=first.hint)


def write_sum(folder: Path) -> None:
    """Record the folder as it is."""
    write_atomic(folder / SUM_FILE, render_sum(_checksums(folder)))


def _checksum(path: Path) -> str:
    """The sha256 of a script's bytes.

    :raises OSError: it cannot be read, or is larger than a script may be
    """
    return hashlib.sha256(read_bounded(path, limits.SCRIPT)).hexdigest()


def _checksums(folder: Path) -> dict[str, str]:
    paths = [
        path
        for place in (folder, folder / CALLBACKS)
        if place.is_dir()
        for path in place.iterdir()
        if path.suffix == SUFFIX and not path.name.startswith(".")
    ]
    try:
        return {path.relative_to(folder).as_posix(): _checksum(path) for path in paths}
    except OSError as error:
        raise MigrationError("a migration script cannot be read", cause=str(error)) from error
