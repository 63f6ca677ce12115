"""Make a node with two edges of every edge of a rel table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.refactor.counting import Balance, Tally
from kuzuvcs.core.refactor.lookup import new_column, new_tables, refuse_unmovable, rel_table
from kuzuvcs.core.refactor.refactoring import Refactoring, file_keys
from kuzuvcs.core.refactor.reifying import Reified, dereifying, reifying
from kuzuvcs.core.schema import Column, Connection, Multiplicity, NodeTable, RelTable, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeToNode:
    """Every edge of ``table`` becomes a node of ``into``, with the edge's properties and a number as ``key``.

    The first rel table of ``edges`` leads from the old source to the node, the second on to the target.
    """

    table: str
    into: str
    edges: tuple[str, str]
    key: str = "id"


def made_nodes(schema: Schema, declared: EdgeToNode) -> Refactoring:
    """DOWN makes the edges again, whatever the data; parallel ones stay as many."""
    edge = rel_table(schema, declared.table)
    new_tables(schema, (declared.into, *declared.edges), freed=(edge,))
    key = new_column(edge.columns, declared.key, shown(edge.name))
    refuse_unmovable((edge,))
    node = NodeTable(
        name=declared.into,
        columns=(Column(name=key, type="INT64"), *edge.columns),
        primary_key=key,
        comment=edge.comment,
    )
    sources = [Connection(source=one.source, target=node.name) for one in edge.connections]
    targets = [Connection(source=node.name, target=one.target) for one in edge.connections]
    incoming = _side(declared.edges[0], sources, "ONE_MANY")
    outgoing = _side(declared.edges[1], targets, "MANY_ONE")
    new = replace(
        schema,
        node_tables=(*schema.node_tables, node),
        rel_tables=(*(one for one in schema.rel_tables if one != edge), incoming, outgoing),
    )
    shapes = Reified(edge=edge, node=node, incoming=incoming, outgoing=outgoing)
    edges = tuple(Tally(file=file) for file in file_keys(edge))
    return Refactoring(
        description=f"make nodes of the edges of {shown(edge.name)}",
        up=reifying(schema, new, shapes),
        down=dereifying(new, schema, shapes),
        balances=tuple(
            Balance(
                text=f"{shown(table.name)}, one for each edge of {shown(edge.name)}",
                before=edges,
                after=tuple(Tally(file=file) for file in file_keys(table)),
            )
            for table in (node, incoming, outgoing)
        ),
    )


def _side(name: str, connections: list[Connection], multiplicity: Multiplicity) -> RelTable:
    return RelTable(name=name, connections=tuple(dict.fromkeys(connections)), multiplicity=multiplicity)
