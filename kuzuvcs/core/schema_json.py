"""``schema.json``: one schema, one text, one digest.

Tables, columns and connections stand by name, so the order in which they were made leaves no
trace, and ``git diff`` shows a change as the lines that say it.  There is no data in it, no column
order and no catalog id (those are the manifest's).
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from kuzuvcs.core.schema import (
    INDEX_KINDS,
    MULTIPLICITIES,
    STORAGE_DIRECTIONS,
    Column,
    Connection,
    Constant,
    Default,
    Expression,
    Index,
    Macro,
    NodeTable,
    RelTable,
    Schema,
    Sequence,
)
from kuzuvcs.core.schema_check import check_schema
from kuzuvcs.core.strict_json import FORMAT, Node, compact_json, dump_json, load_json
from kuzuvcs.errors import ManifestError, SchemaError


@lru_cache(maxsize=8)
def schema_to_json(schema: Schema) -> str:
    """The canonical text; ``SchemaError`` when the schema does not hold together.

    A command asks for the same few schemas many times, and one may have a hundred thousand columns.
    """
    check_schema(schema)
    return dump_json(
        {
            "format": FORMAT,
            "indexes": _indexes_value(schema.indexes),
            "macros": {macro.name: _macro_value(macro) for macro in schema.macros},
            "node_tables": {table.name: _node_value(table) for table in schema.node_tables},
            "rel_tables": {table.name: _rel_value(table) for table in schema.rel_tables},
            "sequences": {sequence.name: _sequence_value(sequence) for sequence in schema.sequences},
        }
    )


def schema_from_json(text: str) -> Schema:
    """The schema, its parts in name order; ``ManifestError`` when the text is not one."""
    root = load_json(text, "schema.json")
    _, indexes, macros, nodes, rels, sequences = root.fields(
        "format", "indexes", "macros", "node_tables", "rel_tables", "sequences"
    )
    schema = Schema(
        node_tables=tuple(_node(name, node) for name, node in sorted_named(nodes)),
        rel_tables=tuple(_rel(name, node) for name, node in sorted_named(rels)),
        sequences=tuple(_sequence(name, node) for name, node in sorted_named(sequences)),
        macros=tuple(_macro(name, node) for name, node in sorted_named(macros)),
        indexes=tuple(
            _index(table, name, node)
            for table, by_name in sorted_named(indexes)
            for name, node in sorted_named(by_name)
        ),
    )
    try:
        check_schema(schema)
    except SchemaError as error:
        raise ManifestError("cannot read schema.json", cause=str(error)) from error
    return schema


def schema_digest(schema: Schema) -> str:
    """The sha256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(schema_to_json(schema).encode()).hexdigest()


def same_schema(a: Schema, b: Schema) -> bool:
    """Whether two schemas are one, whatever the order of their parts."""
    return schema_to_json(a) == schema_to_json(b)


def sorted_named(node: Node) -> list[tuple[str, Node]]:
    """The entries of an object that is keyed by names, in name order."""
    return sorted(node.named(), key=lambda entry: entry[0])


def _node_value(table: NodeTable) -> dict[str, object]:
    return {
        "columns": {column.name: _column_value(column) for column in table.columns},
        "comment": table.comment,
        "primary_key": table.primary_key,
    }


def _rel_value(table: RelTable) -> dict[str, object]:
    targets: dict[str, list[str]] = {}
    for connection in sorted(table.connections, key=lambda pair: (pair.source, pair.target)):
        targets.setdefault(connection.source, []).append(connection.target)
    return {
        "columns": {column.name: _column_value(column) for column in table.columns},
        "comment": table.comment,
        "connections": targets,
        "multiplicity": table.multiplicity,
        "storage_direction": table.storage_direction,
    }


def _column_value(column: Column) -> dict[str, object]:
    return {"default": default_value(column.default), "type": column.type}


def default_value(default: Default | None) -> object:
    """A default as a JSON value: null, ``{"constant": …}`` or ``{"expression": "…"}``."""
    match default:
        case None:
            return None
        case Constant(json=text):
            return {"constant": _constant_value(text)}
        case Expression(text=text):
            return {"expression": text}


def _constant_value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"the default {text!r} is no JSON value", cause=str(error)) from error


def _sequence_value(sequence: Sequence) -> dict[str, object]:
    return {
        "cycle": sequence.cycle,
        "increment": sequence.increment,
        "maximum": sequence.maximum,
        "minimum": sequence.minimum,
        "start": sequence.start,
    }


def _macro_value(macro: Macro) -> dict[str, object]:
    return {
        "body": macro.body,
        "parameters": [{"default": default, "name": name} for name, default in macro.parameters],
    }


def _indexes_value(indexes: tuple[Index, ...]) -> dict[str, dict[str, object]]:
    by_table: dict[str, dict[str, object]] = {}
    for index in indexes:
        by_table.setdefault(index.table, {})[index.name] = {
            "columns": list(index.columns),
            "kind": index.kind,
            "options": dict(index.options),
        }
    return by_table


def _node(name: str, node: Node) -> NodeTable:
    columns, comment, key = node.fields("columns", "comment", "primary_key")
    return NodeTable(name=name, columns=_columns(columns), primary_key=key.name(), comment=comment.text())


def _rel(name: str, node: Node) -> RelTable:
    columns, comment, connections, multiplicity, direction = node.fields(
        "columns", "comment", "connections", "multiplicity", "storage_direction"
    )
    return RelTable(
        name=name,
        connections=_connections(connections),
        columns=_columns(columns),
        multiplicity=multiplicity.one_of(MULTIPLICITIES),
        storage_direction=direction.one_of(STORAGE_DIRECTIONS),
        comment=comment.text(),
    )


def _connections(node: Node) -> tuple[Connection, ...]:
    return tuple(
        Connection(source=source, target=target)
        for source, targets in sorted_named(node)
        for target in sorted(targets.names())
    )


def _columns(node: Node) -> tuple[Column, ...]:
    return tuple(_column(name, column) for name, column in sorted_named(node))


def _column(name: str, node: Node) -> Column:
    default, type_text = node.fields("default", "type")
    return Column(name=name, type=type_text.text(), default=_default(default))


def _default(node: Node) -> Default | None:
    if node.is_null():
        return None
    if isinstance(node.value, dict) and "constant" in node.value:
        (constant,) = node.fields("constant")
        return Constant(json=compact_json(constant.value))
    (expression,) = node.fields("expression")
    return Expression(text=expression.text())


def _sequence(name: str, node: Node) -> Sequence:
    cycle, increment, maximum, minimum, start = node.fields(
        "cycle", "increment", "maximum", "minimum", "start"
    )
    return Sequence(
        name=name,
        start=start.integer(),
        increment=increment.integer(),
        minimum=minimum.integer(),
        maximum=maximum.integer(),
        cycle=cycle.flag(),
    )


def _macro(name: str, node: Node) -> Macro:
    body, parameters = node.fields("body", "parameters")
    return Macro(
        name=name, parameters=tuple(_parameter(item) for item in parameters.items()), body=body.text()
    )


def _parameter(node: Node) -> tuple[str, str | None]:
    default, name = node.fields("default", "name")
    return name.name(), None if default.is_null() else default.text()


def _index(table: str, name: str, node: Node) -> Index:
    columns, kind, options = node.fields("columns", "kind", "options")
    return Index(
        table=table,
        name=name,
        kind=kind.one_of(INDEX_KINDS),
        columns=columns.names(),
        options=tuple((option, value.text()) for option, value in sorted_named(options)),
    )
