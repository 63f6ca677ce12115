"""Trees and blobs as git has them, read with their hashes checked.

git does not compare a packed object with its name when it reads it, and a blob that it streams can
break off after most of its bytes.  So every blob is hashed here on its way out.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from kuzuvcs.errors import StoreError
from kuzuvcs.store.git import Git, failure
from kuzuvcs.store.values import Blob

_CHUNK = 1 << 20
_FOUND = re.compile(r"(?P<id>[0-9a-f]{40}) (?P<kind>[a-z]+) (?P<size>[0-9]+)")


class BrokenObject(StoreError):
    """An object that is missing, short, or not what its name says."""


def blob_hash(size: int) -> hashlib._Hash:
    """A hash that, fed with a blob's ``size`` bytes, gives its object id."""
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


def list_blobs(git: Git, tree: str, path: str = "") -> tuple[Blob, ...]:
    """Every file under ``path`` of a commit or tree, or the file ``path``, in git's order.

    Paths are full.  Empty when there is no such path.  Raises :class:`GitFailed` when a tree is damaged.
    """
    listed = git.look_up("ls-tree", "-r", "-z", "--long", "--full-tree", tree, *([path] if path else []))
    return tuple(_blob(record) for record in listed.split(b"\0")[:-1])


def list_ids(git: Git, tree: str) -> dict[str, str]:
    """The object id of every file and folder of a commit or tree, by full path."""
    listed = git.look_up("ls-tree", "-r", "-t", "-z", "--full-tree", tree)
    heads_and_paths = (
        record.decode("utf-8", "replace").split("\t", 1) for record in listed.split(b"\0")[:-1]
    )
    return {path: head.split(" ")[2] for head, path in heads_and_paths}


def object_id(git: Git, tree: str, path: str) -> str | None:
    """The object id of ``path`` in a commit or tree, None when there is none."""
    listed = git.look_up("ls-tree", "-z", "--full-tree", tree, path).decode("utf-8", "replace")
    return listed.split("\t", 1)[0].split(" ")[2] if listed else None


class BlobReader:
    """A ``git cat-file --batch`` that gives one blob after another."""

    def __init__(self, git: Git) -> None:
        self._process = git.start("cat-file", "--batch")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._close()
        else:
            end(self._process)

    def find(self, tree: str, path: str) -> Blob | None:
        """The file ``path`` of a commit or tree, whose bytes :meth:`rest` then gives.

        None when there is no such file, or its object is missing; ``path`` was checked.
        """
        answer = self._ask(f"{tree}:{path}", path)
        match = _FOUND.fullmatch(answer)
        if match is None:
            if answer == f"{tree}:{path} missing":
                return None
            raise self._broken(path, f"git says: {answer or 'nothing'}")
        if match["kind"] != "blob":
            raise self._broken(path, f"it is a {match['kind']}, not a file")
        return Blob(path=path, id=match["id"], size=int(match["size"]))

    def chunks(self, blob: Blob) -> Iterator[bytes]:
        """The bytes of ``blob`` in chunks; the iterator has to be read to its end, where the hash is checked.

        Raises :class:`BrokenObject`.
        """
        answer = self._ask(blob.id, blob.path)
        if answer != f"{blob.id} blob {blob.size}":
            raise self._broken(blob.path, f"git says: {answer or 'nothing'}")
        return self.rest(blob)

    def rest(self, blob: Blob) -> Iterator[bytes]:
        """The bytes of the blob that git has just named, as :meth:`chunks` gives them."""
        output = self._process.stdout
        assert output is not None
        hashed = blob_hash(blob.size)
        left = blob.size
        while left:
            chunk = output.read(min(left, _CHUNK))
            if not chunk:
                raise self._broken(blob.path, f"it breaks off {left} bytes before its end")
            hashed.update(chunk)
            left -= len(chunk)
            yield chunk
        if output.read(1) != b"\n":
            raise self._broken(blob.path, "git did not finish it")
        if hashed.hexdigest() != blob.id:
            raise BrokenObject(
                f"{blob.path} is damaged", cause=f"its bytes are not those of object {blob.id}"
            )

    def _ask(self, name: str, path: str) -> str:
        """What git answers to an object's name: one line, before its bytes."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(name.encode("ascii") + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise self._broken(path, "git ended before it") from None
        return stdout.readline().decode("utf-8", "replace").strip()

    def _broken(self, path: str, cause: str) -> BrokenObject:
        said = end(self._process).decode("utf-8", "replace").strip()
        return BrokenObject(f"{path} is damaged", cause=f"{cause}\n{said}".strip())

    def _close(self) -> None:
        _, stderr = self._process.communicate()
        if self._process.returncode != 0:
            raise failure("cat-file", self._process.returncode, stderr)


def end(process: subprocess.Popen[bytes]) -> bytes:
    """Kill ``process`` if it still runs, and give what is left of its stderr."""
    process.kill()
    stderr = process.stderr.read() if process.stderr is not None and not process.stderr.closed else b""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            try:
                stream.close()
            except BrokenPipeError:
                continue
    process.wait()
    return stderr


def _blob(record: bytes) -> Blob:
    head, path = record.decode("utf-8", "replace").split("\t", 1)
    _, kind, identity, size = head.split()
    if kind != "blob" or not size.isdecimal():  # git prints BAD for the size of an object that it cannot read
        raise BrokenObject(f"{path} is damaged", cause=f"its object {identity} is missing or unreadable")
    return Blob(path=path, id=identity, size=int(size))
