from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kuzuvcs.columns import parts as parts_module
from kuzuvcs.columns.parts import parts
from kuzuvcs.core.types import parse_type
from kuzuvcs.errors import DamagedStore
from tests.columns.files import node_columns, node_table, write_nodes

ROWS = 200_000


def content(path: Path) -> dict[str, bytes]:
    whole = path.read_bytes()
    return {name: whole[start : start + length] for name, start, length in parts(path)}


def write(folder: Path, columns: Mapping[str, pa.Array]) -> dict[str, bytes]:
    """The parts of a table whose columns are INT64."""
    named = node_columns(*((name, parse_type("INT64")) for name in columns))
    return content(write_nodes(folder, named, node_table(list(columns.values())))[0])


@pytest.fixture(scope="module")
def numbers() -> dict[str, pa.Array]:
    rng = np.random.default_rng(1)
    columns = {name: pa.array(rng.integers(0, 1 << 40, ROWS)) for name in ("p1", "p3")}
    return {"id": pa.array(np.arange(ROWS) * 3), **columns}


def test_parts_in_name_order_are_the_file(tmp_path: Path) -> None:
    columns = node_columns(
        ("id", parse_type("INT64")), ("m", parse_type("MAP(STRING, INT64)")), ("l", parse_type("UUID[]"))
    )
    arrays = [
        pa.array(range(3)),
        pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())),
        pa.array([[b"x" * 16], None, []], pa.list_(pa.binary(16))),
    ]
    path, _ = write_nodes(tmp_path / "t", columns, node_table(arrays))
    names = [name for name, _, _ in parts(path)]
    assert names == ["0-head", *(f"1/000000/{leaf:06}" for leaf in range(4)), "2-foot"]
    assert names == sorted(names)
    assert b"".join(content(path).values()) == path.read_bytes()


def test_a_table_without_rows_is_head_and_foot(tmp_path: Path) -> None:
    assert list(write(tmp_path / "t", {"id": pa.array([], pa.int64())})) == ["0-head", "2-foot"]


def test_a_large_part_is_cut_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "MAXIMUM_PART", 400)
    found = write(tmp_path / "t", {"id": pa.array(np.random.default_rng(1).integers(0, 1 << 60, 150))})
    chunk = [name for name in found if name.startswith("1/")]
    assert chunk == [f"1/000000/000000.{number:02}" for number in range(len(chunk))]
    assert len(chunk) > 2
    assert list(found) == sorted(found)
    assert all(len(part) <= 400 for part in found.values())
    assert b"".join(found.values()) == (tmp_path / "t" / "nodes.parquet").read_bytes()


def test_an_added_column_changes_only_its_own_parts(tmp_path: Path, numbers: dict[str, pa.Array]) -> None:
    before = write(tmp_path / "a", numbers)
    added = pa.array(np.arange(ROWS) % 7)
    after = write(
        tmp_path / "b", {"id": numbers["id"], "p1": numbers["p1"], "p2": added, "p3": numbers["p3"]}
    )
    new = set(after.values()) - set(before.values())
    groups = {name.split("/")[1] for name in before if name.startswith("1/")}
    assert len(groups) > 2
    assert new == {after["2-foot"], *(after[f"1/{group}/000002"] for group in groups)}


def test_a_renamed_column_changes_only_the_foot(tmp_path: Path, numbers: dict[str, pa.Array]) -> None:
    before = write(tmp_path / "a", numbers)
    after = write(tmp_path / "b", {"id": numbers["id"], "p2": numbers["p1"], "p3": numbers["p3"]})
    assert {name for name in before if before[name] != after[name]} == {"2-foot"}


def test_deleted_and_inserted_rows_keep_the_other_row_groups(
    tmp_path: Path, numbers: dict[str, pa.Array]
) -> None:
    before = write(tmp_path / "a", numbers)
    kept = pa.array(np.delete(np.arange(ROWS), 90_000))
    deleted = write(tmp_path / "b", {name: array.take(kept) for name, array in numbers.items()})
    row = {"id": 301, "p1": 1, "p3": 2}
    inserted = write(
        tmp_path / "c",
        {name: pa.concat_arrays([array, pa.array([row[name]])]) for name, array in numbers.items()},
    )
    for after in (deleted, inserted):
        changed = [name for name in after if after[name] not in before.values()]
        # One group of three columns, or two where the edit was at a boundary, and the foot.
        assert len(changed) <= 2 * 3 + 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:0],
        lambda whole: whole[:4],
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole + b"PAR1",
        lambda whole: whole[4:-4],
        lambda whole: whole[:-8] + b"\xff\xff\xff\x7fPAR1",
        lambda whole: whole[:4] + b"\0" + whole[4:],
    ],
)
def test_a_damaged_file_is_refused_by_name(damage: object, tmp_path: Path) -> None:
    assert callable(damage)
    write(tmp_path / "t", {"id": pa.array(range(100))})
    path = tmp_path / "t" / "nodes.parquet"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedStore, match=r"nodes\.parquet"):
        parts(path)


def test_another_writers_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.parquet"
    pq.write_table(pa.table({"x": [1, 2, 3]}), path, write_page_index=True)
    with pytest.raises(DamagedStore, match=r"foreign\.parquet"):
        parts(path)
