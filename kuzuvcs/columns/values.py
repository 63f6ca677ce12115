"""A value of a canonical array as text: canonical JSON for manifests, and words for people."""

from __future__ import annotations

import datetime
import json
import math
import uuid
from typing import Any, assert_never

import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.nesting import Array, map_children
from kuzuvcs.core.types import ArrayType, Decimal, ListType, MapType, Scalar, StructType, Type, UnionType

Json = None | str | list[Any] | dict[str, Any]


def json_text(array: Array, index: int, type: Type) -> str:
    """The canonical JSON of one value: see :class:`kuzuvcs.core.schema.Constant`."""
    value = json_value(array.slice(index, 1), type)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_value(array: Array, type: Type) -> Json:
    """The value in an array of one: scalars as texts, containers as JSON's."""
    if array.null_count:
        return None
    match type:
        case Scalar(name=name):
            return _scalar(array, name)
        case Decimal():
            return format(array[0].as_py(), "f")
        case ListType(element=element) | ArrayType(element=element):
            items = array.flatten()
            return [json_value(items.slice(number, 1), element) for number in range(len(items))]
        case StructType(fields=fields):
            children = zip(fields, array.flatten(), strict=True)
            return {name: json_value(child, field) for (name, field), child in children}
        case UnionType(members=members):
            tag, *values = array.flatten()
            active = [name for name, _ in members].index(tag[0].as_py())
            return {"tag": tag[0].as_py(), "value": json_value(values[active], members[active][1])}
        case MapType(key=key, value=value):
            keys, items = map_children(array)
            return [
                [json_value(keys.slice(number, 1), key), json_value(items.slice(number, 1), value)]
                for number in range(len(keys))
            ]
        case _:
            assert_never(type)


def _scalar(array: Array, name: str) -> str:
    match name:
        case "TIMESTAMP" | "TIMESTAMP_NS" | "TIMESTAMP_MS" | "TIMESTAMP_SEC" | "TIMESTAMP_TZ":
            text: str = pc.cast(array, pa.string())[0].as_py()
            return text.removesuffix("Z")
        case "INTERVAL":
            parts = array[0].as_py()
            return f"{parts['months']} months {parts['days']} days {parts['micros']} microseconds"
        case "UUID":
            return str(uuid.UUID(bytes=array[0].as_py()))
        case _:
            return _python_text(array[0].as_py())


def _python_text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case bytes():
            return "".join(f"\\x{byte:02X}" for byte in value)
        case float():
            return "nan" if math.isnan(value) else repr(value)
        case datetime.date():
            return value.isoformat()
        case _:
            return str(value)
