"""The engine's type grammar: parse its text, print it, walk what is nested in it.

The text is what ``table_info`` prints and what DDL takes; the two are the same grammar, so
:func:`format_type` is also how a type is written in a statement.  Measured on kuzu 0.11.3:

- A field or member name reaches from the start of its entry to the first space, and backticks
  are *part of it*: ``STRUCT(`select` INT64)`` has a field called ```select```, and the Python
  interface gives it under that key.  A name is therefore never quoted or unquoted here.
- Entries are split at commas outside parentheses, before names are looked at, so
  ``STRUCT(`x INT64, y` STRING)`` has the two fields ```x`` and ``y```.
- Names are kept as written, and two that differ by case are two fields.

A field made by an expression (``CREATE NODE TABLE … AS``) can have a name with a space or a
comma in it.  The engine prints it raw, and where the text still reads as a type
(``a INT64, b`` of ``STRING``) nothing tells it from two fields; else it is a ``SchemaError``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from kuzuvcs.errors import SchemaError

# fmt: off
SCALARS = frozenset((
    "BOOL", "INT8", "INT16", "INT32", "INT64", "INT128", "UINT8", "UINT16", "UINT32", "UINT64",
    "FLOAT", "DOUBLE", "STRING", "BLOB", "DATE", "INTERVAL", "UUID", "SERIAL", "JSON",
    "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_SEC", "TIMESTAMP_TZ",
))
# fmt: on
"""Names of types that hold no other.  JSON is the bundled extension's, stored as a string."""

MAX_DEPTH = 100
"""Levels of nesting that are read; a deeper text is refused rather than overflow the stack."""

MAX_PRECISION = 38

_PRINTED = {"JSON": "json"}
_SUFFIX = re.compile(r"(.*)\[([0-9]*)\]", re.DOTALL)
_NESTED = re.compile(r"(DECIMAL|STRUCT|UNION|MAP)\((.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A type that holds no other, by its canonical name: one of :data:`SCALARS`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decimal:
    """An exact decimal number: ``precision`` digits (1 to 38), ``scale`` of them after the point."""

    precision: int
    scale: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListType:
    """A list of any length."""

    element: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayType:
    """A list of exactly ``size`` elements, at least one."""

    element: Type
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StructType:
    """Named fields in their order; names as the engine holds them, backticks included."""

    fields: tuple[tuple[str, Type], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapType:
    """A list of key and value pairs."""

    key: Type
    value: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionType:
    """One of several tagged members; names as the engine holds them, backticks included."""

    members: tuple[tuple[str, Type], ...]


Type = Scalar | Decimal | ListType | ArrayType | StructType | MapType | UnionType


@lru_cache(maxsize=1024)
def parse_type(text: str) -> Type:
    """The type that the text names; ``SchemaError`` when it names none."""
    return _parse(text, text, 0)


def format_type(type: Type) -> str:
    """The engine's canonical text; ``SchemaError`` when that text would read as another type."""
    text = _format(type)
    if _unreadable(text, type):
        raise SchemaError(
            f"the type {text!r} cannot be written",
            cause="a field name with a space, a comma or an unpaired parenthesis reads as something else",
        )
    return text


def nested_types(type: Type) -> Iterator[Type]:
    """The type itself, then everything inside it, outermost first."""
    yield type
    for child in child_types(type):
        yield from nested_types(child)


def child_types(type: Type) -> tuple[Type, ...]:
    """The types directly inside a type, in order."""
    match type:
        case Scalar() | Decimal():
            return ()
        case ListType(element=element) | ArrayType(element=element):
            return (element,)
        case StructType(fields=entries) | UnionType(members=entries):
            return tuple(entry for _, entry in entries)
        case MapType(key=key, value=value):
            return (key, value)
        case _:
            assert_never(type)


def _parse(text: str, whole: str, depth: int) -> Type:
    if depth > MAX_DEPTH:
        raise _not_a_type(whole[:80] + "…", f"it is nested more than {MAX_DEPTH} levels deep")
    text = text.strip(" ")
    suffix = _SUFFIX.fullmatch(text)
    if suffix:
        element = _parse(suffix[1], whole, depth + 1)
        return _array(element, suffix[2], whole) if suffix[2] else ListType(element=element)
    nested = _NESTED.fullmatch(text)
    if nested:
        return _parse_nested(nested[1], _split(nested[2]), whole, depth + 1)
    name = text.upper()
    if name not in SCALARS:
        raise _not_a_type(whole, f"{text!r} is no type that kuzuvcs knows")
    return Scalar(name=name)


def _parse_nested(kind: str, entries: list[str], whole: str, depth: int) -> Type:
    if kind == "DECIMAL":
        return _decimal(entries, whole)
    if kind == "MAP":
        if len(entries) != 2:
            raise _not_a_type(whole, "a MAP has a key type and a value type")
        return MapType(key=_parse(entries[0], whole, depth), value=_parse(entries[1], whole, depth))
    named = tuple(_parse_entry(entry, whole, depth) for entry in entries)
    return StructType(fields=named) if kind == "STRUCT" else UnionType(members=named)


def _parse_entry(entry: str, whole: str, depth: int) -> tuple[str, Type]:
    name, space, type_text = entry.strip(" ").partition(" ")
    if not space or not name or "\0" in name:
        raise _not_a_type(whole, f"{entry!r} is no field name and type")
    return name, _parse(type_text, whole, depth)


def _decimal(entries: list[str], whole: str) -> Decimal:
    numbers = [_number(entry.strip(" "), whole) for entry in entries]
    if len(numbers) != 2 or not 1 <= numbers[0] <= MAX_PRECISION or numbers[1] > numbers[0]:
        raise _not_a_type(whole, f"a DECIMAL has a precision of 1 to {MAX_PRECISION} and a scale within it")
    return Decimal(precision=numbers[0], scale=numbers[1])


def _array(element: Type, size: str, whole: str) -> ArrayType:
    number = _number(size, whole)
    if number == 0:
        raise _not_a_type(whole, "an array has at least one element")
    return ArrayType(element=element, size=number)


def _number(digits: str, whole: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", digits):
        raise _not_a_type(whole, f"{digits!r} is no number here")
    return int(digits)


def _split(text: str) -> list[str]:
    """Split at commas outside parentheses, as the engine does: backticks do not shield them."""
    entries, depth, start = [], 0, 0
    for at, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "," and depth == 0:
            entries.append(text[start:at])
            start = at + 1
    return [*entries, text[start:]]


def _format(type: Type) -> str:
    match type:
        case Scalar(name=name):
            return _PRINTED.get(name, name)
        case Decimal(precision=precision, scale=scale):
            return f"DECIMAL({precision}, {scale})"
        case ListType(element=element):
            return f"{_format(element)}[]"
        case ArrayType(element=element, size=size):
            return f"{_format(element)}[{size}]"
        case StructType(fields=fields):
            return f"STRUCT({_format_entries(fields)})"
        case MapType(key=key, value=value):
            return f"MAP({_format(key)}, {_format(value)})"
        case UnionType(members=members):
            return f"UNION({_format_entries(members)})"
        case _:
            assert_never(type)


def _format_entries(entries: tuple[tuple[str, Type], ...]) -> str:
    return ", ".join(f"{name} {_format(entry)}" for name, entry in entries)


def _unreadable(text: str, type: Type) -> bool:
    try:
        return parse_type(text) != type
    except SchemaError:
        return True


def _not_a_type(text: str, why: str) -> SchemaError:
    return SchemaError(f"cannot read the type {text!r}", cause=why)
