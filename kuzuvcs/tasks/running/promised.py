"""The schema that a section of a script has to lead to, as far as its head promises one."""

from __future__ import annotations

from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.migrations.folder import MigrationFile


def promised_up(script: MigrationFile, digest: str) -> str:
    """Where UP has to lead from the schema ``digest``; empty where its head names another to start from."""
    head = script.script.head
    return head.value("to-digest") if head.value("from-digest") in ("", digest) else ""


def promised_down(script: MigrationFile, run: Applied) -> str:
    """Where DOWN has to lead: to the schema before UP, where the script promises any.

    Empty where the engine does not hold all of that.
    """
    head = script.script.head
    return run.from_digest if head.value("from-digest") and not head.value("left-out") else ""
