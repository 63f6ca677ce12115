"""The two sides of a diff: versions in the store, or the live database, behind one face."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kuzuvcs.core.manifest import CatalogIds, DataFile
from kuzuvcs.core.positions import SequencePosition
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema import Schema, fold
from kuzuvcs.results import LIVE
from kuzuvcs.store import Store
from kuzuvcs.tasks.reading.capture import capture
from kuzuvcs.tasks.reading.counts import count_tables
from kuzuvcs.tasks.snapshot import Opened
from kuzuvcs.tasks.versions import StoredVersion, assemble, catalog_ids, data_file


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFile:
    """A canonical Parquet file of a side, on the disk."""

    record: DataFile
    file: Path


class Side(Protocol):
    """What a diff asks of either side."""

    @property
    def name(self) -> str:
        """The version's name, or ``@live``."""

    @property
    def schema(self) -> Schema:
        """The schema, in declared order."""

    @property
    def ids(self) -> CatalogIds:
        """The catalog ids, evidence of renames."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What could not be told of this side."""

    @property
    def positions(self) -> tuple[SequencePosition, ...]:
        """The current value of every sequence."""

    def rows(self) -> dict[str, int]:
        """Rows of every table; a rel table's are its edges over all connections."""

    def files(self, tables: Iterable[str]) -> list[SideFile]:
        """The canonical files of these tables (a live side has those of their end tables, too)."""

    def known(self, table: str) -> tuple[DataFile, ...] | None:
        """What the files of a table hold, or ``None`` where the table has to be read first."""


class VersionSide:
    """A version in the store."""

    def __init__(self, store: Store, stored: StoredVersion, folder: Path) -> None:
        self._source = store.assembly(stored.version.commit)
        self._stored = stored
        self._folder = folder
        self._assembled: dict[str, SideFile] = {}
        self.name = stored.version.name
        self.schema = stored.schema
        self.ids = stored.manifest.ids
        self.warnings = stored.manifest.warnings
        self.positions = stored.positions

    @property
    def stored(self) -> StoredVersion:
        """The version itself."""
        return self._stored

    def rows(self) -> dict[str, int]:
        """Rows of every table, from the manifest."""
        return rows_of(self._stored.manifest.files)

    def files(self, tables: Iterable[str]) -> list[SideFile]:
        """The files of these tables, written out when first asked for."""
        wanted = {fold(table) for table in tables}
        with self._source as source:
            for number, record in enumerate(self._stored.manifest.files):
                if fold(record.table) in wanted and record.path not in self._assembled:
                    path = assemble(source, record, self._folder, number)
                    self._assembled[record.path] = SideFile(record=record, file=path)
        return [file for file in self._assembled.values() if fold(file.record.table) in wanted]

    def known(self, table: str) -> tuple[DataFile, ...]:
        """What the files of a table hold, from the manifest."""
        return tuple(file for file in self._stored.manifest.files if fold(file.table) == fold(table))


class LiveSide:
    """The live database, open for reading."""

    name = LIVE

    def __init__(self, opened: Opened, folder: Path, progress: Progress) -> None:
        self._opened = opened
        self._folder = folder
        self._progress = progress
        self._captured: dict[str, SideFile] = {}
        self._captures = 0
        self._rows: dict[str, int] | None = None
        self.schema = opened.inspection.schema
        self.ids = catalog_ids(opened.inspection.catalog, opened.header.identity)
        self.warnings = opened.inspection.warnings
        self.positions = opened.inspection.positions

    def rows(self) -> dict[str, int]:
        """Rows of every table, counted by the engine when first asked for."""
        if self._rows is None:
            self._rows = count_tables(self._opened.source, self.schema)
        return self._rows

    def files(self, tables: Iterable[str]) -> list[SideFile]:
        """The files of these tables, captured when first asked for."""
        wanted = {fold(table) for table in tables}
        missing = wanted - {fold(file.record.table) for file in self._captured.values()}
        if missing:
            folder = self._folder / f"live-{self._captures}"
            folder.mkdir()
            self._captures += 1
            for one in capture(self._opened.source, self.schema, folder, self._progress, only=missing):
                record = data_file(one)
                self._captured.setdefault(record.path, SideFile(record=record, file=one.file))
        return [file for file in self._captured.values() if fold(file.record.table) in wanted]

    def capture_all(self) -> None:
        """Read every table, so that all are :meth:`known`."""
        self.files(table.name for table in self.schema.tables())

    def known(self, table: str) -> tuple[DataFile, ...] | None:
        """What the files of a table hold, once it was captured."""
        files = (file.record for file in self._captured.values() if fold(file.record.table) == fold(table))
        return tuple(files) or None


def rows_of(files: Iterable[DataFile]) -> dict[str, int]:
    """Rows by table."""
    rows: dict[str, int] = {}
    for file in files:
        rows[file.table] = rows.get(file.table, 0) + file.rows
    return rows
