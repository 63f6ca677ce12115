"""Both directions of every rel table have the same edges, before and after scripts run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.scripts.cypher_tokens import command
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import mixes_up_writes
from kuzuvcs.errors import VerificationFailed
from kuzuvcs.migrations.checkpoints import checkpoints_before
from kuzuvcs.migrations.clauses import deletions
from kuzuvcs.migrations.writing import query_of
from kuzuvcs.tasks.reading.dangling import dangling_edges, drop_dangling_edges
from kuzuvcs.tasks.workplace import Workplace


def detaches(statement: Statement) -> bool:
    """Whether a statement has a DETACH DELETE."""
    return any(one.detach for one in deletions(query_of(command(statement.text))))


def made_checkpoints(statements: Sequence[Statement], engine: Engine) -> frozenset[int]:
    """The places, from 0, of the statements before which the runner makes a CHECKPOINT on this engine."""
    return checkpoints_before(statements, engine) if mixes_up_writes(engine) else frozenset()


def drop_and_note(worker: Worker, database: Path, work: Workplace) -> None:
    """Delete the edges that the engine left at deleted nodes, and note how many.  In no transaction."""
    if not mixes_up_writes(worker.engine):
        return
    for one in drop_dangling_edges(worker, work.schema_of(database, worker)):
        work.progress.note(f"{one}: deleted")


def require_both_directions(database: Path, schema: Schema) -> None:
    """Compare both directions of every rel table.

    :raises VerificationFailed: one has an edge that the other has not
    """
    with Worker() as worker:
        worker.open(database, read_only=True)
        found = [str(one) for rel in schema.rel_tables for one in dangling_edges(worker, rel, schema)]
    if found:
        raise VerificationFailed(
            "the scripts leave edges at deleted nodes",
            cause="\n".join(found),
            hint="nothing was put in place; delete the edges with DELETE before the nodes with DETACH DELETE",
        )
