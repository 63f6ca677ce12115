"""What a store is given before it is written to, and what a killed writer left in it."""

from __future__ import annotations

import re
from pathlib import Path

from kuzuvcs.store.git import Git
from kuzuvcs.store.history import BRANCH, branch_commit, find_head, list_versions
from kuzuvcs.store.incoming import discard_incoming
from kuzuvcs.store.repository_check import SETTINGS

_FILES = {
    ".gitignore": "*\n",  # an enclosing repository leaves the store alone
    "info/attributes": "* -delta\n",
}
_OUR_REF_LOCK = re.compile(r"main\.lock|v[1-9][0-9]*\.lock")


def settle(git: Git, config: dict[str, str]) -> None:
    """Give the store the settings and files that it lacks."""
    for key, value in SETTINGS.items():
        if config.get(key) != value:
            git.run("config", "--replace-all", key, value)
    for name, text in _FILES.items():
        file = git.directory / name
        if not file.is_file() or file.read_bytes() != text.encode("ascii"):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(text.encode("ascii"))


def sweep(git: Git, *, interrupted: bool) -> None:
    """Remove what killed writers left behind.

    The lock files of refs are removed, and the branch is put back to the last version, only after a
    writer of ours was killed (``interrupted``): otherwise they may belong to a git at work here.
    """
    discard_incoming(git)
    if interrupted:
        for file in _ref_locks(git.directory):
            file.unlink(missing_ok=True)
        _put_branch_back(git)


def _ref_locks(store: Path) -> list[Path]:
    folders = (store / "refs" / "heads", store / "refs" / "tags")
    locks = [
        file for folder in folders for file in folder.glob("*.lock") if _OUR_REF_LOCK.fullmatch(file.name)
    ]
    return [*locks, store / "config.lock"]


def _put_branch_back(git: Git) -> None:
    at = branch_commit(git)
    head = find_head(git, list_versions(git))
    if at is None or (head is not None and head.commit == at):
        return
    move = f"update {BRANCH} {head.commit} {at}" if head else f"delete {BRANCH} {at}"
    git.run("update-ref", "--no-deref", "--stdin", stdin=f"start\n{move}\nprepare\ncommit\n".encode("ascii"))
