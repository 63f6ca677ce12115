"""The bytes of a script's file: read safely, and with the line endings that its author wrote.

git writes CRLF into a working tree where ``core.autocrlf`` or ``* text=auto`` asks for it, but never into a
text that has a CRLF already.  So a text in which every line ends in CRLF was converted as a whole, and is
converted back; in any other text a CRLF is part of a value and stays.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.core.scripts.proof import checksum_of as without_proof
from kuzuvcs.core.scripts.sums import Checksum
from kuzuvcs.errors import MigrationError
from kuzuvcs.reading import UnusableFile, read_bounded


def read_bytes(path: Path, most: int = limits.SCRIPT) -> bytes:
    """The bytes of a script or callback, with LF where every line ends in CRLF.

    :raises MigrationError: it cannot be read, has more than ``most`` bytes, or is not a regular file
    """
    try:
        return with_lf(read_bounded(path, most))
    except UnusableFile as error:
        raise MigrationError(
            f"cannot read {path}", cause=str(error), hint="move it out of the migrations folder"
        ) from error
    except OSError as error:
        raise MigrationError(
            f"cannot read {path}",
            cause=error.strerror or str(error),
            hint="make it readable, or move it out of the migrations folder",
        ) from error


def read_text(path: Path) -> str:
    """The same as text.

    :raises MigrationError: also where it is not UTF-8
    """
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MigrationError(
            f"cannot read {path}", cause=str(error), hint="save it as UTF-8, then kuzuvcs repair records it"
        ) from error


def with_lf(data: bytes) -> bytes:
    """The data with LF for CRLF where every line ends in CRLF, and unchanged otherwise."""
    pairs = data.count(b"\r\n")
    return data.replace(b"\r\n", b"\n") if pairs and pairs == data.count(b"\n") else data


def checksum_of(path: Path) -> Checksum:
    """The sha256 of a script, whatever its line endings.

    Earlier releases took the bytes as they were, so the sums of both kinds of line ending are accepted.

    :raises MigrationError: it cannot be read
    """
    data = read_bytes(path)
    return Checksum(value=_sha256(data), also=frozenset({_sha256(_with_crlf(data))}))


def run_checksum(content: bytes) -> Checksum:
    """What the history records of a script: its sha256 without the lines that a new proof rewrites.

    Accepted are also the sha256 of the whole text, and both of the text with CRLF.
    """
    data = with_lf(content)
    crlf = _with_crlf(data)
    return Checksum(
        value=without_proof(data), also=frozenset({without_proof(crlf), _sha256(data), _sha256(crlf)})
    )


def _with_crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n") if b"\r\n" not in data else data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
