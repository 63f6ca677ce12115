"""What ``backup``, ``backups`` and ``restore`` print, for people and as ``--json``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kuzuvcs.render.layout import in_columns
from kuzuvcs.render.quantities import counted, moment, size
from kuzuvcs.render.text import Line, Span, line

if TYPE_CHECKING:
    from pathlib import Path

    from kuzuvcs.core.backup import Backup
    from kuzuvcs.results import BackedUp, Restored

Document = dict[str, Any]


def backup_document(taken: BackedUp) -> Document:
    """``backup``."""
    backup = taken.backup
    return {
        "name": backup.name,
        "path": str(taken.path),
        "created": backup.created,
        "automatic": backup.automatic,
        "reason": backup.reason,
        "size": backup.size,
        "sha256": backup.sha256,
        "schema": backup.schema,
        "rows": dict(backup.rows),
    }


def backups_document(
    found: Sequence[BackedUp], removed: Sequence[Backup], warnings: Sequence[str]
) -> Document:
    """``backups``."""
    return {
        "backups": [backup_document(one) for one in found],
        "removed": [one.name for one in removed],
        "warnings": list(warnings),
    }


def restore_document(restored: Restored, *, dry_run: bool) -> Document:
    """``restore``."""
    return {
        "name": restored.name,
        "path": str(restored.path),
        "database": str(restored.database),
        "created": restored.created,
        "verified": restored.verified,
        "kept": None if restored.kept is None else str(restored.kept),
        "dry_run": dry_run,
    }


def backup_report(taken: BackedUp, shown: Callable[[Path], str]) -> list[Line]:
    """Where it is, and what is in it."""
    backup = taken.backup
    rows = sum(count for _, count in backup.rows)
    tables = counted(len(backup.rows), "table")
    return [
        line(shown(taken.path)),
        line(f"{size(backup.size)}, {tables}, {counted(rows, 'row')}, verified"),
    ]


def backups_report(found: Sequence[BackedUp], removed: Sequence[Backup], now: datetime) -> list[Line]:
    """A line for each, newest first."""
    lines = [line(f"removed {one.name}") for one in removed]
    if not found:
        return [*lines, line("no backups")]
    heading = tuple(Span(name, "faint") for name in ("taken", "size", "name", "kind", "what for"))
    return [*lines, *in_columns([heading, *(_backup(one.backup, now) for one in found)], right=(1,))]


def restore_report(restored: Restored, shown: Callable[[Path], str], *, dry_run: bool) -> list[Line]:
    """What is live now, and where what was live is."""
    how = "verified" if restored.verified else "opened, but nothing says what its sha256 has to be"
    if dry_run:
        return [line(f"{restored.name} can be restored: {how}")]
    lines = [line(f"{restored.name} is in place of {shown(restored.database)}: {how}")]
    if restored.kept is not None:
        lines.append(line(f"what was there: {shown(restored.kept)}"))
    return lines


def _backup(backup: Backup, now: datetime) -> tuple[Span, ...]:
    taken = moment(datetime.fromisoformat(backup.created), now)
    kind = "automatic" if backup.automatic else "by hand"
    return tuple(Span(text) for text in (taken, size(backup.size), backup.name, kind, backup.reason))
