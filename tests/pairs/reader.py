"""Every row and edge of a database, as the engine's own client tells them: nothing of ours reads them."""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import Column, NodeTable, Schema, Table
from kuzuvcs.core.types import UnionType, parse_type
from kuzuvcs.engines.client import Worker
from tests.fidelity.python_values import comparable

Content = dict[tuple[str, ...], list[str]]
"""The rows of each table and connection, in no order, parallel edges each."""


def read_content(worker: Worker, schema: Schema) -> Content:
    """The client runs in the worker, since the engine can end its process."""
    content: Content = {}
    for node in schema.node_tables:
        pattern = f"(x:{quote_name(node.name)})"
        content[node.name,] = _rows(worker, pattern, _items(node))
    for rel in schema.rel_tables:
        for one in rel.connections:
            start, end = map(quote_name, (one.source, one.target))
            keys = [_item("a", _key(schema, one.source)), _item("b", _key(schema, one.target))]
            pattern = f"(a:{start})-[x:{quote_name(rel.name)}]->(b:{end})"
            content[rel.name, one.source, one.target] = _rows(worker, pattern, [*keys, *_items(rel)])
    return content


def _rows(worker: Worker, pattern: str, items: list[str]) -> list[str]:
    named = ", ".join(f"{item} AS c{at}" for at, item in enumerate(items))
    return sorted(map(repr, worker.execute(f"MATCH {pattern} RETURN {named}")))


def _items(table: Table) -> list[str]:
    columns = sorted(table.columns, key=lambda column: column.name)
    return [item for column in columns for item in _each(column)]


def _each(column: Column) -> Iterator[str]:
    type = parse_type(column.type)
    yield _item("x", column)
    if isinstance(type, UnionType):
        yield f"union_tag(x.{quote_name(column.name)})"


def _item(variable: str, column: Column) -> str:
    text, type = f"{variable}.{quote_name(column.name)}", parse_type(column.type)
    return text if comparable(type) else f"CAST({text} AS STRING)"


def _key(schema: Schema, name: str) -> Column:
    table = schema.table(name)
    assert isinstance(table, NodeTable)
    return next(column for column in table.columns if column.name == table.primary_key)
