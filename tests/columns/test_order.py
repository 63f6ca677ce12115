from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal as Number
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.columns.arrow import arrow_type, canonical_array
from kuzuvcs.columns.canonical import canonical_bytes
from kuzuvcs.columns.distribute import in_order
from kuzuvcs.columns.order import order_form, ranked
from kuzuvcs.core.types import Type, parse_type
from kuzuvcs.errors import SchemaError
from tests.columns.values import column, key_types, scalar, values


def total(value: float) -> tuple[bool, float, float]:
    """NaN last, and -0.0 before 0.0."""
    return (math.isnan(value), 0.0 if math.isnan(value) else value, math.copysign(1.0, value))


def by_value(type: Type) -> Callable[[Any], Any]:
    orders: dict[str, Callable[[Any], Any]] = {
        "STRING": str.encode,
        "INT128": int,
        "FLOAT": lambda value: total(value) if not math.isnan(value) else (True, 0.0, 1.0),
        "DOUBLE": lambda value: total(value) if not math.isnan(value) else (True, 0.0, 1.0),
    }
    return orders.get(getattr(type, "name", ""), lambda value: value)


@given(key_types.flatmap(lambda type: st.tuples(st.just(type), st.lists(values(type, null=False)))))
def test_keys_go_by_value(typed: tuple[Type, list[Any]]) -> None:
    type, items = typed
    order = by_value(type)
    forms = order_form(canonical_array(column(items, type), type), type).to_pylist()
    for left, form in zip(items, forms, strict=True):
        for right, other in zip(items, forms, strict=True):
            assert (form < other) == (order(left) < order(right))


@pytest.mark.parametrize(
    ("text", "ascending"),
    [
        ("DOUBLE", [-math.inf, -1e308, -1.5, -5e-324, -0.0, 0.0, 5e-324, 1.5, math.inf, math.nan]),
        ("INT128", [str(-(2**127)), "-10", "-9", "0", "9", "10", str(2**127 - 1)]),
        ("STRING", ["", "A", "Z", "a", "a\0", "aa", "b", "é", "\uffff", "\U00010000"]),
        ("UINT64", [0, 1, 2**63, 2**64 - 1]),
        ("DECIMAL(38, 2)", [Number("-1.00"), Number("-0.05"), Number("0.00"), Number("0.05")]),
        ("BLOB", [b"", b"\0", b"\x7f", b"\x80", b"\xff"]),
    ],
)
def test_duckdb_ranks_the_forms_by_value(text: str, ascending: list[Any], tmp_path: Path) -> None:
    type = parse_type(text)
    forms = order_form(pa.array(ascending, arrow_type(type)), type)
    shuffled = np.random.default_rng(7).permutation(len(ascending))
    chunks = [shuffled[:3], shuffled[3:], shuffled[:3]]
    keys = ((pa.array(chunk), forms.take(pa.array(chunk))) for chunk in chunks)
    found = [
        (int(place), int(rank))
        for places, ranks in ranked(keys, forms.type, tmp_path, memory=64 << 20)
        for place, rank in zip(places.to_pylist(), ranks, strict=True)
    ]
    assert [place for place, _ in found] == sorted([*range(len(ascending)), *shuffled[:3].tolist()])
    assert all(place == rank for place, rank in found)


@pytest.mark.parametrize("text", ["BOOL", "INTERVAL", "INT64[]", "STRUCT(a INT64)", "UNION(a INT64)"])
def test_what_the_engine_takes_for_no_key_is_refused(text: str) -> None:
    type = parse_type(text)
    with pytest.raises(SchemaError, match="primary key"):
        order_form(pa.array([], arrow_type(type)), type)


@pytest.mark.parametrize("memory", [1 << 30, 1 << 17, 1 << 15], ids=["held", "spilled", "spilled twice"])
@pytest.mark.parametrize("distinct", [1, 3, 5_000], ids=["one order", "three", "many"])
def test_rows_of_any_amount_come_by_order_and_content(memory: int, distinct: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(distinct)
    order = rng.integers(0, distinct, 20_000)
    words = [f"{number:04}" for number in rng.integers(0, 300, 20_000)]
    rows = pa.record_batch([pa.array(order), pa.array(words)], names=["order", "c0"])
    batches = (rows.slice(start, 700) for start in range(0, len(rows), 700))
    parts = list(in_order(batches, distinct, [scalar("STRING")], tmp_path, memory=memory))
    result = pa.Table.from_batches(parts)
    assert (len(parts) > 1) == (memory < 1 << 30)
    expected = sorted(zip(order.tolist(), words, strict=True))
    assert list(zip(*(c.to_pylist() for c in result.columns), strict=True)) == expected
    assert list(tmp_path.iterdir()) == []


def test_rows_without_columns_keep_their_count(tmp_path: Path) -> None:
    rows = pa.record_batch([pa.array(np.zeros(50_000, dtype=np.int64))], names=["order"])
    parts = in_order(iter([rows, rows]), 1, [], tmp_path, memory=1 << 16)
    assert sum(len(part) for part in parts) == 100_000


@given(st.lists(st.floats(), min_size=1))
def test_canonical_bytes_follow_the_order_form_in_equality(items: list[float]) -> None:
    array = canonical_array(pa.array(items, pa.float64()), scalar("DOUBLE"))
    forms = order_form(array, scalar("DOUBLE")).to_pylist()
    contents = canonical_bytes(array, scalar("DOUBLE")).to_pylist()
    assert len(set(forms)) == len(set(contents)) == len(set(zip(forms, contents, strict=True)))
