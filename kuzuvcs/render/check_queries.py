"""The queries that look at data before a rebuild."""

from __future__ import annotations

from collections.abc import Sequence

from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.planning.conversion import Converted, Value
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.render.conversion import converted_text, exact_text, value_text

_ROW = "x"


def count_values(rows: Rows, value: Value) -> str:
    """How many rows there are, and in how many the value is not NULL; fails where it cannot be had."""
    return f"MATCH {_pattern(rows)} RETURN count(*) AS total, {_count(value)} AS filled"


def last_row(rows: Rows) -> str:
    """The greatest row number; NULL where there is no row."""
    return f"MATCH {_pattern(rows)} RETURN max(offset(id({_ROW})))"


def try_rows(rows: Rows, value: Converted, first: int, end: int, unfit: Sequence[str]) -> str:
    """Fails where a value of the rows from ``first`` to before ``end`` can neither be cast nor is unfit."""
    number = f"offset(id({_ROW}))"
    kept = f" AND NOT {_text(value)} IN {_texts(unfit)}" if unfit else ""
    return (
        f"MATCH {_pattern(rows)} WHERE {number} >= {first} AND {number} < {end}{kept} RETURN {_count(value)}"
    )


def text_at(rows: Rows, value: Converted, number: int) -> str:
    """The old value's text in one row."""
    return f"MATCH {_pattern(rows)} WHERE offset(id({_ROW})) = {number} RETURN {_text(value)}"


def count_texts(rows: Rows, value: Converted, texts: Sequence[str]) -> str:
    """How many old values have one of these texts."""
    return f"MATCH {_pattern(rows)} WHERE {_text(value)} IN {_texts(texts)} RETURN count(*)"


def count_narrowed(rows: Rows, value: Converted) -> str:
    """How many old values are others after the cast and the cast back."""
    old = f"{_ROW}.{quote_name(value.column)}"
    back = converted_text(f"({value_text(value, _ROW)})", value.new, value.old)
    condition = f"{old} IS NOT NULL AND ({back} IS NULL OR NOT {back} = {old})"
    return f"MATCH {_pattern(rows)} WHERE {condition} RETURN count(*)"


def count_repeated(rows: Rows, value: Value) -> str:
    """How many rows hold a value that another row holds too."""
    return f"{_grouped(rows, value)} RETURN sum(times)"


def repeated_examples(rows: Rows, value: Value) -> str:
    """Three values that stand in more than one row, and in how many."""
    examples = "CAST(value AS STRING) AS text, times ORDER BY times DESC, text LIMIT 3"
    return f"{_grouped(rows, value)} RETURN {examples}"


def count_crowded(rows: Rows, end: int) -> str:
    """How many nodes have more than one edge, and how many edges they have."""
    assert rows.ends is not None
    node = "ab"[end]
    return (
        f"MATCH {_pattern(rows)} WITH {node}, count(*) AS times WHERE times > 1 RETURN count(*), sum(times)"
    )


def greatest(rows: Rows, value: Value) -> str:
    """The greatest value; NULL where there is none."""
    return f"MATCH {_pattern(rows)} RETURN max({value_text(value, _ROW)})"


def _count(value: Value) -> str:
    # The engine's COUNT takes no DECIMAL.
    return f"count(CASE WHEN {value_text(value, _ROW)} IS NULL THEN NULL ELSE 1 END)"


def _grouped(rows: Rows, value: Value) -> str:
    return (
        f"MATCH {_pattern(rows)} WITH {value_text(value, _ROW)} AS value WHERE value IS NOT NULL"
        " WITH value, count(*) AS times WHERE times > 1"
    )


def _pattern(rows: Rows) -> str:
    if rows.ends is None:
        return f"({_ROW}:{quote_name(rows.table)})"
    start, end = map(quote_name, rows.ends)
    return f"(a:{start})-[{_ROW}:{quote_name(rows.table)}]->(b:{end})"


def _text(value: Converted) -> str:
    return exact_text(f"{_ROW}.{quote_name(value.column)}", value.old)


def _texts(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(string_literal, texts))}]"
