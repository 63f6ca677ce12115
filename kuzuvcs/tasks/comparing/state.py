"""Status: what the live database has that the head has not."""

from __future__ import annotations

import contextlib
from pathlib import Path

from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema import fold
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.project import Project
from kuzuvcs.results import RowsChange, Status, values_of
from kuzuvcs.store import Store
from kuzuvcs.tasks.comparing.compare import Answering, compare_sides
from kuzuvcs.tasks.comparing.sides import LiveSide, VersionSide
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.running.standing import standing_of
from kuzuvcs.tasks.snapshot import opened_database
from kuzuvcs.tasks.versions import StoredVersion, outlines, read_version


def read_status(
    store: Store, project: Project, folder: Path, progress: Progress, declared: Declarations, *, data: bool
) -> Status:
    """Compare the live database with the head, and say which version it is.

    Values are compared where that is cheap, or all of them with ``data``.
    """
    with opened_database(project.database, folder, declared) as opened:
        live = LiveSide(opened, folder, progress)
        if data:
            live.capture_all()
        scripts = standing_of(opened.source, live.schema, project, store)
        warnings = (*live.warnings, *scripts.warnings)
        newest = next(iter(store.versions()), None)
        if newest is None:
            rows = tuple(
                RowsChange(table=table, before=None, after=count) for table, count in live.rows().items()
            )
            return Status(
                head=None,
                version=None,
                clean=not rows,
                changes=(),
                rows=rows,
                applied=scripts.applied,
                pending=scripts.pending,
                warnings=warnings,
            )
        head = VersionSide(store, read_version(store, newest), folder / "head")
        (folder / "head").mkdir()
        # A status asks nothing: what is open is shown as drop and add, and diff asks.
        found = compare_sides(head, live, Answering(no_renames=True), folder, all_values=data)
        version = _version_of(store, live)
        by_value = all(live.known(table) is not None for table, count in live.rows().items() if count)
    return Status(
        head=head.name,
        version=version,
        clean=version == head.name,
        changes=found.changes,
        rows=tuple(row for row in found.rows if row.before != row.after or row.data),
        values=values_of(found.rows),
        sequences=found.sequences,
        by_value=by_value,
        applied=scripts.applied,
        pending=scripts.pending,
        warnings=warnings,
    )


def _version_of(store: Store, live: LiveSide) -> str | None:
    """The newest version with the live schema, rows and sequences, and with every value that was read."""
    digest, rows = schema_digest(live.schema), live.rows()
    with contextlib.closing(outlines(store, store.versions())) as found:
        for version, outline in found:
            if (outline.schema_digest, outline.rows) == (digest, rows) and _is_version(
                live, read_version(store, version)
            ):
                return version.name
    return None


def _is_version(live: LiveSide, stored: StoredVersion) -> bool:
    """The same of a version of the same schema and row counts."""
    if set(live.positions) != set(stored.positions):
        return False
    known = {fold(name): files for name in live.rows() if (files := live.known(name)) is not None}
    held = {(file.path, file.digest) for files in known.values() for file in files}
    return held == {(file.path, file.digest) for file in stored.manifest.files if fold(file.table) in known}
