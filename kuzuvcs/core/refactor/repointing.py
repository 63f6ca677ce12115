"""Rel tables on node tables whose rows move: the same edges, between the same nodes in other tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.conversion import Taken
from kuzuvcs.core.planning.matching import Is
from kuzuvcs.core.planning.operations import CopyEdges
from kuzuvcs.core.schema import Connection, NodeTable, RelTable, Schema
from kuzuvcs.errors import UnsupportedChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A node table that takes rows of an old one: all, or those whose column has a value.

    ``value`` is ``(column, type, text)``; the text None is NULL.
    """

    table: str
    value: tuple[str, str, str | None] | None = None

    def where(self, variable: str) -> tuple[Is, ...]:
        """The condition on a row of the old table."""
        if self.value is None:
            return ()
        column, type, text = self.value
        return (Is(variable=variable, column=column, type=type, text=text),)


Parts = Mapping[str, tuple[Part, ...]]
"""By old table; one that is not there keeps its rows."""


def touching(schema: Schema, parts: Parts) -> tuple[RelTable, ...]:
    """The rel tables with an end among those tables."""
    return tuple(
        rel
        for rel in schema.rel_tables
        if any(end in parts for one in rel.connections for end in (one.source, one.target))
    )


def repointed(rel: RelTable, parts: Parts) -> RelTable:
    """The rel table with every connection that its edges can have then.

    :raises UnsupportedChange: connections become one, and the multiplicity holds for each alone
    """
    pairs = [
        Connection(source=source.table, target=target.table)
        for one in rel.connections
        for source in _parts(one.source, parts)
        for target in _parts(one.target, parts)
    ]
    connections = tuple(dict.fromkeys(pairs))
    if len(connections) < len(pairs) and rel.multiplicity != "MANY_MANY":
        raise UnsupportedChange(
            f"cannot re-point rel table {shown(rel.name)}",
            cause=f"connections of it become one, and it is {rel.multiplicity}, "
            "which the engine requires of each connection by itself",
            hint="make it MANY_MANY first: change it, take a snapshot, kuzuvcs generate",
        )
    return replace(rel, connections=connections)


def edge_copies(old: Schema, new: Schema, parts: Parts) -> Iterator[CopyEdges]:
    """The copies that fill the re-pointed rel tables; what the new one has no connection for is left out."""
    for rel in touching(old, parts):
        after = new.table(rel.name)
        if not isinstance(after, RelTable):
            continue
        values = tuple((column.name, Taken(column=column.name)) for column in rel.columns)
        for one in rel.connections:
            for source in _parts(one.source, parts):
                for target in _parts(one.target, parts):
                    pair = Connection(source=source.table, target=target.table)
                    if pair in after.connections:
                        yield CopyEdges(
                            table=rel.name,
                            connection=pair,
                            source=rel.name,
                            ends=(one.source, one.target),
                            keys=(key_of(old, one.source), key_of(old, one.target)),
                            values=values,
                            where=(*source.where("a"), *target.where("b")),
                        )


def key_of(schema: Schema, table: str) -> Taken:
    """The key of a node table's row."""
    found = schema.table(table)
    assert isinstance(found, NodeTable)
    return Taken(column=found.primary_key)


def _parts(table: str, parts: Parts) -> tuple[Part, ...]:
    return parts.get(table, (Part(table=table),))
