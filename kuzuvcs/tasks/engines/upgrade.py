"""Rebuild a database for another engine or release, without a project: captured, restored, verified by value.

The source is only read.  The target is built in a folder beside its place and put there by one rename, after
every value was read back and compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.manifest import Manifest
from kuzuvcs.core.progress import Progress
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.file_access import copied_access
from kuzuvcs.results import Upgraded
from kuzuvcs.tasks.building.checkout import Assembled, Wanted, restore
from kuzuvcs.tasks.building.place import replace
from kuzuvcs.tasks.engines.fit import Fitted, fit
from kuzuvcs.tasks.engines.later import write_later
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.snapshot import Opened, capture_version, opened_database
from kuzuvcs.tasks.versions import data_file, table_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A database that was built in a folder and verified, with what it was built from."""

    database: Path
    before: Engine
    fitted: Fitted
    manifest: Manifest

    def put_in_place(self, source: Path, target: Path, worker: Worker | None) -> Upgraded:
        """Put it at ``target``, where ``worker`` holds the lock of what is there now, if anything is."""
        later = write_later(target, self.fitted.later)
        replace(self.database, target, worker, new=copied_access(source, target.resolve().parent))
        return Upgraded(
            source=source,
            target=target,
            before=self.before,
            after=self.fitted.engine,
            tables=table_rows(self.manifest),
            left_out=self.fitted.left_out,
            warnings=self.manifest.warnings,
            later=later,
        )


def upgrade(
    source: Path, target: Path, folder: Path, progress: Progress, declared: Declarations, *, strict: bool
) -> Upgraded:
    """Make ``target``, of the declared engine, hold what ``source`` holds.

    :raises KuzuvcsError: something is at ``target``
    :raises SchemaError: the engine cannot hold the schema; with ``strict``, not all of it
    :raises VerificationFailed: what was built does not hold every value of the source
    """
    require_free(target)
    reading = folder / "source"
    reading.mkdir()
    with opened_database(source, reading, declared) as opened:
        rebuilt = rebuild(opened, source.name, folder, reading, progress, declared, strict=strict)
    require_free(target)
    return rebuilt.put_in_place(source, target, None)


def rebuild(
    opened: Opened,
    name: str,
    folder: Path,
    reading: Path,
    progress: Progress,
    declared: Declarations,
    *,
    strict: bool,
) -> Rebuilt:
    """Build in ``folder`` what an open database holds, with the declared engine, and compare every value.

    :raises SchemaError: the engine cannot hold the schema; with ``strict``, not all of it
    :raises VerificationFailed: what was built does not hold every value
    """
    fitted = fit(opened.inspection.schema, folder, declared, strict=strict)
    new = capture_version(opened, reading, progress)
    built = folder / "upgraded"
    restore(
        Wanted(name=name, schema=fitted.schema, positions=new.positions),
        [Assembled(record=data_file(one), file=one.file) for one in new.captured],
        built,
        folder,
        progress,
        declared,
        verify="values",
    )
    return Rebuilt(database=built, before=opened.engine, fitted=fitted, manifest=new.manifest)


def require_free(target: Path) -> None:
    """Raise where something is at ``target``.

    :raises KuzuvcsError: something is
    """
    if target.exists():
        raise KuzuvcsError(
            f"{target} exists already", cause="an upgrade makes a new database", hint="name another path"
        )
