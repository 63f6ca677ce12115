from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kuzuvcs.columns.parquet import FileColumn, FileResult
from kuzuvcs.core.types import parse_type
from kuzuvcs.errors import VerificationFailed
from kuzuvcs.verify import ColumnOverlap, Difference, check_file, compare_files, measure_equal
from tests.columns.files import node_columns, node_table, rel_columns, write_nodes, write_rels

INT64, STRING, DOUBLE, INT128 = (parse_type(name) for name in ("INT64", "STRING", "DOUBLE", "INT128"))
ROWS = 40_000
ACCOUNT = node_columns(("id", INT64), ("balance", INT128), ("name", STRING))


def accounts(folder: Path, **changes: dict[int, str | None]) -> tuple[Path, FileResult]:
    """A table of accounts; ``changes`` hold other values by row."""
    values: dict[str, list[str | None]] = {
        "balance": [str(2**127 - 1 - number) for number in range(ROWS)],
        "name": [f"name {number}" for number in range(ROWS)],
    }
    for name, cells in changes.items():
        for row, value in cells.items():
            values[name][row] = value
    arrays = [pa.array(np.arange(ROWS)), *(pa.array(values[name]) for name in ("balance", "name"))]
    return write_nodes(folder, ACCOUNT, node_table(arrays, seed=1))


def check(path: Path, result: FileResult, work: Path, **other: object) -> None:
    options = {"table": "Account", "rows": result.rows, "columns": result.columns, "work": work, **other}
    check_file(path, **options)  # type: ignore[arg-type]


def test_one_wrong_int128_among_equal_counts_is_found_and_named(tmp_path: Path) -> None:
    path, recorded = accounts(tmp_path / "a")
    wrong, found = accounts(tmp_path / "b", balance={31_337: str(2**127 - 1)})
    assert found.rows == recorded.rows
    check(path, recorded, tmp_path)
    check(wrong, recorded, tmp_path, values=False)
    with pytest.raises(VerificationFailed, match="'Account'") as failure:
        check(wrong, recorded, tmp_path)
    assert failure.value.cause == f"{wrong}: other values than were recorded in 'balance'"
    differences = compare_files(path, wrong, table="Account", columns=ACCOUNT, keys=1, work=tmp_path)
    assert differences.count == 1
    assert differences.first == (
        Difference(
            table="Account",
            key="31337",
            column="balance",
            expected=str(2**127 - 1 - 31_337),
            actual=str(2**127 - 1),
        ),
    )


def test_equal_files_have_no_differences(tmp_path: Path) -> None:
    one, _ = accounts(tmp_path / "a")
    other, _ = accounts(tmp_path / "b")
    found = compare_files(one, other, table="Account", columns=ACCOUNT, keys=1, work=tmp_path)
    assert (found.count, found.first) == (0, ())


def test_all_differences_are_counted_and_the_first_named(tmp_path: Path) -> None:
    one, _ = accounts(tmp_path / "a")
    rows = range(100, 30_000, 100)
    other, _ = accounts(tmp_path / "b", name=dict.fromkeys(rows), balance={100: "7"})
    found = compare_files(one, other, table="Account", columns=ACCOUNT, keys=1, work=tmp_path, limit=3)
    assert found.count == len(rows) + 1
    assert [(d.key, d.column, d.actual) for d in found.first] == [
        ("100", "balance", "7"),
        ("100", "name", "NULL"),
        ("200", "name", "NULL"),
    ]


def test_rows_that_one_side_lacks_are_named_by_key(tmp_path: Path) -> None:
    columns = node_columns(("id", STRING), ("p", DOUBLE))
    keys = [f"k{number:05}" for number in range(ROWS)]
    numbers = [float(number) for number in range(ROWS)]
    one, _ = write_nodes(tmp_path / "a", columns, node_table([pa.array(keys), pa.array(numbers)]))
    keys[7], numbers[20_000], numbers[30_000] = "new", -0.0, math.nan
    other, _ = write_nodes(tmp_path / "b", columns, node_table([pa.array(keys), pa.array(numbers)]))
    found = compare_files(one, other, table="T", columns=columns, keys=1, work=tmp_path)
    assert [(d.key, d.column, d.expected, d.actual) for d in found.first] == [
        ("'k00007'", None, "present", None),
        ("'new'", None, None, "present"),
        ("'k20000'", "p", "20000.0", "-0.0"),
        ("'k30000'", "p", "30000.0", "nan"),
    ]
    assert found.count == 4


def edges(folder: Path, ends: list[tuple[int, int]], words: list[str]) -> Path:
    folder.mkdir()
    write_nodes(folder / "n", node_columns(("id", INT64)), node_table([pa.array(range(10))]))
    index = folder / "n" / "index"
    source, target = zip(*ends, strict=True)
    table = pa.table([list(source), list(target), words], names=["source", "target", "c0"])
    return write_rels(folder / "r", rel_columns(INT64, INT64, ("p", STRING)), table, index, index)[0]


def test_one_parallel_edge_too_few_is_named(tmp_path: Path) -> None:
    one = edges(tmp_path / "a", [(1, 2), (3, 3), (3, 3), (3, 3), (4, 1)], ["a", "b", "b", "b", "c"])
    other = edges(tmp_path / "b", [(1, 2), (3, 3), (3, 3), (4, 1)], ["a", "b", "b", "d"])
    columns = rel_columns(INT64, INT64, ("p", STRING))
    found = compare_files(one, other, table="R", columns=columns, keys=2, work=tmp_path)
    assert [(d.key, d.column, d.expected, d.actual) for d in found.first] == [
        ("3 -> 3", None, "present", None),
        ("4 -> 1", "p", "'c'", "'d'"),
    ]


def test_a_path_is_no_pattern_and_no_partition(tmp_path: Path) -> None:
    path, recorded = accounts(tmp_path / "k=v")
    _, other = accounts(tmp_path / "b", name={1: "x"})
    odd = tmp_path / "k=v" / "a[b]*?'\".parquet"
    path.rename(odd)
    (tmp_path / "k=v" / "ab*?'\".parquet").write_bytes((tmp_path / "b" / "nodes.parquet").read_bytes())
    check(odd, recorded, tmp_path)
    with pytest.raises(VerificationFailed):
        check(odd, other, tmp_path)


def test_columns_whose_names_differ_by_case_or_are_hostile(tmp_path: Path) -> None:
    columns = [
        FileColumn(name=name, property=name, type=INT64)
        for name in ("id", 'q"; --', "x.y", "x", "rowid", "*")
    ]
    arrays = [pa.array(range(number, number + 3)) for number in range(len(columns))]
    path, recorded = write_nodes(tmp_path / "a", columns, node_table(arrays))
    check(path, recorded, tmp_path)
    found = compare_files(path, path, table="T", columns=columns, keys=1, work=tmp_path)
    assert found.count == 0


def test_counts_and_columns_are_compared_first(tmp_path: Path) -> None:
    path, recorded = accounts(tmp_path / "a")
    with pytest.raises(VerificationFailed) as failure:
        check(path, recorded, tmp_path, rows=ROWS + 1)
    assert failure.value.cause.endswith(f"{ROWS} rows where {ROWS + 1} were recorded")
    with pytest.raises(VerificationFailed) as failure:
        check(path, recorded, tmp_path, columns=recorded.columns[:2])
    assert failure.value.cause.endswith("('id', 'balance', 'name') where ('id', 'balance') were recorded")


def test_any_damage_to_a_file_is_a_clear_failure(tmp_path: Path) -> None:
    path, recorded = accounts(tmp_path / "a")
    whole = path.read_bytes()
    rng = np.random.default_rng(5)
    flips = [bytearray(whole) for _ in range(60)]
    # Half in the pages, half in the footer.
    for number, flip in enumerate(flips):
        low = 0 if number % 2 else len(whole) - 700
        flip[int(rng.integers(low, len(whole)))] ^= 1 << int(rng.integers(8))
    cut = [whole[:length] for length in (0, 3, 4, 100, len(whole) // 2, len(whole) - 1)]
    silent = []
    for damaged in [*map(bytes, flips), *cut, b"hello", whole[:-4] + b"PAR2"]:
        path.write_bytes(damaged)
        failure = outcome(path, recorded, tmp_path)
        if failure is None:
            silent.append(damaged)
            continue
        assert "the data of table 'Account' " in failure.message
        assert str(path) in failure.cause
    # What no value depends on may change unseen: statistics, some sizes, the writer's name.
    assert all(len(damaged) == len(whole) and damaged[-4:] == b"PAR1" for damaged in silent)
    assert len(silent) < len(flips) / 2
    for damaged in silent:
        path.write_bytes(damaged)
        found = compare_files(path, path, table="Account", columns=ACCOUNT, keys=1, work=tmp_path)
        assert found.count == 0


def outcome(path: Path, recorded: FileResult, work: Path) -> VerificationFailed | None:
    try:
        check(path, recorded, work)
    except VerificationFailed as failure:
        return failure
    return None


def test_a_missing_file_is_a_failure(tmp_path: Path) -> None:
    _, recorded = accounts(tmp_path / "a")
    with pytest.raises(VerificationFailed, match="'Account'"):
        check(tmp_path / "none.parquet", recorded, tmp_path)


def test_equal_values_are_counted_at_shared_keys(tmp_path: Path) -> None:
    columns = node_columns(("id", INT64), ("a", DOUBLE), ("b", STRING))
    old, _ = write_nodes(
        tmp_path / "old",
        columns,
        node_table([pa.array([1, 2, 3, 4]), pa.array([1.5, math.nan, None, 4.0]), pa.array(["x"] * 4)]),
    )
    new, _ = write_nodes(
        tmp_path / "new",
        columns,
        node_table(
            [pa.array([2, 3, 4, 5]), pa.array([math.nan, None, 5.0, 1.5]), pa.array([None] * 4, pa.string())]
        ),
    )
    found = measure_equal(old, new, keys=1, pairs=[(1, 1), (2, 2), (1, 2)], table="T", work=tmp_path)
    assert (found.old_rows, found.new_rows, found.shared) == (4, 4, 3)
    assert found.columns == (
        ColumnOverlap(compared=2, equal=1),
        ColumnOverlap(compared=3, equal=0),
        ColumnOverlap(compared=2, equal=0),
    )


def test_parallel_edges_are_paired_one_to_one(tmp_path: Path) -> None:
    old = edges(tmp_path / "a", [(1, 2)] * 3 + [(2, 2)], ["a", "b", "c", "d"])
    new = edges(tmp_path / "b", [(1, 2)] * 2 + [(5, 2)], ["a", "b", "d"])
    found = measure_equal(old, new, keys=2, pairs=[(2, 2)], table="R", work=tmp_path)
    assert found.shared == 2
    assert found.columns == (ColumnOverlap(compared=2, equal=2),)


def test_keys_of_other_types_share_nothing(tmp_path: Path) -> None:
    old, _ = write_nodes(tmp_path / "a", node_columns(("id", INT64)), node_table([pa.array([1, 2])]))
    new, _ = write_nodes(tmp_path / "b", node_columns(("id", STRING)), node_table([pa.array(["1", "2"])]))
    found = measure_equal(old, new, keys=1, pairs=[(0, 0)], table="T", work=tmp_path)
    assert (found.old_rows, found.new_rows, found.shared) == (2, 2, 0)
    assert found.columns == (ColumnOverlap(compared=0, equal=0),)
