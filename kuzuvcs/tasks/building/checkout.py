"""Restore a version: built beside its target, verified, then put in place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.columns.minima import holds_minimum
from kuzuvcs.columns.parquet import FileColumn
from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.positions import SequencePosition
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema import Connection, Schema
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.core.types import parse_type
from kuzuvcs.database_files import remove_database
from kuzuvcs.engines.client import Worker, lacks_memory
from kuzuvcs.errors import EngineError, VerificationFailed
from kuzuvcs.files import require_room
from kuzuvcs.results import Verification
from kuzuvcs.store import Store
from kuzuvcs.tasks.building.restore import Content, build
from kuzuvcs.tasks.building.stage import TableFile
from kuzuvcs.tasks.reading.capture import CapturedFile, capture
from kuzuvcs.tasks.reading.counts import count_rows
from kuzuvcs.tasks.reading.inspect import Declarations, inspect
from kuzuvcs.tasks.versions import StoredVersion, assemble, column_results, file_name
from kuzuvcs.verify import Difference, FileChecker, compare_files

_ROOM_PER_BYTE = 6
"""Bytes of disk wanted per byte of Parquet: the files, the database without compression, and the check."""

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A data file of a version on the disk."""

    record: DataFile
    file: Path

    @property
    def columns(self) -> tuple[FileColumn, ...]:
        """Its columns, as the readers and writers of canonical files take them."""
        return tuple(
            FileColumn(name=column.parquet_column, property=column.property, type=parse_type(column.type))
            for column in self.record.columns
        )


def assemble_files(
    store: Store,
    stored: StoredVersion,
    folder: Path,
    progress: Progress,
    *,
    values: bool,
    only: Collection[str] | None = None,
) -> tuple[Assembled, ...]:
    """Write a version's files into ``folder`` and have DuckDB check them against the manifest.

    All of them, or those of the tables in ``only``.

    :raises DamagedStore: a part is missing or altered
    :raises VerificationFailed: a file is not what the manifest says
    """
    files = []
    records = [one for one in stored.manifest.files if only is None or one.table in only]
    progress.stage(f"reading {stored.version.name}", len(records))
    with store.assembly(stored.version.commit) as source, FileChecker(folder) as checker:
        for number, record in enumerate(records):
            path = assemble(source, record, folder, number)
            checker.check(
                path,
                table=file_name(record),
                rows=record.rows,
                columns=column_results(record),
                values=values,
            )
            files.append(Assembled(record=record, file=path))
            progress.advance(1)
    return tuple(files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a database is to hold beside its rows, and how it is called."""

    name: str
    schema: Schema
    positions: tuple[SequencePosition, ...]


def wanted_of(stored: StoredVersion, schema: Schema | None = None) -> Wanted:
    """A version, or what an engine holds of its schema."""
    return Wanted(name=stored.version.name, schema=schema or stored.schema, positions=stored.positions)


def restore(
    wanted: Wanted,
    files: Sequence[Assembled],
    target: Path,
    folder: Path,
    progress: Progress,
    declared: Declarations,
    *,
    verify: Verification,
) -> None:
    """Build the database of a version, or another one that was captured, at ``target`` and verify it.

    It is built with the engine's compression, or without where that loses a value (ENGINE.md).

    :raises VerificationFailed: the restored database does not hold the version; the difference is named
    """
    size = sum(file.record.size for file in files)
    require_room(folder, size * _ROOM_PER_BYTE + (64 << 20), f"restore {wanted.name}")
    content = Content(
        schema=wanted.schema,
        files=tuple(_table_file(file) for file in files),
        positions=wanted.positions,
    )
    attempts = [False] if any(holds_minimum(file.file) for file in files) else [True, False]
    for compression in attempts:
        try:
            _build_verified(
                wanted, content, files, target, folder, progress, declared, verify, compression=compression
            )
        except (VerificationFailed, EngineError) as error:
            if compression is attempts[-1] or lacks_memory(error):
                raise
            remove_database(target)
        else:
            return


def _build_verified(
    wanted: Wanted,
    content: Content,
    files: Sequence[Assembled],
    target: Path,
    folder: Path,
    progress: Progress,
    declared: Declarations,
    verify: Verification,
    *,
    compression: bool,
) -> None:
    build(content, target, folder, progress, engine=declared.engine, compression=compression)
    check = folder / "check"
    check.mkdir(exist_ok=True)
    with Worker() as worker:
        worker.open(target, read_only=True)
        found = inspect(target, check, declared, worker)
        _check_schema(wanted.schema, found.schema)
        if set(found.positions) != set(wanted.positions):
            raise VerificationFailed(
                f"{wanted.name} cannot be restored",
                cause="its sequences do not continue where they stood",
                hint="nothing was put in place",
            )
        if verify == "counts":
            for file in files:
                _check_count(worker, file.record)
            return
        progress.stage("verifying the restored database")
        captured = capture(worker, wanted.schema, check, progress)
        compare(files, captured, check)
    for read in captured:
        read.file.unlink()


def compare(files: Sequence[Assembled], captured: Sequence[CapturedFile], work: Path) -> None:
    """Compare what was read of a database with a version's files.

    :raises VerificationFailed: the first cells that differ, by table, key and column
    """
    problems = [problem for _, found in differences(files, captured, work) for problem in found]
    if problems:
        raise VerificationFailed(
            "the database does not hold what the version holds",
            cause="\n".join(problems[:_SHOWN]),
            hint="the engine cannot store these values as they are; nothing was put in place",
        )


def differences(
    files: Sequence[Assembled], captured: Sequence[CapturedFile], work: Path
) -> list[tuple[DataFile, tuple[str, ...]]]:
    """For each of a version's files, what in the database differs from it, in words."""
    read = {file.path: file for file in captured}
    found: list[tuple[DataFile, tuple[str, ...]]] = []
    for file in files:
        other = read.get(file.record.path)
        if other is None:
            found.append((file.record, (f"{file_name(file.record)} is not in the database",)))
        elif other.result.digest == file.record.digest:
            found.append((file.record, ()))
        else:
            found.append((file.record, _cells(file, other, work)))
    return found


def _cells(file: Assembled, other: CapturedFile, work: Path) -> tuple[str, ...]:
    name = file_name(file.record)
    if [(column.property, column.type) for column in file.record.columns] != [
        (column.property, column.type) for column in other.result.columns
    ]:
        return (f"{name}: its columns are not those of the version",)
    result = compare_files(
        file.file,
        other.file,
        table=name,
        columns=file.columns,
        keys=1 if file.record.kind == "node" else 2,
        work=work,
        limit=_SHOWN,
    )
    words = [_words(difference) for difference in result.first]
    if result.count > len(words):
        words.append(f"{name}: {result.count:,} differences in all")
    return tuple(words)


def _words(difference: Difference) -> str:
    place = f"{difference.table}[{difference.key}]"
    if difference.column is None:
        return f"{place}: {'missing' if difference.actual is None else 'not in the version'}"
    values = f"{difference.expected} in the version, {difference.actual} in the database"
    return f"{place}.{difference.column}: {values}"


def _table_file(file: Assembled) -> TableFile:
    record = file.record
    return TableFile(
        table=record.table,
        connection=None if record.kind == "node" else Connection(source=record.source, target=record.target),
        columns=file.columns,
        rows=record.rows,
        file=file.file,
    )


def _check_schema(expected: Schema, found: Schema) -> None:
    if not same_schema(expected, found):
        raise VerificationFailed(
            "the restored database has another schema than the version",
            cause="the engine reads its own DDL back differently",
            hint="nothing was put in place",
        )


def _check_count(worker: Worker, record: DataFile) -> None:
    rows = count_rows(worker, record.table, (record.source, record.target) if record.kind == "rel" else None)
    if rows != record.rows:
        raise VerificationFailed(
            f"{file_name(record)}: {rows} rows restored, {record.rows} in the version",
            cause="",
            hint="nothing was put in place",
        )
