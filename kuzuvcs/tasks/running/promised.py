"""The schema that a section of a script has to lead to, as far as its head promises one."""

from __future__ import annotations

from kuzuvcs.core.history import Applied
from kuzuvcs.migrations.folder import MigrationFile


def promised_up(script: MigrationFile, digest: str) -> str:
    """Where UP has to lead from the schema ``digest``; empty where its head names another to start from."""
    head = script.script.head
    return head.value("to-digest") if head.value("from-digest") in ("", digest) else ""


def promised_down(script: MigrationFile, run: Applied) -> str:
    """Where DOWN has to lead: to the schema before UP, where the script promises any.

    Empty where UP made a macro, which the engine cannot drop, and where the engine does not hold all of it.
    """
    head = script.script.head
    leaves_macros = any("macro" in one.text.casefold() for one in script.script.up)
    promises = head.value("from-digest") and not head.value("left-out") and not leaves_macros
    return run.from_digest if promises else ""
