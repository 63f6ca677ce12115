"""Random types to depth 3 with random values: loaded and read, or refused by name beforehand."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kuzuvcs.columns.load import unloadable
from kuzuvcs.columns.shred import reading
from kuzuvcs.core.types import ArrayType, ListType, MapType, Scalar, StructType, Type
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError
from tests.columns.values import column
from tests.fidelity.engine import Columns, Kind, differing

# Values that storing keeps: no minimum of an integer type, no NaN, no zero UUID (test_losses.py).
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "INT64": st.one_of(st.integers(-3, 3), st.sampled_from([2**63 - 1, -(2**63) + 1])),
    "INT128": st.integers(-(2**127) + 1, 2**127 - 1).map(str),
    "DOUBLE": st.floats(allow_nan=False),
    "BOOL": st.booleans(),
    "STRING": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    "UUID": st.integers(1, 2**128 - 1).map(lambda number: number.to_bytes(16, "big")),
    "TIMESTAMP_NS": st.integers(-(2**60), 2**60),
    "INTERVAL": st.tuples(
        st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**53), 2**53)
    ),
}
_scalars = st.sampled_from(sorted(_VALUES)).map(lambda name: Scalar(name=name))


def _nest(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    return st.one_of(
        st.builds(ListType, element=inner),
        st.builds(ArrayType, element=inner, size=st.just(2)),
        st.builds(MapType, key=_scalars, value=inner),
        st.tuples(inner, inner).map(lambda both: StructType(fields=tuple(zip("ab", both, strict=True)))),
    )


_types = st.one_of(_scalars, _nest(_scalars), _nest(_nest(_scalars)), _nest(_nest(_nest(_scalars))))


def _values(type: Type, *, null: bool = True) -> st.SearchStrategy[Any]:
    match type:
        case Scalar(name=name):
            present = _VALUES[name]
        case ListType(element=element):
            present = st.lists(_values(element), max_size=3)
        case ArrayType(element=element, size=size):
            present = st.lists(_values(element), min_size=size, max_size=size)
        case MapType(key=key, value=value):
            present = st.lists(st.tuples(_values(key, null=False), _values(value)), max_size=3)
        case StructType(fields=fields):
            present = st.tuples(*(_values(field) for _, field in fields))
        case _:
            raise AssertionError(type)
    return st.one_of(st.none(), present) if null else present


def _supported(type: Type) -> bool:
    try:
        reading(type, "v")
    except EngineError:
        return False
    return not unloadable(type)


def _round_trip(kind: Kind, data: st.DataObject) -> None:
    types = data.draw(st.lists(_types, min_size=4, max_size=4))
    assume(all(map(_supported, types)))
    rows = data.draw(st.integers(1, 12))
    arrays = [
        column(data.draw(st.lists(_values(type), min_size=rows, max_size=rows)), type) for type in types
    ]
    with tempfile.TemporaryDirectory() as folder, Worker() as worker:
        worker.open(Path(folder) / "g.db", read_only=False)
        table = Columns(worker, Path(folder), kind, types)
        table.load(arrays, spread=2)
        worker.execute("CHECKPOINT")
        assert list(differing(arrays, table.read(), types)) == []


_FEW = settings(max_examples=12, suppress_health_check=list(HealthCheck))
_MANY = settings(max_examples=300, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", ["node", "edge"])
@_FEW
@given(data=st.data())
def test_random_columns(kind: Kind, data: st.DataObject) -> None:
    _round_trip(kind, data)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["node", "edge"])
@_MANY
@given(data=st.data())
def test_many_random_columns(kind: Kind, data: st.DataObject) -> None:
    _round_trip(kind, data)
