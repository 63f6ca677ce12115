"""Row counts, as the engine tells them."""

from __future__ import annotations

from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import Connection, RelTable, Schema, fold
from kuzuvcs.errors import EngineCrashed, EngineError
from kuzuvcs.tasks.reading.dangling import both_ends_exist, dangling_edges
from kuzuvcs.tasks.reading.read_tables import Source


def count_rows(source: Source, table: str, ends: tuple[str, str] | None = None, condition: str = "") -> int:
    """Rows of a node table, or edges of one connection of a rel table: those that meet ``condition``."""
    if ends is None:
        pattern = f"(n:{quote_name(table)})"
    else:
        start, end = map(quote_name, ends)
        pattern = f"(a:{start})-[r:{quote_name(table)}]->(b:{end})"
    where = f" WHERE {condition}" if condition else ""
    [[rows]] = source.execute(f"MATCH {pattern}{where} RETURN count(*)")
    return int(rows)


def count_table(source: Source, table: str) -> int:
    """Rows of a node table, or edges of a rel table over all connections; 0 where there is no such table."""
    found = source.execute(
        f"CALL show_tables() WHERE lower(name) = lower({string_literal(table)}) RETURN name, type"
    )
    if not found:
        return 0
    [[name, kind]] = found
    if kind == "NODE":
        return count_rows(source, name)
    connections = source.execute(f"CALL show_connection({string_literal(name)}) RETURN *")
    return sum(count_rows(source, name, (start, end)) for start, end, *_ in connections)


def filled_connections(source: Source, rel: RelTable) -> tuple[Connection, ...]:
    """The connections of a rel table that have edges, found by one query: there may be hundreds without.

    All of them, where the engine refuses that query (kuzu, where two tables of nodes have UNION columns that
    differ; every engine, for edges that are stored backwards only).
    """
    if len(rel.connections) == 1:
        return rel.connections
    query = f"MATCH (a)-[r:{quote_name(rel.name)}]->(b) RETURN label(a), label(b), count(*)"
    try:
        found = {(fold(start), fold(end)) for start, end, edges in source.execute(query) if edges}
    except EngineCrashed:
        raise
    except EngineError:
        return rel.connections
    return tuple(one for one in rel.connections if (fold(one.source), fold(one.target)) in found)


def count_tables(source: Source, schema: Schema) -> dict[str, int]:
    """Rows of every table; a rel table's are its edges over all connections, without dangling ones."""
    counts = {table.name: count_rows(source, table.name) for table in schema.node_tables}
    for rel in schema.rel_tables:
        dangling = {one.connection for one in dangling_edges(source, rel, schema)}
        counts[rel.name] = sum(
            count_rows(
                source,
                rel.name,
                (connection.source, connection.target),
                both_ends_exist(schema, connection) if connection in dangling else "",
            )
            for connection in filled_connections(source, rel)
        )
    return counts
