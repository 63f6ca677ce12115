"""Three states of a table: what a rollback dropped comes back, unless something newer is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.columns.bringing_back import bring_back_nodes, lost_nodes
from kuzuvcs.columns.bringing_back_edges import Ends, bring_back_edges, lost_edges
from kuzuvcs.columns.canonical import canonical_bytes
from kuzuvcs.columns.loaded import Rows, fitted, load_rows, no_rows, write_rows
from kuzuvcs.columns.parquet import FileColumn
from kuzuvcs.core.types import parse_type

NODE = (("id", "INT64"), ("name", "STRING"), ("score", "DOUBLE"))
EDGE = (("", "INT64"), ("", "INT64"), ("since", "INT64"), ("note", "STRING"))

Row = tuple[Any, ...]
Node = tuple[int, str | None, float | None]
Edge = tuple[int, int, int | None, str | None]


def table(columns: Sequence[tuple[str, str]], rows: Sequence[Row], keys: int) -> Rows:
    made = tuple(
        FileColumn(name=name or f"end{at}", property=name, type=parse_type(type))
        for at, (name, type) in enumerate(columns)
    )
    types = {"INT64": pa.int64(), "STRING": pa.string(), "DOUBLE": pa.float64()}
    arrays = tuple(pa.array([row[at] for row in rows], types[type]) for at, (_, type) in enumerate(columns))
    return Rows(made, arrays, keys)


def nodes(*rows: Row) -> Rows:
    return table(NODE, rows, 1)


def edges(*rows: Row) -> Rows:
    return table(EDGE, rows, 2)


def of(rows: Rows) -> list[Row]:
    return list(zip(*(array.to_pylist() for array in rows.arrays), strict=True))


def everywhere(**choices: bool) -> Ends:
    keys = canonical_bytes(pa.array(range(10), pa.int64()), parse_type("INT64")).to_pylist()
    return Ends(sources=frozenset(keys), targets=frozenset(keys), **choices)


def test_each_cell_is_newer_or_comes_back() -> None:
    before = nodes((1, "a", 1.0), (2, "b", None), (3, "c", 3.0), (4, "d", float("nan")), (5, "e", 5.0))
    base = nodes((1, None, None), (2, None, 0.0), (3, None, None), (4, "d", float("nan")))
    now = nodes((1, None, 9.0), (2, None, 0.0), (4, "d", float("nan")), (6, "f", 6.0))
    lost = lost_nodes(before, base)
    assert (lost.rows, lost.values, lost.differs) == (1, {"name": 3, "score": 2}, True)
    brought = bring_back_nodes(before, base, now, unstable=False)
    found = of(brought.rows)
    assert found[:2] == [(1, "a", 9.0), (2, "b", None)]
    assert found[3:] == [(6, "f", 6.0), (5, "e", 5.0)]
    assert (brought.added, brought.values) == (1, {"name": 2, "score": 1})
    assert (brought.newer, brought.gone) == (1, 1)


def test_where_up_makes_other_values_each_time_the_old_one_comes_back() -> None:
    before, base, now = nodes((1, "t1", 1.0)), nodes((1, "t2", 1.0)), nodes((1, "t3", 2.0))
    assert of(bring_back_nodes(before, base, now, unstable=False).rows) == [(1, "t3", 2.0)]
    assert of(bring_back_nodes(before, base, now, unstable=True).rows) == [(1, "t1", 2.0)]


def test_a_row_that_is_there_again_keeps_what_it_has() -> None:
    brought = bring_back_nodes(nodes((1, "a", 1.0)), nodes(), nodes((1, "new", None)), unstable=False)
    assert of(brought.rows) == [(1, "new", 1.0)]


def test_parallel_edges_are_told_apart_by_what_they_hold() -> None:
    before = edges((1, 2, 5, "x"), (1, 2, 5, "y"), (1, 2, 6, "z"), (1, 2, 7, None), (3, 4, 1, "gone"))
    base = edges((1, 2, 5, None), (1, 2, 5, None), (1, 2, 6, None), (1, 2, 7, None))
    now = edges((1, 2, 6, None), (1, 2, 5, None), (1, 2, 7, None), (1, 2, 5, None), (3, 4, 9, None))
    lost = lost_edges(before, base)
    assert (lost.rows, lost.values) == (1, {"since": 0, "note": 3})
    brought = bring_back_edges(before, base, now, everywhere(), unstable=False)
    assert Counter(of(brought.rows)) == Counter([*of(before), (3, 4, 9, None)])
    assert (brought.added, brought.values["note"], brought.newer, brought.gone) == (1, 3, 0, 0)


def test_an_edge_that_was_written_since_keeps_the_new_value() -> None:
    before, base = edges((1, 2, 5, "x"), (2, 3, 1, "k")), edges((1, 2, 5, None), (2, 3, 1, None))
    brought = bring_back_edges(before, base, edges((1, 2, 6, None)), everywhere(), unstable=False)
    assert (of(brought.rows), brought.gone) == ([(1, 2, 6, "x")], 1)
    newer = bring_back_edges(before, base, edges((1, 2, 5, "n")), everywhere(), unstable=False)
    assert (of(newer.rows), newer.newer) == ([(1, 2, 5, "n")], 1)


def test_an_edge_needs_both_ends_and_a_free_place() -> None:
    before = edges((1, 2, 5, "x"), (1, 77, 5, "y"), (2, 3, 1, "z"))
    brought = bring_back_edges(
        before, edges(), edges((1, 4, 0, None)), everywhere(one_per_source=True), unstable=False
    )
    assert Counter(of(brought.rows)) == Counter([(1, 4, 0, None), (2, 3, 1, "z")])
    assert (brought.added, brought.newer, brought.gone) == (1, 1, 1)
    same = bring_back_edges(
        edges((1, 2, 5, "x")), edges(), edges((1, 2, 5, "x")), everywhere(), unstable=False
    )
    assert (len(same.rows), same.added) == (1, 0)


KEYS = st.integers(0, 4)
NODES = st.dictionaries(KEYS, st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1.0])))
EDGES = st.lists(
    st.tuples(KEYS, KEYS, st.sampled_from([None, 1, 2]), st.sampled_from([None, "a"])), max_size=7
)


@given(NODES, NODES)
def test_with_nothing_new_all_nodes_come_back(old: dict[int, Row], made: dict[int, Row]) -> None:
    before, base = (nodes(*((key, *row) for key, row in side.items())) for side in (old, made))
    brought = bring_back_nodes(before, base, base, unstable=False)
    # What UP makes and an application had deleted is there again.
    kept = [(key, *row) for key, row in made.items() if key not in old]
    assert Counter(of(brought.rows)) == Counter([*of(before), *kept])
    assert lost_nodes(before, base).differs == brought.changed
    again = bring_back_nodes(before, base, brought.rows, unstable=False)
    assert not again.changed
    assert not lost_nodes(before, before).differs


@given(EDGES, EDGES)
def test_with_nothing_new_all_edges_come_back(old: list[Edge], made: list[Edge]) -> None:
    before, base = edges(*old), edges(*made)
    brought = bring_back_edges(before, base, base, everywhere(), unstable=False)
    assert not Counter(old) - Counter(of(brought.rows))
    assert lost_edges(before, base).differs == brought.changed
    by_ends = Counter((a, b) for a, b, *_ in of(brought.rows))
    most = Counter((a, b) for a, b, *_ in old) | Counter((a, b) for a, b, *_ in made)
    assert by_ends == most
    assert not lost_edges(before, before).differs


def test_a_file_with_other_columns_is_fitted(tmp_path: Path) -> None:
    wanted = nodes((1, "a", 1.0))
    less = table(NODE[:2], [(1, "b")], 1)
    assert of(fitted(less, wanted.columns)) == [(1, "b", None)]
    other_key = table((("id", "STRING"), *NODE[1:]), [("1", "b", 1.0)], 1)
    assert of(fitted(other_key, wanted.columns)) == []
    assert len(no_rows(wanted.columns, 1)) == 0
    file = tmp_path / "rows.parquet"
    write_rows(wanted, file)
    assert of(load_rows(file, wanted.columns, 1)) == of(wanted)


@pytest.mark.parametrize("count", [0, 3])
def test_many_parallel_edges_are_paired_in_order(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr("kuzuvcs.columns.bringing_back_edges._MOST_COMPARED", count)
    before = edges((1, 2, 5, "x"), (1, 2, 6, "y"))
    base = edges((1, 2, 5, None), (1, 2, 6, None))
    assert of(bring_back_edges(before, base, base, everywhere(), unstable=False).rows) == of(before)
