"""Read every row of a table out of the engine, in pieces that its buffer pool holds.

A query's whole result lies in the buffer pool before the first row comes out, so a large table is
read by ranges of the engine's internal offsets; a piece that does not fit is read again in halves.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from kuzuvcs.columns.read import ReadColumn, assemble_batch, projection
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.engines.catalog import Statements
from kuzuvcs.engines.client import lacks_memory
from kuzuvcs.errors import EngineError

NODE_ROWS = 500_000
"""Rows per node query: ranges do not prune a node scan, so fewer pieces are fewer whole scans (ENGINE.md)."""

EDGE_ROWS = 1_000_000
"""Edges per query, on average: ranges of the source's offset do prune."""

_BACKWARDS = "bwd-only storage direction"


class Source(Statements, Protocol):
    """What runs queries, those with large results, too: a worker, or the caller's own connection."""

    def fetch(self, statement: str, path: Path) -> int:
        """Run a query, write its result as an Arrow IPC file; the number of rows."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A MATCH, the variable with the properties, the variables whose offsets to return and to cut by."""

    match: str
    variable: str
    offsets: tuple[tuple[str, str], ...]
    cut_by: str
    then_by: str
    by_both: str = ""
    """The join order for pieces cut by both ends: from the source, all its edges would be held at once."""
    condition: str = ""
    """What every row has to meet."""

    def where(self, *bounds: str) -> str:
        """The WHERE of a query for the rows within these bounds."""
        conditions = [one for one in (*bounds, self.condition) if one]
        return " WHERE " + " AND ".join(conditions) if conditions else ""


def read_nodes(
    source: Source, table: str, columns: Sequence[ReadColumn], folder: Path, progress: Progress
) -> list[Path]:
    """Write the nodes of ``table`` as Arrow files in ``folder``: ``offset``, then ``c0``, …, canonical.

    :raises EngineError: a query fails, or the pieces do not add up to the engine's own count
    """
    pattern = _Pattern(f"(n:{quote_name(table)})", "n", (("n", "offset"),), "n", "n")
    return _Reader(source, pattern, columns, folder, progress).read(NODE_ROWS, table)


def read_edges(
    source: Source,
    rel: tuple[str, str, str],
    columns: Sequence[ReadColumn],
    folder: Path,
    progress: Progress,
    *,
    condition: str = "",
) -> list[Path]:
    """Write one connection ``(rel table, from, to)`` likewise: ``source``, ``target``, then ``c0``, ….

    Only edges that meet ``condition``, in which ``a`` and ``b`` are their ends.

    :raises EngineError: as :func:`read_nodes`
    """
    table, start, end = rel
    match = f"(a:{quote_name(start)})-[r:{quote_name(table)}]->(b:{quote_name(end)})"
    ends = (("a", "source"), ("b", "target"))
    pattern = _Pattern(match, "r", ends, "a", "b", " HINT (b JOIN r) JOIN a", condition)
    return _Reader(source, pattern, columns, folder, progress).read(EDGE_ROWS, f"{table} ({start} to {end})")


class _Reader:
    def __init__(
        self,
        source: Source,
        pattern: _Pattern,
        columns: Sequence[ReadColumn],
        folder: Path,
        progress: Progress,
    ) -> None:
        self._source = source
        self._pattern = pattern
        self._columns = columns
        self._statements = _statements(pattern, columns)
        self._folder = folder
        self._progress = progress
        self._files: list[Path] = []
        self._rows = 0

    def read(self, rows_per_query: int, name: str) -> list[Path]:
        pattern = self._pattern
        rows, top = self._extent(name)
        self._progress.stage(f"reading {name}", rows)
        if rows:
            pieces = max(1, -(-rows // rows_per_query))
            step = -(-(top + 1) // pieces)
            for low in range(0, top + 1, step):
                self._range([(pattern.cut_by, low, min(low + step, top + 1))], whole=pieces == 1)
        if self._rows != rows:
            raise EngineError(
                f"{name} was not read whole",
                cause=f"the engine counts {rows} rows and gave {self._rows}",
                hint="nothing was written",
            )
        return self._files

    def _extent(self, name: str) -> tuple[int, int]:
        """The number of rows, and the highest offset to cut by."""
        pattern = self._pattern
        try:
            [[rows, top]] = self._source.execute(
                f"MATCH {pattern.match}{pattern.where()} RETURN count(*), max(offset(id({pattern.cut_by})))"
            )
        except EngineError as error:
            if _BACKWARDS not in error.cause:
                raise
            raise EngineError(
                f"{name} cannot be read",
                cause="it is stored with storage_direction='bwd', which no query of the engine reads",
                hint="create the table again with storage_direction='both', from the data it was loaded from",
            ) from error
        return rows, top

    def _range(self, bounds: list[tuple[str, int, int]], *, whole: bool = False) -> None:
        """Read one range; where the engine lacks memory for it, its halves."""
        try:
            where = self._pattern.where(*(() if whole else map(_within, bounds)))
            self._fetch(where + (self._pattern.by_both if len(bounds) > 1 else ""))
        except EngineError as error:
            if not lacks_memory(error):
                raise
            for part in self._halves(bounds, error):
                self._range(part)

    def _halves(
        self, bounds: list[tuple[str, int, int]], error: EngineError
    ) -> Iterator[list[tuple[str, int, int]]]:
        variable, low, high = bounds[-1]
        if high - low > 1:
            middle = (low + high) // 2
            yield [*bounds[:-1], (variable, low, middle)]
            yield [*bounds[:-1], (variable, middle, high)]
        elif len(bounds) == 1 and self._pattern.then_by != variable:
            # One node with more edges than fit: cut by their other end.
            other = self._pattern.then_by
            where = self._pattern.where()
            [[top]] = self._source.execute(
                f"MATCH {self._pattern.match}{where} RETURN max(offset(id({other})))"
            )
            yield from self._halves([*bounds, (other, 0, top + 1)], error)
        else:
            raise error

    def _fetch(self, where: str) -> None:
        raw = [self._folder / f"raw-{number}.arrow" for number in range(len(self._statements))]
        for path, returned in zip(raw, self._statements, strict=True):
            self._source.fetch(f"MATCH {self._pattern.match}{where} {returned}", path)
        path = self._folder / f"rows-{len(self._files):06}.arrow"
        _convert(raw, path, lambda batch: assemble_batch(batch, self._columns), self._count)
        for one in raw:
            one.unlink()
        if path.exists():
            self._files.append(path)

    def _count(self, rows: int) -> None:
        self._rows += rows
        self._progress.advance(rows)


def _within(bound: tuple[str, int, int]) -> str:
    variable, low, high = bound
    return f"offset(id({variable})) >= {low} AND offset(id({variable})) < {high}"


def _statements(pattern: _Pattern, columns: Sequence[ReadColumn]) -> list[str]:
    """What to return, by one query or several whose rows come in one order; each gives the offsets."""
    own = [f"{pattern.variable}.{quote_name(column.name)}" for column in columns]
    offsets = [f"offset(id({end})) AS {name}" for end, name in pattern.offsets]
    together, alone = projection(columns, own)
    if not alone:
        return ["RETURN " + ", ".join([*offsets, *together])]
    names = [name for _, name in pattern.offsets]
    carried = [f"{expression} AS v{index}" for index, expression in enumerate(own)]
    order = [*names]
    if pattern.variable not in dict(pattern.offsets):
        # Not a second name for the same expression: kuzu 0.6 knows the first one only.
        carried.append(f"offset(id({pattern.variable})) AS place")
        order.append("place")
    ordered = f"WITH {', '.join([*offsets, *carried])} ORDER BY {', '.join(order)} SKIP 0 RETURN"
    together, alone = projection(columns, [f"v{index}" for index in range(len(own))])
    return [f"{ordered} {', '.join([*names, *items])}" for items in (together, *([item] for item in alone))]


def _convert(
    raw: Sequence[Path],
    path: Path,
    convert: Callable[[pa.RecordBatch], pa.RecordBatch],
    count: Callable[[int], None],
) -> None:
    with contextlib.ExitStack() as stack:
        readers = [
            stack.enter_context(pa.ipc.open_file(stack.enter_context(pa.memory_map(str(one))))) for one in raw
        ]
        batches = (convert(_side_by_side(parts)) for parts in zip(*map(_batches, readers), strict=True))
        first = next(batches, None)
        if first is None:
            return
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, first.schema) as writer:
            for batch in itertools.chain([first], batches):
                writer.write_batch(batch)
                count(batch.num_rows)


def _batches(reader: pa.ipc.RecordBatchFileReader) -> Iterator[pa.RecordBatch]:
    return (reader.get_batch(index) for index in range(reader.num_record_batches))


def _side_by_side(parts: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch of the columns of several, whose offsets have to be the same."""
    columns = dict(zip(parts[0].schema.names, parts[0].columns, strict=True))
    for part in parts[1:]:
        for name, column in zip(part.schema.names, part.columns, strict=True):
            if columns.setdefault(name, column) is not column and not columns[name].equals(column):
                raise EngineError(
                    "a table was not read in one order",
                    cause="two queries over the same rows gave them differently",
                    hint="nothing was written",
                )
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
