"""A ``git fast-import`` that is fed one blob at a time."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from kuzuvcs.errors import StoreError
from kuzuvcs.store.git import Git, failure
from kuzuvcs.store.objects import end

_OPTIONS = (
    "core.compression=0",
    "core.bigFileThreshold=1m",
    "fastimport.unpackLimit=0",  # always a pack: one thing to move into the store
)


class FastImport:
    """The stream: any number of blobs, then one commit, then :meth:`finish`.

    With ``--done`` a stream that ends before :meth:`finish` makes no commit; without it git takes a cut
    stream for a whole one.  The same as ``feature done`` in the stream, but for a cut inside those words.
    """

    def __init__(self, git: Git) -> None:
        options = [word for option in _OPTIONS for word in ("-c", option)]
        self._process = git.start(*options, "fast-import", "--quiet", "--done", "--depth=0")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self._process)

    def blob(self, data: bytes) -> None:
        """Send a blob."""
        self._write(b"blob\ndata %d\n" % len(data))
        self._write(data)
        self._write(b"\n")

    def commit(
        self,
        ref: str,
        *,
        identity: bytes,
        message: bytes,
        parent: str | None,
        tree: Iterable[tuple[str, str, str]],
    ) -> None:
        """Send the commit.

        ``identity`` is ``name <email> seconds +0000``; ``tree`` holds ``(mode, object id, path)``.
        """
        self._write(
            b"commit %s\ncommitter %s\ndata %d\n%s\n" % (ref.encode("ascii"), identity, len(message), message)
        )
        if parent is not None:
            self._write(f"from {parent}\ndeleteall\n".encode("ascii"))
        for mode, object_id, path in tree:
            self._write(f"M {mode} {object_id} {path}\n".encode("ascii"))
        self._write(b"\n")

    def finish(self) -> None:
        """End the stream; on return the ref is written.  Raises :class:`StoreError` if git refuses it."""
        self._write(b"done\n")
        _, stderr = self._process.communicate()
        if self._process.returncode != 0:
            raise _refused(self._process.returncode, stderr)

    def _write(self, data: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(data)
        except BrokenPipeError:
            code = self._process.wait()
            raise _refused(code, end(self._process)) from None


def _refused(code: int, stderr: bytes) -> StoreError:
    """The error without the crash report, which repeats the stream."""
    said = b"\n".join(
        line for line in stderr.splitlines() if not line.startswith(b"fast-import: dumping crash")
    )
    return failure("fast-import", code, said)
