"""Types and values for the tests: every scalar at its extremes, and nests of them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from kuzuvcs.columns.arrow import arrow_type, children
from kuzuvcs.core.types import ArrayType, Decimal, ListType, MapType, Scalar, StructType, Type, UnionType

INTEGERS = {
    "INT8": (-(2**7), 2**7 - 1),
    "INT16": (-(2**15), 2**15 - 1),
    "INT32": (-(2**31), 2**31 - 1),
    "INT64": (-(2**63), 2**63 - 1),
    "SERIAL": (0, 2**63 - 1),
    "UINT8": (0, 2**8 - 1),
    "UINT16": (0, 2**16 - 1),
    "UINT32": (0, 2**32 - 1),
    "UINT64": (0, 2**64 - 1),
    "DATE": (-(2**31), 2**31 - 1),
    "TIMESTAMP": (-(2**63), 2**63 - 1),
    "TIMESTAMP_NS": (-(2**63), 2**63 - 1),
    "TIMESTAMP_TZ": (-(2**63), 2**63 - 1),
    # What microseconds can hold: the engine parses every timestamp through them.
    "TIMESTAMP_MS": (-(2**63) // 1000 + 1, 2**63 // 1000 - 1),
    "TIMESTAMP_SEC": (-(2**63) // 1000 + 1, 2**63 // 1000 - 1),
}
SCALARS = (*INTEGERS, "BOOL", "FLOAT", "DOUBLE", "STRING", "BLOB", "INT128", "UUID", "INTERVAL", "JSON")
KEYS = tuple(name for name in SCALARS if name not in {"BOOL", "INTERVAL", "JSON"})


def scalar(name: str) -> Scalar:
    return Scalar(name=name)


scalars = st.sampled_from(SCALARS).map(scalar)
decimals = st.integers(1, 38).flatmap(
    lambda precision: st.builds(Decimal, precision=st.just(precision), scale=st.integers(0, precision))
)
key_types = st.one_of(st.sampled_from(KEYS).map(scalar), decimals)
_fields = st.lists(
    st.sampled_from(["a", "A", "tag", "TAG", "tag_", "x.y", 'q"', "é"]), min_size=1, max_size=3
)


def _nested(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    named = _fields.map(lambda names: list(dict.fromkeys(names))).flatmap(
        lambda names: st.tuples(*(st.tuples(st.just(name), inner) for name in names))
    )
    return st.one_of(
        st.builds(ListType, element=inner),
        st.builds(ArrayType, element=inner, size=st.just(2)),
        st.builds(MapType, key=scalars, value=inner),
        st.builds(StructType, fields=named),
        st.builds(UnionType, members=named),
    )


types: st.SearchStrategy[Type] = st.recursive(st.one_of(scalars, decimals), _nested, max_leaves=4)


def values(type: Type, *, null: bool = True) -> st.SearchStrategy[Any]:
    """Python values that :func:`column` takes, with None among them."""
    present = _present(type)
    return st.one_of(st.none(), present) if null else present


def _present(type: Type) -> st.SearchStrategy[Any]:
    match type:
        case Scalar(name=name):
            return _scalar_values(name)
        case Decimal(precision=precision):
            return _near(-(10**precision) + 1, 10**precision - 1)
        case ListType(element=element):
            return st.lists(values(element), max_size=3)
        case ArrayType(element=element, size=size):
            return st.lists(values(element), min_size=size, max_size=size)
        case MapType(key=key, value=value):
            return st.lists(st.tuples(values(key, null=False), values(value)), max_size=3)
        case StructType(fields=fields):
            return st.tuples(*(values(child) for _, child in fields))
        case UnionType(members=members):
            return st.integers(0, len(members) - 1).flatmap(
                lambda chosen: values(members[chosen][1]).map(
                    lambda value: (
                        members[chosen][0],
                        *(value if index == chosen else None for index in range(len(members))),
                    )
                )
            )


def _scalar_values(name: str) -> st.SearchStrategy[Any]:
    if name in INTEGERS:
        return _near(*INTEGERS[name])
    by_name: dict[str, st.SearchStrategy[Any]] = {
        "BOOL": st.booleans(),
        "FLOAT": st.floats(width=32),
        "DOUBLE": st.floats(),
        "STRING": st.text(max_size=5),
        "JSON": st.text(max_size=5),
        "BLOB": st.binary(max_size=5),
        "INT128": _near(-(2**127), 2**127 - 1).map(str),
        "UUID": st.binary(min_size=16, max_size=16),
        "INTERVAL": st.tuples(
            _near(*INTEGERS["INT32"]), _near(*INTEGERS["INT32"]), _near(*INTEGERS["INT64"])
        ),
    }
    return by_name[name]


def _near(low: int, high: int) -> st.SearchStrategy[int]:
    """Small integers, and those at the ends of the range."""
    return st.one_of(
        st.integers(max(low, -3), min(high, 3)), st.sampled_from([low, high]), st.integers(low, high)
    )


def column(items: list[Any], type: Type) -> pa.Array:
    """The canonical array of those values."""
    target = arrow_type(type)
    match type:
        case ListType(element=element) | ArrayType(element=element):
            flat = column([item for value in items for item in value or ()], element)
            return pa.ListArray.from_arrays(_offsets(items), flat, type=target, mask=_nulls(items))
        case MapType(key=key, value=value):
            entries = [entry for item in items for entry in item or ()]
            keys = column([k for k, _ in entries], key)
            mapped = column([v for _, v in entries], value)
            return pa.MapArray.from_arrays(_offsets(items), keys, mapped, type=target, mask=_nulls(items))
        case StructType() | UnionType():
            parts = [
                column([None if item is None else item[index] for item in items], child)
                for index, (_, child) in enumerate(children(type))
            ]
            return pa.StructArray.from_arrays(parts, fields=list(target), mask=_nulls(items))
        case Scalar(name="INTERVAL"):
            names = [field.name for field in target]
            return pa.array([None if v is None else dict(zip(names, v, strict=True)) for v in items], target)
        case Decimal():
            return _decimals(items, target)
        case Scalar(name=name) if name in INTEGERS and not pa.types.is_integer(target):
            width = pa.int32() if name == "DATE" else pa.int64()
            return pa.array(items, width).view(target)
        case _:
            return pa.array(items, target)


def _decimals(items: list[int | None], target: pa.DataType) -> pa.Array:
    """Decimals from their unscaled integers: Python's own round to 28 digits."""
    raw = b"".join((0 if v is None else v).to_bytes(16, "little", signed=True) for v in items)
    valid = pa.array([v is not None for v in items], pa.bool_()).buffers()[1]
    return pa.Array.from_buffers(target, len(items), [valid, pa.py_buffer(raw)])


def _offsets(items: list[Any]) -> pa.Array:
    offsets = [0]
    for item in items:
        offsets.append(offsets[-1] + len(item or ()))
    return pa.array(offsets, pa.int32())


def _nulls(items: list[Any]) -> pa.Array:
    return pa.array([item is None for item in items], pa.bool_())
