"""A database's rows, read by plain queries: what a refactoring is compared by."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.e2e.conftest import run_cypher

Graph = dict[str, Counter[str]]


def read_graph(database: Path) -> Graph:
    """Every table's rows as text; an edge with the tables and keys of its ends."""
    graph: Graph = {}
    keys: dict[str, str] = {}
    tables = run_cypher(database, "CALL show_tables() RETURN name, type")
    for name, kind in sorted(tables, key=lambda table: table[1] != "NODE"):
        info = run_cypher(database, f"CALL table_info('{_quoted(name)}') RETURN *")
        columns = [row[1] for row in info]
        if kind == "NODE":
            keys[name] = next(row[1] for row in info if row[4])
            graph[name] = _rows(database, f"(x:`{name}`)", [f"x.`{column}`" for column in columns])
            continue
        graph[name] = Counter()
        for row in run_cypher(database, f"CALL show_connection('{_quoted(name)}') RETURN *"):
            source, target = row[0], row[1]
            pattern = f"(a:`{source}`)-[x:`{name}`]->(b:`{target}`)"
            ends = [f"a.`{keys[source]}`", f"b.`{keys[target]}`"]
            found = _rows(database, pattern, [*ends, *(f"x.`{column}`" for column in columns)])
            graph[name] += Counter({f"{source} {target} {text}": times for text, times in found.items()})
    return graph


def _rows(database: Path, pattern: str, columns: list[str]) -> Counter[str]:
    returned = ", ".join(f"{column} AS c{number}" for number, column in enumerate(columns))
    rows: list[list[Any]] = run_cypher(database, f"MATCH {pattern} RETURN {returned}")
    return Counter(" ".join(map(repr, row)) for row in rows)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")
