"""The files of one version, put together from their parts by one git process."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
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
        self._parts: list[Blob] | None = None
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
        found = self._parts_under(path) or self._list_alone(path)
        if not found:
            raise self._damaged(path, "it is not there")
        return found

    def _list(self) -> list[Blob]:
        """The parts of everything, by path; nothing where the commit cannot be listed as a whole."""
        try:
            return sorted(list_blobs(self._git, self._commit), key=_path)
        except (BrokenObject, GitFailed):
            return []

    def _parts_under(self, path: str) -> tuple[Blob, ...]:
        """A search, and no index: a few kB of trees hold millions of folders at thousands of levels."""
        assert self._parts is not None
        first = bisect_left(self._parts, path, key=_path)
        if first < len(self._parts) and self._parts[first].path == path:
            return (self._parts[first],)
        first = bisect_left(self._parts, f"{path}/", key=_path)
        after = bisect_left(self._parts, f"{path}0", key=_path)  # "0" comes right after "/"
        return tuple(self._parts[first:after])

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


def _path(blob: Blob) -> str:
    return blob.path
