"""Capture a database as a version, or compare it with one."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kuzuvcs.core.catalog import CatalogTable
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.progress import Progress
from kuzuvcs.engines.borrowed import borrowed
from kuzuvcs.engines.client import read_header
from kuzuvcs.engines.dialects import read_tables
from kuzuvcs.engines.header import Header
from kuzuvcs.engines.several_files import require_one_file
from kuzuvcs.errors import EngineError
from kuzuvcs.tasks.reading.capture import capture
from kuzuvcs.tasks.reading.history import has_history, read_history, without_history
from kuzuvcs.tasks.reading.inspect import Declarations, Inspection, inspect
from kuzuvcs.tasks.reading.read_tables import Source
from kuzuvcs.tasks.reading.replayed import open_to_read
from kuzuvcs.tasks.versions import NewVersion, new_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A database open for reading, in one transaction, and what it is."""

    source: Source
    inspection: Inspection
    engine: Engine
    header: Header


@contextlib.contextmanager
def opened_database(
    database: Path, folder: Path, declared: Declarations, *, connection: Any = None
) -> Iterator[Opened]:
    """Open ``database`` for reading in a worker, or read it through the caller's own ``connection``.

    :raises NotADatabase: what lies there is no database of this engine
    :raises DatabaseLocked: another process has it open for writing
    """
    if connection is not None:
        with borrowed(connection) as source:
            require_one_file(source, database)
            inspection = inspect(database, folder, declared, None)
            header = read_header(database)
            require_same_tables(source, inspection, folder, declared.history)
            yield Opened(
                source=source,
                inspection=inspection,
                engine=source.engine,
                header=header,
            )
        return
    with open_to_read(database, folder) as (worker, place, _):
        worker.execute("BEGIN TRANSACTION READ ONLY")
        yield Opened(
            source=worker,
            inspection=inspect(place, folder, declared, worker),
            engine=worker.engine,
            header=worker.header,
        )


def capture_version(
    opened: Opened,
    folder: Path,
    progress: Progress,
    *,
    only: Collection[str] | None = None,
    history: str = "",
) -> NewVersion:
    """Capture every table of an opened database (or those in ``only``) and describe the whole.

    With what the table called ``history`` says of migrations, where there is one.
    """
    runs = read_history(opened.source, history) if has_history(opened.source, history) else ()
    captured = capture(opened.source, opened.inspection.schema, folder, progress, only=only)
    return new_version(opened.inspection, captured, engine=opened.engine, header=opened.header, history=runs)


def require_same_tables(source: Source, inspection: Inspection, folder: Path, history: str) -> None:
    """Raise unless the catalog, read from a copy of the file, and the transaction have the same tables.

    The history of migrations is left out of both: it is not part of the schema.

    :raises EngineError: the schema changed between the two reads
    """
    tables = without_history(read_tables(source, folder), history)
    if sorted(map(_identity, tables)) != sorted(map(_identity, inspection.catalog.tables)):
        raise EngineError(
            "the schema changed while the snapshot was taken",
            cause="the application committed a change of schema between two reads",
            hint="take the snapshot again",
        )


def _identity(table: CatalogTable) -> tuple[object, ...]:
    """What any change of schema changes: the engine never uses a table's or a property's id again."""
    dotted = "." in table.name  # its columns cannot be read through the caller's connection
    columns = [] if dotted else sorted((column.id, column.name) for column in table.columns)
    return (table.id, table.name, table.comment, columns, [] if dotted else sorted(table.connections))
