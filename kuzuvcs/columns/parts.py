"""Where a Parquet file is cut so that git keeps a column chunk that did not change.

The parts in the order of their names, put end to end, are the file, byte for byte::

    0-head           the 4 magic bytes
    1/000000/000003  row group / leaf column: one column chunk (a nested column has several)
    2-foot           the footer, its length, and the magic bytes

A part over 32 MiB is cut on: ``1/000000/000003.00``, ``.01``, … (public hosts refuse files of 100 MB).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kuzuvcs.errors import DamagedStore

MAXIMUM_PART = 32 << 20

_MAGIC = b"PAR1"
_MOST_PIECES = 100
_MOST_NUMBERED = 1_000_000

Part = tuple[str, int, int]
"""A part's name, where it starts in the file, and its length in bytes."""


def parts(path: Path) -> tuple[Part, ...]:
    """The parts of a canonical Parquet file, in the order of their names and of their bytes.

    Raises :class:`DamagedStore` for a file that is no Parquet, or whose column chunks do not lie end to end
    (another writer's: with page indexes, bloom filters, or a dictionary out of place).
    """
    size = path.stat().st_size
    cut: list[Part] = []
    position = 0
    for name, start, length in [("0-head", 0, len(_MAGIC)), *_chunks(path)]:
        if start != position or length <= 0:
            raise _damaged(path, f"part {name} starts at byte {start}, not at {position}")
        cut.extend(_pieces(name, start, length))
        position += length
    if position != (foot := _foot_start(path, size)):
        raise _damaged(path, f"the column chunks end at byte {position}, the footer starts at {foot}")
    cut.extend(_pieces("2-foot", position, size - position))
    return tuple(cut)


def _chunks(path: Path) -> Iterator[Part]:
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, str(error)) from error
    if max(metadata.num_row_groups, metadata.num_columns) > _MOST_NUMBERED:
        raise _damaged(path, "more row groups or columns than parts have numbers")
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for leaf in range(row_group.num_columns):
            chunk = row_group.column(leaf)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            yield f"1/{group:06}/{leaf:06}", start, chunk.total_compressed_size


def _foot_start(path: Path, size: int) -> int:
    with path.open("rb") as file:
        file.seek(size - 8)
        return size - 8 - int.from_bytes(file.read(4), "little")


def _pieces(name: str, start: int, length: int) -> Iterator[Part]:
    if length <= MAXIMUM_PART:
        yield name, start, length
        return
    if length > MAXIMUM_PART * _MOST_PIECES:
        raise DamagedStore(
            f"part {name} has {length} bytes, more than the store holds of one column chunk",
            hint="a single value of over 3 GB cannot be kept",
        )
    for number, offset in enumerate(range(0, length, MAXIMUM_PART)):
        yield f"{name}.{number:02}", start + offset, min(MAXIMUM_PART, length - offset)


def _damaged(path: Path, cause: str) -> DamagedStore:
    return DamagedStore(f"{path.name} is not a Parquet file as this store writes it", cause=cause)
