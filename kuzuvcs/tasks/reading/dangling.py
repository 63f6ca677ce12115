"""Dangling edges: edges whose other end no longer exists, in one direction of a rel table only.

kuzu's DETACH DELETE leaves some edges of a deleted node in the lists of the nodes at their other ends, if any
edge of the node was deleted since the last CHECKPOINT, or by the same statement: self loops, and edges
between two of the deleted nodes (tests/engine/test_dangling_edges.py).  A query that starts at the other end
finds such an edge, one that starts at the deleted node does not.  Edges whose ends both exist are right in
both directions.  ladybug has no such fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import Connection, NodeTable, RelTable, Schema, fold
from kuzuvcs.engines.catalog import Statements
from kuzuvcs.engines.dialects import mixes_up_writes
from kuzuvcs.errors import EngineCrashed, EngineError

_EXAMPLES = 3
_SHOWN = 40
_IN_LIST = 10_000

Sums = dict[tuple[str, str], tuple[int, str]]
"""Of one direction, by both ends' folded names: the number of edges, and the sum of their ids' hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dangling:
    """``edges`` of one connection end at a deleted node; ``examples`` are the nodes at their other ends."""

    table: str
    connection: Connection
    edges: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        one = self.connection
        more = ", …" if self.edges > len(self.examples) else ""
        return (
            f"{self.table} ({one.source} to {one.target}) has edges to deleted nodes: {self.edges}, "
            f"in one direction only, at {', '.join(self.examples)}{more}"
        )


def dangling_edges(source: Statements, rel: RelTable, schema: Schema) -> tuple[Dangling, ...]:
    """The dangling edges of a rel table, by connection; nothing for an engine that leaves none.

    Two queries find that there are none.  For a table that is stored in one direction there is nothing to
    compare, and DETACH DELETE is refused.
    """
    return tuple(
        Dangling(
            table=rel.name,
            connection=one,
            edges=sum(side.count(source) for side in sides),
            examples=tuple(text for side in sides for text in side.examples(source))[:_EXAMPLES],
        )
        for one in _that_differ(source, rel)
        if (sides := tuple(_sides(source, rel, one, schema)))
    )


def drop_dangling_edges(source: Statements, schema: Schema) -> tuple[Dangling, ...]:
    """Delete every dangling edge, as DETACH DELETE should have done; those that were deleted."""
    found = tuple(one for rel in schema.rel_tables for one in dangling_edges(source, rel, schema))
    for dangling in found:
        rel = schema.table(dangling.table)
        assert isinstance(rel, RelTable)
        for side in _sides(source, rel, dangling.connection, schema):
            side.delete(source)
    return found


def both_ends_exist(schema: Schema, connection: Connection) -> str:
    """A condition on ``a`` and ``b`` that leaves dangling edges out: the engine looks up both ends."""
    keys = (("a", connection.source), ("b", connection.target))
    return " AND ".join(f"{end}.{quote_name(_key(schema, table))} IS NOT NULL" for end, table in keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """The dangling edges that a query finds from one end: ``lost`` are the offsets of their other ends."""

    match: str
    there: str
    table: str
    key: str
    other: str
    lost: tuple[int, ...]

    def count(self, source: Statements) -> int:
        return sum(int(source.execute(f"{one} RETURN count(*)")[0][0]) for one in self._found())

    def examples(self, source: Statements) -> Iterator[str]:
        query = f"{next(self._found())} RETURN DISTINCT CAST(k AS STRING) LIMIT {_EXAMPLES}"
        for [key] in source.execute(query):
            yield f"{self.table} {key if len(key) <= _SHOWN else key[: _SHOWN - 1] + '…'}"

    def delete(self, source: Statements) -> None:
        for one in self._found():
            source.execute(f"{one} DELETE r")

    def _found(self) -> Iterator[str]:
        # A condition in the MATCH itself would make the engine look the deleted nodes up, and find nothing.
        for start in range(0, len(self.lost), _IN_LIST):
            offsets = list(self.lost[start : start + _IN_LIST])
            carried = f"WITH r, {self.there}.{quote_name(self.key)} AS k, offset(id({self.other})) AS o"
            yield f"{self.match} {carried} WHERE o IN {offsets}"


def _that_differ(source: Statements, rel: RelTable) -> tuple[Connection, ...]:
    if not mixes_up_writes(source.engine) or rel.storage_direction != "both":
        return ()
    try:
        forwards, backwards = (_sums(source, rel, hint) for hint in (_FORWARDS, _BACKWARDS))
    except EngineCrashed:
        raise
    except EngineError as error:
        if not _cannot_be_asked(error):
            raise
        return () if len(rel.connections) == 1 else rel.connections
    ends = ((one, (fold(one.source), fold(one.target))) for one in rel.connections)
    return tuple(one for one, both in ends if forwards.get(both) != backwards.get(both))


_FORWARDS = " HINT (a JOIN r) JOIN b"
_BACKWARDS = " HINT (b JOIN r) JOIN a"


def _sums(source: Statements, rel: RelTable, hint: str) -> Sums:
    query = (
        f"MATCH (a)-[r:{quote_name(rel.name)}]->(b){hint} "
        "RETURN label(a) AS s, label(b) AS t, count(*), sum(hash(offset(id(r))))"
    )
    return {(fold(s), fold(t)): (int(edges), str(total)) for s, t, edges, total in source.execute(query)}


def _cannot_be_asked(error: EngineError) -> bool:
    """Columns of two node tables that differ (docs/limits.md), or a table in one direction only."""
    return "Union casting" in error.cause or "storage direction" in error.cause


def _sides(source: Statements, rel: RelTable, one: Connection, schema: Schema) -> Iterator[_Side]:
    match = f"MATCH (a:{quote_name(one.source)})-[r:{quote_name(rel.name)}]->(b:{quote_name(one.target)})"
    for hint, there, table, other, lost_of in (
        (_FORWARDS, "a", one.source, "b", one.target),
        (_BACKWARDS, "b", one.target, "a", one.source),
    ):
        reached = source.execute(f"{match}{hint} RETURN DISTINCT offset(id({other}))")
        existing = source.execute(f"MATCH (n:{quote_name(lost_of)}) RETURN offset(id(n))")
        lost = {offset for [offset] in reached} - {offset for [offset] in existing}
        if lost:
            yield _Side(
                match=match + hint,
                there=there,
                table=table,
                key=_key(schema, table),
                other=other,
                lost=tuple(sorted(lost)),
            )


def _key(schema: Schema, name: str) -> str:
    table = schema.table(name)
    assert isinstance(table, NodeTable)
    return table.primary_key
