"""Where a new version is put together: a scratch repository inside the store.

As git's own quarantine for a push: ``fast-import`` writes its pack, its temporary ref and, if
it fails, its crash report into a folder of their own, which borrows the store's objects.  Only
a whole and checked pack is moved over.  Whatever a kill leaves behind is in that folder, which the
next writer removes; nothing has to be told from the temporary files of a ``git gc`` next door.
"""

from __future__ import annotations

import glob
import os
import shutil
from pathlib import Path

from kuzuvcs.store.git import Git

REF = "refs/heads/incoming"
_FOLDER = "incoming"


def open_incoming(store: Git) -> Git:
    """A scratch repository that sees the objects of ``store``; the last one was discarded."""
    folder = store.directory / _FOLDER
    for name in ("objects/pack", "objects/info", "refs/heads"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_bytes(f"ref: {REF}\n".encode("ascii"))
    (folder / "objects/info/alternates").write_bytes(b"../../objects\n")
    return Git(folder, store.held)


def publish(store: Git) -> None:
    """Move the packs of the scratch repository into ``store``, durably, each index last.

    git takes no notice of a pack that has no index.
    """
    packs = _packs(store)
    target = store.directory / "objects" / "pack"
    for file in sorted(packs.iterdir(), key=lambda file: file.suffix == ".idx"):
        _sync(file)
        file.rename(target / file.name)
    _sync(target)


def discard_incoming(store: Git) -> None:
    """Remove the scratch repository, and what a killed :func:`publish` had moved of an unfinished pack."""
    packs = _packs(store)
    if packs.is_dir():
        target = store.directory / "objects" / "pack"
        for index in packs.glob("*.idx"):
            if not (target / index.name).exists():
                for file in target.glob(f"{glob.escape(index.stem)}.*"):
                    file.unlink()
    folder = store.directory / _FOLDER
    if folder.is_dir():
        shutil.rmtree(folder)


def _packs(store: Git) -> Path:
    return store.directory / _FOLDER / "objects" / "pack"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
