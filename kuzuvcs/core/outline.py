"""The few fields of a manifest that listing versions and finding one of them takes.

A store may hold thousands of versions.  To read a whole manifest takes twenty times as long.
"""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core.manifest import DIGEST_DIGITS, Manifest
from kuzuvcs.core.strict_json import load_outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A version's digests, and its rows by table; a rel table's are its edges over all connections."""

    schema_digest: str
    content_digest: str
    rows: dict[str, int]


def outline_from_json(text: str) -> Outline:
    """The outline of a manifest; ``ManifestError`` where one of these fields is missing or malformed."""
    root = load_outline(text, "manifest.json")
    rows: dict[str, int] = {}
    for _, file in root.field("files").named():
        table = file.field("table").name()
        rows[table] = rows.get(table, 0) + file.field("rows").integer(0)
    return Outline(
        schema_digest=root.field("schema_digest").hexadecimal(DIGEST_DIGITS),
        content_digest=root.field("content_digest").hexadecimal(DIGEST_DIGITS),
        rows=rows,
    )


def outline_of(manifest: Manifest) -> Outline:
    """The outline of a manifest that was read whole."""
    rows: dict[str, int] = {}
    for file in manifest.files:
        rows[file.table] = rows.get(file.table, 0) + file.rows
    return Outline(schema_digest=manifest.schema_digest, content_digest=manifest.content_digest, rows=rows)
