"""Values put in by Cypher alone, not by our loader, are read for what they are."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.columns.read import ReadColumn
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.types import parse_type
from kuzuvcs.engines.client import Worker
from kuzuvcs.tasks.reading.read_tables import read_edges, read_nodes
from tests.fidelity.cases import interval
from tests.fidelity.engine import BOTH, differing

UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
UUID_BYTES = bytes.fromhex(UUID.replace("-", ""))
BIG = 2**127 - 1

LITERALS: tuple[tuple[str, str, Any], ...] = (
    ("BOOL", "true", True),
    ("INT8", "-127", -127),
    ("UINT64", "18446744073709551615", 2**64 - 1),
    ("INT128", f"CAST('-{BIG}' AS INT128)", str(-BIG)),
    ("DOUBLE", "-0.0", -0.0),
    ("DOUBLE", "CAST('-inf' AS DOUBLE)", float("-inf")),
    ("STRING", "''", ""),
    ("STRING", "'NULL'", "NULL"),
    ("BLOB", "BLOB('\\\\x00\\\\xFFa')", b"\x00\xffa"),
    ("DATE", "date('1969-12-31')", datetime.date(1969, 12, 31)),
    ("TIMESTAMP", "timestamp('1969-12-31 23:59:59.999999')", -1),
    ("TIMESTAMP_NS", "CAST('1970-01-01 00:00:00.000001' AS TIMESTAMP_NS)", 1000),
    ("TIMESTAMP_MS", "CAST('1969-12-31 23:59:59.999' AS TIMESTAMP_MS)", -1),
    ("TIMESTAMP_SEC", "CAST('1969-12-31 23:59:59' AS TIMESTAMP_SEC)", -1000),
    ("TIMESTAMP_TZ", "CAST('1970-01-01 01:00:00+01:00' AS TIMESTAMP_TZ)", 0),
    ("INTERVAL", "interval('1 year 2 months 3 days 4 microseconds')", interval(14, 3, 4)),
    ("INTERVAL", "interval('0 days') - interval('1 month 90000 seconds')", interval(-1, 0, -90_000_000_000)),
    ("INTERVAL", f"to_microseconds({2**63 - 1})", interval(0, 0, 2**63 - 1)),
    ("UUID", f"uuid('{UUID}')", UUID_BYTES),
    ("DECIMAL(4, 2)", "CAST(-0.01 AS DECIMAL(4, 2))", decimal.Decimal("-0.01")),
    ("DECIMAL(9, 5)", "CAST(-0.05 AS DECIMAL(9, 5))", decimal.Decimal("-0.05000")),
    ("DECIMAL(18, 3)", "CAST(-0.001 AS DECIMAL(18, 3))", decimal.Decimal("-0.001")),
    ("DECIMAL(38, 10)", "CAST('-0.0000000001' AS DECIMAL(38, 10))", decimal.Decimal("-0.0000000001")),
    ("STRING[]", "['', NULL, 'a,b']", ["", None, "a,b"]),
    ("INTERVAL[]", "[interval('1 month'), NULL]", [interval(1, 0, 0), None]),
    ("STRING[2]", "['', 'a']", ["", "a"]),
    ("MAP(STRING, INT64)", "map(['a', 'a', 'b'], [1, NULL, 2])", [("a", 1), ("a", None), ("b", 2)]),
    ("MAP(STRING, INT128)", f"map(['a'], [CAST('{BIG}' AS INT128)])", [("a", str(BIG))]),
    ("STRUCT(a INT64, b STRING)", "{a: 1, b: NULL}", {"a": 1, "b": None}),
    ("STRUCT(a INT64)[]", "[NULL, {a: CAST(NULL AS INT64)}, {a: 2}]", [None, {"a": None}, {"a": 2}]),
    ("UNION(n INT64, m INT64)", "union_value(m := 1)", {"tag": "m", "n": None, "m": 1}),
    (
        "UNION(n INT64, m INT64)",
        "union_value(m := CAST(NULL AS INT64))",
        {"tag": "m", "n": None, "m": None},
    ),
    (
        "UNION(u UUID, s STRING)",
        f"union_value(u := uuid('{UUID}'))",
        {"tag": "u", "u": UUID_BYTES, "s": None},
    ),
    ("JSON", """'{"a":   [1, null]}'""", '{"a":   [1, null]}'),
)


@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize("kind", ["node", "edge"])
def test_literals_are_read_with_null_before_and_after(kind: str, engine: Engine, tmp_path: Path) -> None:
    types = [parse_type(text) for text, _, _ in LITERALS]
    columns = [ReadColumn(f"p{index}", type) for index, type in enumerate(types)]
    declared = ", ".join(f"p{index} {text}" for index, (text, _, _) in enumerate(LITERALS))
    values = ", ".join(f"p{index}: {literal}" for index, (_, literal, _) in enumerate(LITERALS))
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False, engine=engine)
        ends = "" if kind == "node" else "FROM N TO N, "
        key = ", PRIMARY KEY(id)" if kind == "node" else ""
        worker.execute("CREATE NODE TABLE N(id INT64 PRIMARY KEY)")
        worker.execute("CREATE (:N {id: 0})")
        table = "NODE" if kind == "node" else "REL"
        worker.execute(f"CREATE {table} TABLE T({ends}id INT64, {declared}{key})")
        for number in range(4):
            properties = f"{{id: {number}, {values}}}" if number % 2 else f"{{id: {number}}}"
            made = f"(:T {properties})" if kind == "node" else f"(n)-[:T {properties}]->(n)"
            worker.execute(f"MATCH (n:N) CREATE {made}")
        expected = [
            pa.array([None, value, None, value], arrow_type(type))
            for type, (_, _, value) in zip(types, LITERALS, strict=True)
        ]
        for _ in ("before", "after a CHECKPOINT"):
            if kind == "node":
                [file] = read_nodes(worker, "T", columns, tmp_path, Silent())
            else:
                [file] = read_edges(worker, ("T", "N", "N"), columns, tmp_path, Silent())
            with pa.memory_map(str(file)) as source:
                table_read = pa.ipc.open_file(source).read_all().combine_chunks()
                got = [table_read.column(f"c{index}").combine_chunks() for index in range(len(columns))]
                wrong = {LITERALS[index][0]: text for index, text in differing(expected, got, types)}
            assert wrong == {}
            worker.execute("CHECKPOINT")
