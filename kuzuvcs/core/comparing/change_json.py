"""A change as ``--json`` shows it: its ``kind``, its ``table`` where it has one, and what changed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.schema import Constant, Expression
from kuzuvcs.core.schema_json import default_value

_RENAMED = {"old": "from", "new": "to"}


def to_json(change: Change) -> dict[str, Any]:
    """A value of dicts, lists, strings, numbers and None.

    ``table`` is the name of a table, also for a table that comes or goes (its columns are then
    under ``columns``); ``from`` and ``to`` hold the two values of a rename or change.
    """
    names = [field.name for field in fields(change)]
    value = {_RENAMED.get(name, name): _plain(getattr(change, name)) for name in names}
    whole = value.get("table")
    if isinstance(whole, dict):
        value = {"table": whole.pop("name"), **whole}
    elif "index" in value:
        value["table"] = value["index"]["table"]
    elif "to" in value and isinstance(value["to"], dict) and "table" in value["to"]:
        value["table"] = value["to"]["table"]
    return {"kind": change.kind, **value}


def _plain(value: Any) -> Any:
    match value:
        case Constant() | Expression():
            return default_value(value)
        case tuple():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
