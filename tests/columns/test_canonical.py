from __future__ import annotations

import hashlib
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.columns.arrow import arrow_type, canonical_array
from kuzuvcs.columns.canonical import ColumnDigest, canonical_bytes, canonical_rows, table_digest
from kuzuvcs.core.types import ArrayType, ListType, MapType, StructType, Type, parse_type
from tests.columns.values import column, scalar, types, values

INT64, STRING, DOUBLE = scalar("INT64"), scalar("STRING"), scalar("DOUBLE")


def digest(type: Type, *arrays: pa.Array) -> str:
    whole = ColumnDigest(type)
    for array in arrays:
        whole.update(array)
    return whole.hexdigest()


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[Type, list[Any]]:
    type = draw(types)
    return type, draw(st.lists(values(type), max_size=8))


@given(typed_values(), st.data())
def test_the_digest_does_not_depend_on_chunks_slices_or_offsets(
    typed: tuple[Type, list[Any]], data: st.DataObject
) -> None:
    type, items = typed
    whole = column(items, type)
    cut = data.draw(st.integers(0, len(items)))
    around = column([*items[:2], *items, *items[:1]], type).slice(len(items[:2]), len(items))
    assert digest(type, whole.slice(0, cut), whole.slice(cut)) == digest(type, whole)
    assert digest(type, around) == digest(type, whole)
    assert digest(type, *(whole.slice(i, 1) for i in range(len(items)))) == digest(type, whole)


@given(typed_values())
def test_the_digest_and_the_row_bytes_tell_exactly_the_same_values_apart(
    typed: tuple[Type, list[Any]],
) -> None:
    type, items = typed
    array = column(items, type)
    together = canonical_bytes(array, type).to_pylist()
    alone = [canonical_bytes(array.slice(i, 1), type)[0].as_py() for i in range(len(items))]
    assert alone == together
    digests = [digest(type, array.slice(i, 1)) for i in range(len(items))]
    for i, left in enumerate(together):
        for j, right in enumerate(together):
            assert (left == right) == (digests[i] == digests[j])


@given(typed_values(), st.data())
def test_one_other_value_makes_another_digest(typed: tuple[Type, list[Any]], data: st.DataObject) -> None:
    type, items = typed
    place = data.draw(st.integers(0, len(items)))
    other = data.draw(values(type))
    before = column([*items[:place], None, *items[place:]], type)
    after = column([*items[:place], other, *items[place:]], type)
    assert (digest(type, before) == digest(type, after)) == (other is None)


def test_the_digest_is_the_documented_bytes() -> None:
    def stream(*parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    node = struct.pack("<Q", 3) + stream(struct.pack("<Q", 1))
    strings = node + stream(struct.pack("<II", 1, 2)) + stream("aé".encode())
    expected = hashlib.sha256(b"kuzuvcs column 1\nSTRING\n" + strings)
    assert digest(STRING, pa.array(["a", None, "é"])) == expected.hexdigest()
    lists = struct.pack("<Q", 2) + stream(struct.pack("<Q", 0)) + stream(struct.pack("<I", 2)) + stream()
    elements = struct.pack("<Q", 2) + stream() + stream() + stream(struct.pack("<qq", 1, -1))
    expected = hashlib.sha256(b"kuzuvcs column 1\nINT64[]\n" + lists + elements)
    assert digest(ListType(element=INT64), pa.array([None, [1, -1]])) == expected.hexdigest()


def test_every_nan_is_one_nan_and_the_zeros_are_two() -> None:
    bits = [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0x7FFFFFFFFFFFFFFF]
    nans = [pa.array(np.array([pattern], dtype=np.uint64).view(np.float64)) for pattern in bits]
    assert [nan.view(pa.uint64())[0].as_py() for nan in nans] == bits
    assert len({digest(DOUBLE, nan) for nan in nans}) == 1
    assert len({canonical_bytes(nan, DOUBLE)[0].as_py() for nan in nans}) == 1
    assert digest(DOUBLE, pa.array([0.0])) != digest(DOUBLE, pa.array([-0.0]))
    nested = ListType(element=StructType(fields=(("x", DOUBLE),)))
    kind = pa.list_(pa.struct([("x", pa.float64())]))
    arrays = [pa.array([[{"x": nan[0].as_py()}]], kind) for nan in nans]
    assert len({digest(nested, array) for array in arrays}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((STRING, [""]), (STRING, [None])),
        ((STRING, ["a", ""]), (STRING, ["", "a"])),
        ((STRING, ["5"]), (scalar("BLOB"), [b"5"])),
        ((INT64, [5]), (scalar("INT32"), [5])),
        ((INT64, [5]), (scalar("SERIAL"), [5])),
        ((ListType(element=INT64), [[]]), (ListType(element=INT64), [None])),
        ((ListType(element=INT64), [[None]]), (ListType(element=INT64), [[]])),
        ((ListType(element=INT64), [[1], [2, 3]]), (ListType(element=INT64), [[1, 2], [3]])),
        ((ListType(element=INT64), [[1, 2]]), (ArrayType(element=INT64, size=2), [[1, 2]])),
        (
            (MapType(key=STRING, value=INT64), [[("a", 1), ("b", 2)]]),
            (MapType(key=STRING, value=INT64), [[("b", 2), ("a", 1)]]),
        ),
        ((StructType(fields=(("a", INT64),)), [(None,)]), (StructType(fields=(("a", INT64),)), [None])),
        (
            (parse_type("UNION(a INT64, b INT64)"), [("a", 1, None)]),
            (parse_type("UNION(a INT64, b INT64)"), [("b", None, 1)]),
        ),
    ],
)
def test_near_values_stay_apart(one: tuple[Type, list[Any]], other: tuple[Type, list[Any]]) -> None:
    assert digest(one[0], column(one[1], one[0])) != digest(other[0], column(other[1], other[0]))


def test_what_lies_below_a_null_does_not_count() -> None:
    struct_type = StructType(fields=(("a", INT64), ("s", STRING)))
    mask = pa.array([False, True])
    dirty = pa.StructArray.from_arrays([pa.array([1, 99]), pa.array(["x", "garbage"])], ["a", "s"], mask=mask)
    assert digest(struct_type, dirty) == digest(struct_type, column([(1, "x"), None], struct_type))
    assert canonical_bytes(dirty, struct_type) == canonical_bytes(
        column([(1, "x"), None], struct_type), struct_type
    )
    lists = ListType(element=STRING)
    hidden = pa.ListArray.from_buffers(
        pa.list_(pa.string()),
        2,
        [pa.py_buffer(b"\x01"), pa.py_buffer(np.array([0, 1, 3], np.int32))],
        children=[pa.array(["x", "hidden", "too"])],
    )
    assert hidden.to_pylist() == [["x"], None]
    assert digest(lists, hidden) == digest(lists, column([["x"], None], lists))
    number = pa.Array.from_buffers(
        pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(np.array([1, 99], np.int64))]
    )
    assert digest(INT64, number) == digest(INT64, pa.array([1, None]))


def test_forms_that_readers_make_are_the_same_values() -> None:
    array_type = ArrayType(element=INT64, size=2)
    fixed = pa.array([[1, 2], None, [3, None]], pa.list_(pa.int64(), 2))
    assert digest(array_type, fixed) == digest(array_type, column([[1, 2], None, [3, None]], array_type))
    assert digest(array_type, fixed.slice(1)) == digest(array_type, column([None, [3, None]], array_type))
    words = pa.array(["a", None, "a"])
    assert digest(STRING, words.dictionary_encode()) == digest(STRING, words)
    assert digest(STRING, words.cast(pa.large_string())) == digest(STRING, words)
    moments = pa.array([1, None, -5], pa.timestamp("ms"))
    assert digest(scalar("TIMESTAMP_MS"), moments.cast(pa.timestamp("us"))) == digest(
        scalar("TIMESTAMP_MS"), moments
    )
    uuids = pa.array([b"x" * 16, None], pa.binary(16))
    assert digest(scalar("UUID"), uuids.cast(pa.uuid())) == digest(scalar("UUID"), uuids)
    flags = parse_type("MAP(INT8, BOOL[])")
    maps = column([[(1, [True, None])], None, [(2, None)], []], flags)
    wrapped = maps.cast(pa.map_(pa.int8(), pa.list_(pa.int8()))).cast(
        pa.map_(pa.int8(), pa.list_(pa.bool8()))
    )
    assert digest(flags, wrapped) == digest(flags, maps)


def test_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        ColumnDigest(scalar("INT8")).update(pa.array([300]))
    with pytest.raises(pa.ArrowInvalid):
        ColumnDigest(scalar("TIMESTAMP_MS")).update(pa.array([1001], pa.timestamp("us")))


@given(typed_values())
def test_the_canonical_array_of_a_canonical_array_is_itself(typed: tuple[Type, list[Any]]) -> None:
    type, items = typed
    array = canonical_array(column(items, type), type)
    assert array.type == arrow_type(type)
    assert canonical_bytes(canonical_array(array, type), type) == canonical_bytes(array, type)
    array.validate(full=True)


def test_rows_say_where_each_value_ends() -> None:
    left = canonical_rows([(pa.array(["a", "ab"]), STRING), (pa.array(["bc", "c"]), STRING)])
    assert len(set(left.to_pylist())) == 2
    assert pc.binary_length(left).to_pylist() == [5 + 1 + 5 + 2] * 2


def test_a_tables_digest_holds_kind_rows_names_and_column_digests() -> None:
    base = ("node", 1, (("a", "1"), ("b", "2")))
    others = [
        ("rel", 1, (("a", "1"), ("b", "2"))),
        ("node", 2, (("a", "1"), ("b", "2"))),
        ("node", 1, (("a", "2"), ("b", "2"))),
        ("node", 1, (("c", "1"), ("b", "2"))),
        ("node", 1, (("a", "1"),)),
        ("node", 1, (("a", "1=\n1:b"), ("", "2"))),
    ]
    assert len({table_digest(*each) for each in (base, *others)}) == 1 + len(others)
