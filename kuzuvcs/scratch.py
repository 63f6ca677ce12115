"""Private folders for data in passing, removed at the end, and by the next run after a kill.

A folder belongs to the process that holds the lock on its ``lock`` file; the system lets go of the
lock however the process ends, so a folder whose lock can be had is left over.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.files import folder_lock

_PREFIX = "scratch-"


@contextlib.contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A new folder inside ``parent``, which is made where it does not exist and ignored by git."""
    parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError), (parent / ".gitignore").open("x", encoding="utf-8") as ignore:
        ignore.write("*\n")
    with contextlib.ExitStack() as stack:
        # So that no other run takes a folder for left over that has no lock yet.
        with folder_lock(parent):
            _remove_left_over(parent)
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            lock = stack.enter_context((folder / "lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_left_over(parent: Path) -> None:
    """Remove the folders of processes that are gone.

    A cloned project can have a link in place of ``parent``.  What it leads to is not ours to clean.
    """
    if parent.is_symlink():
        return
    for folder in parent.glob(f"{_PREFIX}*"):
        if _is_left_over(folder / "lock"):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left_over(lock: Path) -> bool:
    try:
        with lock.open("r+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        # Killed before it had one, or in the middle of removing itself.
        return True
    except OSError:
        return False
    return True
