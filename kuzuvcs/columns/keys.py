"""The keys of a node table in canonical order, and each node's place among them.

A folder of two files, both mapped into memory rather than read: ``ranks``, the rank of each node's key
by the node's internal offset (-1 where no node has it), and ``keys.arrow``, the keys by rank.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from kuzuvcs.columns.order import Order
from kuzuvcs.errors import EngineError

_RANKS = "ranks"
_KEYS = "keys.arrow"


class KeyIndex:
    """Finds the rank of a node by its offset, and a key by its rank."""

    def __init__(self, folder: Path) -> None:
        self._ranks = open_ranks(folder)
        with pa.memory_map(str(folder / _KEYS)) as source, pa.ipc.open_file(source) as reader:
            self._chunks = [reader.get_batch(index).column(0) for index in range(reader.num_record_batches)]
        self._starts = np.cumsum([0, *(len(chunk) for chunk in self._chunks)])
        self._empty = pa.array([], reader.schema.field(0).type)

    def __len__(self) -> int:
        """How many distinct keys there are."""
        return int(self._starts[-1])

    @property
    def mean_bytes(self) -> int:
        """How many bytes a key takes, on average."""
        size: int = sum(chunk.nbytes for chunk in self._chunks)
        return size // max(1, len(self))

    def ranks(self, offsets: Order) -> Order:
        """The ranks of the nodes at those offsets.

        Raises :class:`EngineError` for an offset that no node of the table has.
        """
        inside = (offsets >= 0) & (offsets < len(self._ranks))
        ranks = np.asarray(self._ranks[offsets]) if inside.all() else np.array([-1])
        if len(ranks) and ranks.min() < 0:
            raise EngineError(
                "an edge ends at a node that the engine did not return",
                cause="the scans of the node table and of the rel table do not agree",
            )
        return ranks

    def take(self, ranks: Order) -> pa.Array:
        """The keys of those ranks, in their order."""
        numbers = np.searchsorted(self._starts, ranks, side="right") - 1
        places = np.argsort(numbers, kind="stable")
        parts = []
        for number in np.unique(numbers):
            wanted = ranks[places[numbers[places] == number]] - self._starts[number]
            parts.append(self._chunks[number].take(pa.array(wanted)))
        if len(parts) == 1:
            return parts[0]
        back = np.empty(len(ranks), dtype=np.int64)
        back[places] = np.arange(len(ranks))
        return pa.concat_arrays(parts).take(pa.array(back)) if parts else self._empty


class KeyIndexWriter:
    """Writes the ``keys.arrow`` of an index from keys that come by rank."""

    def __init__(self, folder: Path, key: pa.DataType) -> None:
        self._schema = pa.schema([pa.field("key", key)])
        self._writer = pa.ipc.new_file(str(folder / _KEYS), self._schema)
        self._last = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def append(self, ranks: Order, keys: pa.Array) -> None:
        """Add the next keys; of several with one rank, the first stands for all."""
        first = np.diff(ranks, prepend=self._last) != 0
        distinct = keys if first.all() else keys.filter(pa.array(first))
        self._writer.write_batch(pa.record_batch([distinct], schema=self._schema))
        self._last = int(ranks[-1]) if len(ranks) else self._last


def create_ranks(folder: Path, size: int) -> Order:
    """The ``ranks`` of an index for offsets below ``size``, all -1, to be filled in."""
    path = folder / _RANKS
    if size == 0:
        path.touch()
        return np.empty(0, dtype=np.int64)
    ranks = np.memmap(path, dtype=np.int64, mode="w+", shape=(size,))
    ranks[:] = -1
    return ranks


def open_ranks(folder: Path) -> Order:
    """The ``ranks`` of an index, for reading."""
    path = folder / _RANKS
    return np.memmap(path, dtype=np.int64, mode="r") if path.stat().st_size else np.empty(0, dtype=np.int64)
