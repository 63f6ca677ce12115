"""What may be in a store's folder: regular files and folders, and nothing that leads out of it.

git opens what it finds under the names that it knows: it waits for a FIFO, writes through a symbolic link,
and appends to what shares a file in ``logs``.  Only the kinds of the entries are looked at, which the
folders themselves hold, so that many loose objects cost one ``readdir`` for each folder.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.errors import StoreError
from kuzuvcs.reading import kind_of

_WRITTEN_IN_PLACE = ("logs", "info", "kuzuvcs.lock", ".gitignore")
"""What git or kuzuvcs writes to without making it anew: another name of such a file would be changed, too."""
_BOUNDED = {"packed-refs": limits.STORE_REFS_FILE, "shallow": limits.STORE_REFS_FILE}
_DEEPEST = 64
"""Folders inside folders.  git itself needs five; branch names with slashes make more."""


def check_places(store: Path) -> None:
    """Raise :class:`StoreError` for the first thing in the folder that git could be misled by.

    What another process removes meanwhile is passed over.

    :raises OSError: a folder cannot be read
    """
    seen = 0
    folders = [(store, 0)]
    while folders:
        folder, depth = folders.pop()
        for entry in _entries(folder):
            seen += 1
            if seen > limits.STORE_ENTRIES:
                raise _refused(
                    store,
                    f"it holds over {limits.STORE_ENTRIES:,} files",
                    f"if you trust it: git -C {shlex.quote(str(store))} gc",
                )
            if entry.is_dir(follow_symlinks=False):
                if depth == _DEEPEST:
                    raise _refused(store, f"its folders are over {_DEEPEST} levels deep")
                folders.append((Path(entry.path), depth + 1))
            elif not entry.is_file(follow_symlinks=False):
                _refuse_kind(store, Path(entry.path))
    for name in _WRITTEN_IN_PLACE:
        _check_names(store, store / name)
    for name, most in _BOUNDED.items():
        if os.path.lexists(store / name) and (store / name).stat().st_size > most:
            raise _refused(store, f"'{name}' has over {most:,} bytes")


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        yield from entries


def _refuse_kind(store: Path, place: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        raise _refused(store, f"'{place.relative_to(store)}' is {kind_of(place.lstat().st_mode)}")


def _check_names(store: Path, place: Path) -> None:
    """Refuse files with another name, here and in the folders below."""
    if place.is_dir():
        for entry in _entries(place):
            _check_names(store, Path(entry.path))
        return
    here, new = str(place), f"{place}.new"
    with contextlib.suppress(FileNotFoundError):
        if _has_other_names(place):
            raise _refused(
                store,
                f"'{place.relative_to(store)}' is a hard link: writing to it would change another file",
                f"if you trust it, make it a file of its own: {shlex.join(['cp', here, new])} && "
                f"{shlex.join(['mv', new, here])}",
            )


def _has_other_names(file: Path) -> bool:
    found = file.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_nlink > 1


def _refused(store: Path, cause: str, hint: str = "") -> StoreError:
    return StoreError(f"the store {store} is refused", cause=cause, hint=hint)
