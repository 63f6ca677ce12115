"""Whether a schema holds together: names, types, keys, and everything that one part says of another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from kuzuvcs.core import limits
from kuzuvcs.core.names import check_name
from kuzuvcs.core.schema import (
    Column,
    Constant,
    Default,
    Expression,
    Index,
    Macro,
    NodeTable,
    RelTable,
    Schema,
    Table,
    fold,
)
from kuzuvcs.core.types import format_type, parse_type
from kuzuvcs.errors import SchemaError

_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|\w+|(?P<open>[(\[{])|(?P<close>[)\]}])|\S""", re.DOTALL
)


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
        _check_macro(macro)
    _check_indexes(schema)


def _check_columns(table: Table) -> None:
    _check_unique(f"columns of {table.name!r}", (column.name for column in table.columns))
    for column in table.columns:
        _check_type(table, column)
        _check_default(f"the default of {table.name}.{column.name}", column.default)


def _check_type(table: Table, column: Column) -> None:
    canonical = format_type(parse_type(column.type))
    if canonical != column.type:
        raise SchemaError(
            f"column {column.name!r} of {table.name!r} has the type {column.type!r}",
            cause=f"the engine's own text for it is {canonical!r}",
        )


def _check_macro(macro: Macro) -> None:
    _check_unique(f"parameters of macro {macro.name!r}", (name for name, _ in macro.parameters))
    _check_size(f"the body of macro {macro.name}", macro.body)
    for name, default in macro.parameters:
        _check_size(f"the default of {name} in macro {macro.name}", default or "")


def _check_default(what: str, default: Default | None) -> None:
    match default:
        case Expression(text=text):
            _check_size(what, text)
        case Constant(json=text) if len(text) > limits.CONSTANT_VALUES:
            try:
                values = _count(json.loads(text))
            except (ValueError, RecursionError) as error:
                raise SchemaError(f"{what} is no JSON value", cause=str(error)) from error
            if values > limits.CONSTANT_VALUES:
                raise _too_large(what, f"{values:,} values", f"{limits.CONSTANT_VALUES:,}")


def _count(value: object) -> int:
    """The values in a JSON value, itself and all inside."""
    total, left = 0, [value]
    while left:
        one = left.pop()
        total += 1
        left.extend(one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
    return total


def _check_size(what: str, expression: str) -> None:
    """Refuse an expression over which the engine takes minutes, or crashes."""
    if len(expression) > limits.EXPRESSION_CHARACTERS:
        raise _too_large(what, f"{len(expression):,} characters", f"{limits.EXPRESSION_CHARACTERS:,}")
    depth = 0
    for number, found in enumerate(_TOKEN.finditer(expression)):
        if number == limits.EXPRESSION_TOKENS:
            raise _too_large(what, "more names, values and symbols", f"{limits.EXPRESSION_TOKENS:,}")
        depth += (found["open"] is not None) - (found["close"] is not None)
        if depth > limits.EXPRESSION_DEPTH:
            raise _too_large(what, "more brackets inside each other", str(limits.EXPRESSION_DEPTH))


def _too_large(what: str, found: str, most: str) -> SchemaError:
    return SchemaError(f"{what} is too large", cause=f"it has {found}; kuzuvcs takes at most {most}")


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
