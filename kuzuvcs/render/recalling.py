"""Operations by which DOWN reads back what was captured before UP.

kuzu 0.11.3 joins two tables by hash on equal columns and on variables of a WITH; on any other expression, and
on a SERIAL with an INT64, it compares each row with each.  Hence the WITH before each join.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.before import FOLDER
from kuzuvcs.core.planning.conversion import Value
from kuzuvcs.core.planning.edge_pairs import EDGE, KIND, NUMBER, ROW, SOURCE, TARGET
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import Column
from kuzuvcs.render.conversion import value_text
from kuzuvcs.render.copying import each_value, edge_options
from kuzuvcs.render.matching import match_text

Recalling = (
    operations.ReadBefore | operations.CopyCapturedEdges
    | operations.RankNodes | operations.RankEdges
    | operations.PairRanked | operations.PairLast | operations.TakePaired
)  # fmt: skip

_RANKED = (ROW, SOURCE, TARGET, KIND, NUMBER)


def recall_statement(operation: Recalling) -> str:
    """One statement, without the semicolon."""
    match operation:
        case operations.ReadBefore(table=table, columns=columns, path=path):
            return f"COPY {_into(table, columns)} FROM {string_literal(f'{FOLDER}/{path}')}"
        case operations.CopyCapturedEdges():
            return _copy_captured(operation)
        case operations.RankNodes(table=table, source=source, ends=ends, traits=traits):
            keys = [f"h.{quote_name(end)}" for end in ends]
            return _rank(table, match_text("h", source), "h", keys, traits)
        case operations.RankEdges(table=table, source=source, ends=ends, keys=keys, traits=traits):
            key_texts = [value_text(key, end) for key, end in zip(keys, "ab", strict=True)]
            return _rank(table, match_text("r", source, ends), "r", key_texts, traits)
        case operations.PairRanked() | operations.PairLast():
            return _pair(operation)
        case operations.TakePaired():
            return _take_paired(operation)
        case _:
            assert_never(operation)


def _copy_captured(operation: operations.CopyCapturedEdges) -> str:
    keys = [
        _as_key(f"h.{quote_name(end)}", key) for end, key in zip(operation.ends, operation.keys, strict=True)
    ]
    connection = operation.connection
    ends = [
        f"MATCH ({variable}:{quote_name(table)}) WHERE {variable}.{quote_name(key.name)} = {known}"
        for variable, table, key, known in zip(
            "ab",
            (connection.source, connection.target),
            operation.keys,
            ("kuzuvcs_from", "kuzuvcs_to"),
            strict=True,
        )
    ]
    returned = ["kuzuvcs_from", "kuzuvcs_to", *each_value(operation.values, "h")]
    into = _into(operation.table, [name for name, _ in operation.values])
    return (
        f"COPY {into} FROM (MATCH (h:{quote_name(operation.source)})"
        f" WITH h, {keys[0]} AS kuzuvcs_from, {keys[1]} AS kuzuvcs_to {ends[0]}"
        f" WITH h, kuzuvcs_from, kuzuvcs_to {ends[1]} RETURN {', '.join(returned)})"
        f"{edge_options(connection)}"
    )


def _as_key(text: str, key: Column) -> str:
    return f"CAST({text} AS SERIAL)" if key.type == "SERIAL" else text


def _rank(table: str, match: str, variable: str, keys: Sequence[str], traits: Sequence[Value]) -> str:
    """Grouped by ends and a hash of the traits, which takes NULL and NaN for values like others."""
    hashes = ", ".join(f"hash({value_text(trait, variable)})" for trait in traits)
    kind = f"hash([{hashes}])" if hashes else "CAST(0 AS UINT64)"
    grouped = f"{keys[0]} AS f, {keys[1]} AS t, {kind} AS k, collect(offset(id({variable}))) AS rows"
    numbered = "UNWIND range(1, size(rows)) AS i RETURN rows[i] AS row, f, t, k, i"
    return f"COPY {_into(table, _RANKED)} FROM ({match} WITH {grouped} {numbered})"


def _pair(operation: operations.PairRanked | operations.PairLast) -> str:
    edges, captured = (f"({name}:{quote_name(table)})" for name, table in (
        ("e", operation.edges), ("c", operation.captured)
    ))  # fmt: skip
    into = f"COPY {_into(operation.table, (EDGE, ROW))} FROM"
    if isinstance(operation, operations.PairRanked):
        same = " AND ".join(f"e.`{name}` = c.`{name}`" for name in (SOURCE, TARGET, KIND, NUMBER))
        return f"{into} (MATCH {edges}, {captured} WHERE {same} RETURN e.`{ROW}`, c.`{ROW}`)"
    pairs = f"(p:{quote_name(operation.table)})"
    return (
        f"{into} (MATCH {edges} WHERE NOT EXISTS {{MATCH {pairs} WHERE p.`{EDGE}` = e.`{ROW}`}}"
        f" WITH e.`{SOURCE}` AS f, e.`{TARGET}` AS t, count(*) AS n, min(e.`{ROW}`) AS edge WHERE n = 1"
        f" MATCH {captured} WHERE c.`{SOURCE}` = f AND c.`{TARGET}` = t"
        f" AND NOT EXISTS {{MATCH {pairs} WHERE p.`{ROW}` = c.`{ROW}`}}"
        f" WITH f, t, edge, count(*) AS m, min(c.`{ROW}`) AS row WHERE m = 1 RETURN edge, row)"
    )


def _take_paired(operation: operations.TakePaired) -> str:
    columns = _columns("h", operation.columns)
    names = ", ".join(f"c{number}" for number in range(len(columns)))
    return (
        f"COPY {_into(operation.table, (operation.edge, *operation.columns))}"
        f" FROM (MATCH (h:{quote_name(operation.source)}) WITH offset(id(h)) AS row, {', '.join(columns)}"
        f" MATCH (p:{quote_name(operation.pairs)}) WHERE p.`{ROW}` = row RETURN p.`{EDGE}`, {names})"
    )


def _into(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(map(quote_name, columns))
    return f"{quote_name(table)}({names})" if names else quote_name(table)


def _columns(variable: str, names: Sequence[str]) -> list[str]:
    return [f"{variable}.{quote_name(name)} AS c{number}" for number, name in enumerate(names)]
