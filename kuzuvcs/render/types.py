"""Types in statements: printed from parsed values, so no text from outside becomes part of a statement."""

from __future__ import annotations

from typing import assert_never

from kuzuvcs.core.field_names import QUOTES_REMOVED, FieldNames
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
    field_fault,
    format_type,
    nested_types,
)
from kuzuvcs.errors import SchemaError


def declared_type(type: Type, names: FieldNames) -> str:
    """The type as DDL of an engine that writes field names so.

    :raises SchemaError: the engine has no statement that makes a field of such a name
    """
    match type:
        case Scalar() | Decimal():
            return format_type(type)
        case ListType(element=element):
            return f"{declared_type(element, names)}[]"
        case ArrayType(element=element, size=size):
            return f"{declared_type(element, names)}[{size}]"
        case MapType(key=key, value=value):
            return f"MAP({declared_type(key, names)}, {declared_type(value, names)})"
        case StructType(fields=fields):
            return f"STRUCT({_entries(fields, names)})"
        case UnionType(members=members):
            return f"UNION({_entries(members, names)})"
        case _:
            assert_never(type)


def cast(text: str, type: Type) -> str:
    """The expression ``text`` cast to the type.

    A type in a string has its field names as the engine holds them, which only matters for names that cannot
    be written bare.
    """
    entries = (entry for part in nested_types(type) for entry in _named(part))
    if all(QUOTES_REMOVED.takes_bare(name) for name, _ in entries):
        return f"CAST({text} AS {format_type(type)})"
    return f"CAST({text}, {string_literal(format_type(type))})"


def field(name: str) -> str:
    """A field's name in a literal or a path, where quotes are never part of the name."""
    return quote_name(name[1:-1] if name.startswith("`") else name)


def _entries(entries: tuple[tuple[str, Type], ...], names: FieldNames) -> str:
    return ", ".join(f"{_name(name, names)} {declared_type(type, names)}" for name, type in entries)


def _name(name: str, names: FieldNames) -> str:
    fault = field_fault(name)
    if fault:
        raise SchemaError("a field name cannot be used", cause=fault)
    if names.takes_bare(name):
        return name
    if name.startswith("`"):
        return name
    if names.quotes_are_kept:
        raise SchemaError(
            f"a field named {name!r} cannot be created",
            cause="this engine takes quotes for part of a field's name, and does not read this one bare",
            hint="rename the field: letters, digits and _, and no word of the language",
        )
    return quote_name(name)


def _named(type: Type) -> tuple[tuple[str, Type], ...]:
    match type:
        case StructType(fields=entries) | UnionType(members=entries):
            return entries
        case _:
            return ()
