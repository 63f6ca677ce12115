"""Operations that fill a table from another one inside the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from kuzuvcs.core import operations
from kuzuvcs.core.conversion import Value
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import NodeTable
from kuzuvcs.render.conversion import value_text
from kuzuvcs.render.matching import match_text


def copy_statement(
    operation: operations.CopyNodes | operations.CopyEdges | operations.TakeAsMany | operations.TakeUpTo,
) -> str:
    """``COPY … FROM (…)``, without the semicolon."""
    match operation:
        case operations.CopyNodes():
            return _copy_nodes(operation)
        case operations.CopyEdges():
            return _copy_edges(operation)
        case operations.TakeAsMany(table=table, counter=counter):
            # The next value of an unused counter is 0, and of one that stands at n, n + 1: so many it gave.
            numbers = f"range(1, nextval({string_literal(counter)}))"
            return f"COPY {quote_name(table)}(`id`) FROM (UNWIND {numbers} AS i RETURN i)"
        case operations.TakeUpTo(table=table, source=source_table, column=column):
            node = isinstance(source_table, NodeTable)
            name = quote_name(source_table.name)
            pattern = f"(x:{name})" if node else f"()-[x:{name}]->()"
            last = f"max(x.{quote_name(column)})"
            query = f"MATCH {pattern} WITH {last} AS last UNWIND range(0, last) AS i RETURN i"
            return f"COPY {quote_name(table)}(`id`) FROM ({query})"
        case _:
            assert_never(operation)


def _copy_nodes(operation: operations.CopyNodes) -> str:
    values = operation.values
    match = match_text("n", operation.source, operation.ends, operation.hops, operation.where)
    returned = f"{'DISTINCT ' if operation.distinct else ''}{', '.join(_each(values, 'n'))}"
    return f"COPY {quote_name(operation.table)}({_names(values)}) FROM ({match} RETURN {returned})"


def _copy_edges(operation: operations.CopyEdges) -> str:
    returned = [
        f"{value_text(operation.keys[0], 'a')} AS kuzuvcs_from",
        f"{value_text(operation.keys[1], 'b')} AS kuzuvcs_to",
        *_each(operation.values, "r"),
    ]
    match = match_text("r", operation.source, operation.ends, operation.hops, operation.where)
    connection = operation.connection
    return (
        f"COPY {quote_name(operation.table)}({_names(operation.values)})"
        f" FROM ({match} RETURN {', '.join(returned)})"
        f" (from={string_literal(connection.source)}, to={string_literal(connection.target)})"
    )


def _names(values: Iterable[tuple[str, Value]]) -> str:
    return ", ".join(quote_name(name) for name, _ in values)


def _each(values: Iterable[tuple[str, Value]], variable: str) -> list[str]:
    # Two results of one expression become one column, unless each has a name.
    return [f"{value_text(value, variable)} AS c{number}" for number, (_, value) in enumerate(values)]
