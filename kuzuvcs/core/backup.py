"""What a backup says of itself: a JSON file beside it, by which it is found, described and verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kuzuvcs.core.engine import ENGINES
from kuzuvcs.core.strict_json import FORMAT, Node, dump_json, load_json

SHA256_DIGITS = 64
_LARGEST = 2**63 - 1
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
"""Times near the ends of the calendar cannot be converted to another time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A whole database as it was at one moment (UTC, ISO 8601, to the microsecond).

    ``database`` is the file name of the one that it was taken of, ``size`` in bytes, ``sha256`` that of the
    file; ``schema`` the schema's digest, ``rows`` per table.  ``automatic``: made before a run, and removed
    again after later ones; those made by hand stay.
    """

    name: str
    database: str
    created: str
    automatic: bool
    reason: str
    size: int
    sha256: str
    engine: str
    release: str
    storage: int
    schema: str
    rows: tuple[tuple[str, int], ...]


def backup_to_json(backup: Backup) -> str:
    """The text of the file beside it."""
    return dump_json(
        {
            "format": FORMAT,
            "name": backup.name,
            "database": backup.database,
            "created": backup.created,
            "automatic": backup.automatic,
            "reason": backup.reason,
            "size": backup.size,
            "sha256": backup.sha256,
            "engine": backup.engine,
            "release": backup.release,
            "storage": backup.storage,
            "schema": backup.schema,
            "rows": dict(backup.rows),
        }
    )


def backup_from_json(text: str, what: str) -> Backup:
    """Read that file; ``what`` names it in an error.

    :raises ManifestError: it is damaged, or of a newer kuzuvcs
    """
    _, *fields, rows = load_json(text, what).fields(
        "format",
        "name",
        "database",
        "created",
        "reason",
        "engine",
        "release",
        "automatic",
        "size",
        "storage",
        "sha256",
        "schema",
        "rows",
    )
    name, database, reason, release = (fields[at].text() for at in (0, 1, 3, 5))
    created, engine = fields[2], fields[4]
    automatic, size, storage, sha256, schema = fields[6:]
    return Backup(
        name=name,
        database=database,
        created=_moment(created),
        automatic=automatic.flag(),
        reason=reason,
        size=size.integer(0, _LARGEST),
        sha256=sha256.hexadecimal(SHA256_DIGITS),
        engine=engine.one_of(ENGINES),
        release=release,
        storage=storage.integer(0, _LARGEST),
        schema=schema.hexadecimal(SHA256_DIGITS),
        rows=tuple((table, count.integer(0, _LARGEST)) for table, count in rows.named()),
    )


def _moment(node: Node) -> str:
    """A time as it is written here: others sort elsewhere, or are no time at all."""
    text = node.text()
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        node.fault(f"{text[:80]!r} is no time")
    if when.utcoffset() != timedelta(0) or when.isoformat(timespec="microseconds") != text:
        node.fault(f"{text[:80]!r} is not written as 2026-11-30T12:00:00.000000+00:00")
    if not _FIRST_YEAR <= when.year <= _LAST_YEAR:
        node.fault(f"{when.year} is no year of a backup")
    return text


def surplus(backups: tuple[Backup, ...], keep: int, but: str = "") -> tuple[Backup, ...]:
    """The automatic backups that are to go: all but the newest ``keep``, and but the one named ``but``."""
    automatic = sorted((one for one in backups if one.automatic), key=lambda one: one.created, reverse=True)
    return tuple(one for one in automatic[keep:] if one.name != but)
