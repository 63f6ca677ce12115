"""Make an edge of every node that stands between two others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.planning.matching import AnyOf, IsNone, Lacks
from kuzuvcs.core.refactor.counting import Balance, Crowded, Loss, Matching, Refusal, Tally
from kuzuvcs.core.refactor.lookup import new_tables, node_table, refuse_unmovable, rel_table
from kuzuvcs.core.refactor.refactoring import Refactoring
from kuzuvcs.core.refactor.reifying import Reified, dereifying, reifying
from kuzuvcs.core.refactor.repointing import touching
from kuzuvcs.core.schema import Connection, NodeTable, RelTable, Schema
from kuzuvcs.errors import UnsupportedChange, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeToEdge:
    """Every node of ``table`` becomes an edge of the new rel table ``into``; its columns become properties.

    The first rel table of ``edges`` leads to the node, the second from it.
    """

    table: str
    into: str
    edges: tuple[str, str]


def made_edges(schema: Schema, declared: NodeToEdge) -> Refactoring:
    """Lost are nodes without both edges, and what the edges hold; the key is kept as a property."""
    node = node_table(schema, declared.table)
    incoming, outgoing = (rel_table(schema, name) for name in declared.edges)
    before, after = _only(incoming), _only(outgoing)
    if before.target != node.name or after.source != node.name or incoming == outgoing:
        raise UsageError(
            f"{shown(incoming.name)} and {shown(outgoing.name)} do not fit",
            cause=f"the first has to lead to {shown(node.name)}, the second from it",
            hint="kuzuvcs show lists the connections; kuzuvcs refactor invert turns a rel table round",
        )
    gone = (node, incoming, outgoing)
    new_tables(schema, (declared.into,), freed=gone)
    refuse_unmovable(gone)
    _refuse_others(schema, node, (incoming, outgoing))
    edge = RelTable(
        name=declared.into,
        connections=(Connection(source=before.source, target=after.target),),
        columns=node.columns,
        comment=node.comment,
    )
    new = replace(
        schema,
        node_tables=tuple(one for one in schema.node_tables if one != node),
        rel_tables=(*(one for one in schema.rel_tables if one not in gone), edge),
        indexes=tuple(index for index in schema.indexes if index.table != node.name),
    )
    shapes = Reified(edge=edge, node=node, incoming=incoming, outgoing=outgoing)
    lacking = _lacking(node, incoming, outgoing)
    return Refactoring(
        description=f"make edges of the nodes of {shown(node.name)}",
        up=dereifying(schema, new, shapes),
        down=reifying(new, schema, shapes),
        refusals=(_crowded(node, incoming, 1), _crowded(node, outgoing, 0)),
        losses=(
            Loss(
                count=lacking, unit="row", text=f"of {shown(node.name)} without both edges", name="drops_rows"
            ),
            *_property_losses(incoming),
            *_property_losses(outgoing),
        ),
        balances=(
            Balance(
                text=f"edges of {shown(edge.name)}, one for each node of {shown(node.name)}",
                before=(Tally(file=(node.name, "", "")),),
                after=(Tally(file=(edge.name, before.source, after.target)),),
                lost=(lacking,),
            ),
        ),
    )


def _only(rel: RelTable) -> Connection:
    if len(rel.connections) != 1:
        raise UsageError(
            f"rel table {shown(rel.name)} does not fit",
            cause=f"it has {len(rel.connections)} connections, and has to have one",
            hint="kuzuvcs show lists the connections",
        )
    return rel.connections[0]


def _refuse_others(schema: Schema, node: NodeTable, own: tuple[RelTable, RelTable]) -> None:
    others = [rel.name for rel in touching(schema, {node.name: ()}) if rel not in own]
    if others:
        raise UnsupportedChange(
            f"cannot make edges of the nodes of {shown(node.name)}",
            cause=f"other rel tables are on it: {', '.join(map(shown, others))}",
            hint="an edge has two ends only: drop those tables first",
        )


def _lacking(node: NodeTable, incoming: RelTable, outgoing: RelTable) -> Matching:
    before, after = incoming.connections[0].source, outgoing.connections[0].target
    sides = (
        Lacks(variable="n", rel=incoming.name, table=before, forward=False),
        Lacks(variable="n", rel=outgoing.name, table=after),
    )
    return Matching(rows=Rows(table=node.name), where=(AnyOf(conditions=sides),))


def _rows(rel: RelTable) -> Rows:
    one = rel.connections[0]
    return Rows(table=rel.name, ends=(one.source, one.target))


def _crowded(node: NodeTable, rel: RelTable, end: int) -> Refusal:
    return Refusal(
        count=Crowded(rows=_rows(rel), end=end, key=node.primary_key),
        unit="row",
        text=f"of {shown(node.name)} with more than one edge of {shown(rel.name)}",
        hint="mend the data and take another snapshot",
    )


def _property_losses(rel: RelTable) -> Iterator[Loss]:
    for column in rel.columns:
        yield Loss(
            count=Matching(rows=_rows(rel), where=(IsNone(variable="r", column=column.name),)),
            unit="value",
            text=f"of {shown(rel.name)}.{shown(column.name)}",
            name="drops_values",
        )
