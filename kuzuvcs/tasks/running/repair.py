"""Mend what is recorded of scripts, and never run or undo one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.history import Applied, require_whole
from kuzuvcs.core.scripts.mending import mended_runs
from kuzuvcs.core.scripts.replacing import may_be_replaced, replacements
from kuzuvcs.core.scripts.sums import SUM_FILE
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import MigrationFile, pledge, read_folder
from kuzuvcs.migrations.sum_file import folder_faults, has_sum, write_sum
from kuzuvcs.project import Project
from kuzuvcs.results import Mended
from kuzuvcs.tasks.building.place import locked
from kuzuvcs.tasks.reading.history import known, now, of_script, read_history, record, rewrite
from kuzuvcs.tasks.reading.inspect import Declarations, inspect
from kuzuvcs.tasks.reading.replayed import open_to_read
from kuzuvcs.tasks.running.recognise import as_runs


def repair(
    project: Project, folder: Path, declared: Declarations, *, dry_run: bool, wait: float
) -> tuple[Mended, ...]:
    """Mend the sum file, the live database's history, and what a kill left in the migrations folder.

    Each script has to be readable first: what is recorded is what can be run.

    :raises MigrationError: a script cannot be read, or one stands half-way in the database
    :raises DatabaseLocked: the history has to be mended, and another process has the database open
    """
    scripts = read_folder(project.migrations)
    mended = [*_sum(project.migrations, dry_run=dry_run), *_left_over(project.migrations, dry_run=dry_run)]
    if project.database.exists():
        mended += _history(project, scripts, Place(folder, declared, wait), dry_run=dry_run)
    return tuple(mended)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a schema is looked at, what the project declares of it, and how long a lock is waited for."""

    folder: Path
    declared: Declarations
    wait: float

    def digest(self, database: Path, worker: Worker) -> str:
        """The digest of the schema of a database that the worker has open."""
        return schema_digest(inspect(database, self.folder, self.declared, worker).schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """Runs as they are to be written again, runs that are new, and what becomes of which in words."""

    rewritten: tuple[Applied, ...]
    recorded: tuple[Applied, ...]
    mended: tuple[Mended, ...]


def _sum(folder: Path, *, dry_run: bool) -> list[Mended]:
    mended = [Mended(kind="sum", subject=one.file, text=one.message) for one in folder_faults(folder)]
    if folder.is_dir() and not has_sum(folder) and read_folder(folder):
        mended.append(Mended(kind="sum", subject=SUM_FILE, text="there was none, and it is written"))
    if mended and not dry_run:
        write_sum(folder)
    return mended


def _left_over(folder: Path, *, dry_run: bool) -> list[Mended]:
    """What a kill left of a file that was being written beside its place."""
    names = (f".{SUM_FILE}.*", ".*.cypher.*")
    left = sorted(path for name in names for path in folder.glob(name)) if folder.is_dir() else []
    for path in left:
        if not dry_run:
            path.unlink(missing_ok=True)
    return [Mended(kind="left_over", subject=one.name, text="half-written, and removed") for one in left]


def _history(
    project: Project, scripts: Sequence[MigrationFile], place: Place, *, dry_run: bool
) -> tuple[Mended, ...]:
    with open_to_read(project.database, place.folder) as (reader, at, _):
        history = read_history(reader, project.history_table)
        found = _mending(scripts, history, lambda: place.digest(at, reader))
    if found.mended and not dry_run:
        require_whole(history)
        # What is written is looked up again under the lock: another run may have come between.
        with locked(project.database, place.wait) as live:
            history = read_history(live, project.history_table)
            found = _mending(scripts, history, lambda: place.digest(project.database, live))
            live.execute("BEGIN TRANSACTION")
            for run in found.rewritten:
                if not rewrite(live, project.history_table, run):
                    raise MigrationError(f"the history has no run {run.number} any more")
            record(live, project.history_table, found.recorded)
            live.execute("COMMIT")
            live.execute("CHECKPOINT")
    return found.mended


def _mending(
    scripts: Sequence[MigrationFile], history: Sequence[Applied], digest: Callable[[], str]
) -> Mending:
    """What is to be written so that the history names the scripts that the folder has.

    ``digest`` is of the live schema, which is read only where a script may have taken another's place.
    """
    by_id = {one.id: one for one in scripts}
    rewritten: list[Applied] = []
    recorded: list[MigrationFile] = []
    mended: list[Mended] = []
    replaced: set[int] = set()
    pledges, folder = [pledge(script) for script in scripts], known(scripts)
    found = replacements(history, pledges, folder, digest()) if may_be_replaced(history, folder) else ()
    for one in found:
        new = [by_id[id] for id in one.by]
        if len(one.runs) == len(new) == 1:
            rewritten.append(_renamed(one.runs[0], new[0]))
        else:
            # Two scripts have one run, or one script two: what was captured belongs to no single one of them.
            rewritten += [replace(run, rolled_back=now()) for run in one.runs]
            recorded += new
        replaced |= {run.number for run in one.runs}
        text = f"is gone: {' and '.join(one.by)} is recorded as applied in its place"
        mended += [Mended(kind="history", subject=run.id, text=text) for run in one.runs]
    others = mended_runs([run for run in history if run.number not in replaced], folder)
    mended += [Mended(kind="history", subject=run.id, text=_text(run)) for run in others]
    return Mending(rewritten=(*rewritten, *others), recorded=as_runs(recorded, history), mended=tuple(mended))


def _renamed(run: Applied, script: MigrationFile) -> Applied:
    told = of_script(script)
    return replace(
        run,
        id=told["id"],
        description=told["description"],
        checksum=told["checksum"],
        from_version=told["from_version"],
        to_version=told["to_version"],
    )


def _text(run: Applied) -> str:
    if run.checksum:
        return "is not the file that the history recorded: its checksum is recorded again"
    return "is gone: its run stays in the history without a checksum, and cannot be rolled back"
