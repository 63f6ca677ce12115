"""Lists and maps taken apart and put together, without what NULL or sliced-off slots may hide."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.arrow import list_offsets, map_as_lists

Array = Any
"""A ``pyarrow.Array``; pyarrow has no complete stubs."""


def as_list(array: Array) -> Array:
    """A LIST array of whatever list-like array this is, a MAP among them."""
    if pa.types.is_fixed_size_list(array.type) or pa.types.is_large_list(array.type):
        return array.cast(pa.list_(array.type.value_type))
    return map_as_lists(array)


def list_children(array: Array) -> Array:
    """The elements of the valid lists, end to end."""
    return pc.list_flatten(as_list(array))


def list_of(children: Array, like: Array) -> Array:
    """A LIST array with the lengths and NULLs of ``like`` over ``children``."""
    return pa.ListArray.from_arrays(list_offsets(as_list(like)), children, mask=pc.is_null(like))


def map_children(maps: Array) -> tuple[Array, Array]:
    """Keys and items of the valid maps, or lists of entries, end to end."""
    keys, items = list_children(maps).flatten()
    return keys, items


def map_of(keys: Array, items: Array, like: Array, type: pa.DataType | None = None) -> Array:
    """A MAP array with the lengths and NULLs of ``like``, a MAP or a LIST array."""
    return pa.MapArray.from_arrays(list_offsets(as_list(like)), keys, items, type=type, mask=pc.is_null(like))


def null_like(values: Array, like: Array) -> Array:
    """``values``, NULL wherever ``like`` is."""
    return pc.if_else(pc.is_valid(like), values, pa.scalar(None, values.type)) if like.null_count else values
