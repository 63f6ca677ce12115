"""Brings rows of any amount into order: distributed over files by ranges of their order, then each
range sorted in memory.

Rows are record batches whose first column is their order, an int64; rows of the same order go by the
canonical bytes of the other columns.  They pass through Arrow only, never through another engine's
types, so that no value can change on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from kuzuvcs.columns.canonical import canonical_rows
from kuzuvcs.columns.order import Order, ranked, sort_in_memory
from kuzuvcs.core.types import Type

_FAN_OUT = 64


def in_order(
    rows: Iterable[pa.RecordBatch], size: int, types: Sequence[Type], work: Path, *, memory: int
) -> Iterator[pa.RecordBatch]:
    """The rows in order, range after range, in about ``memory`` bytes.

    Each row's order is in ``range(size)``; ``types`` are those of the other columns.
    """
    source = iter(rows)
    held: list[pa.RecordBatch] = []
    held_bytes = 0
    for batch in source:
        held.append(batch)
        held_bytes += batch.nbytes
        if held_bytes > _budget(memory):
            break
    else:
        if held:
            yield _sorted(held, types)
        return
    with TemporaryDirectory(dir=work) as folder:
        yield from _Distribution(types, Path(folder), memory).sort(chain(_consumed(held), source), 0, size)


class _Distribution:
    """Sorts rows by distributing them; ``folder`` holds what is not at hand."""

    def __init__(self, types: Sequence[Type], folder: Path, memory: int) -> None:
        self._types = types
        self._folder = folder
        self._memory = memory
        self._files = 0

    def sort(self, rows: Iterable[pa.RecordBatch], low: int, high: int) -> Iterator[pa.RecordBatch]:
        """The rows, whose order is in ``range(low, high)``, in order."""
        width = -(-(high - low) // _FAN_OUT)
        for start, part in self._distributed(rows, low, width):
            if part.size <= _budget(self._memory):
                yield _sorted(part.read(), self._types)
            elif width > 1:
                yield from self.sort(part.read(), start, min(start + width, high))
            else:
                yield from self._sort_tied(part)
            part.path.unlink()

    def _distributed(self, rows: Iterable[pa.RecordBatch], low: int, width: int) -> list[tuple[int, _Part]]:
        parts: dict[int, _Part] = {}
        for batch in rows:
            numbers = (batch.column(0).to_numpy() - low) // width
            places = np.argsort(numbers, kind="stable")
            grouped = batch.take(pa.array(places))
            found, starts = np.unique(numbers[places], return_index=True)
            ends = [*starts[1:].tolist(), len(numbers)]
            for number, start, end in zip(found.tolist(), starts.tolist(), ends, strict=True):
                if number not in parts:
                    parts[number] = _Part(self._new_file(), batch.schema)
                parts[number].write(grouped.slice(start, end - start))
        for part in parts.values():
            part.close()
        return [(low + number * width, parts[number]) for number in sorted(parts)]

    def _sort_tied(self, part: _Part) -> Iterator[pa.RecordBatch]:
        """Rows of one order that do not fit into memory: by the rank of their canonical bytes."""
        if not self._types:
            yield from part.read()
            return
        path = self._new_file()
        ranks = np.memmap(path, dtype=np.int64, mode="w+", shape=(part.rows,))
        count = 0
        contents = self._contents(part)
        for places, rank in ranked(contents, pa.large_binary(), self._folder, memory=self._memory // 2):
            ranks[places.to_numpy()] = rank
            count = int(rank[-1]) + 1
        tie = next(part.read()).column(0)[0]
        reordered = self._reordered(part, ranks)
        # Where all are the same row, their order is none.
        for batch in reordered if count == 1 else self.sort(reordered, 0, count):
            yield batch.set_column(0, "order", pa.repeat(tie, len(batch)))
        path.unlink()

    def _contents(self, part: _Part) -> Iterator[tuple[pa.Array, pa.Array]]:
        start = 0
        for batch in part.read():
            places = pa.array(np.arange(start, start + len(batch)))
            yield places, canonical_rows(zip(batch.columns[1:], self._types, strict=True))
            start += len(batch)

    def _reordered(self, part: _Part, ranks: Order) -> Iterator[pa.RecordBatch]:
        start = 0
        for batch in part.read():
            order = np.asarray(ranks[start : start + len(batch)])
            yield batch.set_column(0, "order", pa.array(order))
            start += len(batch)

    def _new_file(self) -> Path:
        self._files += 1
        return self._folder / f"{self._files}.range"


class _Part:
    """The rows of one range, in a file."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.size = 0
        self.rows = 0
        self._writer = pa.ipc.new_file(str(path), schema)

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)
        self.size += batch.nbytes
        self.rows += len(batch)

    def close(self) -> None:
        self._writer.close()

    def read(self) -> Iterator[pa.RecordBatch]:
        with pa.OSFile(str(self.path)) as source, pa.ipc.open_file(source) as reader:
            for index in range(reader.num_record_batches):
                yield reader.get_batch(index)


def _budget(memory: int) -> int:
    """What one range may hold: it stands here unsorted and sorted, and as a row group in the making."""
    return memory // 8


def _consumed(held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    held.reverse()
    while held:
        yield held.pop()


def _sorted(rows: Iterable[pa.RecordBatch], types: Sequence[Type]) -> pa.RecordBatch:
    return sort_in_memory(pa.Table.from_batches(rows).combine_chunks().to_batches()[0], types)
