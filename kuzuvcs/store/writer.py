"""Committing a version: objects first, then what points to them."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from kuzuvcs.errors import DamagedStore, StoreError, UsageError
from kuzuvcs.store.fast_import import FastImport
from kuzuvcs.store.git import Git, GitFailed, user_identity
from kuzuvcs.store.history import BRANCH, branch_commit, find_head, list_versions, next_name
from kuzuvcs.store.incoming import REF, discard_incoming, open_incoming, publish
from kuzuvcs.store.objects import blob_hash, list_blobs, list_ids
from kuzuvcs.store.staging import Staging
from kuzuvcs.store.values import Bytes, Committed, Entry, Progress, Ranges, Subtree, Version

_NOBODY = ("kuzuvcs", "kuzuvcs@localhost")
_NO_OBJECT = "0" * 40

KEPT = "refs/kuzuvcs/before"
"""Where commits are kept that are no versions: what was captured before a migration."""


class Writer:
    """What may change a store; it exists only while the write lock is held (:meth:`Store.writer`)."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def commit(
        self, entries: Iterable[Entry], *, message: str, progress: Progress | None = None
    ) -> Committed:
        """Make ``entries`` the next version.

        At most one part is in memory at a time.  Raises :class:`StoreError` when the version cannot be
        made (a full disk, a file that is short), and whatever else ``entries`` or ``progress`` raise; then
        the store has the versions it had before.
        """
        text = _message(message)
        report = progress or _ignore
        versions = list_versions(self._git)
        head = _head(self._git, versions)
        name = next_name(versions)
        created = datetime.now(UTC).replace(microsecond=0)
        with self._writing():
            commit = _Commit(self._git, report, head)
            version = Version(
                name=name,
                commit=commit.run(entries, text, created),
                created=created,
                message=text.decode("utf-8").rstrip("\n"),
                parent=head.commit if head else None,
            )
            _move_refs(self._git, version)
            report("committed", 0)
        return Committed(version=version, stored_bytes=commit.stored, reused_bytes=commit.reused)

    def keep(self, entries: Iterable[Entry], *, message: str) -> str:
        """Commit a tree that is no version, under a ref of its own; the commit's id.  Errors as above."""
        created = datetime.now(UTC).replace(microsecond=0)
        with self._writing():
            commit = _Commit(self._git, _ignore, None).run(entries, _message(message), created)
            self._git.run("update-ref", f"{KEPT}/{commit}", commit)
        return commit

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError("the version could not be written", cause=str(error)) from error
        finally:
            discard_incoming(self._git)


def _head(git: Git, versions: Iterable[Version]) -> Version | None:
    """The version that the next one comes after."""
    head = find_head(git, tuple(versions))
    if (head.commit if head else None) != branch_commit(git):
        raise StoreError(
            "the store's branch 'main' is at a commit that has no version's tag",
            cause="its tags were not fetched or not pushed with it",
            hint="fetch them: git fetch --tags",
        )
    return head


class _Commit:
    """One commit on its way."""

    def __init__(self, git: Git, report: Progress, parent: Version | None) -> None:
        self._git = git
        self._report = report
        self._parent = parent
        self._reachable = _reachable_objects(git)
        self._staging = Staging()
        self.stored = 0
        self.reused = 0

    def run(self, entries: Iterable[Entry], message: bytes, created: datetime) -> str:
        """Import the objects; the commit's id.  No ref of the store leads to it yet."""
        incoming = open_incoming(self._git)
        with FastImport(incoming) as stream:
            for entry in entries:
                self._add(stream, entry)
            stream.commit(
                REF,
                identity=_identity(self._git.directory.parent, created),
                message=message,
                parent=self._parent.commit if self._parent else None,
                tree=self._staging.entries(),
            )
            stream.finish()
        self._report("imported", 0)
        commit = self._check(incoming)
        self._report("checked", 0)
        publish(self._git)
        self._report("published", 0)
        return commit

    def _add(self, stream: FastImport, entry: Entry) -> None:
        match entry:
            case Bytes(path=path, data=data):
                self._add_part(stream, path, data)
            case Ranges(path=path):
                for name, data in _read_parts(entry):
                    self._add_part(stream, f"{path}/{name}", data)
            case Subtree(path=path, tree=tree):
                self._add_subtree(path, tree)
            case _:
                assert_never(entry)

    def _add_part(self, stream: FastImport, path: str, data: bytes) -> None:
        hashed = blob_hash(len(data))
        hashed.update(data)
        object_id = hashed.hexdigest()
        self._staging.add_blob(path, object_id)
        if object_id in self._reachable:
            self.reused += len(data)
        else:
            stream.blob(data)
            self._reachable.add(object_id)
            self.stored += len(data)
        self._report("part", len(data))

    def _add_subtree(self, path: str, tree: str) -> None:
        if tree not in self._reachable:
            raise StoreError(f"no version of the store holds the tree {tree} for {path}")
        size = sum(blob.size for blob in list_blobs(self._git, tree))
        self._staging.add_tree(path, tree)
        self.reused += size
        self._report("part", size)

    def _check(self, incoming: Git) -> str:
        """The imported commit, once it is known to hold what was asked for and to lack no object."""
        commit = incoming.run("rev-parse", "--verify", REF).decode("ascii").strip()
        differs = self._staging.differs(list_ids(incoming, commit))
        if differs is not None:
            raise StoreError("git made another tree than it was given", cause=f"at {differs}")
        known = [f"^{self._parent.commit}"] if self._parent else []
        incoming.run("rev-list", "--objects", "--quiet", commit, *known)
        return commit


def _read_parts(ranges: Ranges) -> Iterator[tuple[str, bytes]]:
    size = ranges.file.stat().st_size
    position = 0
    last = ""
    with ranges.file.open("rb") as file:
        for name, offset, length in ranges.parts:
            if name <= last or offset != position:
                raise StoreError(
                    f"the parts of {ranges.path} are not the file in git's order", cause=f"at {name}"
                )
            data = file.read(length)
            if len(data) != length:
                raise StoreError(f"{ranges.file} is cut short", cause=f"at byte {offset + len(data)}")
            yield name, data
            position, last = offset + length, name
    if position != size:
        raise StoreError(
            f"the parts of {ranges.path} are not the whole file", cause=f"{position} of {size} bytes"
        )


def _reachable_objects(git: Git) -> set[str]:
    """The ids of all objects that a ref leads to; only these count as already there."""
    try:
        listed = git.run("rev-list", "--objects", "--no-object-names", "--all")
    except GitFailed as error:
        raise DamagedStore(
            "the store is damaged, so no version can be added to it",
            cause=error.cause,
            hint=f"git -C {shlex.quote(str(git.directory))} fsck names the damage; restore it from a clone",
        ) from error
    return set(listed.decode("ascii").split())


def _move_refs(git: Git, version: Version) -> None:
    commands = (
        "start",
        f"update {BRANCH} {version.commit} {version.parent or _NO_OBJECT}",
        f"create refs/tags/{version.name} {version.commit}",
        "prepare",
        "commit",
    )
    # A branch that is a symbolic ref would move what it leads to: a version's tag, for example.
    git.run(
        "update-ref", "--no-deref", "--stdin", stdin="".join(f"{line}\n" for line in commands).encode("ascii")
    )


def _identity(folder: Path, created: datetime) -> bytes:
    name, email = user_identity(folder) or _NOBODY
    return f"{name} <{email}> {int(created.timestamp())} +0000".encode("utf-8", "replace")


def _message(message: str) -> bytes:
    try:
        text = message.rstrip("\n").encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError("the message is not valid text", cause=str(error)) from error
    if b"\0" in text:
        raise UsageError("the message holds a NUL byte, which git cannot keep")
    return text + b"\n"


def _ignore(step: str, size: int) -> None:
    """No one wants to know."""
