"""What DOWN of a script reads, and where it has to lead."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.core.history import Applied
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.tasks.before import CapturedFiles
from kuzuvcs.tasks.running.captures import captures_of, kept_captures, no_captures
from kuzuvcs.tasks.workplace import Workplace


def files_of_down(
    work: Workplace, script: MigrationFile, run: Applied, folder: Path, *, schema_only: bool
) -> CapturedFiles:
    """What was captured before the run's UP; empty files with ``schema_only``."""
    captures = captures_of(script.script)
    if schema_only or not captures:
        return no_captures(captures, folder)
    return kept_captures(work.store, run.capture, captures, folder)


def promised_down(script: MigrationFile) -> str:
    """The schema that DOWN has to lead to; none where UP made a macro, which the engine cannot drop."""
    leaves_macros = any("macro" in one.text.casefold() for one in script.script.up)
    return "" if leaves_macros else script.script.head.value("from-digest")
