"""What kuzu does its own way: reading its catalog.

Everything here only reads, so it may run on a read-only open of the user's own database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from kuzuvcs.core.catalog import Catalog, CatalogColumn, CatalogMacro, CatalogTable
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import Index, IndexKind, Multiplicity, Sequence, StorageDirection
from kuzuvcs.engines.exported import macros, multiplicities
from kuzuvcs.errors import EngineError


class Statements(Protocol):
    """Whatever runs a statement and returns its rows: a worker, or the caller's own connection."""

    def execute(self, statement: str) -> list[list[Any]]:
        """The rows of one statement, as JSON values."""


def read_catalog(engine: Statements, scratch: Path, *, export: bool = True) -> Catalog:
    """Read the catalog.

    ``export=False`` leaves out what only the engine's schema export tells (multiplicities, macros):
    outside a read-only open it would consume a value of every unused sequence (ENGINE.md).

    :raises EngineError: the engine refuses one of its own table functions
    """
    listed = engine.execute("CALL show_tables() RETURN id, name, type, comment")
    ddl = _exported_ddl(engine, scratch) if export else None
    told = multiplicities(ddl or "")
    tables = tuple(_table(engine, row, told) for row in sorted(listed))
    indexes, not_loaded = _indexes(engine)
    sequences = _sequences(engine)
    return Catalog(
        tables=tables,
        sequences=sequences,
        positions=tuple((sequence.name, _position(engine, sequence.name)) for sequence in sequences),
        macros=tuple(macro for macro in macros(ddl or "") if not _is_tokenizer(macro)),
        indexes=indexes,
        indexes_not_loaded=not_loaded,
        untold=ddl is None,
    )


def _table(engine: Statements, row: list[Any], told: Mapping[str, Multiplicity]) -> CatalogTable:
    number, name, kind, comment = row
    if kind not in ("NODE", "REL"):
        raise EngineError(
            f"table {name} is of a kind that cannot be captured",
            cause=f"the engine calls it {kind}",
            hint="drop it, or detach the database it comes from",
        )
    columns, direction = _columns(engine, name, is_node=kind == "NODE")
    if kind == "NODE":
        return CatalogTable(id=number, name=name, is_node=True, comment=comment, columns=columns)
    connections = engine.execute(f"CALL show_connection({string_literal(name)}) RETURN *")
    return CatalogTable(
        id=number,
        name=name,
        is_node=False,
        comment=comment,
        columns=columns,
        connections=tuple((source, target) for source, target, *_ in connections),
        multiplicity=told.get(quote_name(name)),
        storage_direction=direction or _stored_direction(engine, name),
    )


def _columns(
    engine: Statements, table: str, *, is_node: bool
) -> tuple[tuple[CatalogColumn, ...], StorageDirection | None]:
    if "." in table:
        # table_info takes what stands before the dot for a database's name (ENGINE.md).
        raise EngineError(f"table {table} cannot be asked for its columns", cause="its name has a dot in it")
    columns, direction = [], None
    for number, name, type, default, last in engine.execute(
        f"CALL table_info({string_literal(table)}) RETURN *"
    ):
        columns.append(
            CatalogColumn(
                id=number,
                name=name,
                type=type,
                default=default if default not in ("NULL", "") else None,
                is_key=is_node and bool(last),
            )
        )
        direction = None if is_node else last
    return tuple(columns), direction


def _stored_direction(engine: Statements, table: str) -> StorageDirection | None:
    """From the stored column chunks: a rel table without properties says it nowhere else.

    A COPY of no edges leaves chunks of the side that has nodes: one side alone tells only where it has edges.
    """
    if "." in table:
        return None
    rows = engine.execute(f"CALL storage_info({string_literal(table)}) RETURN column_name, num_values")
    if {"fwd_", "bwd_"} <= {name[:4] for name, _ in rows}:
        return "both"
    filled = {name for name, values in rows if values}
    return "fwd" if "fwd_NBR_ID" in filled else "bwd" if "bwd_NBR_ID" in filled else None


def _exported_ddl(engine: Statements, scratch: Path) -> str | None:
    """The engine's own schema text, or ``None`` where the export fails.

    It fails where a rel table's end has an oddly named key column (ENGINE.md).
    """
    folder = scratch / "ddl"
    try:
        engine.execute(f"EXPORT DATABASE {string_literal(str(folder))} (schema_only=true)")
    except EngineError:
        return None
    # Not read_text: names may hold a carriage return, which it makes a line feed.
    text = (folder / "schema.cypher").read_bytes().decode()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    return text


def _is_tokenizer(macro: CatalogMacro) -> bool:
    """Whether the engine made it for a full-text index; it stays when the index is dropped (ENGINE.md)."""
    return re.fullmatch(r"\d+_.*_TOKENIZE", macro.name, re.DOTALL) is not None and macro.body.startswith(
        "string_split(lower(regexp_replace("
    )


def _sequences(engine: Statements) -> tuple[Sequence, ...]:
    rows = engine.execute("CALL show_sequences() RETURN *")
    return tuple(
        Sequence(name=name, start=start, increment=increment, minimum=minimum, maximum=maximum, cycle=cycle)
        for name, _, start, increment, minimum, maximum, cycle in sorted(rows)
    )


def _position(engine: Statements, sequence: str) -> int | None:
    try:
        [[value]] = engine.execute(f"RETURN currval({string_literal(sequence)})")
    except EngineError as error:
        if "is not yet defined" in error.cause:
            return None
        raise
    return int(value)


_OPTION = re.compile(r"(\w+) := ('(?:\\.|[^'\\])*'|[^,)]+)")


def _indexes(engine: Statements) -> tuple[tuple[Index, ...], tuple[str, ...]]:
    indexes, not_loaded = [], []
    for table, name, kind, columns, loaded, definition in engine.execute("CALL show_indexes() RETURN *"):
        if not loaded or kind not in ("FTS", "HNSW"):
            not_loaded.append(f"{table}.{name} ({kind})")
            continue
        tail = definition[definition.index(string_literal(name)) + len(string_literal(name)) :]
        options = tuple(sorted((option, value.strip()) for option, value in _OPTION.findall(tail)))
        known: IndexKind = kind
        indexes.append(Index(table=table, name=name, kind=known, columns=tuple(columns), options=options))
    return tuple(sorted(indexes, key=lambda index: (index.table, index.name))), tuple(not_loaded)
