"""The files of one version, put together from their parts by one git process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from kuzuvcs.core.paths import check_path
from kuzuvcs.errors import DamagedStore
from kuzuvcs.store.git import Git, GitFailed
from kuzuvcs.store.objects import BlobReader, BrokenObject, list_blobs
from kuzuvcs.store.values import Blob, Progress

Damaged = Callable[[str, str], DamagedStore]
"""The error for a path and what is wrong with it."""


class Assembly:
    """Writes files of a commit.  Two git processes serve all of them, and one more for each damaged file.

    It may be entered again: what the commit holds is listed once.
    """

    def __init__(self, git: Git, commit: str, damaged: Damaged) -> None:
        self._git = git
        self._commit = commit
        self._damaged = damaged
        self._parts: dict[str, list[Blob]] | None = None
        self._reader: BlobReader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.__exit__(kind, error, trace)

    def write(
        self, path: str, destination: Path, size: int | None = None, progress: Progress | None = None
    ) -> int:
        """Write the parts under ``path``, in name order and end to end, to ``destination``.

        Returns the file's size in bytes.  Raises :class:`DamagedStore` when a part is missing or altered, or
        the whole is not ``size`` bytes; then there is no file at ``destination``.
        """
        blobs = self.parts(path)
        found = sum(blob.size for blob in blobs)
        if size is not None and found != size:
            raise self._damaged(path, f"it is {found} bytes, not {size}")
        try:
            with destination.open("wb") as file:
                for blob in blobs:
                    for chunk in self._open().chunks(blob):
                        file.write(chunk)
                    if progress is not None:
                        progress("part", blob.size)
        except BrokenObject as error:
            self._reader = None  # its process has ended
            destination.unlink(missing_ok=True)
            raise self._damaged(path, f"{error.message}: {error.cause}") from error
        except BaseException:
            destination.unlink(missing_ok=True)
            raise
        return found

    def parts(self, path: str) -> tuple[Blob, ...]:
        """The parts under ``path``, in name order: at least one.  Raises :class:`DamagedStore`."""
        check_path(path)
        if self._parts is None:
            self._parts = self._list()
        found = tuple(self._parts.get(path, ())) or self._list_alone(path)
        if not found:
            raise self._damaged(path, "it is not there")
        return found

    def _list(self) -> dict[str, list[Blob]]:
        """The parts of everything; nothing where the commit cannot be listed as a whole."""
        try:
            return _by_folder(list_blobs(self._git, self._commit))
        except (BrokenObject, GitFailed):
            return {}

    def _list_alone(self, path: str) -> tuple[Blob, ...]:
        try:
            return list_blobs(self._git, self._commit, path)
        except BrokenObject as error:
            raise self._damaged(path, f"{error.message}: {error.cause}") from error
        except GitFailed as error:
            raise self._damaged(path, error.cause) from error

    def _open(self) -> BlobReader:
        if self._reader is None:
            self._reader = BlobReader(self._git)
        return self._reader


def _by_folder(blobs: Iterable[Blob]) -> dict[str, list[Blob]]:
    """The blobs at each path, and under it at any depth."""
    found: dict[str, list[Blob]] = {}
    for blob in blobs:
        names = blob.path.split("/")
        for depth in range(1, len(names) + 1):
            found.setdefault("/".join(names[:depth]), []).append(blob)
    return found
