"""A rel table and a node table with an edge to either side: what leads from the one to the other, both ways.

An edge from ``a`` to ``b`` and a node that ``a`` leads to by the first rel table, and that leads to ``b``
by the second, stand for each other: paths keep their direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kuzuvcs.core.planning.conversion import Of, RowNumber, Taken, Value
from kuzuvcs.core.planning.copies import Copy
from kuzuvcs.core.planning.matching import Hop
from kuzuvcs.core.planning.operations import CopyEdges, CopyNodes
from kuzuvcs.core.refactor.repointing import key_of
from kuzuvcs.core.refactor.rewriting import Rewriting
from kuzuvcs.core.schema import Connection, NodeTable, RelTable, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Reified:
    """The two shapes: ``edge``, or ``node`` with the rel tables ``incoming`` and ``outgoing``."""

    edge: RelTable
    node: NodeTable
    incoming: RelTable
    outgoing: RelTable


def reifying(old: Schema, new: Schema, shapes: Reified) -> Rewriting:
    """Make a node of every edge; its key is the property of that name, or a number where there is none."""
    return Rewriting(
        old=old,
        new=new,
        made=(shapes.node.name, shapes.incoming.name, shapes.outgoing.name),
        copies=tuple(
            copy
            for number in range(len(shapes.edge.connections))
            for copy in _from_edges(old, shapes, number)
        ),
    )


def dereifying(old: Schema, new: Schema, shapes: Reified) -> Rewriting:
    """Make an edge of every node that has both of its edges."""
    node, properties = shapes.node, {column.name for column in shapes.edge.columns}
    values = tuple(
        (column.name, Of(variable="b", value=Taken(column=column.name)))
        for column in node.columns
        if column.name in properties
    )
    copies = tuple(
        CopyEdges(
            table=shapes.edge.name,
            connection=one,
            source=shapes.incoming.name,
            ends=(one.source, node.name),
            keys=(key_of(old, one.source), Of(variable="m", value=key_of(old, one.target))),
            values=values,
            hops=(Hop(start="b", rel=shapes.outgoing.name, end="m", table=one.target),),
        )
        for one in shapes.edge.connections
    )
    return Rewriting(old=old, new=new, made=(shapes.edge.name,), copies=copies)


def _from_edges(old: Schema, shapes: Reified, number: int) -> Iterator[Copy]:
    edge, node = shapes.edge, shapes.node
    one = edge.connections[number]
    ends = (one.source, one.target)
    key: Taken | RowNumber = RowNumber(step=len(edge.connections), first=number)
    properties = {column.name for column in edge.columns}
    if node.primary_key in properties:
        key = Taken(column=node.primary_key)
    values: tuple[tuple[str, Value], ...] = tuple(
        (column.name, key if column.name == node.primary_key else Taken(column=column.name))
        for column in node.columns
    )
    yield CopyNodes(table=node.name, source=edge.name, ends=ends, values=values)
    yield CopyEdges(
        table=shapes.incoming.name,
        connection=Connection(source=one.source, target=node.name),
        source=edge.name,
        ends=ends,
        keys=(key_of(old, one.source), Of(variable="r", value=key)),
        values=(),
    )
    yield CopyEdges(
        table=shapes.outgoing.name,
        connection=Connection(source=node.name, target=one.target),
        source=edge.name,
        ends=ends,
        keys=(Of(variable="r", value=key), key_of(old, one.target)),
        values=(),
    )
