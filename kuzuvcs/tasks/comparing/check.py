"""Verify: a version's files by DuckDB, and the live database against them, value by value."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.surplus import surplus
from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.errors import DamagedStore, VerificationFailed
from kuzuvcs.results import TableVerified
from kuzuvcs.store import Assembly, Store
from kuzuvcs.tasks.building.checkout import Assembled, differences
from kuzuvcs.tasks.creatable import require_creatable
from kuzuvcs.tasks.reading.capture import capture
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.snapshot import opened_database
from kuzuvcs.tasks.versions import StoredVersion, assemble, column_results, file_name
from kuzuvcs.verify import FileChecker


def verify_version(
    store: Store,
    stored: StoredVersion,
    folder: Path,
    progress: Progress,
    declared: Declarations,
    *,
    database: Path | None,
) -> list[TableVerified]:
    """Check every file of a version; with ``database``, that it holds the same values.

    :raises VerificationFailed: no database can be made of it, whatever its files hold
    """
    require_creatable(stored.version.name, stored.schema, stored.manifest)
    tables, files = [], []
    progress.stage(f"verifying {stored.version.name}", len(stored.manifest.files))
    with store.assembly(stored.version.commit) as source, FileChecker(folder) as checker:
        for number, record in enumerate(stored.manifest.files):
            problems: tuple[str, ...] = ()
            try:
                files.append(_checked(source, checker, record, folder, number))
            except (DamagedStore, VerificationFailed) as error:
                problems = (f"{error.message}: {error.cause}" if error.cause else error.message,)
            tables.append(
                TableVerified(name=file_name(record), rows=record.rows, ok=not problems, problems=problems)
            )
            progress.advance(1)
    if database is None or not all(table.ok for table in tables):
        return tables
    return _against_database(stored, files, database, folder, progress, declared)


def _checked(
    source: Assembly, checker: FileChecker, record: DataFile, folder: Path, number: int
) -> Assembled:
    path = assemble(source, record, folder, number)
    checker.check(path, table=file_name(record), rows=record.rows, columns=column_results(record))
    return Assembled(record=record, file=path)


def _against_database(
    stored: StoredVersion,
    files: list[Assembled],
    database: Path,
    folder: Path,
    progress: Progress,
    declared: Declarations,
) -> list[TableVerified]:
    live = folder / "live"
    live.mkdir()
    with opened_database(database, live, declared) as opened:
        captured = capture(opened.source, opened.inspection.schema, live, progress)
        found_schema = opened.inspection.schema
        positions = set(opened.inspection.positions) == set(stored.positions)
    tables = [
        TableVerified(name=file_name(record), rows=record.rows, ok=not found, problems=found)
        for record, found in differences(files, captured, folder)
    ]
    known = {file.record.path for file in files}
    tables += [
        TableVerified(
            name=file.table,
            rows=file.result.rows,
            ok=False,
            problems=(f"{file.table} is not in the version",),
        )
        for file in captured
        if file.path not in known
    ]
    if not same_schema(found_schema, stored.schema):
        states = [surplus(change) for change in diff(stored.schema, found_schema)]
        tables.append(_general("schema", f"compared with {stored.version.name}: " + "; ".join(states)))
    if not positions:
        tables.append(_general("sequences", f"current values are not those of {stored.version.name}"))
    return tables


def _general(name: str, problem: str) -> TableVerified:
    return TableVerified(name=name, rows=0, ok=False, problems=(problem,))
