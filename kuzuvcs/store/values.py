"""What goes into the store and what comes out of it, as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

Progress = Callable[[str, int], None]
"""Called as ``progress(step, size)`` after each step of a commit or an assembly.

``step`` is ``part`` (a part was hashed, and sent if it is new; ``size`` in bytes), and for a
commit then ``imported``, ``checked``, ``published`` and ``committed`` (``size`` 0).  An exception
raised here ends the commit without a version, up to and including ``published``.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One committed snapshot."""

    name: str
    """``v3``: the tag."""
    commit: str
    """The commit's id, 40 hexadecimal digits."""
    created: datetime
    """When it was committed; aware, UTC."""
    message: str
    parent: str | None
    """The commit id of the version before it, None for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes:
    """One file of the tree, held in memory."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """A folder ``path`` of the tree that holds ``file`` cut into parts.

    ``parts`` are ``(name, offset, length)`` in bytes.  They cover the file from its first byte to
    its last, and their names are in git's order, so that put end to end they are the file again.
    """

    path: str
    file: Path
    parts: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtree:
    """A folder ``path`` that is a tree some version already holds, reused whole."""

    path: str
    tree: str


Entry = Bytes | Ranges | Subtree


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file in a version's tree: its full path, object id and size in bytes."""

    path: str
    id: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A new version, and how many bytes of its files the store had to take in and had already."""

    version: Version
    stored_bytes: int
    reused_bytes: int
