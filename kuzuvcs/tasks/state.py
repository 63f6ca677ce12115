"""Status: what the live database has that the head has not."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.core.history import pending, require_whole
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema_json import same_schema, schema_digest
from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import read_folder
from kuzuvcs.project import Project
from kuzuvcs.results import RowsChange, Status
from kuzuvcs.store import Store
from kuzuvcs.tasks.check_scripts import check_folder
from kuzuvcs.tasks.compare import Answering, compare_sides
from kuzuvcs.tasks.inspect import Declarations
from kuzuvcs.tasks.read_tables import Source
from kuzuvcs.tasks.running.history import known, read_history
from kuzuvcs.tasks.running.recognise import recognised
from kuzuvcs.tasks.sides import LiveSide, VersionSide, rows_of
from kuzuvcs.tasks.snapshot import opened_database
from kuzuvcs.tasks.versions import StoredVersion, read_version


def read_status(
    store: Store, project: Project, folder: Path, progress: Progress, declared: Declarations, *, data: bool
) -> Status:
    """Compare the live database with the head, and say which version it is."""
    with opened_database(project.database, folder, declared) as opened:
        live = LiveSide(opened, folder, progress)
        if data:
            live.capture_all()
        to_run, faults = _pending(opened.source, project, schema_digest(live.schema))
        folder_faults = check_folder(project.migrations)[1]
        warnings = (*live.warnings, *faults, *(f"{one.message}: {one.cause}" for one in folder_faults))
        versions = [read_version(store, version) for version in store.versions()]
        version = next((one.version.name for one in versions if _is_version(live, one, data=data)), None)
        if not versions:
            rows = tuple(
                RowsChange(table=table, before=None, after=count) for table, count in live.rows().items()
            )
            return Status(
                head=None,
                version=None,
                clean=not rows,
                changes=(),
                rows=rows,
                pending=to_run,
                warnings=warnings,
            )
        head = VersionSide(store, versions[0], folder / "head")
        (folder / "head").mkdir()
        # A status asks nothing: what is open is shown as drop and add, and diff asks.
        found = compare_sides(head, live, Answering(no_renames=True), folder)
    return Status(
        head=head.name,
        version=version,
        clean=version == head.name,
        changes=found.changes,
        rows=tuple(row for row in found.rows if row.before != row.after or row.data),
        pending=to_run,
        warnings=warnings,
    )


def _pending(source: Source, project: Project, digest: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The scripts that are still to be run, and what is wrong with those that were.

    What the database has seen though its history does not say so is not among them.
    """
    scripts = read_folder(project.migrations)
    try:
        history = read_history(source, project.history_table)
        require_whole(history)
        return pending((*history, *recognised(scripts, history, digest)), known(scripts)), ()
    except MigrationError as error:
        return (), (f"{error.message}: {error.cause}",)


def _is_version(live: LiveSide, stored: StoredVersion, *, data: bool) -> bool:
    """Whether the live database is that version: schema, rows, sequences; with ``data`` every value."""
    if not same_schema(live.schema, stored.schema) or live.rows() != rows_of(stored.manifest.files):
        return False
    if not live.same_positions(stored.positions):
        return False
    if not data:
        return True
    held = {(file.path, file.digest) for file in live.records() or ()}
    return held == {(file.path, file.digest) for file in stored.manifest.files}
