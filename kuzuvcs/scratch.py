"""Private folders for data in passing, removed at the end, and by the next run after a kill.

A folder belongs to the process that holds the lock on its ``lock`` file; the system lets go of the
lock however the process ends, so a folder whose lock can be had is left over.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "scratch-"
_UNBORN = "unborn-"
_UNBORN_AGE = 3600.0
"""Seconds after which a folder that never got its name is left over."""


@contextlib.contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A new folder inside ``parent``, which is made where it does not exist and ignored by git."""
    parent.mkdir(parents=True, exist_ok=True)
    ignore = parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    remove_left_over(parent)
    unborn = Path(tempfile.mkdtemp(prefix=_UNBORN, dir=parent))
    folder = parent / unborn.name.replace(_UNBORN, _PREFIX, 1)
    with (unborn / "lock").open("w") as lock:
        # Locked before it has its name, so that no other run can take it for left over.
        fcntl.flock(lock, fcntl.LOCK_EX)
        unborn.rename(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_left_over(parent: Path) -> None:
    """Remove the folders of processes that are gone."""
    for folder in parent.glob(f"{_PREFIX}*"):
        if _is_left_over(folder / "lock"):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in parent.glob(f"{_UNBORN}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _UNBORN_AGE:
                shutil.rmtree(folder, ignore_errors=True)


def _is_left_over(lock: Path) -> bool:
    try:
        with lock.open("r+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        # It had one before it had its name: it was killed in the middle of removing itself.
        return True
    except OSError:
        return False
    return True
