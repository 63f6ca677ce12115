"""What a rebuilt table's columns are filled with, as values over one row of the old table."""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
    parse_type,
)

SERIAL = "SERIAL"

_SIGNED = ("INT8", "INT16", "INT32", "INT64", "INT128")
_UNSIGNED = ("UINT8", "UINT16", "UINT32", "UINT64")
_WIDER = {
    **{name: (*_SIGNED[at + 1 :], "STRING") for at, name in enumerate(_SIGNED)},
    **{name: (*_UNSIGNED[at + 1 :], *_SIGNED[at + 1 :], "STRING") for at, name in enumerate(_UNSIGNED)},
    "FLOAT": ("DOUBLE",),
}
"""The types that hold every value of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A column's own value."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A column's value in another type.

    ``unfit`` are the texts of values that cannot be cast and become NULL, because the user said so.
    """

    column: str
    old: str
    new: str
    unfit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """An expression of the user's, cast to the column's type; ``columns`` the old row's."""

    text: str
    columns: tuple[str, ...]
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNumber:
    """The row's number in its table, times ``step``, plus ``first``: what a key that is new holds.

    Edges are numbered within their connection: a step of as many as there are, and a first of each one's
    own, number them apart.
    """

    step: int = 1
    first: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """NULL."""

    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """A value over another row of the pattern than the one at hand: that of ``variable``."""

    variable: str
    value: Taken | RowNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What a column held before UP, of the row's mate among the captured ones; else ``now``.

    ``made`` is what UP made of it, a value over the captured row, and ``present`` the column that held that:
    where the present row holds something else, it was written since, and ``now`` is right.  Neither where
    UP dropped the column; a row without a mate then holds NULL.  ``mate`` is a column of captured rows that
    is never NULL.
    """

    column: str
    mate: str
    now: BaseValue
    made: BaseValue | None = None
    present: str = ""


BaseValue = Taken | Converted | Computed | RowNumber | Nothing | Of
"""A value over one row."""

Value = BaseValue | Recalled


def same_values(old: str, new: str) -> bool:
    """Whether two types hold the same values; SERIAL is INT64 with a counter."""
    return _plain(old) == _plain(new)


def conversion(column: str, old: str, new: str) -> Value:
    """The value of ``column`` in the type ``new``."""
    if same_values(old, new):
        return Taken(column=column)
    return Converted(column=column, old=_plain(old), new=_plain(new))


def widens(old: str, new: str) -> bool:
    """Whether every value of ``old`` comes back from ``new`` by the cast back, whatever it is."""
    before, after = parse_type(_plain(old)), parse_type(_plain(new))
    if not isinstance(before, Scalar):
        return False
    if after == ListType(element=before):
        return True
    return isinstance(after, Scalar) and after.name in _WIDER.get(before.name, ())


def kills_the_engine(old: str, new: str) -> bool:
    """Whether kuzu 0.11.3 ends its process over the cast: nested values made into nested DECIMALs do."""
    target = parse_type(new)
    return not isinstance(target, Scalar | Decimal) and old != new and _holds_decimal(target)


def has_text(type: str) -> bool:
    """Whether CAST AS STRING tells every value of the type from every other."""
    match parse_type(type):
        case Scalar(name=name):
            return name not in {"FLOAT", "DOUBLE", "BLOB"}
        case _:
            return False


def _plain(type: str) -> str:
    return "INT64" if type == SERIAL else type


def _holds_decimal(type: Type) -> bool:
    match type:
        case Decimal():
            return True
        case ListType(element=element) | ArrayType(element=element):
            return _holds_decimal(element)
        case StructType(fields=entries) | UnionType(members=entries):
            return any(_holds_decimal(inner) for _, inner in entries)
        case MapType(key=key, value=value):
            return _holds_decimal(key) or _holds_decimal(value)
        case Scalar():
            return False
