"""Entries to commit, and stock git to look at the result with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from kuzuvcs.store import Bytes, Entry, Ranges, Store

HEAD_AND_FOOT = 4


def table_file(folder: Path, *chunks: bytes, name: str = "User") -> Ranges:
    """A file of four bytes, ``chunks`` and four bytes, and the entry that cuts it so."""
    file = folder / f"{name}.bin"
    file.write_bytes(b"PAR1" + b"".join(chunks) + b"FOOT")
    names = ["0-head", *(f"1/{row:06}/000000" for row in range(len(chunks))), "2-foot"]
    parts: list[tuple[str, int, int]] = []
    offset = 0
    for part, length in zip(names, (4, *map(len, chunks), 4), strict=True):
        parts.append((part, offset, length))
        offset += length
    return Ranges(path=f"data/{name}.parquet", file=file, parts=tuple(parts))


def entries(folder: Path, *chunks: bytes, schema: bytes = b"{}\n") -> list[Entry]:
    """A version of one schema file and one table."""
    return [Bytes(path="schema.json", data=schema), table_file(folder, *chunks)]


def commit(store: Store, content: list[Entry], message: str = "a version") -> str:
    """Commit ``content`` and give the version's commit."""
    with store.writer(wait=10) as writer:
        return writer.commit(content, message=message).version.commit


def git(repository: Path, *words: str) -> bytes:
    """Stock git, as anyone would call it."""
    return subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True).stdout


def run_python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``script`` in a process and process group of its own, from the root of this source tree."""
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )


def one_pack(store: Store) -> Path:
    """The only pack of ``store``."""
    (pack,) = (store.path / "objects" / "pack").glob("*.pack")
    return pack


def overwrite(file: Path, data: bytes) -> None:
    """Give a write-protected file other bytes."""
    file.chmod(0o644)
    file.write_bytes(data)
