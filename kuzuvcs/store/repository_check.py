"""What a repository has to look like before git is let loose on it.

git obeys the configuration of the repository it is run in: ``core.fsmonitor``, ``core.sshCommand``,
a filter or an include there runs a program or reads a file of a stranger's choice.  It writes through
symbolic links (an existing file in ``logs`` is appended to, whatever the configuration says), and waits
for a FIFO.  So a store is opened only when every key in its ``config`` is one that kuzuvcs or
``git clone`` writes, and when all of it is regular files and folders inside its own folder.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.errors import StoreError
from kuzuvcs.reading import read_bounded
from kuzuvcs.store.git import GitFailed, read_config
from kuzuvcs.store.places import check_places

HEAD = "ref: refs/heads/main"

SETTINGS = {
    "core.compression": "0",
    "core.bigfilethreshold": "1m",
    "gc.auto": "0",
}
"""Set whenever the store is opened for writing; a clone has none of them.

Parts are compressed already, so zlib and deltas only cost time (deltas are off by
``info/attributes``), and ``git gc --auto`` never runs beside a snapshot.
"""

_ANY = re.compile(r".*", re.DOTALL)
_FLAG = re.compile(r"true|false")
_HARMLESS = {
    **dict.fromkeys(SETTINGS, _ANY),
    "core.repositoryformatversion": re.compile(r"[01]"),
    "core.bare": re.compile(r"true"),
    "core.filemode": _FLAG,
    "core.symlinks": _FLAG,
    "core.ignorecase": _FLAG,
    "core.precomposeunicode": _FLAG,
    "core.logallrefupdates": _ANY,
    "extensions.objectformat": re.compile(r"sha1"),
    "extensions.refstorage": re.compile(r"files"),
}
_HARMLESS_BY_NAME = re.compile(
    r"remote\..+\.(url|pushurl|fetch|mirror)|branch\..+\.(remote|merge)", re.DOTALL
)
_OUTWARD = (
    "commondir",
    "gitdir",
    "config.worktree",
    "worktrees",
    "objects/info/alternates",
    "objects/info/http-alternates",
)
_LARGEST_HEAD = 1 << 10


def check_repository(path: Path) -> dict[str, str]:
    """The configuration of the store at ``path``, once everything in it is known to be harmless.

    Nothing in the folder is opened before its kind is known, so that the check never waits.

    Raises :class:`StoreError` when there is no bare git repository, when its ``config`` holds a
    key or value that kuzuvcs does not set, or when a part of it lies outside its folder.
    """
    try:
        _check_bare(path)
        check_places(path)
        if read_bounded(path / "HEAD", _LARGEST_HEAD, follow=False).strip() != HEAD.encode("ascii"):
            raise _refused(path, f"its HEAD is not '{HEAD}'")
        return _check_config(path / "config")
    except OSError as error:
        raise _refused(path, str(error)) from error


def _check_bare(path: Path) -> None:
    if not path.is_dir():
        raise StoreError(f"no store at {path}", hint="kuzuvcs init makes one")
    if os.path.lexists(path / ".git"):
        raise StoreError(
            f"{path} is not a store",
            cause="it is a git working tree, and a store is a bare repository",
            hint="clone a store with: git clone --bare",
        )
    missing = [name for name in ("HEAD", "config", "objects", "refs") if not os.path.lexists(path / name)]
    if missing:
        raise StoreError(f"{path} is not a store", cause=f"a bare git repository has '{missing[0]}'")
    for name in _OUTWARD:
        if os.path.lexists(path / name):
            raise _refused(path, f"'{name}' leads git outside the store")


def _check_config(file: Path) -> dict[str, str]:
    if file.stat().st_size > limits.STORE_CONFIG:
        raise _refused(file.parent, "its config is over 64 KiB")
    try:
        pairs = read_config(file)
    except GitFailed as error:
        raise _refused(file.parent, f"its config: {error.cause}") from error
    for key, value in pairs:
        if not _is_harmless(key, value):
            words = ["git", "config", "--file", str(file), "--unset-all", key]
            raise StoreError(
                f"the store {file.parent} is refused",
                cause=f"its config sets '{key}' to '{value}', which kuzuvcs does not set and git may act on",
                hint=f"if you trust it: {shlex.join(words)}",
            )
    config = dict(pairs)
    if config.get("core.bare") != "true":
        raise StoreError(f"{file.parent} is not a store", cause="it is not a bare repository (core.bare)")
    return config


def _is_harmless(key: str, value: str) -> bool:
    pattern = _HARMLESS.get(key)
    if pattern is not None:
        return pattern.fullmatch(value) is not None
    return _HARMLESS_BY_NAME.fullmatch(key) is not None


def _refused(path: Path, cause: str) -> StoreError:
    return StoreError(f"the store {path} is refused", cause=cause)
