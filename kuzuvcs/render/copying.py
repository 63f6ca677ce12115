"""Operations that fill a table from another one inside the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.conversion import Value
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import Connection, NodeTable
from kuzuvcs.render.conversion import mate_of, value_text
from kuzuvcs.render.matching import match_text


def copy_statement(operation: operations.CopyNodes | operations.CopyEdges) -> str:
    """``COPY … FROM (MATCH …)``, without the semicolon."""
    match operation:
        case operations.CopyNodes():
            return _copy_nodes(operation)
        case operations.CopyEdges():
            return _copy_edges(operation)
        case _:
            assert_never(operation)


def count_statement(operation: operations.TakeAsMany | operations.TakeUpTo) -> str:
    """``COPY … FROM (UNWIND range(…) …)``, without the semicolon."""
    match operation:
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


def edge_options(connection: Connection) -> str:
    """What a COPY into a rel table has to say of the connection."""
    return f" (from={string_literal(connection.source)}, to={string_literal(connection.target)})"


def _copy_nodes(operation: operations.CopyNodes) -> str:
    values = operation.values
    match = match_text("n", operation.source, operation.ends, operation.hops, operation.where)
    match += _mate(operation.mate, "n", ("n",))
    if operation.one_by_one:
        items = ", ".join(f"{quote_name(name)}: {value_text(value, 'n')}" for name, value in values)
        return f"{match} CREATE (:{quote_name(operation.table)} {{{items}}})"
    returned = f"{'DISTINCT ' if operation.distinct else ''}{', '.join(each_value(values, 'n'))}"
    return f"COPY {quote_name(operation.table)}({_names(values)}) FROM ({match} RETURN {returned})"


def _copy_edges(operation: operations.CopyEdges) -> str:
    returned = [
        f"{value_text(operation.keys[0], 'a')} AS kuzuvcs_from",
        f"{value_text(operation.keys[1], 'b')} AS kuzuvcs_to",
        *each_value(operation.values, "r"),
    ]
    match = match_text("r", operation.source, operation.ends, operation.hops, operation.where)
    match += _mate(operation.mate, "r", ("a", "r", "b"))
    return (
        f"COPY {quote_name(operation.table)}({_names(operation.values)})"
        f" FROM ({match} RETURN {', '.join(returned)}){edge_options(operation.connection)}"
    )


def _mate(mate: operations.Mate | None, variable: str, kept: tuple[str, ...]) -> str:
    """The captured row of each row, if it has one."""
    if mate is None:
        return ""
    # Joined by an expression and not by a variable, the engine compares each row with each.
    known = f" WITH {', '.join(kept)}, {value_text(mate.value, variable)} AS kuzuvcs_known_by"
    captured = mate_of(variable)
    where = f"{captured}.{quote_name(mate.column)} = kuzuvcs_known_by"
    return f"{known} OPTIONAL MATCH ({captured}:{quote_name(mate.table)}) WHERE {where}"


def _names(values: Iterable[tuple[str, Value]]) -> str:
    return ", ".join(quote_name(name) for name, _ in values)


def each_value(values: Iterable[tuple[str, Value]], variable: str) -> list[str]:
    """The values with a name each."""
    # Two results of one expression become one column, unless each has a name.
    return [f"{value_text(value, variable)} AS c{number}" for number, (_, value) in enumerate(values)]
