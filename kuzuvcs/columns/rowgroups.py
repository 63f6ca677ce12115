"""Where a row group ends: where the hash of a key says so, so that boundaries survive edits.

A boundary that was counted off would move with every inserted or deleted row, and with it every
later chunk.  One that a key's own hash decides is found again after the edit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from xxhash import xxh3_64_intdigest

from kuzuvcs.columns.arrow import map_as_lists

MINIMUM_ROWS = 16_384
MAXIMUM_ROWS = 262_144

HASH_MASK = (1 << 15) - 1
"""A row group ends where these bits of the key's hash are zero: on average 32,768 rows past the minimum.
The maximum, a counted boundary, then cuts one group in two thousand; with one bit more, one in forty."""

MAXIMUM_BYTES = 128 << 20
"""A row group ends, too, once its values hold this much, in content bytes.  Without it 16,384 rows of
300 kB strings are 5 GB that have to stand in memory at once.  Rows below some 500 bytes never meet it."""

_HASH_BLOCK = 4_096

Sizes = npt.NDArray[np.int64]


class RowGroupCutter:
    """Says where row groups end in rows that come in canonical order, batch by batch."""

    def __init__(self) -> None:
        self._rows = 0
        self._bytes = 0

    def cut(self, keys: pa.LargeBinaryArray, sizes: Sizes) -> list[int]:
        """The positions in this batch before which a row group ends, ascending, 1 to its length.

        ``keys`` are the canonical bytes of the rows' keys, ``sizes`` their rows' content bytes.
        """
        totals = np.cumsum(sizes)
        ends: list[int] = []
        start, count = 0, len(keys)
        while start < count:
            limit = min(count, start + MAXIMUM_ROWS - self._rows, self._full(totals, start))
            first = start + max(MINIMUM_ROWS - self._rows, 1) - 1
            end = _first_hit(keys, first, limit)
            base = int(totals[start - 1]) if start else 0
            if end is None:
                self._rows += limit - start
                self._bytes += int(totals[limit - 1]) - base
                if self._rows < MAXIMUM_ROWS and self._bytes < MAXIMUM_BYTES:
                    break
                end = limit
            ends.append(end)
            self._rows = self._bytes = 0
            start = end
        return ends

    def _full(self, totals: Sizes, start: int) -> int:
        base = int(totals[start - 1]) if start else 0
        return int(np.searchsorted(totals, base + MAXIMUM_BYTES - self._bytes, side="left")) + 1


def row_sizes(array: pa.Array) -> Sizes:
    """The content bytes of each value: those of its numbers and strings, and four for each length."""
    if pa.types.is_map(array.type):
        array = map_as_lists(array)
    if pa.types.is_list(array.type):
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        elements = np.concatenate(([0], np.cumsum(row_sizes(array.flatten()))))
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        sizes: Sizes = np.diff(elements[offsets]) + 4
        return sizes
    if pa.types.is_struct(array.type):
        parts = [np.ones(len(array), dtype=np.int64), *map(row_sizes, array.flatten())]
        total: Sizes = np.sum(parts, axis=0)
        return total
    if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
        lengths = pc.fill_null(pc.binary_length(array), 0).to_numpy(zero_copy_only=False)
        content: Sizes = lengths.astype(np.int64) + 4
        return content
    return np.full(len(array), max(array.type.bit_width // 8, 1), dtype=np.int64)


def _first_hit(keys: pa.LargeBinaryArray, first: int, limit: int) -> int | None:
    """The position after the first key in ``first … limit`` whose hash ends a row group."""
    for start in range(first, limit, _HASH_BLOCK):
        block = keys.slice(start, min(_HASH_BLOCK, limit - start)).to_pylist()
        for position, key in enumerate(block, start + 1):
            if xxh3_64_intdigest(key) & HASH_MASK == 0:
                return position
    return None
