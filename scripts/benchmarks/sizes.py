"""What changes to one table of six columns add to the store: the pack files' growth, whole versions.

Every version also stores its schema, manifest and trees: some kilobytes, which are counted.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from scripts.benchmarks.measure import folder_bytes, kuzuvcs, measure, stock
from scripts.benchmarks.table import build_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What was done, the bytes it added to the store, and the bound for them, if one is promised."""

    change: str
    added: int
    bound: int | None = None


RENAME_BOUND = 100_000
"""Bytes that a rename may add."""

ADDED_COLUMN_FACTOR = 1.1
"""What an added column may add, of its own bytes."""


def growths(rows: int, work: Path) -> tuple[Growth, ...]:
    """Make a table of so many rows, change it step by step, and take a version after each step."""
    return tuple(_Table(rows, work).run())


class _Table:
    def __init__(self, rows: int, work: Path) -> None:
        self._rows = rows
        self._work = work
        self._project = work / "sizes"
        self._database = self._project / "table.kuzu"

    def run(self) -> Iterator[Growth]:
        self._project.mkdir()
        build_table(self._rows, self._database, self._work)
        measure(kuzuvcs("-C", str(self._project), "init", "--database", "table.kuzu"))
        yield Growth(change=f"first version, {self._rows:,} rows × 6 columns", added=self._snapshot())
        self._execute("ALTER TABLE T ADD extra INT64", "MATCH (t:T) SET t.extra = t.number * 3 % 1000003")
        added = self._snapshot()
        yield Growth(
            change="a column added", added=added, bound=int(ADDED_COLUMN_FACTOR * self._column_bytes("extra"))
        )
        self._execute("ALTER TABLE T RENAME extra TO renamed")
        yield Growth(change="a column renamed", added=self._snapshot(), bound=RENAME_BOUND)
        yield Growth(
            change="the same content, from a restored database", added=self._snapshot_restored(), bound=0
        )
        low = self._rows // 2
        high = low + self._rows // 100
        self._execute(f"MATCH (t:T) WHERE t.id >= {low} AND t.id < {high} SET t.number = t.number + 1")
        yield Growth(change="1 % of one integer column updated, side by side", added=self._snapshot())
        self._execute("MATCH (t:T) WHERE t.id % 100 = 7 SET t.number = t.number + 1")
        yield Growth(change="1 % of one integer column updated, spread evenly", added=self._snapshot())

    def _execute(self, *statements: str) -> None:
        measure(stock("execute", str(self._database), *statements))

    def _snapshot(self, *options: str) -> int:
        before = self._objects()
        measure(kuzuvcs("-C", str(self._project), "--json", *options, "snapshot", "-m", "bench"))
        return self._objects() - before

    def _snapshot_restored(self) -> int:
        restored = self._work / "restored.kuzu"
        measure(kuzuvcs("-C", str(self._project), "checkout", "HEAD", "--to", str(restored)))
        added = self._snapshot("--database", str(restored))
        restored.unlink()
        return added

    def _objects(self) -> int:
        return folder_bytes(self._project / "snapshots" / "objects")

    def _column_bytes(self, name: str) -> int:
        """The stored bytes of a column in the second version: its file's parts, put end to end."""
        archive = ["git", "-C", str(self._project / "snapshots"), "archive", "v2:data/T.parquet"]
        with tarfile.open(fileobj=io.BytesIO(subprocess.check_output(archive))) as tar:
            parts = [file.read() for member in tar if (file := tar.extractfile(member)) is not None]
        metadata = pq.read_metadata(io.BytesIO(b"".join(parts)))
        index = metadata.schema.names.index(name)
        groups = (metadata.row_group(group) for group in range(metadata.num_row_groups))
        return sum(group.column(index).total_compressed_size for group in groups)
