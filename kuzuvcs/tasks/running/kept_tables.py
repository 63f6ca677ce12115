"""Files of tables that were captured around a rollback: compared with each other, kept, and read again."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.columns.loaded import Rows, fitted, load_rows, no_rows
from kuzuvcs.columns.parquet import FileColumn
from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.planning.kept_data import FileKey
from kuzuvcs.core.positions import SequencePosition
from kuzuvcs.core.schema import Schema, fold
from kuzuvcs.core.types import parse_type
from kuzuvcs.errors import DamagedStore, ManifestError, MigrationError, VerificationFailed
from kuzuvcs.store import Assembly, Store, Writer
from kuzuvcs.tasks.snapshot import capture_version, opened_database
from kuzuvcs.tasks.versions import NewVersion, assemble, column_results, entries, file_name, read_kept
from kuzuvcs.tasks.workplace import Workplace
from kuzuvcs.verify import FileChecker


@dataclass(frozen=True, slots=True)
class TableOnDisk:
    """A canonical file, and what the manifest says of it."""

    record: DataFile
    file: Path

    @property
    def columns(self) -> tuple[FileColumn, ...]:
        """Its columns."""
        return tuple(
            FileColumn(name=one.parquet_column, property=one.property, type=parse_type(one.type))
            for one in self.record.columns
        )

    def rows(self) -> Rows:
        """All of it, in memory."""
        return load_rows(self.file, self.columns, 1 if self.record.kind == "node" else 2)

    def fitted_to(self, other: TableOnDisk) -> Rows:
        """All of it, with the columns of ``other``."""
        return fitted(self.rows(), other.columns)


Tables = Mapping[FileKey, TableOnDisk]

Choice = Callable[[Schema], Collection[str] | None]
"""Which tables of a schema: None for all of them."""


def rows_like(tables: Tables, one: TableOnDisk) -> Rows:
    """The rows of the same file among ``tables``; none where it is not there."""
    found = tables.get(key_of(one.record))
    if found is None:
        return no_rows(one.columns, 1 if one.record.kind == "node" else 2)
    return found.fitted_to(one)


def key_of(record: DataFile) -> FileKey:
    """The table, and the ends of its connection."""
    return record.table, record.source, record.target


def capture_tables(work: Workplace, database: Path, folder: Path, only: Choice) -> NewVersion:
    """The tables of a database that ``only`` chooses, captured into a new ``folder``; and its schema."""
    folder.mkdir()
    with opened_database(database, folder, work.declared) as opened:
        chosen = only(opened.inspection.schema)
        return capture_version(opened, folder, work.progress, only=chosen)


def tables_of(new: NewVersion) -> Tables:
    """The captured files."""
    return {
        key_of(record): TableOnDisk(record, captured.file)
        for record, captured in zip(new.manifest.files, new.captured, strict=True)
    }


def keep_tables(
    work: Workplace, writer: Writer, new: NewVersion, files: Collection[FileKey], message: str
) -> str:
    """Commit some of the captured files; the commit."""
    kept = [
        (record, captured)
        for record, captured in zip(new.manifest.files, new.captured, strict=True)
        if key_of(record) in files
    ]
    manifest = dataclasses.replace(new.manifest, files=tuple(record for record, _ in kept))
    less = dataclasses.replace(new, manifest=manifest, captured=tuple(captured for _, captured in kept))
    return writer.keep(entries(less, work.store, None), message=message)


def kept_tables(store: Store, commit: str, folder: Path) -> tuple[Tables, tuple[SequencePosition, ...]]:
    """What :func:`keep_tables` committed, in a new ``folder``, and the positions of the sequences.

    The history names the commit, and both may come from a stranger: the files are read as a version's are.

    :raises MigrationError: the store does not have the commit, or it is not what was committed
    """
    folder.mkdir()
    with _explained():
        stored = read_kept(store, commit)
        with store.assembly(commit) as source, FileChecker(folder) as checker:
            tables = {
                key_of(record): _assembled(source, checker, record, folder, number)
                for number, record in enumerate(stored.manifest.files)
            }
        return tables, stored.positions


def _assembled(
    source: Assembly, checker: FileChecker, record: DataFile, folder: Path, number: int
) -> TableOnDisk:
    path = assemble(source, record, folder, number)
    checker.check(path, table=file_name(record), rows=record.rows, columns=column_results(record))
    return TableOnDisk(record, path)


def kept_index(store: Store, commit: str) -> tuple[str, str] | None:
    """A table of which :func:`keep_tables` kept something, and an index that it had; None without any.

    :raises MigrationError: the store does not have the commit, or it is not what was committed
    """
    with _explained():
        stored = read_kept(store, commit)
    schema = stored.schema
    names = {fold(record.table) for record in stored.manifest.files}
    names |= {
        fold(rel.name)
        for rel in schema.rel_tables
        if any(fold(end) in names for one in rel.connections for end in (one.source, one.target))
    }
    return next(((one.table, one.name) for one in schema.indexes if fold(one.table) in names), None)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (DamagedStore, ManifestError, VerificationFailed) as damaged:
        raise MigrationError(
            "what the last rollback dropped cannot be read from the store",
            cause=f"{damaged.message}; {damaged.cause}",
            hint="add --no-bring-back to run the script without it",
        ) from damaged
