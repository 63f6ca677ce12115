"""Fold a node table back into a property: the key of the node that an edge leads to, in the edge's place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.planning.matching import IsNone, Lacks
from kuzuvcs.core.refactor.counting import Balance, Crowded, Loss, Matching, Refusal, Tally
from kuzuvcs.core.refactor.folding import folding, normalising
from kuzuvcs.core.refactor.lookup import new_property, node_table, refuse_unmovable, rel_table
from kuzuvcs.core.refactor.refactoring import Refactoring
from kuzuvcs.core.refactor.repointing import Part, touching
from kuzuvcs.core.schema import Column, NodeTable, RelTable, Schema, fold
from kuzuvcs.errors import UnsupportedChange, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """The keys of ``table`` become ``property`` (``Person.city``) of the rows that ``edge`` links to it.

    Both tables go; DOWN makes them again from the property.
    """

    property: str
    table: str
    edge: str


def folded(schema: Schema, declared: Fold) -> Refactoring:
    """Lost are nodes that no row leads to, and every other value of the two tables."""
    table, name = new_property(schema, declared.property)
    values, edge = node_table(schema, declared.table), rel_table(schema, declared.edge)
    forward = _leads_to(edge, table, values)
    _refuse_others(schema, values, edge)
    own = {table.name: (Part(table=table.name),)}
    refuse_unmovable((table, values, *touching(schema, own)))
    key = next(column for column in values.columns if column.name == values.primary_key)
    filled = replace(table, columns=(*table.columns, Column(name=name, type=key.type)))
    new = replace(
        schema,
        node_tables=tuple(filled if one == table else one for one in schema.node_tables if one != values),
        rel_tables=tuple(one for one in schema.rel_tables if one != edge),
        indexes=tuple(index for index in schema.indexes if index.table != values.name),
    )
    ends = (edge.connections[0].source, edge.connections[0].target)
    crowded = Crowded(rows=Rows(table=edge.name, ends=ends), end=0 if forward else 1, key=table.primary_key)
    return Refactoring(
        description=f"fold {shown(values.name)} into {shown(table.name)}.{shown(name)}",
        up=folding(schema, new, (filled, name), values, edge, forward=forward),
        down=normalising(new, schema, (filled, name), values, edge, forward=forward),
        refusals=(
            Refusal(
                count=crowded,
                unit="row",
                text=f"of {shown(table.name)} with more than one edge of {shown(edge.name)}",
                hint="mend the data and take another snapshot",
            ),
        ),
        losses=tuple(_losses(table, values, edge, forward=forward)),
        balances=(
            Balance(
                text=f"values of {shown(table.name)}.{shown(name)}, one for each edge",
                before=(Tally(file=(edge.name, *ends)),),
                after=(Tally(file=(table.name, "", ""), column=name),),
            ),
        ),
    )


def _leads_to(edge: RelTable, table: NodeTable, values: NodeTable) -> bool:
    """Whether the edge leads from the table to the values; ``UsageError`` where it connects others."""
    pairs = [(one.source, one.target) for one in edge.connections]
    if table == values or pairs not in ([(table.name, values.name)], [(values.name, table.name)]):
        raise UsageError(
            f"rel table {shown(edge.name)} does not fit",
            cause=f"it has to connect {shown(table.name)} and {shown(values.name)}, and nothing else",
            hint="kuzuvcs show lists the connections",
        )
    return pairs == [(table.name, values.name)]


def _refuse_others(schema: Schema, values: NodeTable, edge: RelTable) -> None:
    others = [rel.name for rel in touching(schema, {values.name: ()}) if rel != edge]
    if others:
        raise UnsupportedChange(
            f"cannot fold node table {shown(values.name)}",
            cause=f"other rel tables are on it: {', '.join(map(shown, others))}",
            hint="its nodes go, and edges without them would, too: drop those tables first",
        )


def _losses(table: NodeTable, values: NodeTable, edge: RelTable, *, forward: bool) -> Iterator[Loss]:
    rows, ends = Rows(table=values.name), edge.connections[0]
    alone = Lacks(variable="n", rel=edge.name, table=table.name, forward=not forward)
    yield Loss(
        count=Matching(rows=rows, where=(alone,)),
        unit="row",
        text=f"of {shown(values.name)} that no edge of {shown(edge.name)} is at",
        name="drops_rows",
    )
    for column in values.columns:
        if fold(column.name) != fold(values.primary_key):
            yield Loss(
                count=Matching(rows=rows, where=(IsNone(variable="n", column=column.name),)),
                unit="value",
                text=f"of {shown(values.name)}.{shown(column.name)}",
                name="drops_values",
            )
    for column in edge.columns:
        yield Loss(
            count=Matching(
                rows=Rows(table=edge.name, ends=(ends.source, ends.target)),
                where=(IsNone(variable="r", column=column.name),),
            ),
            unit="value",
            text=f"of {shown(edge.name)}.{shown(column.name)}",
            name="drops_values",
        )
