from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kuzuvcs.columns.minima import holds_minimum

MINIMA = [
    (pa.int8(), -(2**7)),
    (pa.int16(), -(2**15)),
    (pa.int32(), -(2**31)),
    (pa.int64(), -(2**63)),
    (pa.timestamp("us"), -(2**63)),
    (pa.date32(), -(2**31)),
]


def written(path: Path, values: list[object], type: pa.DataType) -> Path:
    pq.write_table(pa.table({"a": pa.array([1, 2]), "b": pa.array(values, type)}), path, store_schema=False)
    return path


@pytest.mark.parametrize(("type", "minimum"), MINIMA, ids=str)
def test_finds_the_minimum(tmp_path: Path, type: pa.DataType, minimum: int) -> None:
    assert holds_minimum(written(tmp_path / "a.parquet", [None, minimum], type))
    assert not holds_minimum(written(tmp_path / "b.parquet", [None, minimum + 1], type))


def test_finds_it_inside_a_list(tmp_path: Path) -> None:
    type = pa.list_(pa.struct([("x", pa.int64())]))
    assert holds_minimum(written(tmp_path / "a.parquet", [None, [{"x": -(2**63)}]], type))


@pytest.mark.parametrize(
    ("type", "values"),
    [
        (pa.int64(), [-128, -(2**31)]),
        (pa.int32(), [-128, -(2**15)]),
        (pa.uint8(), [128, 0]),
        (pa.uint64(), [2**63, 2**63]),
        (pa.string(), ["", "a"]),
        (pa.date32(), [datetime.date(1, 1, 1), None]),
        (pa.int64(), [None, None]),
    ],
    ids=str,
)
def test_takes_no_other_value_for_one(tmp_path: Path, type: pa.DataType, values: list[object]) -> None:
    assert not holds_minimum(written(tmp_path / "a.parquet", values, type))
