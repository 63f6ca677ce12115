"""Patterns and conditions of a MATCH as Cypher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kuzuvcs.core.planning.matching import AnyOf, Condition, Hop, Is, IsNone, Lacks
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.types import parse_type
from kuzuvcs.render.types import cast


def match_text(
    row: str,
    source: str,
    ends: tuple[str, str] | None = None,
    hops: Sequence[Hop] = (),
    where: Sequence[Condition] = (),
) -> str:
    """``MATCH (row:source) WHERE …``; with ``ends``, ``row`` is an edge between ``a`` and ``b``.

    The conditions are on the rows of ``source``, and what hops bring in comes after.
    """
    pattern = f"({row}:{quote_name(source)})"
    if ends is not None:
        start, end = map(quote_name, ends)
        pattern = f"(a:{start})-[{row}:{quote_name(source)}]->(b:{end})"
    conditions = " AND ".join(map(_condition, where))
    return f"MATCH {pattern}{f' WHERE {conditions}' if conditions else ''}{''.join(map(_hop, hops))}"


def _hop(hop: Hop) -> str:
    edge = _edge(hop.start, hop.rel, f"({hop.end}:{quote_name(hop.table)})", forward=hop.forward)
    return f" {'OPTIONAL ' if hop.optional else ''}MATCH {edge}"


def _edge(start: str, rel: str, end: str, *, forward: bool) -> str:
    return f"({start})-[:{quote_name(rel)}]->{end}" if forward else f"({start})<-[:{quote_name(rel)}]-{end}"


def _condition(condition: Condition) -> str:
    match condition:
        case Is(variable=variable, column=column, type=type, text=text):
            name = f"{variable}.{quote_name(column)}"
            return f"{name} IS NULL" if text is None else f"{name} = {_value(text, type)}"
        case IsNone(variable=variable, column=column, type=type, texts=texts):
            name = f"{variable}.{quote_name(column)}"
            others = [f"{name} <> {_value(text, type)}" for text in texts]
            return " AND ".join([f"{name} IS NOT NULL", *others])
        case Lacks(variable=variable, rel=rel, table=table, forward=forward):
            edge = _edge(variable, rel, f"(:{quote_name(table)})", forward=forward)
            return f"NOT EXISTS {{ MATCH {edge} }}"
        case AnyOf(conditions=conditions):
            return f"({' OR '.join(map(_condition, conditions))})"
        case _:
            assert_never(condition)


def _value(text: str, type: str) -> str:
    return cast(string_literal(text), parse_type(type))
