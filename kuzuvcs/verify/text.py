"""A value as a person reads it in a message; not a form that anything is read back from."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

import pyarrow as pa

from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
)

_LONGEST = 120


def value_text(value: pa.Scalar, type: Type) -> str:
    """The value's text, shortened in the middle where it is long."""
    text = _text(value, type)
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 4 :]} ({len(text)} characters)"


def _text(value: pa.Scalar, type: Type) -> str:
    if not value.is_valid:
        return "NULL"
    match type:
        case Scalar():
            return _scalar_text(value, type.name)
        case Decimal():
            return str(value.as_py())
        case ListType(element=element) | ArrayType(element=element):
            return f"[{', '.join(_text(item, element) for item in value.values)}]"
        case MapType(key=key, value=item):
            entries = (f"{_text(e['key'], key)}: {_text(e['value'], item)}" for e in value.values)
            return f"{{{', '.join(entries)}}}"
        case StructType(fields=fields):
            parts = (f"{name}: {_text(value[i], child)}" for i, (name, child) in enumerate(fields))
            return f"{{{', '.join(parts)}}}"
        case UnionType(members=members):
            tag = value[0].as_py()
            texts = [_text(value[i], child) for i, (name, child) in enumerate(members, 1) if name == tag]
            return f"{tag}: {', '.join(texts)}"
        case _:
            assert_never(type)


def _scalar_text(value: pa.Scalar, name: str) -> str:
    match name:
        case "STRING" | "JSON":
            return repr(value.as_py())
        case "BLOB":
            return f"0x{value.as_py().hex()}"
        case "UUID":
            return str(UUID(bytes=value.as_py()))
        case "FLOAT" | "DOUBLE":
            return repr(value.as_py())
        case "INTERVAL":
            return " ".join(f"{part.as_py()} {unit}" for unit, part in value.items())
        case _:
            # Arrow prints dates and moments that Python cannot hold.
            return str(value.cast(pa.string()).as_py())
