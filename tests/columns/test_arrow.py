from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.columns.arrow import arrow_type, distinct_names, field_names, parquet_type
from kuzuvcs.core.types import StructType, UnionType, parse_type
from tests.columns.values import scalar


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INT8", pa.int8()),
        ("UINT64", pa.uint64()),
        ("SERIAL", pa.int64()),
        ("INT128", pa.string()),
        ("DECIMAL(38, 5)", pa.decimal128(38, 5)),
        ("TIMESTAMP", pa.timestamp("us")),
        ("TIMESTAMP_NS", pa.timestamp("ns")),
        ("TIMESTAMP_MS", pa.timestamp("ms")),
        ("TIMESTAMP_SEC", pa.timestamp("ms")),
        ("TIMESTAMP_TZ", pa.timestamp("us", "UTC")),
        ("INTERVAL", pa.struct([("months", pa.int32()), ("days", pa.int32()), ("micros", pa.int64())])),
        ("FLOAT[3]", pa.list_(pa.field("element", pa.float32()))),
        ("MAP(STRING, INT64)", pa.map_(pa.string(), pa.int64())),
        ("UNION(a INT64, b BLOB)", pa.struct([("tag", pa.string()), ("a", pa.int64()), ("b", pa.binary())])),
    ],
)
def test_types_stand_as_an_outsider_expects(text: str, expected: pa.DataType) -> None:
    assert arrow_type(parse_type(text)).equals(expected, check_metadata=True)


def test_uuids_are_annotated_in_parquet_at_every_depth() -> None:
    assert parquet_type(parse_type("UUID[][]")) == pa.list_(pa.list_(pa.uuid()))
    assert arrow_type(parse_type("UUID[]")) == pa.list_(pa.binary(16))


@given(st.lists(st.text(alphabet="aAtTgG_éÉ", min_size=1, max_size=4), max_size=6))
def test_distinct_names_differ_in_more_than_case(names: list[str]) -> None:
    distinct = distinct_names(names)
    assert len({name.lower() for name in distinct}) == len(names)
    assert all(new.rstrip("_") == old.rstrip("_") for new, old in zip(distinct, names, strict=True))


def test_a_unions_member_keeps_its_name_from_the_tag() -> None:
    members: tuple[tuple[str, Any], ...] = (("Tag", scalar("INT64")), ("tag_", scalar("STRING")))
    assert field_names(UnionType(members=members)) == ("tag__", "Tag", "tag_")
    assert field_names(StructType(fields=members)) == ("Tag", "tag_")
    fields = (("a", scalar("INT64")), ("A", scalar("INT64")))
    assert field_names(StructType(fields=fields)) == ("a", "A_")
