"""Run a script's statements, one after another: each told of, and its failure the script's."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence

from kuzuvcs.core.scripts.conditions import ENSURE, REQUIRE, is_for
from kuzuvcs.core.scripts.dashes import NOTE, looks_commented
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineCrashed, EngineError, MigrationCrashed, MigrationFailed
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.tasks.building.before import CapturedFiles
from kuzuvcs.tasks.engines.drop_macros import Drop, runs_of
from kuzuvcs.tasks.reading.history import checksum
from kuzuvcs.tasks.running.conditions import hold
from kuzuvcs.tasks.workplace import Workplace

_SHOWN = 60


def run_statements(
    worker: Worker,
    statements: Sequence[Statement],
    captured: CapturedFiles,
    work: Workplace,
    *,
    id: str,
    section: str,
    hint: str,
    first: int = 0,
    total: int | None = None,
    drop: Drop | None = None,
    checkpoints: Collection[int] = (),
) -> None:
    """Run them in order, up to the first that fails; ``first`` is how many of the section's came before.

    What is not for this engine is left out; the conditions above a statement are looked at around it.
    ``drop`` drops macros for an engine that does not.  Before each place in ``checkpoints``, from 0, a
    CHECKPOINT is made.

    :raises MigrationFailed: the engine refuses one, or a condition is not true, with its line
    :raises MigrationCrashed: the engine ends its process on one
    """
    last = len(statements) if total is None else total
    apart = {at for at, one in enumerate(statements) if one.directives}
    runs = runs_of(worker, [one.text for one in statements], captured, drop, apart, outside=True)
    for number, (statement, run) in enumerate(zip(statements, runs, strict=True), first + 1):
        text = " ".join(statement.text.split())
        shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        work.progress.stage(f"{id}: {section} {number}/{last} {shown}")
        told = {"script": id, "section": section, "number": number, "line": statement.line}
        if not is_for(statement.directives, worker.engine):
            work.progress.note(f"{id}: line {statement.line} is not for {worker.engine}, and is left out")
            work.events.emit("left out", **told, text=statement.text)
            continue
        if number - 1 in checkpoints:
            with failing(f"{id} fails at the CHECKPOINT before line {statement.line}, in {section}", hint):
                worker.execute("CHECKPOINT")
        hold(worker, statement.directives, REQUIRE, id=id, hint=hint)
        started = time.monotonic()
        with failing(f"{id} fails at line {statement.line}, in {section}", hint, statement.text):
            rows = run()
        seconds = round(time.monotonic() - started, 6)
        work.events.emit("statement", **told, text=statement.text, seconds=seconds, rows=rows)
        hold(worker, statement.directives, ENSURE, id=id, hint=hint)


def tell(work: Workplace, event: str, script: MigrationFile, section: str, **fields: object) -> None:
    """Tell of something that concerns a section of a script."""
    work.events.emit(event, script=script.id, section=section, checksum=checksum(script.path), **fields)


@contextlib.contextmanager
def failing(message: str, hint: str, statement: str = "") -> Iterator[None]:
    """What the engine refuses, or dies of, is a script's failure."""
    try:
        yield
    except EngineError as error:
        kind = MigrationCrashed if isinstance(error, EngineCrashed) else MigrationFailed
        cause = f"{statement}\n{error.cause}" if statement else error.cause
        if looks_commented(statement):
            cause = f"{cause}\n{NOTE}"
        raise kind(message, cause=cause, hint=hint) from error
