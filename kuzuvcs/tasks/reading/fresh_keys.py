"""Keys for a row that is inserted to see what the engine does with it."""

from __future__ import annotations

import decimal
import uuid

from kuzuvcs.core.quoting import string_literal
from kuzuvcs.core.types import Decimal, Scalar, Type, format_type

ATTEMPTS = 20
"""So many keys, of types that have more than a few hundred."""

_TEXTS = {
    "INT8": "{tiny}",
    "UINT8": "{tiny}",
    "INT16": "{small}",
    "UINT16": "{small}",
    "STRING": "kuzuvcs {large}",
    "BLOB": "kuzuvcs {large}",
    "UUID": "{uuid}",
    "DATE": "{year}-01-{day:02}",
    "TIMESTAMP": "{year}-01-{day:02} 00:00:00",
    "TIMESTAMP_NS": "{year}-01-{day:02} 00:00:00",
    "TIMESTAMP_MS": "{year}-01-{day:02} 00:00:00",
    "TIMESTAMP_SEC": "{year}-01-{day:02} 00:00:00",
    "TIMESTAMP_TZ": "{year}-01-{day:02} 00:00:00",
}
"""Texts of keys by type; a DECIMAL takes one of its own, any other type a large number."""


def fresh_keys(type: Type) -> list[str]:
    """Literals for a key of this type, most of them surely not taken; of small types all that there are."""
    default = "{decimal:f}" if isinstance(type, Decimal) else "{middle}"
    template = _TEXTS.get(type.name, default) if isinstance(type, Scalar) else default
    literals = []
    for attempt in range(128 if template == "{tiny}" else ATTEMPTS):
        number = uuid.uuid4()
        text = template.format(
            tiny=attempt,
            small=number.int % 2**15,
            decimal=_decimal(number.int, type),
            middle=number.int % 2**31,
            large=number.hex,
            uuid=number,
            year=1700 + number.int % 500,
            day=1 + number.int % 28,
        )
        literals.append(f"CAST({string_literal(text)} AS {format_type(type)})")
    return literals


def _decimal(number: int, type: Type) -> decimal.Decimal:
    if not isinstance(type, Decimal):
        return decimal.Decimal(0)
    digits = tuple(map(int, str(number % 10**type.precision)))
    return decimal.Decimal((0, digits, -type.scale))
