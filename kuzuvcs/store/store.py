"""The store: versions of a tree of named bytes, kept in a bare git repository."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from kuzuvcs.core import limits
from kuzuvcs.core.paths import check_path
from kuzuvcs.errors import DamagedStore, StoreError, UnknownRevision
from kuzuvcs.store.assembly import Assembly
from kuzuvcs.store.git import Git, GitFailed
from kuzuvcs.store.history import COMMIT_ID, find_head, list_versions, resolve
from kuzuvcs.store.lock import write_lock
from kuzuvcs.store.objects import BlobReader, BrokenObject, list_blobs, list_ids, object_id
from kuzuvcs.store.repository_check import check_repository
from kuzuvcs.store.upkeep import settle, sweep
from kuzuvcs.store.values import Blob, Progress, Version
from kuzuvcs.store.writer import Writer

_FINDINGS = 20
"""Lines of git fsck that an error repeats."""


class Store:
    """A bare git repository whose tags ``v1``, ``v2``, … are versions.

    It knows nothing of what the bytes mean.  Nothing is held open between calls.  ``commit`` arguments
    are full commit ids, as in :attr:`Version.commit`.  Everything read is checked against its hash:
    :class:`DamagedStore` names the version and the path.
    """

    def __init__(self, path: Path) -> None:
        self._git = Git(path)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make an empty store at ``path``, which is missing or an empty folder, and open it."""
        path = path.absolute()
        if path.is_dir() and any(path.iterdir()):
            raise StoreError(f"no store can be made at {path}", cause="the folder is not empty")
        made = path.with_name(f".{path.name}.new")
        shutil.rmtree(made, ignore_errors=True)
        try:
            made.mkdir(parents=True)
            git = Git(made)
            git.run(
                "init", "--quiet", "--bare", "--template=", "--object-format=sha1", "--initial-branch=main"
            )
            settle(git, check_repository(made))
            made.rename(path)
        except OSError as error:
            shutil.rmtree(made, ignore_errors=True)
            raise StoreError(f"no store can be made at {path}", cause=str(error)) from error
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The store at ``path``.

        Raises :class:`StoreError` when there is none, or when its ``config`` holds a key that kuzuvcs does
        not set or a part of it lies elsewhere: git would act on what a stranger put there.
        """
        path = path.absolute()
        check_repository(path)
        return cls(path)

    @classmethod
    def open_or_create(cls, path: Path) -> Self:
        """The store at ``path``, made where nothing is there.  Errors as above."""
        return cls.open(path) if os.path.lexists(path) else cls.create(path)

    @property
    def path(self) -> Path:
        """The folder of the repository, absolute."""
        return self._git.directory

    def versions(self) -> tuple[Version, ...]:
        """Every version, newest first."""
        return list_versions(self._git)

    def head(self) -> Version | None:
        """The last version of the branch, None in an empty store."""
        return find_head(self._git, self.versions())

    def resolve(self, revision: str) -> Version:
        """The version that ``revision`` means: ``v3``, ``HEAD~1``, a commit's prefix, a branch.

        Raises :class:`UnknownRevision`, which tells what exists.
        """
        return resolve(self._git, revision)

    def tree(self, commit: str, path: str) -> str | None:
        """The git object id of a folder or file in a version, None when it has none of that name."""
        check_path(path)
        _check_commit(commit)
        with self._naming_damage(commit, path):
            return object_id(self._git, commit, path)

    def listing(self, commit: str, path: str = "") -> tuple[Blob, ...]:
        """Every file under ``path`` in a version, in git's order, with full paths; ``""`` is the root."""
        _check_commit(commit)
        if path:
            check_path(path)
        with self._naming_damage(commit, path or "its tree"):
            return list_blobs(self._git, commit, path)

    def trees(self, commit: str) -> dict[str, str]:
        """The git object ids of all folders and files of a version, by full path."""
        _check_commit(commit)
        with self._naming_damage(commit, "its tree"):
            return list_ids(self._git, commit)

    def read(self, commit: str, path: str) -> bytes:
        """The bytes of one document of a version.

        Raises :class:`DamagedStore` when it is missing, altered or larger than such a document may be.
        """
        [data] = self.read_each([(commit, path)])
        return data

    def read_each(self, files: Iterable[tuple[str, str]]) -> Generator[bytes]:
        """The bytes of files, each a commit and a path in it.  Errors as above.

        One git process reads them all, one after another as they are asked for.
        """
        with BlobReader(self._git) as reader:
            for commit, path in files:
                check_path(path)
                _check_commit(commit)
                with self._naming_damage(commit, path):
                    blob = reader.find(commit, path)
                    if blob is None:
                        self.listing(commit, path)  # it names what is damaged, where the path is there
                        raise self._damaged(commit, path, "it is not there")
                    most = limits.DOCUMENTS.get(path, limits.MANIFEST)
                    if blob.size > most:
                        cause = f"it has {blob.size:,} bytes; kuzuvcs reads at most {most:,}"
                        raise self._damaged(commit, path, cause)
                    data = b"".join(reader.rest(blob))
                yield data

    def assembly(self, commit: str) -> Assembly:
        """What writes the files of a version; a context manager."""
        _check_commit(commit)
        return Assembly(self._git, commit, partial(self._damaged, commit))

    def assemble(
        self,
        commit: str,
        path: str,
        destination: Path,
        size: int | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Write one file of a version, as :meth:`Assembly.write` does."""
        with self.assembly(commit) as files:
            return files.write(path, destination, size, progress)

    def holds(self, commit: str) -> bool:
        """Whether the store has this commit; ``commit`` is a full commit id."""
        _check_commit(commit)
        try:
            self._git.run("cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailed:
            return False
        return True

    @contextmanager
    def writer(self, wait: float | None = None) -> Iterator[Writer]:
        """Hold the store's one write lock; wait up to ``wait`` seconds for it, None for as long as it takes.

        Cleans up after a writer that was killed.  Raises :class:`StoreBusy` naming the process that has it.
        """
        with write_lock(self.path, wait) as lock:
            git = Git(self.path, (lock.descriptor,))
            config = check_repository(self.path)
            try:
                sweep(git, interrupted=lock.interrupted)
                settle(git, config)
            except OSError as error:
                raise StoreError(f"the store {self.path} cannot be written to", cause=str(error)) from error
            yield Writer(git)

    def verify_objects(self) -> None:
        """Check every object's hash and every link (``git fsck``).  Raises :class:`DamagedStore`."""
        try:
            self._git.run("fsck", "--full", "--strict", "--no-dangling", "--no-progress", "--name-objects")
        except GitFailed as error:
            found = f"{error.output.decode('utf-8', 'replace')}{error.cause}".splitlines()
            raise DamagedStore(
                f"the store {self.path} is damaged",
                cause="\n".join(found[:_FINDINGS]),
                hint="restore it from a clone",
            ) from error

    @contextmanager
    def _naming_damage(self, commit: str, path: str) -> Iterator[None]:
        try:
            yield
        except BrokenObject as error:
            raise self._damaged(commit, path, f"{error.message}: {error.cause}") from error
        except GitFailed as error:
            raise self._damaged(commit, path, error.cause) from error

    def _damaged(self, commit: str, path: str, cause: str) -> DamagedStore:
        return DamagedStore(
            f"{self._name(commit)} is damaged: {path}",
            cause=cause,
            hint=f"git -C {shlex.quote(str(self.path))} fsck --name-objects tells more; "
            "a clone of the store may have it whole",
        )

    def _name(self, commit: str) -> str:
        try:
            names = [version.name for version in self.versions() if version.commit == commit]
        except DamagedStore:
            names = []
        return names[0] if names else f"commit {commit[:12]}"


def _check_commit(commit: str) -> None:
    if not COMMIT_ID.fullmatch(commit):
        raise UnknownRevision(
            f"{commit!r} is not a commit id", hint="Store.resolve finds the commit of a revision"
        )
