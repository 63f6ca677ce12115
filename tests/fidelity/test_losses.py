"""What the engine cannot hold, read or load is said by name or found by comparing digests; never hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.columns.load import load_batch, load_source, unloadable
from kuzuvcs.columns.shred import reading
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.types import parse_type
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineCrashed, EngineError
from tests.fidelity.cases import families, interval
from tests.fidelity.engine import BOTH, Columns, Kind, differing

NAN = float("nan")


@pytest.mark.parametrize(
    ("kind", "type_text", "values"),
    [
        ("node", "INT64", [None, -(2**63), 5]),
        ("edge", "INT8", [-128, 0, 1]),
        ("node", "DOUBLE", [None, 1.5, NAN]),
        ("edge", "DOUBLE", [NAN, 1.5, 2.5]),
    ],
)
@pytest.mark.parametrize("engine", BOTH)
def test_a_value_that_storing_changes_is_found_by_the_digest(
    kind: Kind, type_text: str, values: list[Any], engine: Engine, tmp_path: Path
) -> None:
    """Kuzu changes these; ladybug keeps them."""
    type = parse_type(type_text)
    array = pa.array(values, arrow_type(type))
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False, engine=engine)
        table = Columns(worker, tmp_path, kind, [type])
        table.load([array])
        worker.execute("CHECKPOINT")
        changed = list(differing([array], table.read(), [type])) != []
        assert changed == (engine.name == "kuzu")


def test_lists_of_lists_of_edges_beside_deleted_ones_are_read_as_the_checkpoint_left_them(
    tmp_path: Path,
) -> None:
    type = parse_type("INT64[][]")
    values = [None, [], [None, [None, 1], []], [[7]]] * 10
    array = pa.array(values, arrow_type(type))
    kept = pa.array([number % 3 != 1 for number in range(len(values))])
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        table = Columns(worker, tmp_path, "edge", [type])
        table.load([array], spread=4)
        worker.execute("MATCH ()-[r:T]->() WHERE r.id % 3 = 1 DELETE r")
        assert list(differing([array.filter(kept)], table.read(), [type])) == []
        worker.execute("CHECKPOINT")
        rows = worker.execute("MATCH ()-[r:T]->() RETURN r.c0 ORDER BY r.id")
        stored = pa.array([value for (value,) in rows], arrow_type(type))
        assert stored != array.filter(kept)
        assert list(differing([stored], table.read(), [type])) == []


def test_fields_that_differ_by_case_are_refused() -> None:
    with pytest.raises(EngineError, match="differ by case"):
        reading(parse_type("STRUCT(x STRUCT(a INT64, A INT64))"), "n.v")


def test_an_array_in_a_list_of_unions_is_refused() -> None:
    with pytest.raises(EngineError, match="LIST instead of an ARRAY"):
        reading(parse_type("UNION(a INT64[2], b INT64)[]"), "n.v")


def test_a_null_key_of_a_map_ends_the_worker_and_not_us(tmp_path: Path) -> None:
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        table = Columns(worker, tmp_path, "node", [parse_type("MAP(STRING, INT64)")])
        worker.execute("CREATE (:T {id: 1, c0: map(['a', NULL], [1, 2])})")
        with pytest.raises(EngineCrashed):
            table.read()


@pytest.mark.parametrize(
    "type_text",
    [
        "UNION(a UUID, b INT64)[]",
        "STRUCT(u UNION(a INT128, b INT64))",
        "MAP(STRING, UNION(a TIMESTAMP_TZ[], b INT64))",
        "UNION(u UNION(a UUID, b INT64), n INT64)",
        "UNION(a INT64[2], b INT64)[]",
        "UNION(a UUID, A INT64)",
        "UNION(`a` UUID, b INT64)",
        "JSON[]",
    ],
)
def test_types_that_cannot_be_loaded_are_known_before(type_text: str, tmp_path: Path) -> None:
    type = parse_type(type_text)
    assert unloadable(type)
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        table = Columns(worker, tmp_path, "node", [type])
        with pytest.raises(EngineError):
            table.load([some_value(type_text)])


def some_value(type_text: str) -> pa.Array:
    union = {"tag": "b", "a": None, "b": 1}
    values: dict[str, Any] = {
        "UNION(a UUID, b INT64)[]": [union],
        "STRUCT(u UNION(a INT128, b INT64))": {"u": union},
        "MAP(STRING, UNION(a TIMESTAMP_TZ[], b INT64))": [("k", union)],
        "UNION(u UNION(a UUID, b INT64), n INT64)": {"tag": "u", "u": union, "n": None},
        "UNION(a INT64[2], b INT64)[]": [union],
        "UNION(a UUID, A INT64)": {"tag": "A", "a": None, "A_": 1},
        "UNION(`a` UUID, b INT64)": {"tag": "b", "`a`": None, "b": 1},
        "JSON[]": ["{}"],
    }
    return pa.array([values[type_text]], arrow_type(parse_type(type_text)))


def test_every_type_of_the_conformance_suite_can_be_loaded() -> None:
    texts = {case.type_text for cases in families().values() for case in cases}
    assert {text: why for text in texts if (why := unloadable(parse_type(text)))} == {}


@pytest.mark.parametrize(
    ("type_text", "value", "why"),
    [
        ("UNION(a INT64, b STRING)[]", [{"tag": "b", "a": None, "b": None}], "active member 'b' is NULL"),
        ("INTERVAL[]", [interval(0, 0, 2**63 - 1)], "over 292 years"),
    ],
)
def test_a_value_that_the_arrow_scan_would_change_is_refused(type_text: str, value: Any, why: str) -> None:
    type = parse_type(type_text)
    batch = pa.RecordBatch.from_arrays([pa.array([value], arrow_type(type))], names=["v"])
    assert load_source([type]) == "$data"
    with pytest.raises(EngineError, match=why):
        load_batch(batch, [type])
