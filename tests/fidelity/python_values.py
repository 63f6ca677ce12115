"""What the engine's own Python interface gives for a canonical value, where it gives it whole."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
    nested_types,
)

_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001  (the engine's own are naive)


def comparable(type: Type) -> bool:
    """Whether the interface gives such values whole.

    It turns months into days, raises at DECIMALs between -0.1 and 0, and cuts nanoseconds (ENGINE.md).
    """
    return not any(
        isinstance(part, Decimal) or (isinstance(part, Scalar) and part.name in {"INTERVAL", "TIMESTAMP_NS"})
        for part in nested_types(type)
    )


def python_value(value: Any, type: Type) -> Any:
    """A canonical value in the interface's form: of equal keys the last counts, a UNION has no tag."""
    if value is None:
        return None
    match type:
        case Scalar(name=name):
            return _scalar(value, name)
        case ListType(element=element) | ArrayType(element=element):
            return [python_value(item, element) for item in value]
        case StructType(fields=fields):
            return {name: python_value(value[name], field) for name, field in fields}
        case MapType(key=key, value=item):
            return {python_value(k, key): python_value(v, item) for k, v in value}
        case UnionType(members=members):
            return python_value(value[value["tag"]], dict(members)[value["tag"]])
        case Decimal():
            raise AssertionError("not comparable")


def _scalar(value: Any, name: str) -> Any:
    match name:
        case "INT128":
            return decimal.Decimal(value)
        case "UUID":
            return uuid.UUID(bytes=value)
        case "TIMESTAMP":
            return _EPOCH + datetime.timedelta(microseconds=value)
        case "TIMESTAMP_TZ":
            return (_EPOCH + datetime.timedelta(microseconds=value)).replace(tzinfo=datetime.UTC)
        case "TIMESTAMP_MS" | "TIMESTAMP_SEC":
            return _EPOCH + datetime.timedelta(milliseconds=value)
        case _:
            return value
