"""A property and a node table of its values: what leads from the one to the other, both ways."""

from __future__ import annotations

from kuzuvcs.core.planning.conversion import Nothing, Of, Taken
from kuzuvcs.core.planning.matching import Hop, IsNone
from kuzuvcs.core.planning.operations import CopyEdges, CopyNodes, DropColumn
from kuzuvcs.core.refactor.repointing import Part, edge_copies, touching
from kuzuvcs.core.refactor.rewriting import Rewriting
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema


def normalising(
    old: Schema,
    new: Schema,
    place: tuple[NodeTable, str],
    values: NodeTable,
    edge: RelTable,
    *,
    forward: bool,
) -> Rewriting:
    """Make and fill ``values`` and ``edge`` from a column of a table, then drop the column.

    The edge leads to the values where it is ``forward``; other columns of theirs stay NULL.
    """
    table, column = place
    of_row, of_value = Taken(column=table.primary_key), Taken(column=column)
    ends = (table.name, values.name) if forward else (values.name, table.name)
    keys = (of_row, of_value) if forward else (of_value, of_row)
    nodes = CopyNodes(
        table=values.name,
        source=table.name,
        values=((values.primary_key, of_value), *_nothing(values.columns, values.primary_key)),
        where=(IsNone(variable="n", column=column),),
        distinct=True,
    )
    edges = CopyEdges(
        table=edge.name,
        connection=Connection(source=ends[0], target=ends[1]),
        source=table.name,
        ends=None,
        keys=(Of(variable="r", value=keys[0]), Of(variable="r", value=keys[1])),
        values=tuple(_nothing(edge.columns)),
        where=(IsNone(variable="r", column=column),),
    )
    if any(index.table == table.name and index.kind == "HNSW" for index in old.indexes):
        # After ALTER … DROP on a table with a vector index, kuzu 0.11.3 dies when it opens the database.
        rows = CopyNodes(table=table.name, source=table.name, values=_without(table, column))
        made, copies = _made_anew(old, new, table.name)
        return Rewriting(
            old=old,
            new=new,
            made=(values.name, edge.name, *made),
            copies=(nodes, edges, rows, *copies),
        )
    return Rewriting(
        old=old,
        new=new,
        made=(values.name, edge.name),
        copies=(nodes, edges),
        dropped=(DropColumn(table=table.name, column=column),),
    )


def folding(
    old: Schema,
    new: Schema,
    place: tuple[NodeTable, str],
    values: NodeTable,
    edge: RelTable,
    *,
    forward: bool,
) -> Rewriting:
    """Make the table anew, with a column that holds the keys of the values that its edges lead to."""
    table, column = place
    there = Of(variable="m", value=Taken(column=values.primary_key))
    hop = Hop(start="n", rel=edge.name, end="m", table=values.name, forward=forward, optional=True)
    rows = CopyNodes(
        table=table.name,
        source=table.name,
        values=(*_without(table, column), (column, there)),
        hops=(hop,),
    )
    made, copies = _made_anew(old, new, table.name)
    return Rewriting(old=old, new=new, made=made, copies=(rows, *copies))


def _made_anew(old: Schema, new: Schema, table: str) -> tuple[tuple[str, ...], tuple[CopyEdges, ...]]:
    """The table with the rel tables on it that stay, and the copies that fill those."""
    parts = {table: (Part(table=table),)}
    stay = [rel.name for rel in touching(old, parts) if new.table(rel.name) is not None]
    return (table, *stay), tuple(edge_copies(old, new, parts))


def _without(table: NodeTable, column: str) -> tuple[tuple[str, Taken], ...]:
    return tuple((one.name, Taken(column=one.name)) for one in table.columns if one.name != column)


def _nothing(columns: tuple[Column, ...], key: str = "") -> list[tuple[str, Nothing]]:
    """NULL in every column but the key."""
    return [(column.name, Nothing(type=column.type)) for column in columns if column.name != key]
