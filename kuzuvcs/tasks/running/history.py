"""The history table in a database: a node table that is no part of the schema."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from kuzuvcs.core.history import Applied, Known
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import fold
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.kuzu import Statements
from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.release import RELEASE

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
}
"""Its columns, the key first; they are those of :class:`kuzuvcs.core.history.Applied`."""


def read_history(source: Statements, table: str) -> tuple[Applied, ...]:
    """Every run, in order; none where there is no such table.

    :raises MigrationError: a table of that name is another one
    """
    if not _exists(source, table):
        return ()
    columns = ", ".join(f"h.{quote_name(name)}" for name in COLUMNS)
    rows = source.execute(f"MATCH (h:{quote_name(table)}) RETURN {columns} ORDER BY h.`number`")
    return tuple(Applied(**dict(zip(COLUMNS, row, strict=True))) for row in rows)


def record(worker: Worker, table: str, runs: Sequence[Applied]) -> None:
    """Write runs that are new."""
    if not _exists(worker, table):
        columns = ", ".join(f"{quote_name(name)} {type}" for name, type in COLUMNS.items())
        worker.execute(f"CREATE NODE TABLE {quote_name(table)}({columns}, PRIMARY KEY (`number`))")
    for one in runs:
        values = ", ".join(f"{quote_name(name)}: {_literal(getattr(one, name))}" for name in COLUMNS)
        worker.execute(f"CREATE (:{quote_name(table)} {{{values}}})")


def mark_rolled_back(worker: Worker, table: str, number: int, when: str) -> None:
    """Say of a run that it was undone."""
    run = f"MATCH (h:{quote_name(table)}) WHERE h.`number` = {number}"
    worker.execute(f"{run} SET h.`rolled_back` = {string_literal(when)}")


def recognised(scripts: Sequence[MigrationFile], digest: str) -> tuple[Applied, ...]:
    """The scripts up to the last that leads to this schema, as runs that were not seen."""
    places = [at for at, one in enumerate(scripts) if one.script.head.value("to-digest") == digest]
    seen = scripts[: places[-1] + 1] if places else ()
    return tuple(
        Applied(
            number=at,
            **of_script(one),
            from_digest=one.script.head.value("from-digest"),
            to_digest=one.script.head.value("to-digest"),
            applied=now(),
            seconds=0.0,
            release=RELEASE,
        )
        for at, one in enumerate(seen, 1)
    )


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
    return [Known(id=one.id, checksum=checksum(one.path)) for one in scripts]


def checksum(path: Path) -> str:
    """The sha256 of a script's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def now() -> str:
    """UTC, to the second, as the history has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _literal(value: object) -> str:
    return string_literal(value) if isinstance(value, str) else repr(value)


def _exists(source: Statements, table: str) -> bool:
    names = [name for [name] in source.execute("CALL show_tables() RETURN name") if fold(name) == fold(table)]
    if not names:
        return False
    info = source.execute(f"CALL table_info({string_literal(names[0])}) RETURN name, type")
    if dict(info) != COLUMNS:
        raise MigrationError(
            f"table {names[0]} is not the history of migrations",
            cause="it has other columns, so that it is a table of the application",
            hint="give the history another name: history_table in the project file",
        )
    return True
