"""The engine's type grammar: parse its text, print it, walk what is nested in it.

The text is what ``table_info`` prints, and what a type is called in a store.  It is read strictly: a text
that is not exactly one type is refused, so nothing but a type can be printed from what was read.  Measured on
kuzu 0.11.3 and ladybug 0.22.0:

- A field or member name ends at the first space, in quotes or not, and no quote shields a comma.
- Kuzu takes backticks for *part of the name*: ``STRUCT(`select` INT64)`` has a field called ```select```, and
  the Python interface gives it under that key.  Ladybug takes them off and prints the bare name, whatever is
  in it.  A name is kept here as the engine prints it; :mod:`kuzuvcs.render.types` writes it in a statement.
- Names are kept as written, and two that differ by case are two fields.

A field made by an expression (``CREATE NODE TABLE … AS``) can have a name with a space or a comma in it.  The
engine prints it raw, and where the text still reads as a type (``a INT64, b`` of ``STRING``) nothing tells it
from two fields; otherwise it is a ``SchemaError``.
"""

from __future__ import annotations

import re
import unicodedata
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

MAX_DEPTH = 40
"""Levels of nesting that are read.  Arrow's readers stop at some 60 levels, Parquet's at 49 of lists."""

MAX_SIZE = 1_000_000
"""Elements of an array that are read.  The engine takes room for all of them in every row, NULL or not."""

MAX_CHARACTERS = 100_000
"""Characters of a type's text that are read."""

MAX_PRECISION = 38

_PRINTED = {"JSON": "json"}
_NESTED = ("DECIMAL", "STRUCT", "UNION", "MAP")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_NAME = re.compile(r"[^ \0]+")
_QUOTED = re.compile(r"`[^` \0]+`")
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Zs", "Zl", "Zp"))
_JOINERS = "\u200c\u200d"
"""Format characters that words of some scripts, and emoji, are written with."""

_SHOWN = 80


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
    """The type that the text names; ``SchemaError`` when it is not exactly one."""
    if len(text) > MAX_CHARACTERS:
        raise SchemaError(
            f"cannot read the type {_shortened(text)!r}",
            cause=f"it is longer than {MAX_CHARACTERS:,} characters",
        )
    return _Reader(text).whole()


def format_type(type: Type) -> str:
    """The engine's canonical text; ``SchemaError`` when that text would read as another type."""
    text = _format(type)
    if _unreadable(text, type):
        raise SchemaError(
            f"the type {_shortened(text)!r} cannot be written",
            cause="a field name with a space, a comma or a parenthesis reads as something else",
        )
    return text


def field_fault(name: str) -> str:
    """Why the text cannot be the name of a field or member, as the engine prints it; empty when it can."""
    if not name:
        return "a field name cannot be empty"
    if _QUOTED.fullmatch(name):
        splits = "," in name and _splits(name)
    elif "`" in name:
        return f"the field name {_shortened(name)!r} has a backtick that quotes nothing"
    elif any(unicodedata.category(one) in _HIDDEN and one not in _JOINERS for one in name):
        return f"the field name {_shortened(name)!r} has white space or a character that cannot be seen"
    else:
        splits = _splits(name)
    return f"the field name {_shortened(name)!r} has a comma or an unpaired parenthesis" if splits else ""


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


class _Reader:
    """Reads one text from left to right; spaces are allowed around the parts of a list."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Type:
        self._spaces()
        type, _ = self._type(0)
        self._spaces()
        if self._at != len(self._text):
            raise self._fault("something follows the type")
        return type

    def _type(self, depth: int) -> tuple[Type, int]:
        """A type and its levels of nesting; ``depth`` is how many are around it."""
        type, levels = self._without_suffix(depth)
        while self._takes("["):
            levels += 1
            if depth + levels > MAX_DEPTH:
                raise self._fault(f"it is nested more than {MAX_DEPTH} levels deep")
            if self._takes("]"):
                type = ListType(element=type)
            else:
                type = ArrayType(element=type, size=self._size())
                self._expect("]")
        return type, levels

    def _without_suffix(self, depth: int) -> tuple[Type, int]:
        if depth > MAX_DEPTH:
            raise self._fault(f"it is nested more than {MAX_DEPTH} levels deep")
        found = _WORD.match(self._text, self._at)
        name = found[0].upper() if found else ""
        self._at += len(name)
        if name in SCALARS:
            return Scalar(name=name), 0
        if name not in _NESTED:
            raise self._fault("no type that kuzuvcs knows begins there", self._at - len(name))
        self._expect("(")
        if name == "DECIMAL":
            return self._decimal(), 0
        if name == "MAP":
            return self._map(depth)
        entries, levels = self._entries(depth)
        return (StructType(fields=entries) if name == "STRUCT" else UnionType(members=entries)), levels

    def _decimal(self) -> Decimal:
        precision = self._number()
        self._comma()
        scale = self._number()
        self._close()
        if not 1 <= precision <= MAX_PRECISION or scale > precision:
            raise self._fault(f"a DECIMAL has a precision of 1 to {MAX_PRECISION} and a scale within it")
        return Decimal(precision=precision, scale=scale)

    def _map(self, depth: int) -> tuple[Type, int]:
        self._spaces()
        key, of_key = self._type(depth + 1)
        self._comma()
        value, of_value = self._type(depth + 1)
        self._close()
        return MapType(key=key, value=value), 1 + max(of_key, of_value)

    def _entries(self, depth: int) -> tuple[tuple[tuple[str, Type], ...], int]:
        entries, levels = [], 0
        while True:
            self._spaces()
            name = self._name()
            self._expect(" ")
            self._spaces()
            type, inner = self._type(depth + 1)
            entries.append((name, type))
            levels = max(levels, inner)
            self._spaces()
            if not self._takes(","):
                break
        self._expect(")")
        return tuple(entries), 1 + levels

    def _name(self) -> str:
        found = _NAME.match(self._text, self._at)
        if found is None:
            raise self._fault("a field name is expected there")
        fault = field_fault(found[0])
        if fault:
            raise self._fault(fault)
        self._at = found.end()
        return found[0]

    def _number(self) -> int:
        self._spaces()
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            raise self._fault("a number is expected there")
        self._at = found.end()
        return int(found[0])

    def _size(self) -> int:
        size = self._number()
        if not 1 <= size <= MAX_SIZE:
            raise self._fault(f"an array has 1 to {MAX_SIZE:,} elements")
        return size

    def _comma(self) -> None:
        self._spaces()
        self._expect(",")
        self._spaces()

    def _close(self) -> None:
        self._spaces()
        self._expect(")")

    def _spaces(self) -> None:
        while self._text.startswith(" ", self._at):
            self._at += 1

    def _takes(self, character: str) -> bool:
        taken = self._text.startswith(character, self._at)
        self._at += taken
        return taken

    def _expect(self, character: str) -> None:
        if not self._takes(character):
            raise self._fault(f"{character!r} is expected there")

    def _fault(self, why: str, at: int | None = None) -> SchemaError:
        place = self._at if at is None else at
        rest = _shortened(self._text[place : place + _SHOWN + 1])
        where = f"at {rest!r}" if rest else "at its end"
        return SchemaError(f"cannot read the type {_shortened(self._text)!r}", cause=f"{why} ({where})")


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


def _splits(name: str) -> bool:
    """Whether the engine, which cuts entries before it looks at names, would cut this one or its type."""
    depth = 0
    for character in name:
        depth += (character == "(") - (character == ")")
        if depth < 0 or (character == "," and not depth):
            return True
    return depth != 0


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
