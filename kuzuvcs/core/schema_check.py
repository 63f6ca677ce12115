"""Whether a schema holds together: names, types, keys, and everything that one part says of another."""

from __future__ import annotations

from collections.abc import Iterable

from kuzuvcs.core.names import check_name
from kuzuvcs.core.schema import Column, Index, NodeTable, RelTable, Schema, Table, fold
from kuzuvcs.core.types import format_type, parse_type
from kuzuvcs.errors import SchemaError


def check_schema(schema: Schema) -> None:
    """``SchemaError`` for the first thing that the engine could not hold."""
    _check_unique("tables", (table.name for table in schema.tables()))
    _check_unique("sequences", (sequence.name for sequence in schema.sequences))
    _check_unique("macros", (macro.name for macro in schema.macros))
    for node in schema.node_tables:
        _check_columns(node)
        if node.primary_key not in {column.name for column in node.columns}:
            raise SchemaError(f"the primary key of node table {node.name!r} is none of its columns")
    nodes = {table.name for table in schema.node_tables}
    for rel in schema.rel_tables:
        _check_columns(rel)
        _check_connections(rel, nodes)
    for macro in schema.macros:
        _check_unique(f"parameters of macro {macro.name!r}", (name for name, _ in macro.parameters))
    _check_indexes(schema)


def _check_columns(table: Table) -> None:
    _check_unique(f"columns of {table.name!r}", (column.name for column in table.columns))
    for column in table.columns:
        _check_type(table, column)


def _check_type(table: Table, column: Column) -> None:
    canonical = format_type(parse_type(column.type))
    if canonical != column.type:
        raise SchemaError(
            f"column {column.name!r} of {table.name!r} has the type {column.type!r}",
            cause=f"the engine's own text for it is {canonical!r}",
        )


def _check_connections(rel: RelTable, nodes: set[str]) -> None:
    if len(set(rel.connections)) != len(rel.connections):
        raise SchemaError(f"rel table {rel.name!r} has a connection twice")
    for connection in rel.connections:
        for end in (connection.source, connection.target):
            if end not in nodes:
                raise SchemaError(f"rel table {rel.name!r} connects {end!r}, which is no node table")


def _check_indexes(schema: Schema) -> None:
    by_name = {table.name: table for table in schema.node_tables}
    for name in {index.table for index in schema.indexes}:
        of_table = (index.name for index in schema.indexes if index.table == name)
        _check_unique(f"indexes of {name!r}", of_table)
    for index in schema.indexes:
        _check_index(index, by_name.get(index.table))


def _check_index(index: Index, table: NodeTable | None) -> None:
    if table is None:
        raise SchemaError(f"index {index.name!r} is on {index.table!r}, which is no node table")
    columns = {column.name for column in table.columns}
    for name in index.columns:
        if name not in columns:
            raise SchemaError(
                f"index {index.name!r} of {index.table!r} is on {name!r}, which is no column of it"
            )
    if len(dict(index.options)) != len(index.options):
        raise SchemaError(f"index {index.name!r} of {index.table!r} has an option twice")


def _check_unique(what: str, names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        check_name(name)
        other = seen.get(fold(name))
        if other is not None:
            raise SchemaError(
                f"two {what} have one name", cause=f"to the engine {other!r} and {name!r} are one"
            )
        seen[fold(name)] = name
