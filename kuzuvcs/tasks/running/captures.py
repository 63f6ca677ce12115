"""What scripts ask to have captured of a database before UP: kept in the store, and read back for DOWN."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.planning.before import Capture
from kuzuvcs.core.scripts.capture_json import capture_from_json
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.script import Script
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import MigrationError
from kuzuvcs.store import Assembly, Store, Writer
from kuzuvcs.tasks.building.before import CapturedFiles, stand_in
from kuzuvcs.tasks.building.checkout import Assembled
from kuzuvcs.tasks.building.stage import TableFile
from kuzuvcs.tasks.reading.inspect import inspect
from kuzuvcs.tasks.snapshot import Opened, capture_version, opened_database
from kuzuvcs.tasks.versions import check_stored, column_results, entries, file_name, read_kept
from kuzuvcs.tasks.workplace import Workplace
from kuzuvcs.verify import check_file


def captures_of(script: Script) -> tuple[Capture, ...]:
    """The lines ``before`` of a script's head."""
    return tuple(capture_from_json(value) for key, value in script.head.lines if key == "before")


def keep_captures_of(
    work: Workplace, writer: Writer, database: Path, live: Worker, captures: Iterable[Capture], message: str
) -> str:
    """The same of a database that ``live`` has open for writing, and locked."""
    tables = {one.table for one in captures}
    if not tables:
        return ""
    with work.passing("capture") as folder:
        opened = Opened(
            source=live,
            inspection=inspect(database, folder, work.declared, live),
            engine=live.engine,
            header=live.header,
        )
        new = capture_version(opened, folder, work.progress, only=tables)
        return writer.keep(entries(new, work.store, None), message=message)


def keep_captures(
    work: Workplace, writer: Writer, database: Path, captures: Iterable[Capture], message: str
) -> str:
    """Capture these tables as they are in ``database``; the commit that has them, if there are any."""
    tables = {one.table for one in captures}
    if not tables:
        return ""
    with work.passing("capture") as folder:
        with opened_database(database, folder, work.declared) as opened:
            new = capture_version(opened, folder, work.progress, only=tables)
        return writer.keep(entries(new, work.store, None), message=message)


def kept_captures(store: Store, commit: str, captures: Iterable[Capture], folder: Path) -> CapturedFiles:
    """What was captured, for DOWN to read.

    :raises MigrationError: the commit has not all that DOWN asks for
    :raises DamagedStore: it is not what was committed
    :raises ManifestError: the same, of its documents
    :raises VerificationFailed: the same, of its rows
    """
    stored = read_kept(store, commit)
    files = {(one.table, one.source, one.target): one for one in stored.manifest.files}
    wanted = tuple(captures)
    missing = [one.table for one in wanted if not _has(files.get(one.place), one)]
    if missing:
        raise MigrationError(
            f"what DOWN reads of {missing[0]} was not captured",
            cause=f"commit {commit[:12]} in the store does not hold it",
            hint="--schema-only brings back the schema without it",
        )
    with store.assembly(commit) as source:
        assembled = [
            _assembled(source, files[place], folder, number)
            for number, place in enumerate(dict.fromkeys(one.place for one in wanted))
        ]
    return stand_in(wanted, assembled, folder)


def files_of_down(
    work: Workplace, script: Script, run: Applied, folder: Path, *, schema_only: bool
) -> CapturedFiles:
    """What a script's DOWN reads: captured before the run's UP, or empty with ``schema_only``."""
    captures = captures_of(script)
    if schema_only or not captures:
        return no_captures(captures, folder)
    return kept_captures(_store_with(work, run), run.capture, captures, folder)


def _store_with(work: Workplace, run: Applied) -> Store:
    """The store that a run's capture is in: the project's, or the one beside the database.

    :raises MigrationError: neither has it
    """
    found = store_holding(work, run.capture)
    if found is not None:
        return found
    raise MigrationError(
        f"what was captured before {run.id} was run is not here",
        cause=f"commit {run.capture[:12]} is neither in the project's store nor beside the database",
        hint="roll back where the script was run, or with the store that was used there; "
        "--schema-only brings back the schema without the values",
    )


def store_holding(work: Workplace, commit: str) -> Store | None:
    """The project's store, or the one beside the database, whichever has a commit."""
    if work.store.holds(commit):
        return work.store
    if work.local_store is not None and work.local_store.exists():
        local = Store.open(work.local_store)
        if local.holds(commit):
            return local
    return None


def store_of_dropped(work: Workplace, run: Applied) -> Store:
    """The store with what the rollback of a run dropped; the project's, if none has it."""
    return store_holding(work, run.dropped.partition("+")[0]) or work.store


def no_captures(captures: Iterable[Capture], folder: Path) -> CapturedFiles:
    """Empty files in their place: DOWN then brings back the schema only."""
    empty = {
        one.path: TableFile(table=one.table, connection=one.connection, columns=(), rows=0, file=folder)
        for one in captures
    }
    return CapturedFiles(empty, folder)


def _has(record: DataFile | None, capture: Capture) -> bool:
    return record is not None and {one.property for one in record.columns}.issuperset(capture.columns)


def _assembled(source: Assembly, record: DataFile, folder: Path, number: int) -> Assembled:
    path = folder / f"before-{number:05}.parquet"
    source.write(record.path, path, record.size)
    check_stored(path, record)
    check_file(path, table=file_name(record), rows=record.rows, columns=column_results(record), work=folder)
    return Assembled(record=record, file=path)
