"""Which statements in files of Cypher an engine's parser and binder refuse.

Each is tried on an empty database that has the schema: DDL is run there, since what follows may need it; the
rest is explained, which parses and binds it and runs nothing.  The same is done on the engine that the
statements were written for, so that what never worked is told apart from what no longer will.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.scripts.cypher_text import statements
from kuzuvcs.core.scripts.outside import acts_outside, reaches
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import field_names
from kuzuvcs.errors import EngineCrashed, EngineError, StatementRefused, UsageError
from kuzuvcs.reading import read_bounded
from kuzuvcs.render.cypher import create_indexes, create_schema
from kuzuvcs.results import Refusal

_DDL = re.compile(r"(?:CREATE\s+(?:NODE|REL|SEQUENCE|MACRO|TYPE)|ALTER|DROP|COMMENT)\b", re.IGNORECASE)
_EXPLAIN = "EXPLAIN "

_NO_FAULT = re.compile(
    r"No file found that matches|Cannot evaluate expression with type VARIABLE|already exists"
)
"""Of the place where it runs, or of parameters that are not given: no fault of the statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A statement to be tried, and where it stands."""

    file: Path
    line: int
    text: str


def statements_of(folder: Path) -> tuple[Asked, ...]:
    """The statements of the ``.cypher`` files in a folder and below it, or of one file.

    :raises UsageError: there is none, or a file cannot be read
    """
    files = sorted(folder.rglob("*.cypher")) if folder.is_dir() else [folder]
    found = []
    for file in files:
        try:
            text = read_bounded(file, limits.CYPHER_FILE).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read", cause=str(error)) from error
        found += [Asked(file=file, line=line, text=statement) for line, statement in statements(text)]
    if not found:
        raise UsageError(f"no statement to check in {folder}", cause="it holds no .cypher file with one")
    return tuple(found)


def refused(
    asked: Sequence[Asked], schema: Schema, before: Engine, after: Engine, scratch: Path
) -> tuple[Refusal, ...]:
    """What ``after`` refuses; each says whether ``before`` does, too."""
    texts = [one.text for one in asked]
    now = _refusals(texts, schema, after, scratch / "after.db")
    then = _refusals(texts, schema, before, scratch / "before.db") if any(now) else now
    return tuple(
        Refusal(file=one.file, line=one.line, statement=one.text, reason=reason, both=bool(earlier))
        for one, reason, earlier in zip(asked, now, then, strict=True)
        if reason
    )


def _refusals(texts: Sequence[str], schema: Schema, engine: Engine, database: Path) -> list[str]:
    worker = Worker()
    try:
        worker.open(database, read_only=False, engine=engine)
        for statement in (*create_schema(schema, field_names(engine)), *create_indexes(schema)):
            _reason(worker, statement)
        worker.execute("CHECKPOINT")
        reasons = []
        for text in texts:
            try:
                reasons.append("" if acts_outside(text) else _reason(worker, _tried(text)))
            except EngineCrashed as crash:
                reasons.append(f"it ends the engine's process: {crash.cause.split(' on the ')[0]}")
                worker = Worker()
                worker.open(database, read_only=False)
        return reasons
    finally:
        worker.kill()


def _tried(text: str) -> str:
    # CREATE … AS LOAD FROM reads files: it is explained, too, which only looks at what they hold.
    return text if _DDL.match(text) and not reaches(text) else f"{_EXPLAIN}{text}"


def _reason(worker: Worker, statement: str) -> str:
    try:
        # What is explained names files and reads at most the beginning of one; nothing is written.
        worker.execute(statement, outside=statement.startswith(_EXPLAIN))
    except EngineCrashed:
        raise
    except StatementRefused:
        return ""
    except EngineError as error:
        return "" if _NO_FAULT.search(error.cause) else error.cause.splitlines()[0]
    return ""
