"""What a database file says of itself in its first bytes, before any engine touches it.

Bytes 0-3 are ``KUZU`` or ``LBUG``, bytes 4-11 the storage version, little-endian; ladybug adds
16 bytes of identity at offset 28 (ENGINE.md).  Kuzu up to 0.10 made folders with ``catalog.kz``,
whose header has the same layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.engine import EngineName
from kuzuvcs.errors import NotADatabase
from kuzuvcs.reading import kind_of

_MAGIC: dict[bytes, EngineName] = {b"KUZU": "kuzu", b"LBUG": "ladybug"}
_IDENTITY = slice(28, 44)

HEADER_BYTES = 64
"""So many bytes of the file are enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Engine name, storage version, and the file's identity where it has one (hex)."""

    path: Path
    engine: EngineName
    storage: int
    identity: str | None


def header_file(path: Path) -> Path:
    """The file that holds the header of the database at ``path``; it is not opened.

    :raises NotADatabase: missing, or a folder of something else
    """
    if not path.exists():
        raise NotADatabase(
            f"no database at {path}",
            cause="the path does not exist",
            hint="create the database, or name one that exists",
            path=path,
        )
    if not path.is_dir():
        if kind := kind_of(path.stat().st_mode):
            raise NotADatabase(f"{path} is {kind}, not a database", hint="name the database file")
        return path
    catalog = path / "catalog.kz"
    if not catalog.is_file():
        raise NotADatabase(
            f"{path} is a folder, not a database",
            cause="it holds no catalog.kz",
            hint="name the database file",
            path=path,
        )
    return catalog


def parse_header(path: Path, head: bytes) -> Header:
    """The header of the database at ``path`` from the first :data:`HEADER_BYTES` of its file.

    :raises NotADatabase: empty, cut off, or something else altogether
    """
    if not head:
        raise NotADatabase(
            f"{path} is an empty file",
            cause="the engine would open it as an empty database",
            hint="open it once with the engine to make it a database, or name the right file",
            path=path,
        )
    engine = _MAGIC.get(head[:4])
    if engine is None or len(head) < 12:
        raise NotADatabase(
            f"{path} is no database of an engine that is known",
            cause="its first bytes are neither KUZU nor LBUG",
            hint="name the database file",
            path=path,
        )
    identity = head[_IDENTITY].hex() if engine == "ladybug" and len(head) >= 44 else None
    return Header(path=path, engine=engine, storage=int.from_bytes(head[4:12], "little"), identity=identity)
