"""The queries that count, before a refactoring, what stands in its way and what it loses."""

from __future__ import annotations

from typing import assert_never

from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.refactor.counting import Count, Crowded, Matching, SharedKeys
from kuzuvcs.render.matching import match_text


def count_query(count: Count) -> str:
    """One row with one number."""
    match count:
        case Matching(rows=rows, where=where):
            return f"{match_text(_row(rows), rows.table, rows.ends, (), where)} RETURN count(*)"
        case Crowded():
            return f"{_crowded(count)} RETURN count(*)"
        case SharedKeys():
            return f"{_shared(count)} RETURN count(*)"
        case _:
            assert_never(count)


def examples_query(count: Count) -> str | None:
    """Up to three values as text, with how often each is there; None where there are none to show."""
    match count:
        case Matching(column=""):
            return None
        case Matching(rows=rows, where=where, column=column):
            row = _row(rows)
            match_part = match_text(row, rows.table, rows.ends, (), where)
            grouped = f"{match_part} WITH {row}.{quote_name(column)} AS value, count(*) AS times"
        case Crowded():
            grouped = _crowded(count)
        case SharedKeys():
            grouped = _shared(count)
        case _:
            assert_never(count)
    return f"{grouped} RETURN CAST(value AS STRING) AS text, times ORDER BY times DESC, text LIMIT 3"


def _row(rows: Rows) -> str:
    return "n" if rows.ends is None else "r"


def _crowded(count: Crowded) -> str:
    rows, node = count.rows, "ab"[count.end]
    # Grouped by the node, and not by its key alone: kuzu takes NaN as a key twice.
    return (
        f"{match_text('r', rows.table, rows.ends)}"
        f" WITH {node}, {node}.{quote_name(count.key)} AS value, count(*) AS times WHERE times > 1"
    )


def _shared(count: SharedKeys) -> str:
    (one, key), (other, other_key) = count.tables
    return (
        f"MATCH (n:{quote_name(one)}), (m:{quote_name(other)}) WHERE n.{quote_name(key)} = "
        f"m.{quote_name(other_key)} WITH n.{quote_name(key)} AS value, count(*) + 1 AS times"
    )
