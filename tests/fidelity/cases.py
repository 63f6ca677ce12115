"""Columns for the conformance suite: every type, at its extremes, in one another, with NULL at every level.

Not here is what the engine itself loses: an integer type's minimum beside small values, a NaN beside
NULLs and one other value, a NaN first in an edge column, a zero UUID: on kuzu (``test_losses.py``).
"""

from __future__ import annotations

import datetime
import decimal
import itertools
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kuzuvcs.core.types import Type, parse_type

Values = list[Any]
"""Python values as ``pyarrow.array`` takes them for the canonical type; a UNION is tag and members."""

INTERVAL_LIMIT = 2**63 - 1
"""Microseconds: 292,000 years, a thousand times what Arrow's nanoseconds hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One column: its type and values, which are repeated until the table is full."""

    type_text: str
    pattern: str
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        return f"{self.type_text}, {self.pattern}"

    @property
    def type(self) -> Type:
        return parse_type(self.type_text)

    def rows(self, count: int) -> Values:
        return list(itertools.islice(itertools.cycle(self.values), count))


def families() -> Mapping[str, tuple[Case, ...]]:
    """The cases by family; each family makes one table."""
    return {
        "scalar": tuple(_patterns(SCALARS)),
        "long": tuple(_patterns(LONG)),
        "list": tuple(_each(_list)),
        "array": tuple(_each(_array)),
        "struct": tuple(_each(_struct)),
        "map": tuple(_each(_map)),
        "union": tuple(_each(_union)),
        "depth": tuple(itertools.chain.from_iterable(map(_deep, ("INT64", "STRING", "DOUBLE")))),
        "depth of the odd": tuple(
            itertools.chain.from_iterable(map(_deep, ("INTERVAL", "DECIMAL(9, 0)", "TIMESTAMP_NS")))
        ),
        "depth of the cast": tuple(itertools.chain.from_iterable(map(_deep, ("UUID", "INT128")))),
    }


def interval(months: int, days: int, micros: int) -> dict[str, int]:
    return {"months": months, "days": days, "micros": micros}


def _uuid(number: int) -> bytes:
    return uuid.UUID(int=number).bytes


def _decimals(*texts: str) -> Values:
    return list(map(decimal.Decimal, texts))


SCALARS: Mapping[str, Values] = {
    "BOOL": [True, False],
    "INT8": [-127, 127, 0],
    "INT16": [-(2**15) + 1, 2**15 - 1, -1],
    "INT32": [-(2**31) + 1, 2**31 - 1, 0],
    "INT64": [-(2**63) + 1, 2**63 - 1, 0, -1],
    "INT128": [str(-(2**127) + 1), str(2**127 - 1), "0", "-5", str(2**64), str(-(2**64))],
    "UINT8": [0, 255, 1],
    "UINT16": [0, 2**16 - 1],
    "UINT32": [0, 2**32 - 1],
    "UINT64": [0, 2**64 - 1, 2**63],
    "FLOAT": [1.5, float("inf"), float("-inf"), -0.0, 0.0, float("nan"), 2.0**-149],
    "DOUBLE": [0.1, float("inf"), float("-inf"), -0.0, 0.0, float("nan"), 5e-324, 1.7976931348623157e308],
    "STRING": [
        "a",
        "",
        "é\n\ta,b] '\"\\`",
        "日本語 🦆 e\u0301 \u200d",
        " ",
        "NULL",
        "exactly 12 ch",
        "x" * 3000,
    ],
    "BLOB": [b"\x00\xff", b"", b"plain", bytes(range(256))],
    "DATE": [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(1969, 12, 31)],
    "TIMESTAMP": [-1, 0, 2**52, -62135596800_000_000],
    "TIMESTAMP_NS": [-1, 2**62, 5, -(2**62) - 1],
    "TIMESTAMP_MS": [-1, 5, 2**42],
    "TIMESTAMP_SEC": [-1000, 5000, 2**31 * 1000],
    "TIMESTAMP_TZ": [-1, 2**50],
    "INTERVAL": [
        interval(1, 2, 3),
        interval(-5, 0, 0),
        interval(0, 3, -1_000_001),
        interval(-13, -40, -90_000_000_001),
        interval(0, 0, 0),
        interval(1200, 4000, 0),
        interval(11, -400, 999_999),
    ],
    "UUID": [_uuid(1), _uuid(2**128 - 1), _uuid(0x80 << 120), _uuid(2**64)],
    "DECIMAL(4, 2)": _decimals("-0.01", "-0.10", "-99.99", "99.99", "0.00"),
    "DECIMAL(4, 4)": _decimals("-0.0001", "0.9999"),
    "DECIMAL(9, 0)": _decimals("-1", "999999999", "-999999999", "0"),
    "DECIMAL(9, 5)": _decimals("-0.00001", "-0.05000", "9999.99999"),
    "DECIMAL(18, 3)": _decimals("-0.001", "-0.100", "999999999999999.999", "-999999999999999.999", "0.000"),
    "DECIMAL(19, 1)": _decimals("-0.1", "-0.0", "999999999999999999.9"),
    "DECIMAL(38, 10)": _decimals("-0.0000000001", "9999999999999999999999999999.9999999999"),
}

LONG: Mapping[str, Values] = {
    "STRING": ["x" * 300_000, "é" * 100_000, ""],
    "BLOB": [b"\x00" * 3000, b"\xff\x00" * 1500],
    "STRING[]": [["y" * 300_000, None, ""], []],
    "STRUCT(a STRING, b STRING[])": [{"a": "z" * 100_000, "b": ["w" * 50_000, None]}],
    "MAP(STRING, STRING)": [[("k" * 5000, "v" * 300_000), ("", "")]],
    "UNION(a STRING, b STRING)": [{"tag": "b", "a": None, "b": "u" * 300_000}],
}


def _patterns(types: Mapping[str, Values]) -> Iterator[Case]:
    for text, values in types.items():
        between = [item for value in values for item in (value, None)]
        yield Case(type_text=text, pattern="no NULL", values=tuple(values))
        yield Case(type_text=text, pattern="NULL first", values=(None, None, *values))
        yield Case(type_text=text, pattern="NULL between", values=tuple(between))
        yield Case(type_text=text, pattern="all NULL", values=(None,))


def _each(nest: Any) -> Iterator[Case]:
    for text, values in SCALARS.items():
        type_text, nested = nest(text, values)
        yield Case(type_text=type_text, pattern="NULL at every level", values=tuple(nested))


def _list(text: str, values: Values) -> tuple[str, Values]:
    mixed = [item for value in values for item in (None, value)]
    return f"{text}[]", [None, [], [None], mixed, None, values, [None, None]]


def _array(text: str, values: Values) -> tuple[str, Values]:
    first, last = values[0], values[-1]
    return f"{text}[2]", [None, [first, None], [last, first], None, [None, None]]


def _struct(text: str, values: Values) -> tuple[str, Values]:
    rows = [None, {"a": None, "b": None}, {"a": values[0], "b": "x"}, None]
    return f"STRUCT(a {text}, b STRING)", rows + [{"a": value, "b": None} for value in values]


def _map(text: str, values: Values) -> tuple[str, Values]:
    first, last = values[0], values[-1]
    twice = [("a", first), ("a", last), ("a", None)]
    return f"MAP(STRING, {text})", [None, [], [("a", None), ("", first)], twice, None, [("c", last)]]


def _union(text: str, values: Values) -> tuple[str, Values]:
    def member(tag: str, value: Any) -> dict[str, Any]:
        return {"tag": tag, "a": None, "b": None, "c": None, tag: value}

    rows = [None, member("a", values[0]), member("b", values[-1]), member("a", None), member("c", ""), None]
    return f"UNION(a {text}, b {text}, c STRING)", [*rows, *(member("b", value) for value in values)]


def _deep(text: str) -> Iterator[Case]:
    """Every pair of containers, to depth 3."""
    first, last = SCALARS[text][0], SCALARS[text][-1]
    left, right = {"a": first, "b": None}, {"a": None, "b": "x"}
    nests: dict[str, Values] = {
        f"MAP({text}, STRING)": [None, [(first, None), (last, "")], []],
        f"STRUCT(a {text}, b STRING)[]": [None, [], [None, left, None, right], [left]],
        f"STRUCT(a {text}, b STRING)[2]": [None, [None, left], [right, left]],
        f"STRUCT(a {text}, b STRING)[][]": [None, [], [None, []], [[None, left], None, [right]]],
        f"{text}[2][]": [None, [], [[first, None], None, [None, last]]],
        f"{text}[][2]": [None, [[], None], [[first, None], [last]]],
        f"{text}[][][]": [None, [], [None, [None, [None, first], []]], [[[last]]]],
        f"MAP(STRING, STRUCT(a {text}, b STRING))": [None, [], [("a", None), ("b", left), ("b", right)]],
        f"MAP(STRING, {text}[])": [None, [], [("a", None), ("b", [None, first]), ("c", [])]],
        f"MAP(STRING, {text}[2])": [None, [], [("a", None), ("b", [None, first]), ("c", [last, last])]],
        f"MAP({text}, MAP({text}, {text}))": [None, [(first, None), (last, [(first, None), (first, last)])]],
        f"MAP(STRING, STRUCT(a {text}, b STRING))[]": [
            [None],
            None,
            [],
            [[("k", left), ("l", None)], None, [], [("k", right)]],
        ],
        f"MAP(STRING, MAP({text}, STRUCT(a {text}, b STRING)[]))[][]": [
            [[[("k", [(first, [left, None]), (last, None)]), ("l", None), ("m", [])], None], None, []],
            [[None]],
            [[[("n", [(last, [])])]]],
            None,
        ],
        f"MAP(STRING, {text})[]": [None, [], [None, [("a", None), ("a", first)], []]],
        f"STRUCT(a STRUCT(x {text}, y {text}[2])[2], b {text}[2])[]": [
            None,
            [None, {"a": None, "b": [None, first]}],
            [],
            [{"a": [None, {"x": first, "y": None}], "b": None}],
            [{"a": [{"x": None, "y": [last, None]}, None], "b": None}, None],
        ],
        f"STRUCT(a STRUCT(x {text}, y STRING), b {text})[]": [
            [{"a": None, "b": last}, None, {"a": {"x": first, "y": None}, "b": None}],
            None,
            [{"a": None, "b": None}],
        ],
        f"STRUCT(m MAP(STRING, {text}), l {text}[2])": [
            None,
            {"m": None, "l": None},
            {"m": [("k", first), ("k", None)], "l": [None, first]},
            {"m": [], "l": None},
        ],
        f"STRUCT(x STRUCT(y STRUCT(a {text}), l {text}[]), n INT64)": [
            None,
            {"x": None, "n": 1},
            {"x": {"y": None, "l": [None]}, "n": None},
            {"x": {"y": {"a": None}, "l": None}, "n": 2},
            {"x": {"y": {"a": first}, "l": [first, None, last]}, "n": 3},
        ],
        f"UNION(a STRUCT(a {text}, b STRING), b {text}[], c MAP(STRING, {text}), d {text}[2])": [
            None,
            {"tag": "a", "a": left, "b": None, "c": None, "d": None},
            {"tag": "b", "a": None, "b": [None, first], "c": None, "d": None},
            {"tag": "c", "a": None, "b": None, "c": [("k", None), ("k", last)], "d": None},
            {"tag": "d", "a": None, "b": None, "c": None, "d": [first, None]},
            {"tag": "a", "a": None, "b": None, "c": None, "d": None},
            {"tag": "b", "a": None, "b": [], "c": None, "d": None},
        ],
    }
    if text not in {"UUID", "INT128"}:
        nests |= _inner_unions(text, first, last)
    for type_text, values in nests.items():
        yield Case(type_text=type_text, pattern="NULL at every level", values=tuple(values))


def _inner_unions(text: str, first: Any, last: Any) -> dict[str, Values]:
    left, right = {"tag": "a", "a": first, "b": None}, {"tag": "b", "a": None, "b": last}
    return {
        f"UNION(a {text}, b {text})[]": [None, [], [None, right, None, left]],
        f"STRUCT(u UNION(a {text}, b {text}), n INT64)": [None, {"u": None, "n": 1}, {"u": right, "n": None}],
        f"MAP(STRING, UNION(a {text}, b {text}))": [None, [], [("a", None), ("b", right), ("b", left)]],
        f"UNION(u UNION(a {text}, b {text}), n {text})": [
            None,
            {"tag": "u", "u": left, "n": None},
            {"tag": "n", "u": None, "n": last},
        ],
    }
