"""Lists and maps taken apart and put together, without what NULL or sliced-off slots may hide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = Any
"""A ``pyarrow.Array``; pyarrow has no complete stubs."""


def as_list(array: Array) -> Array:
    """A LIST array of whatever list-like array this is."""
    if pa.types.is_fixed_size_list(array.type) or pa.types.is_large_list(array.type):
        return array.cast(pa.list_(array.type.value_type))
    return array


def list_children(array: Array) -> Array:
    """The elements of the valid lists, end to end."""
    return pc.list_flatten(as_list(array))


def list_of(children: Array, like: Array) -> Array:
    """A LIST array with the lengths and NULLs of ``like`` over ``children``."""
    lengths = pc.fill_null(pc.list_value_length(as_list(like)), 0)
    return pa.ListArray.from_arrays(
        _offsets(lengths.to_numpy(zero_copy_only=False)), children, mask=pc.is_null(like)
    )


def map_children(maps: Array) -> tuple[Array, Array]:
    """Keys and items of the valid maps, end to end."""
    valid = maps.filter(pc.is_valid(maps))
    if not len(valid):
        return valid.keys.slice(0, 0), valid.items.slice(0, 0)
    start, stop = valid.offsets[0].as_py(), valid.offsets[len(valid)].as_py()
    return valid.keys.slice(start, stop - start), valid.items.slice(start, stop - start)


def map_of(keys: Array, items: Array, like: Array, type: pa.DataType | None = None) -> Array:
    """A MAP array with the lengths and NULLs of ``like``, a MAP or LIST array, over ``keys`` and ``items``."""
    if pa.types.is_map(like.type):
        sizes = np.diff(like.offsets.to_numpy(zero_copy_only=False))
        lengths = np.where(pc.is_valid(like).to_numpy(zero_copy_only=False), sizes, 0)
    else:
        lengths = pc.fill_null(pc.list_value_length(like), 0).to_numpy(zero_copy_only=False)
    return pa.MapArray.from_arrays(_offsets(lengths), keys, items, type=type, mask=pc.is_null(like))


def _offsets(lengths: Array) -> Array:
    return pa.array(np.concatenate(([0], np.cumsum(lengths))).astype(np.int32))
