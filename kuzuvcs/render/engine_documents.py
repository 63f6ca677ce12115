"""What ``--json`` prints of engines and upgrades; see :mod:`kuzuvcs.render.documents`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kuzuvcs.results import (
        DatabaseEngine,
        EngineAtHand,
        EngineChanged,
        LeftOut,
        Refusal,
        Upgraded,
    )

Document = dict[str, Any]


def database_engine_document(found: DatabaseEngine) -> Document:
    """``engine``."""
    return {
        "database": str(found.database),
        "engine": found.engine,
        "storage_version": found.storage,
        "identity": found.identity,
        "opened_with": None if found.reads is None else str(found.reads),
        "releases": [str(engine) for engine in found.releases],
    }


def engines_document(found: Sequence[EngineAtHand], key: str = "engines") -> Document:
    """``engine list``, ``engine install`` and ``engine remove``."""
    return {
        key: [
            {
                "engine": str(one.engine),
                "storage_version": one.storage,
                "folder": None if one.folder is None else str(one.folder),
            }
            for one in found
        ]
    }


def engine_changed_document(changed: EngineChanged) -> Document:
    """``engine set``."""
    return {
        "engine": str(changed.engine),
        "upgraded": None if changed.upgraded is None else upgraded_document(changed.upgraded),
        "refused": _refusals(changed.refused),
    }


def upgraded_document(upgraded: Upgraded) -> Document:
    """``upgrade``."""
    return {
        "source": str(upgraded.source),
        "target": str(upgraded.target),
        "from": str(upgraded.before),
        "to": str(upgraded.after),
        "tables": [{"name": one.name, "kind": one.kind, "rows": one.rows} for one in upgraded.tables],
        "verified": "values",
        "left_out": left_out_document(upgraded.left_out),
        "warnings": list(upgraded.warnings),
        "indexes": None if upgraded.later is None else str(upgraded.later),
    }


def left_out_document(left_out: Sequence[LeftOut]) -> list[Document]:
    """What a database goes without."""
    return [{"kind": one.kind, "name": one.name, "reason": one.reason} for one in left_out]


def check_document(refused: Sequence[Refusal], statements: int) -> Document:
    """``upgrade --check``."""
    ok = all(one.both for one in refused)
    return {"ok": ok, "statements": statements, "refused": _refusals(refused)}


def _refusals(refused: Sequence[Refusal]) -> list[Document]:
    return [
        {
            "file": str(one.file),
            "line": one.line,
            "statement": one.statement,
            "reason": one.reason,
            "before_too": one.both,
        }
        for one in refused
    ]
