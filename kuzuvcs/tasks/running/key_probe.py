"""Write to a database that scripts have changed, to see that it can be written to; nothing of it stays."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import NodeTable, Schema
from kuzuvcs.core.types import Scalar, parse_type
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError, MigrationFailed
from kuzuvcs.tasks.reading.fresh_keys import fresh_keys


def probe_keys(database: Path, schema: Schema) -> None:
    """Have each node table find a row that is there by its key, take a new one, and find that.

    After some ALTER statements a table keeps its rows and takes no new ones, or takes another column for its
    key; what is committed shows it, and nothing before (docs/limits.md).  The database must be checkpointed
    and nobody else's: what is written stays in its log, which is removed.

    :raises MigrationFailed: with the table that cannot be written to
    """
    with Worker() as worker:
        worker.open(database, read_only=False)
        for table in schema.node_tables:
            try:
                fault = _fault(worker, table)
            except EngineError as error:
                fault = error.cause
            if fault:
                raise MigrationFailed(
                    f"table {table.name} cannot be written to any more",
                    cause=fault,
                    hint="was a column dropped that stood before the key? a rebuild of the table mends it",
                )
        worker.kill()
    database.with_name(database.name + ".wal").unlink(missing_ok=True)


def _fault(worker: Worker, table: NodeTable) -> str:
    name, key = quote_name(table.name), quote_name(table.primary_key)
    rows = f"MATCH (n:{name}) RETURN count(*)"
    [[before]] = worker.execute(rows)
    worker.execute(f"MATCH (n:{name}) WITH n.{key} AS k LIMIT 1 MERGE (m:{name} {{{key}: k}})")
    [[after]] = worker.execute(rows)
    if after != before:
        return "a row that is there is not found by its key"
    type = parse_type(next(one.type for one in table.columns if one.name == table.primary_key))
    if type == Scalar(name="SERIAL"):
        return ""
    for literal in fresh_keys(type):
        found = f"MATCH (n:{name}) WHERE n.{key} = {literal} RETURN count(*)"
        if worker.execute(found) == [[0]]:
            worker.execute(f"CREATE (:{name} {{{key}: {literal}}})")
            return "" if worker.execute(found) == [[1]] else "a new row is not found by its key"
    return ""
