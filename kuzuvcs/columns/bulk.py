"""What the engine's Arrow gives for the types it gives right, made canonical.

Two things are undone here: DECIMALs of up to 18 digits come without their sign extension, so a
negative one reads as itself plus 2 to the power of its storage width; and kuzu's UUIDs come as text.
INTERVALs, which Arrow carries wrongly, are read from the engine's text for them.
"""

from __future__ import annotations

import re
from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.arrow import arrow_type, canonical_array
from kuzuvcs.columns.nesting import Array, list_children, list_of, map_children, map_of, null_like
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
from kuzuvcs.errors import EngineError

_NIL = "0" * 32

_INTERVAL = re.compile(
    r"(?:(-?\d+) years? ?)?(?:(-?\d+) months? ?)?(?:(-?\d+) days? ?)?"
    r"(?:(-?)(\d+):(\d{2}):(\d{2})(?:\.(\d{1,6}))?)?"
)


def bulk_array(array: Array, type: Type) -> Array:
    """What the bulk path gave for a bulk type, in the type's canonical Arrow form."""
    match type:
        case Decimal():
            return _signed_decimals(array, type)
        case ListType(element=element):
            return list_of(bulk_array(list_children(array), element), array)
        case MapType(key=key, value=value):
            keys, items = map_children(array)
            return map_of(bulk_array(keys, key), bulk_array(items, value), array, arrow_type(type))
        case Scalar(name="UUID"):
            return _uuid_bytes(array)
        case Scalar():
            return canonical_array(array, type)
        case ArrayType() | StructType() | UnionType():
            raise AssertionError(f"{format_type(type)} is not bulk")
        case _:
            assert_never(type)


def interval_array(text: Array) -> Array:
    """The engine's text for INTERVALs as ``struct<months, days, micros>``.

    :raises EngineError: a text that is not of the form the engine prints
    """
    parts = [None if one is None else _interval(one) for one in text.to_pylist()]
    return pa.array(parts, arrow_type(Scalar(name="INTERVAL")))


def _uuid_bytes(array: Array) -> Array:
    if pa.types.is_fixed_size_binary(array.type):
        return array
    digits = pc.replace_substring(pc.fill_null(array, _NIL), "-", "")
    content = bytes.fromhex("".join(digits.to_pylist()))
    return null_like(pa.Array.from_buffers(pa.binary(16), len(array), [None, pa.py_buffer(content)]), array)


def _signed_decimals(array: Array, type: Decimal) -> Array:
    target = arrow_type(type)
    if type.precision > 18 or not len(array):
        return array if array.type == target else array.cast(target)
    stored = "<i2" if type.precision <= 4 else "<i4" if type.precision <= 9 else "<i8"
    words = np.frombuffer(array.buffers()[1], dtype="<i8").reshape(-1, 2)
    low = words[array.offset : array.offset + len(array), 0].astype(stored).astype("<i8")
    signed = np.stack([low, low >> 63], axis=1)
    values = pa.Array.from_buffers(target, len(array), [None, pa.py_buffer(signed.tobytes())])
    return null_like(values, array)


def _interval(text: str) -> dict[str, int]:
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise EngineError("an INTERVAL cannot be read", cause=f"the engine prints it as {text!r}")
    years, months, days, sign, hours, minutes, seconds, fraction = match.groups(default="")
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    micros = whole * 1_000_000 + int(fraction.ljust(6, "0"))
    return {
        "months": int(years or 0) * 12 + int(months or 0),
        "days": int(days or 0),
        "micros": -micros if sign else micros,
    }
