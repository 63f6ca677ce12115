"""From what a worker read, in any order, to the canonical Parquet file of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kuzuvcs.columns.arrow import arrow_type, canonical_array
from kuzuvcs.columns.distribute import in_order
from kuzuvcs.columns.keys import KeyIndex, KeyIndexWriter, create_ranks, open_ranks
from kuzuvcs.columns.order import order_form, ranked
from kuzuvcs.columns.parquet import CanonicalFile, FileColumn, FileResult
from kuzuvcs.columns.scratch import BATCH_BYTES, batches
from kuzuvcs.core.types import Type

MEMORY = 1 << 30


def write_node_file(
    scratch: Sequence[Path],
    columns: Sequence[FileColumn],
    destination: Path,
    index: Path,
    work: Path,
    *,
    memory: int = MEMORY,
) -> FileResult:
    """Write a node table's canonical Parquet file, and the index of its keys for :func:`write_rel_file`.

    The ``scratch`` files hold ``offset`` (int64, the engine's internal offset of the node) and ``c0``,
    ``c1``, … (see :mod:`kuzuvcs.columns.arrow`) for ``columns``, of which the first is the primary key.
    ``index`` is a folder to be made; ``work`` is an existing folder to spill to, left as it was.
    About ``memory`` bytes are used at most.
    """
    types = [column.type for column in columns]
    index.mkdir()
    size = _rank_nodes(scratch, types[0], index, work, memory=memory)
    rows = _ranked_nodes(scratch, types, open_ranks(index))
    with (
        CanonicalFile(destination, columns, kind="node") as file,
        KeyIndexWriter(index, arrow_type(types[0])) as keys,
    ):
        for batch in in_order(rows, size, types, work, memory=memory):
            file.append(batch.columns[1:])
            keys.append(batch.column(0).to_numpy(), batch.column(1))
        return file.finish()


def write_rel_file(
    scratch: Sequence[Path],
    columns: Sequence[FileColumn],
    source_index: Path,
    target_index: Path,
    destination: Path,
    work: Path,
    *,
    memory: int = MEMORY,
) -> FileResult:
    """Write the canonical Parquet file of one connection of a rel table.

    The ``scratch`` files hold ``source`` and ``target`` (int64, the offsets of the end nodes) and ``c0``,
    ``c1``, … for the properties.  ``columns`` are from, to, and the properties; the indexes are those that
    :func:`write_node_file` made of the end nodes' tables.

    Raises :class:`EngineError` where an edge ends at a node that the index does not hold.
    """
    types = [column.type for column in columns[2:]]
    sources, targets = KeyIndex(source_index), KeyIndex(target_index)
    rows = _ranked_edges(scratch, types, sources, targets)
    with CanonicalFile(destination, columns, kind="rel") as file:
        for batch in in_order(rows, len(sources) * len(targets), types, work, memory=memory):
            for part in _slices(batch, sources.mean_bytes + targets.mean_bytes):
                source, target = np.divmod(part.column(0).to_numpy(), len(targets))
                file.append([sources.take(source), targets.take(target), *part.columns[1:]])
        return file.finish()


def _rank_nodes(scratch: Sequence[Path], key: Type, index: Path, work: Path, *, memory: int) -> int:
    """Fills the index's ranks; returns how many distinct keys there are."""
    highest = -1

    def forms() -> Iterator[tuple[pa.Array, pa.Array]]:
        nonlocal highest
        for batch in batches(scratch, ["offset", "c0"]):
            offsets = batch.column(0)
            highest = max(highest, int(offsets.to_numpy().max(initial=-1)))
            yield offsets, order_form(canonical_array(batch.column(1), key), key)

    form = order_form(pa.array([], arrow_type(key)), key).type
    ranks, size = None, 0
    for offsets, rank in ranked(forms(), form, work, memory=memory // 2):
        if ranks is None:
            # The sort gives nothing before it has taken everything, so the highest offset is known.
            ranks = create_ranks(index, highest + 1)
        ranks[offsets.to_numpy()] = rank
        size = int(rank[-1]) + 1
    if ranks is None:
        create_ranks(index, 0)
    return size


def _ranked_nodes(
    scratch: Sequence[Path], types: Sequence[Type], ranks: npt.NDArray[np.int64]
) -> Iterator[pa.RecordBatch]:
    for batch in batches(scratch, ["offset", *_property_names(len(types))]):
        order = pa.array(ranks[batch.column(0).to_numpy()])
        yield _rows(order, batch.columns[1:], types)


def _ranked_edges(
    scratch: Sequence[Path], types: Sequence[Type], sources: KeyIndex, targets: KeyIndex
) -> Iterator[pa.RecordBatch]:
    for batch in batches(scratch, ["source", "target", *_property_names(len(types))]):
        source = sources.ranks(batch.column(0).to_numpy())
        target = targets.ranks(batch.column(1).to_numpy())
        yield _rows(pa.array(source * len(targets) + target), batch.columns[2:], types)


def _rows(order: pa.Array, arrays: Sequence[pa.Array], types: Sequence[Type]) -> pa.RecordBatch:
    values = [canonical_array(array, type) for array, type in zip(arrays, types, strict=True)]
    return pa.record_batch([order, *values], names=["order", *_property_names(len(types))])


def _property_names(count: int) -> list[str]:
    return [f"c{index}" for index in range(count)]


def _slices(rows: pa.RecordBatch, key_bytes: int) -> Iterator[pa.RecordBatch]:
    """Slices to which keys of that mean size can be put without leaving the bounds of memory."""
    step = max(64, min(65_536, BATCH_BYTES // max(1, key_bytes)))
    for start in range(0, len(rows), step):
        yield rows.slice(start, step)
