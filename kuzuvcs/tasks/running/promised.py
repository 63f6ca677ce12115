"""The schema that a section of a script has to lead to, as far as its head promises one."""

from __future__ import annotations

from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.script import MERGES
from kuzuvcs.migrations.folder import MigrationFile


def promised_up(script: MigrationFile, digest: str) -> str:
    """Where UP has to lead from the schema ``digest``; empty where its head names another to start from."""
    head = script.script.head
    if head.value(MERGES):  # whatever the order of its branches, they lead to one schema
        return head.value("to-digest")
    start, end = head.value("from-digest"), head.value("to-digest")
    if start and start == end:  # it leaves the schema as it is, whichever that is
        return digest
    return end if start in ("", digest) else ""


def promised_down(script: MigrationFile, run: Applied) -> str:
    """Where DOWN has to lead: to the schema before UP, where the script promises any.

    Empty where the engine does not hold all of that.
    """
    head = script.script.head
    return run.from_digest if head.value("from-digest") and not head.value("left-out") else ""
