"""Where a section needs a CHECKPOINT that its author did not write, so that the engine does it right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.scripts.conditions import is_for
from kuzuvcs.core.scripts.cypher_tokens import command
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.migrations.seen import Seen
from kuzuvcs.migrations.statement_hazards import statement_hazards
from kuzuvcs.migrations.writing import may_lose_edges


def checkpoints_before(statements: Sequence[Statement], engine: Engine) -> frozenset[int]:
    """The places, from 0, of the statements before which an engine that mixes up writes needs a CHECKPOINT.

    Statements that are for other engines are passed over.

    Kuzu 0.11.3 crashes where a column is dropped from a table that was written since the last CHECKPOINT, or
    that is written before the next one.  It loses or keeps the wrong edges where nodes or edges are deleted
    whose edges were changed since.
    """
    return frozenset(_needed(statements, engine))


def _needed(statements: Sequence[Statement], engine: Engine) -> Iterator[int]:
    seen = Seen(kinds={})
    for at, one in enumerate(statements):
        if not is_for(one.directives, engine):
            continue
        if may_lose_edges(command(one.text), seen) or _crashes(one, seen):
            yield at
            seen.checkpoint()
        for _ in statement_hazards(one, seen):
            pass  # ``seen`` learns what the statement does


def _crashes(statement: Statement, seen: Seen) -> bool:
    before = seen.copy()
    return any(one.name == "ends_process" for one in statement_hazards(statement, before))
