from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_64_intdigest

from kuzuvcs.columns.arrow import map_as_lists
from kuzuvcs.columns.canonical import canonical_bytes
from kuzuvcs.columns.rowgroups import (
    HASH_MASK,
    MAXIMUM_BYTES,
    MAXIMUM_ROWS,
    MINIMUM_ROWS,
    RowGroupCutter,
    row_sizes,
)
from tests.columns.values import column, scalar, types, values

ROWS = 600_000


def keys_of(numbers: np.ndarray) -> pa.LargeBinaryArray:
    return canonical_bytes(pa.array(numbers), scalar("INT64"))


def ends(numbers: np.ndarray, batch: int = ROWS, size: int = 9) -> list[int]:
    cutter = RowGroupCutter()
    found = []
    for start in range(0, len(numbers), batch):
        part = numbers[start : start + batch]
        sizes = np.full(len(part), size, dtype=np.int64)
        found += [start + end for end in cutter.cut(keys_of(part), sizes)]
    return found


def test_groups_end_where_the_hash_says_so_after_the_minimum() -> None:
    numbers = np.arange(ROWS)
    hits = [
        i for i, key in enumerate(keys_of(numbers).to_pylist(), 1) if not xxh3_64_intdigest(key) & HASH_MASK
    ]
    expected, start = [], 0
    for hit in hits:
        if hit - start >= MINIMUM_ROWS:
            expected.append(hit)
            start = hit
    assert ends(numbers) == expected
    assert len(expected) > 5


@settings(max_examples=5)
@given(st.integers(1_000, 300_000))
def test_the_cuts_do_not_depend_on_batches(batch: int) -> None:
    numbers = np.arange(300_000)
    assert ends(numbers, batch) == ends(numbers)


def test_a_deleted_or_inserted_row_keeps_the_boundaries_away_from_it() -> None:
    numbers = np.arange(ROWS)
    before = {int(numbers[end - 1]) for end in ends(numbers)}
    for place in (5, 100_000, 300_000, 500_000):
        deleted = np.delete(numbers, place)
        after = {int(deleted[end - 1]) for end in ends(deleted)}
        assert len(before - after) <= 1
        inserted = np.insert(numbers, place, -place)
        after = {int(inserted[end - 1]) for end in ends(inserted)}
        assert len(before - after) <= 1


def test_one_key_for_all_rows_still_ends_at_the_maximum() -> None:
    numbers = np.zeros(2 * MAXIMUM_ROWS + 1, dtype=np.int64)
    assert xxh3_64_intdigest(keys_of(numbers[:1])[0].as_py()) & HASH_MASK != 0
    assert ends(numbers, 100_000) == [MAXIMUM_ROWS, 2 * MAXIMUM_ROWS]


def test_large_rows_end_a_group_before_the_minimum() -> None:
    size = 1 << 20
    found = ends(np.arange(400), 33, size)
    assert found == [MAXIMUM_BYTES // size * n for n in range(1, 4)]
    assert ends(np.arange(3), 1, 2 * MAXIMUM_BYTES) == [1, 2, 3]


@given(types.flatmap(lambda type: st.tuples(st.just(type), st.lists(values(type), max_size=6))))
def test_row_sizes_grow_with_content_alone(typed: tuple) -> None:  # type: ignore[type-arg]
    type, items = typed
    array = column(items, type)
    sizes = row_sizes(array)
    assert len(sizes) == len(items)
    assert (sizes > 0).all()
    assert sizes.tolist() == [int(row_sizes(array.slice(i, 1))[0]) for i in range(len(items))]


def test_row_sizes_count_what_is_inside() -> None:
    lists = pa.array([["abc", None], None, []])
    assert row_sizes(lists).tolist() == [4 + 7 + 4, 4, 4]
    maps = pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64()))
    assert row_sizes(maps).tolist() == row_sizes(map_as_lists(maps)).tolist() == [4 + 1 + 5 + 8, 4]
