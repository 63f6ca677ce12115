"""What ``--json`` prints: each result as a value of dicts, lists, strings, numbers, booleans and None.

The keys are those of the documentation; they are an interface, so that none goes or changes its meaning.
Times are ISO 8601 in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from kuzuvcs.core.comparing.change_json import to_json
from kuzuvcs.core.manifest import manifest_to_json
from kuzuvcs.core.schema_json import schema_to_json
from kuzuvcs.core.scripts.capture_json import capture_value
from kuzuvcs.core.scripts.portions import portion_value
from kuzuvcs.render.engine_documents import left_out_document

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from kuzuvcs.core.comparing.changes import Change
    from kuzuvcs.core.planning.hazards import Hazard
    from kuzuvcs.core.scripts.history import Applied
    from kuzuvcs.project import Project
    from kuzuvcs.results import (
        Checkout,
        Diff,
        Exported,
        Generated,
        LintReport,
        Mended,
        Merged,
        Proven,
        Ran,
        RowsChange,
        ScriptsChecked,
        Snapshot,
        Status,
        TableRows,
        TableValues,
        Verified,
        VersionDetail,
        VersionSummary,
    )

Document = dict[str, Any]


def init_document(project: Project, made: Sequence[Path]) -> Document:
    """``init``."""
    return {
        "project": str(project.root),
        "database": str(project.database),
        "engine": str(project.engine),
        "store": str(project.store),
        "migrations": str(project.migrations),
        "made": [str(path) for path in made],
    }


def snapshot_document(snapshot: Snapshot) -> Document:
    """``snapshot``."""
    return {
        "version": snapshot.version,
        "commit": snapshot.commit,
        "schema": snapshot.schema_digest,
        "changed": snapshot.changed,
        "tables": _tables(snapshot.tables),
        "stored_bytes": snapshot.stored_bytes,
        "reused_bytes": snapshot.reused_bytes,
        "warnings": list(snapshot.warnings),
    }


def log_document(versions: Iterable[VersionSummary]) -> Document:
    """``log``."""
    return {"versions": [_version(version) for version in versions]}


def show_document(detail: VersionDetail) -> Document:
    """``show``: ``manifest`` and ``schema`` are those that the version holds, word for word."""
    return {
        **{key: value for key, value in _version(detail.summary).items() if key != "schema"},
        "manifest": json.loads(manifest_to_json(detail.manifest)),
        "schema": json.loads(schema_to_json(detail.schema)),
        "tables": _tables(detail.tables),
    }


def status_document(status: Status) -> Document:
    """``status``."""
    return {
        "head": status.head,
        "version": status.version,
        "clean": status.clean,
        "changes": _changes(status.changes),
        "rows": _rows(status.rows),
        "values": _values(status.values),
        "sequences": list(status.sequences),
        "by_value": status.by_value,
        "applied": list(status.applied),
        "pending": list(status.pending),
        "warnings": list(status.warnings),
    }


def diff_document(diff: Diff) -> Document:
    """``diff``."""
    return {
        "from": diff.before,
        "to": diff.after,
        "changes": _changes(diff.changes),
        "rows": _rows(diff.rows),
        "values": _values(diff.values),
        "sequences": list(diff.sequences),
        "hazards": _hazards(diff.hazards),
        "warnings": list(diff.warnings),
    }


def generate_document(generated: Generated, *, marked: bool = False) -> Document:
    """``generate``; ``path`` and ``proof`` are null where nothing was written.

    ``already`` are the scripts that make this step, which is why none was written.
    ``marked``: it was recorded as run on the live database.
    """
    proof = generated.proof
    return {
        "path": None if generated.path is None else str(generated.path),
        "from": generated.before,
        "to": generated.after,
        "up": list(generated.up),
        "down": list(generated.down),
        "hazards": _hazards(generated.hazards),
        "down_hazards": _hazards(generated.down_hazards),
        "before": [capture_value(one) for one in generated.lost],
        "left_out": left_out_document(generated.left_out),
        "proof": None if proof is None else {"up": proof.up, "down": proof.down, "data": proof.data},
        "marked": marked,
        "already": list(generated.already),
    }


def merge_document(merged: Merged) -> Document:
    """``merge``; ``path`` and ``proof`` are null where there is nothing to merge."""
    return {
        "path": None if merged.path is None else str(merged.path),
        "branches": [list(branch) for branch in merged.branches],
        "proof": None if merged.path is None else {"data": merged.data},
        "warnings": list(merged.warnings),
    }


def migrate_document(ran: Sequence[Ran], *, dry_run: bool, marked: bool = False) -> Document:
    """``migrate``; ``seconds`` are null in a dry run, and where a script was only ``marked`` as run.

    ``proof`` is ``proved``, ``edited`` since, ``no_digest`` of an old proof, or ``unproved``.
    ``drops`` is what a script drops of this database, ``brought_back`` what its last rollback had dropped;
    ``notes`` say in sentences what was not counted or not brought back.
    """
    return {"applied": _runs(ran), "marked": marked, "dry_run": dry_run}


def rollback_document(ran: Sequence[Ran], *, dry_run: bool) -> Document:
    """``rollback``; ``captured`` is whether what a script drops can be brought back by the next migrate."""
    runs = [
        {
            "id": one.id,
            "seconds": one.seconds,
            "proof": one.proof,
            "drops": [portion_value(part) | {"captured": part.captured} for part in one.drops],
            "notes": list(one.notes),
        }
        for one in ran
    ]
    return {"rolled_back": runs, "dry_run": dry_run}


def history_document(runs: Sequence[Applied]) -> Document:
    """``history``; the versions, ``capture``, ``rolled_back`` and ``unfinished`` are null where
    there is none."""
    return {
        "migrations": [
            {
                "id": run.id,
                "description": run.description,
                "checksum": run.checksum,
                "from": {"version": run.from_version or None, "schema": run.from_digest},
                "to": {"version": run.to_version or None, "schema": run.to_digest},
                "applied": run.applied,
                "seconds": run.seconds,
                "kuzuvcs": run.release,
                "capture": run.capture or None,
                "dropped": run.dropped.split("+")[0] or None,
                "rolled_back": run.rolled_back or None,
                "unfinished": run.unfinished or None,
            }
            for run in runs
        ]
    }


def _runs(ran: Sequence[Ran]) -> list[Document]:
    return [
        {
            "id": one.id,
            "seconds": one.seconds,
            "proof": one.proof,
            "drops": [portion_value(part) for part in one.drops],
            "brought_back": [portion_value(part) for part in one.brought_back],
            "notes": list(one.notes),
        }
        for one in ran
    ]


def checkout_document(checkout: Checkout) -> Document:
    """``checkout``."""
    return {
        "version": checkout.version,
        "database": str(checkout.database),
        "rows": checkout.rows,
        "verified": checkout.verified,
        "engine": checkout.engine,
        "left_out": left_out_document(checkout.left_out),
        "indexes": None if checkout.later is None else str(checkout.later),
        "warnings": list(checkout.warnings),
    }


def verify_document(verified: Verified) -> Document:
    """``verify``."""
    return {
        "version": verified.version,
        "ok": verified.ok,
        "tables": [
            {"name": table.name, "rows": table.rows, "ok": table.ok, "problems": list(table.problems)}
            for table in verified.tables
        ],
    }


def export_document(exported: Exported) -> Document:
    """``export``."""
    return {"version": exported.version, "path": str(exported.path), "warnings": list(exported.warnings)}


def lint_document(report: LintReport) -> Document:
    """``lint``; ``section`` is null for what concerns a script as a whole."""
    return {
        "ok": report.ok,
        "scripts": [str(path) for path in report.scripts],
        "findings": [
            {
                "script": str(finding.script),
                "section": finding.section,
                "line": finding.line,
                "statement": finding.statement,
                "code": finding.code,
                "name": finding.name,
                "severity": finding.severity,
                "text": finding.text,
                "allowed": finding.allowed,
            }
            for finding in report.findings
        ],
    }


def check_document(checked: ScriptsChecked) -> Document:
    """``check``; ``line`` is null where none can be named."""
    return {
        "ok": not checked.faults,
        "scripts": [str(path) for path in checked.scripts],
        "findings": [
            {
                "kind": one.kind,
                "file": str(one.file),
                "line": one.line,
                "message": one.message,
                "cause": one.cause,
                "hint": one.hint,
            }
            for one in checked.faults
        ],
        "left_out": list(checked.left_out),
    }


def prove_document(proven: Proven) -> Document:
    """``prove``; ``lost`` is what DOWN did not bring back, in words."""
    return {
        "path": str(proven.path),
        "id": proven.path.stem,
        "from": proven.before,
        "proof": {"up": proven.proof.up, "down": proven.proof.down, "data": proven.proof.data},
        "proof_digest": proven.digest,
        "hazards": list(proven.hazards),
        "down_hazards": list(proven.down_hazards),
        "lost": list(proven.lost),
    }


def trust_document(*, confirmed: bool) -> Document:
    """``trust``."""
    return {"confirmed": confirmed}


def repair_document(mended: Sequence[Mended], *, dry_run: bool) -> Document:
    """``repair``."""
    found = [{"kind": one.kind, "subject": one.subject, "text": one.text} for one in mended]
    return {"mended": found, "dry_run": dry_run}


def new_document(path: Path) -> Document:
    """``new``."""
    return {"path": str(path), "id": path.stem}


def baseline_document(ran: Sequence[Ran], *, dry_run: bool) -> Document:
    """``baseline``."""
    return {"recorded": [one.id for one in ran], "dry_run": dry_run}


def error_document(*, kind: str, message: str, cause: str, hint: str, exit_code: int) -> Document:
    """Any command that failed."""
    return {"error": {"kind": kind, "message": message, "cause": cause, "hint": hint, "exit_code": exit_code}}


def _version(version: VersionSummary) -> Document:
    return {
        "version": version.version,
        "commit": version.commit,
        "created": _time(version.created),
        "message": version.message,
        "schema": version.schema_digest,
        "rows": version.rows,
    }


def _time(when: datetime) -> str:
    return when.astimezone(UTC).isoformat()


def _tables(tables: Iterable[TableRows]) -> list[Document]:
    return [{"name": table.name, "kind": table.kind, "rows": table.rows} for table in tables]


def _changes(changes: Iterable[Change]) -> list[Document]:
    return [to_json(change) for change in changes]


def _values(values: Iterable[TableValues]) -> list[Document]:
    return [{"table": one.table, "state": one.state} for one in values]


def _rows(rows: Iterable[RowsChange]) -> list[Document]:
    return [{"table": row.table, "from": row.before, "to": row.after, "data": row.data} for row in rows]


def _hazards(hazards: Iterable[Hazard]) -> list[Document]:
    return [
        {"code": hazard.code, "name": hazard.name, "text": hazard.text, "count": hazard.count}
        for hazard in hazards
    ]
