"""The history table in a database: a node table that is no part of the schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from kuzuvcs.core.catalog import CatalogTable
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import fold
from kuzuvcs.core.scripts.history import Applied, Known
from kuzuvcs.core.scripts.history_rows import require_consistent, run_of
from kuzuvcs.engines.catalog import Statements
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError, MigrationError, ProjectError
from kuzuvcs.migrations.folder import MigrationFile, pledge
from kuzuvcs.migrations.script_bytes import read_bytes, run_checksum
from kuzuvcs.tasks.reading.replayed import open_to_read

COLUMNS = {
    "number": "INT64",
    "id": "STRING",
    "description": "STRING",
    "checksum": "STRING",
    "from_version": "STRING",
    "to_version": "STRING",
    "from_digest": "STRING",
    "to_digest": "STRING",
    "applied": "STRING",
    "seconds": "DOUBLE",
    "release": "STRING",
    "capture": "STRING",
    "rolled_back": "STRING",
    "unfinished": "STRING",
}
"""Its columns, the key first; they are those of :class:`kuzuvcs.core.scripts.history.Applied`.

``capture`` holds the run's :attr:`~kuzuvcs.core.scripts.history.Applied.captures`."""


def read_history(source: Statements, table: str) -> tuple[Applied, ...]:
    """Every run, in order; none where there is no such table.

    :raises MigrationError: a table of that name is another one, or holds what kuzuvcs never writes
    """
    if not _exists(source, table):
        return ()
    columns = ", ".join(f"h.{quote_name(name)}" for name in COLUMNS)
    rows = source.execute(f"MATCH (h:{quote_name(table)}) RETURN {columns} ORDER BY h.`number`")
    try:
        return require_consistent(run_of(dict(zip(COLUMNS, row, strict=True))) for row in rows)
    except ValueError as error:
        raise MigrationError(
            f"the history of migrations cannot be read: {error}",
            cause=f"a row of {table} was edited by hand, or by another program",
            hint=f"look at it with MATCH (h:{quote_name(table)}) RETURN h.*, and correct the row; "
            "kuzuvcs restore brings back a backup",
        ) from error


def has_history(source: Statements, table: str) -> bool:
    """Whether there is a table of that name, and it is the history of migrations."""
    return any(_is_history(_columns(source, name)) for name in _named(source, table))


def without_history(tables: Iterable[CatalogTable], history: str) -> tuple[CatalogTable, ...]:
    """A catalog's tables without the history of migrations; an application's table of that name stays."""
    return tuple(
        table
        for table in tables
        if fold(table.name) != fold(history) or not _is_history((c.name, c.type) for c in table.columns)
    )


def require_free_name(database: Path, table: str, folder: Path) -> None:
    """Raise where an application's own table has the history's name; a database that cannot be read has none.

    :raises ProjectError: it has
    """
    try:
        with open_to_read(database, folder) as (worker, *_):
            taken = _named(worker, table) if not has_history(worker, table) else []
    except EngineError:
        return
    if taken:
        raise ProjectError(
            f"the database has a table {taken[0]} of its own",
            cause="the history of migrations is kept in a table of that name",
            hint="give the history another name: --history-table NAME",
        )


def record(worker: Worker, table: str, runs: Sequence[Applied]) -> None:
    """Write runs that are new."""
    if not _exists(worker, table):
        columns = ", ".join(f"{quote_name(name)} {type}" for name, type in COLUMNS.items())
        worker.execute(f"CREATE NODE TABLE {quote_name(table)}({columns}, PRIMARY KEY (`number`))")
    for one in runs:
        values = ", ".join(f"{quote_name(name)}: {_literal(value)}" for name, value in _values(one).items())
        worker.execute(f"CREATE (:{quote_name(table)} {{{values}}})")


def copy_history(source: Statements, database: Path, table: str) -> None:
    """Write into ``database`` what the source's history has, where it has one."""
    if has_history(source, table):
        runs = read_history(source, table)
        with Worker() as worker:
            worker.open(database, read_only=False)
            record(worker, table, runs)
            worker.execute("CHECKPOINT")


def rewrite(worker: Worker, table: str, run: Applied) -> bool:
    """Write a run that is there already anew; False where it is not."""
    if not _exists(worker, table):
        return False
    found = f"MATCH (h:{quote_name(table)}) WHERE h.`number` = {run.number}"
    if worker.execute(f"{found} RETURN count(*)") == [[0]]:
        return False
    values = ", ".join(
        f"h.{quote_name(name)} = {_literal(value)}"
        for name, value in _values(run).items()
        if name != "number"
    )
    worker.execute(f"{found} SET {values}")
    return True


def of_script(script: MigrationFile) -> dict[str, str]:
    """What a run's row says of the script itself."""
    head = script.script.head
    return {
        "id": script.id,
        "description": head.value("description"),
        "checksum": checksum(script.path),
        "from_version": head.value("from"),
        "to_version": head.value("to"),
    }


def known(scripts: Iterable[MigrationFile]) -> list[Known]:
    """The folder's scripts as the history has to know them."""
    return [_known(one) for one in scripts]


def checksum(path: Path) -> str:
    """What the history records of a script: its sha256 without the lines that a new proof rewrites."""
    return run_checksum(read_bytes(path)).value


def _known(script: MigrationFile) -> Known:
    return Known(id=script.id, checksum=run_checksum(read_bytes(script.path)), pledge=pledge(script))


def now() -> str:
    """UTC, to the second, as the history has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _values(run: Applied) -> dict[str, object]:
    return {name: run.captures if name == "capture" else getattr(run, name) for name in COLUMNS}


def _literal(value: object) -> str:
    return string_literal(value) if isinstance(value, str) else repr(value)


def _exists(source: Statements, table: str) -> bool:
    names = _named(source, table)
    if names and not _is_history(_columns(source, names[0])):
        raise MigrationError(
            f"table {names[0]} is not the history of migrations",
            cause="it has other columns, so that it is a table of the application",
            hint="give the history another name: history_table in the project file",
        )
    return bool(names)


def _named(source: Statements, table: str) -> list[str]:
    tables = source.execute("CALL show_tables() RETURN name")
    return [name for [name] in tables if fold(name) == fold(table)]


def _columns(source: Statements, table: str) -> list[tuple[str, str]]:
    rows = source.execute(f"CALL table_info({string_literal(table)}) RETURN name, type")
    return [(name, type) for name, type in rows]


def _is_history(columns: Iterable[tuple[str, str]]) -> bool:
    """Whether these names and types are the history's: the one rule by which the table is recognised."""
    return dict(columns) == COLUMNS
