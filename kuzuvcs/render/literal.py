"""Values as Cypher literals."""

from __future__ import annotations

import builtins
import json
from typing import Any, assert_never

from kuzuvcs.core.quoting import string_literal
from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
    format_type,
)
from kuzuvcs.errors import SchemaError
from kuzuvcs.render.types import cast, field


def literal(json_text: str, type: Type) -> str:
    """A value in a :class:`~kuzuvcs.core.schema.Constant`'s JSON as an expression of that type.

    ``SchemaError`` when the JSON is no value of the type.
    """
    try:
        value = json.loads(json_text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"the default {json_text!r} is no JSON value", cause=str(error)) from error
    return _literal(value, type)


def _literal(value: Any, type: Type) -> str:
    if value is None:
        return cast("NULL", type)
    match type:
        case Scalar() | Decimal():
            return _scalar(value, type)
        case ListType(element=element):
            return cast(_list(_checked(value, list, type), element), type)
        case ArrayType(element=element, size=size):
            if len(_checked(value, list, type)) != size:
                raise _mismatch(value, type)
            return cast(_list(value, element), type)
        case StructType(fields=fields):
            return _struct(_checked(value, dict, type), fields, type)
        case MapType():
            return _map(_checked(value, list, type), type)
        case UnionType():
            return _union(_checked(value, dict, type), type)
        case _:
            assert_never(type)


def _scalar(value: Any, type: Scalar | Decimal) -> str:
    text = string_literal(_checked(value, str, type))
    return text if type == Scalar(name="STRING") else cast(text, type)


def _list(values: list[Any], element: Type) -> str:
    return "[" + ", ".join(_literal(value, element) for value in values) + "]"


def _struct(value: dict[str, Any], fields: tuple[tuple[str, Type], ...], type: Type) -> str:
    if set(value) != {name for name, _ in fields}:
        raise _mismatch(value, type)
    # A field's backticks are part of its name (core.types), and no literal makes such a field.
    entries = ", ".join(f"{field(name)}: {_literal(value[name], inner)}" for name, inner in fields)
    return f"{{{entries}}}"


def _map(pairs: list[Any], type: MapType) -> str:
    if not all(isinstance(entry, list) and len(entry) == 2 for entry in pairs):
        raise _mismatch(pairs, type)
    keys = _list([key for key, _ in pairs], type.key)
    values = _list([value for _, value in pairs], type.value)
    return cast(f"map({keys}, {values})", type)


def _union(value: dict[str, Any], type: UnionType) -> str:
    members = dict(type.members)
    tag = value.get("tag")
    if set(value) != {"tag", "value"} or not isinstance(tag, str) or tag not in members:
        raise _mismatch(value, type)
    return cast(f"union_value({field(tag)} := {_literal(value['value'], members[tag])})", type)


def _checked(value: Any, kind: builtins.type[object], expected: Type) -> Any:
    if not isinstance(value, kind):
        raise _mismatch(value, expected)
    return value


def _mismatch(value: Any, type: Type) -> SchemaError:
    return SchemaError(f"the default {json.dumps(value)} is no {format_type(type)}")
