"""What a rollback lost of a table, found by comparing files, and put back into the table later.

Three states of one table are compared, all under the same schema: ``before`` DOWN; ``base``, which is what UP
makes of what DOWN left; and ``now``, after UP was run again.  What ``before`` has and ``base`` lacks is lost.
It comes back where ``now`` is still like ``base``.  What was written or removed since is newer and wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.loaded import Rows

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPart:
    """How many rows a table lost, and how many values of each column in the rows that stayed.

    ``differs`` also where a value is NULL in ``before`` only: nothing to count, but something to bring back.
    """

    rows: int
    values: Mapping[str, int]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A table with what came back, and how much that is; ``newer`` values, and rows ``gone``, did not."""

    rows: Rows
    added: int = 0
    values: Mapping[str, int] = field(default_factory=dict)
    newer: int = 0
    gone: int = 0

    @property
    def changed(self) -> bool:
        """Whether the table is another than it was."""
        return bool(self.added or any(self.values.values()))


def lost_nodes(before: Rows, base: Rows) -> LostPart:
    """Compare the rows of a node table by their keys."""
    at = pc.index_in(before.key_bytes(), value_set=base.key_bytes())
    stayed = _valid(at)
    values, differs = {}, not stayed.all()
    for index in range(before.keys, len(before.columns)):
        unequal = stayed & ~_equal(before.value_bytes(index), base.value_bytes(index).take(at))
        differs = differs or bool(unequal.any())
        values[before.columns[index].property] = int((unequal & _valid(before.arrays[index])).sum())
    return LostPart(rows=int((~stayed).sum()), values=values, differs=differs)


def bring_back_nodes(before: Rows, base: Rows, now: Rows, *, unstable: bool) -> Brought:
    """Put into ``now`` what ``base`` lacks of ``before``.

    ``unstable``: UP makes other values each time, so that a value unlike ``base`` need not be newer.
    """
    keys, old_keys, base_keys = now.key_bytes(), before.key_bytes(), base.key_bytes()
    at_old, at_base = pc.index_in(keys, value_set=old_keys), pc.index_in(keys, value_set=base_keys)
    known, made = _valid(at_old), _valid(at_base)
    missing = ~_valid(pc.index_in(old_keys, value_set=keys))
    was_made = _valid(pc.index_in(old_keys, value_set=base_keys))
    added = np.flatnonzero(missing & ~was_made)
    arrays = list(now.arrays[: now.keys])
    arrays = [
        pa.concat_arrays([one, before.arrays[at].take(pa.array(added))]) for at, one in enumerate(arrays)
    ]
    values, newer = {}, 0
    for index in range(now.keys, len(now.columns)):
        current, old = now.value_bytes(index), before.value_bytes(index).take(at_old)
        original = base.value_bytes(index).take(at_base)
        lost = known & ~_equal(old, current) & (~made | ~_equal(old, original))
        untouched = np.where(made, _equal(current, original), ~_valid(now.arrays[index]))
        back = lost & (untouched | (made & unstable))
        newer += int((lost & ~back).sum())
        values[now.columns[index].property] = int(back.sum())
        places = np.where(back, len(now) + _places(at_old), np.arange(len(now)))
        arrays.append(now.take(index, before, [*places.tolist(), *(len(now) + added).tolist()]))
    rows = Rows(now.columns, tuple(arrays), now.keys)
    gone = int((missing & was_made).sum())
    return Brought(rows=rows, added=len(added), values=values, newer=newer, gone=gone)


def _valid(array: pa.Array) -> Mask:
    valid: Mask = array.is_valid().to_numpy(zero_copy_only=False)
    return valid


def _equal(one: pa.Array, other: pa.Array) -> Mask:
    """Where both are there and the same."""
    equal: Mask = pc.fill_null(pc.equal(one, other), fill_value=False).to_numpy(zero_copy_only=False)
    return equal


def _places(array: pa.Array) -> npt.NDArray[np.int64]:
    places: npt.NDArray[np.int64] = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return places
