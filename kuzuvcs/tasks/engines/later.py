"""Indexes that a database goes without until an extension is there: plain Cypher beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.core.scripts.cypher_text import statements
from kuzuvcs.core.scripts.cypher_tokens import tokens
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineCrashed, EngineError, KuzuvcsError, StatementRefused
from kuzuvcs.files import write_atomic
from kuzuvcs.reading import read_bounded
from kuzuvcs.tasks.plain import script

_MAKES_INDEX = ("CREATE_FTS_INDEX", "CREATE_VECTOR_INDEX")


def later_file(database: Path) -> Path:
    """Where the statements for a database are written down."""
    return database.with_name(f"{database.name}.indexes.cypher")


def write_later(database: Path, later: Sequence[str]) -> Path | None:
    """Write them, before the database is put in place; ``None`` where there are none."""
    if not later:
        return None
    write_atomic(later_file(database), script(later))
    return later_file(database)


def make_later(database: Path) -> tuple[str, ...]:
    """Run what was written down for a database, and remove the file; the statements that were run.

    What a run that was stopped has made already is passed over.

    :raises KuzuvcsError: nothing was written down
    :raises EngineError: an extension is not to be had, or an index is refused
    """
    file = later_file(database)
    if not file.exists():
        raise KuzuvcsError(
            f"no index of {database.name} is to be made",
            cause=f"{file} is not there",
            hint="it is written by checkout and upgrade where an engine lacks the extension for an index",
        )
    try:
        text = read_bounded(file, limits.CYPHER_FILE).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KuzuvcsError(f"{file} cannot be read", cause=str(error)) from error
    done = tuple(text for _, text in statements(text))
    for statement in done:
        _require_index(file, statement)
    with Worker() as worker:
        worker.open(database, read_only=False)
        for statement in done:
            _run(worker, statement)
        worker.execute("CHECKPOINT")
    file.unlink()
    return done


def _require_index(file: Path, statement: str) -> None:
    """The file lies beside the database, so anybody may have put it there."""
    first, second = (*tokens(statement), *tokens("; ;"))[:2]
    if not (first.is_word("INSTALL", "LOAD") or (first.is_word("CALL") and second.is_word(*_MAKES_INDEX))):
        raise KuzuvcsError(
            f"{file.name} holds more than indexes",
            cause=f"statement: {statement[:200]}",
            hint=f"remove {file}, or the statement in it; nothing was run",
        )


def _run(worker: Worker, statement: str) -> None:
    try:
        worker.execute(statement, extensions=True)
    except (EngineCrashed, StatementRefused):
        raise  # neither comes from a server that cannot be reached
    except EngineError as error:
        if "already exists" in error.cause:
            return
        raise EngineError(
            "an index cannot be made",
            cause=f"{statement}: {error.cause.splitlines()[0]}",
            hint="an extension comes from the engine's own server: run it again where that can be reached",
        ) from error
