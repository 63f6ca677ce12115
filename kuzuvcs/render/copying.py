"""Operations that fill a table from another one inside the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from kuzuvcs.core import operations
from kuzuvcs.core.conversion import Value
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import Connection, NodeTable
from kuzuvcs.render.conversion import mate_of, value_text


def copy_statement(operation: operations.CopyNodes | operations.CopyEdges) -> str:
    """``COPY … FROM (MATCH …)``, without the semicolon."""
    match operation:
        case operations.CopyNodes(table=table, source=source, values=values, mate=mate, created=created):
            found = f"MATCH (n:{quote_name(source)}){_mate(mate, 'n', ('n',))}"
            if created:
                items = ", ".join(f"{quote_name(name)}: {value_text(value, 'n')}" for name, value in values)
                return f"{found} CREATE (:{quote_name(table)} {{{items}}})"
            return (
                f"COPY {quote_name(table)}({_names(values)}) FROM ({found} RETURN {_returned(values, 'n')})"
            )
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


def edge_pattern(ends: tuple[str, str], table: str) -> str:
    """The edges ``r`` of a table from ``a`` to ``b``."""
    return f"(a:{quote_name(ends[0])})-[r:{quote_name(table)}]->(b:{quote_name(ends[1])})"


def _copy_edges(operation: operations.CopyEdges) -> str:
    returned = [
        f"{value_text(operation.keys[0], 'a')} AS kuzuvcs_from",
        f"{value_text(operation.keys[1], 'b')} AS kuzuvcs_to",
        *_each(operation.values, "r"),
    ]
    found = f"MATCH {edge_pattern(operation.ends, operation.source)}"
    return (
        f"COPY {quote_name(operation.table)}({_names(operation.values)})"
        f" FROM ({found}{_mate(operation.mate, 'r', ('a', 'r', 'b'))} RETURN {', '.join(returned)})"
        f"{edge_options(operation.connection)}"
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


def _returned(values: Iterable[tuple[str, Value]], variable: str) -> str:
    return ", ".join(_each(values, variable))


def _each(values: Iterable[tuple[str, Value]], variable: str) -> list[str]:
    # Two results of one expression become one column, unless each has a name.
    return [f"{value_text(value, variable)} AS c{number}" for number, (_, value) in enumerate(values)]
