"""The order in which a schema was declared: kept beside the schema, given back at checkout and export."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from kuzuvcs.core.manifest import Orders
from kuzuvcs.core.schema import NodeTable, RelTable, Schema

T = TypeVar("T")


def orders_of(schema: Schema) -> Orders:
    """The order that the schema's tuples stand in."""
    tables = schema.tables()
    return Orders(
        tables=tuple(table.name for table in tables),
        columns=tuple(sorted((table.name, tuple(c.name for c in table.columns)) for table in tables)),
        connections=tuple(
            sorted(
                (rel.name, tuple((c.source, c.target) for c in rel.connections)) for rel in schema.rel_tables
            )
        ),
    )


def declared(schema: Schema, orders: Orders) -> Schema:
    """The schema in its declared order; what the orders do not name comes last, in the order it has."""
    columns, connections = dict(orders.columns), dict(orders.connections)

    def node(table: NodeTable) -> NodeTable:
        return replace(table, columns=_in_order(table.columns, lambda c: c.name, columns.get(table.name, ())))

    def rel(table: RelTable) -> RelTable:
        return replace(
            table,
            columns=_in_order(table.columns, lambda c: c.name, columns.get(table.name, ())),
            connections=_in_order(
                table.connections, lambda c: (c.source, c.target), connections.get(table.name, ())
            ),
        )

    return replace(
        schema,
        node_tables=_in_order((node(t) for t in schema.node_tables), lambda t: t.name, orders.tables),
        rel_tables=_in_order((rel(t) for t in schema.rel_tables), lambda t: t.name, orders.tables),
    )


def _in_order(items: Iterable[T], key: Callable[[T], object], order: Iterable[object]) -> tuple[T, ...]:
    rank = {name: at for at, name in enumerate(order)}
    return tuple(sorted(items, key=lambda item: rank.get(key(item), len(rank))))
