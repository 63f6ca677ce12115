"""Tables from which a column was dropped just before the process was killed, made whole again.

kuzu 0.11.3 replays ``ALTER TABLE … DROP`` from the write-ahead log so that the table's columns and its
stored column chunks no longer agree.  It reads the table right, but it crashes on the next write to it, at
the latest when the database is closed.  A column that is added and dropped again, and a CHECKPOINT, make both
agree.  This has to happen before any other CHECKPOINT: a second kill then leaves the log as it was.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.engines.catalog import Statements
from kuzuvcs.errors import EngineCrashed, EngineError


def mend_dropped_columns(engine: Statements) -> None:
    """Mend every table of which a column, but the last, was ever dropped.

    The log does not say which were dropped since the last CHECKPOINT.  Tables with a vector index are left
    alone: to drop a column of such a table makes the database impossible to open.
    """
    tables = list(_with_gaps(engine))
    if not tables:
        return
    column = f"kuzuvcs_mended_{uuid.uuid4().hex[:8]}"
    try:
        engine.execute("BEGIN TRANSACTION")
        for table in tables:
            engine.execute(f"ALTER TABLE {quote_name(table)} ADD {column} BOOL")
            engine.execute(f"ALTER TABLE {quote_name(table)} DROP {column}")
        engine.execute("COMMIT")
        engine.execute("CHECKPOINT")
    except EngineCrashed:
        raise
    except EngineError:
        with contextlib.suppress(EngineError):  # the engine may have ended it with the error
            engine.execute("ROLLBACK")


def _with_gaps(engine: Statements) -> Iterator[str]:
    """The tables whose column ids have a gap: those of dropped columns are not used again."""
    indexes = engine.execute("CALL show_indexes() RETURN *")
    left_alone = {table for table, _, kind, *_ in indexes if kind == "HNSW"}
    for name, kind in engine.execute("CALL show_tables() RETURN name, type"):
        if name in left_alone or "." in name:  # table_info takes "a.b" for a table of another database
            continue
        columns = engine.execute(f"CALL table_info({string_literal(name)}) RETURN *")
        ids = {column[0] for column in columns}
        first = 0 if kind == "NODE" else 1
        if ids and ids != set(range(first, first + len(ids))):
            yield name
