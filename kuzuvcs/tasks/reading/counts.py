"""Row counts, as the engine tells them."""

from __future__ import annotations

from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import Schema
from kuzuvcs.tasks.reading.read_tables import Source


def count_rows(source: Source, table: str, ends: tuple[str, str] | None = None) -> int:
    """Rows of a node table, or edges of one connection of a rel table."""
    if ends is None:
        pattern = f"(n:{quote_name(table)})"
    else:
        start, end = map(quote_name, ends)
        pattern = f"(:{start})-[r:{quote_name(table)}]->(:{end})"
    [[rows]] = source.execute(f"MATCH {pattern} RETURN count(*)")
    return int(rows)


def count_tables(source: Source, schema: Schema) -> dict[str, int]:
    """Rows of every table; a rel table's are its edges over all connections."""
    counts = {table.name: count_rows(source, table.name) for table in schema.node_tables}
    for rel in schema.rel_tables:
        counts[rel.name] = sum(
            count_rows(source, rel.name, (connection.source, connection.target))
            for connection in rel.connections
        )
    return counts
