"""Mend what is recorded of scripts, and never run or undo one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kuzuvcs.core.scripts.history import Applied, require_whole
from kuzuvcs.core.scripts.mending import mended_runs
from kuzuvcs.core.scripts.sums import SUM_FILE
from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import read_folder
from kuzuvcs.migrations.sum_file import folder_faults, has_sum, write_sum
from kuzuvcs.project import Project
from kuzuvcs.results import Mended
from kuzuvcs.tasks.building.place import locked
from kuzuvcs.tasks.reading.history import known, read_history, rewrite
from kuzuvcs.tasks.reading.replayed import open_to_read


def repair(project: Project, folder: Path, *, dry_run: bool, wait: float) -> tuple[Mended, ...]:
    """Mend the sum file, the live database's history, and what a kill left in the migrations folder.

    Each script has to be readable first: what is recorded is what can be run.

    :raises MigrationError: a script cannot be read, or one stands half-way in the database
    :raises DatabaseLocked: the history has to be mended, and another process has the database open
    """
    scripts = read_folder(project.migrations)
    mended = [*_sum(project.migrations, dry_run=dry_run), *_left_over(project.migrations, dry_run=dry_run)]
    if project.database.exists():
        mended += _history(
            project, folder, lambda history: mended_runs(history, known(scripts)), dry_run=dry_run, wait=wait
        )
    return tuple(mended)


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
    project: Project,
    folder: Path,
    to_mend: Callable[[Sequence[Applied]], tuple[Applied, ...]],
    *,
    dry_run: bool,
    wait: float,
) -> list[Mended]:
    with open_to_read(project.database, folder) as (reader, *_):
        history = read_history(reader, project.history_table)
    runs = to_mend(history)
    if runs and not dry_run:
        require_whole(history)
        # What is written is looked up again under the lock: another run may have come between.
        with locked(project.database, wait) as live:
            runs = to_mend(read_history(live, project.history_table))
            live.execute("BEGIN TRANSACTION")
            for run in runs:
                if not rewrite(live, project.history_table, run):
                    raise MigrationError(f"the history has no run {run.number} any more")
            live.execute("COMMIT")
            live.execute("CHECKPOINT")
    return [Mended(kind="history", subject=run.id, text=_text(run)) for run in runs]


def _text(run: Applied) -> str:
    if run.checksum:
        return "was altered after it was run: its checksum is recorded anew"
    return "is gone: its run stands without a checksum, and cannot be rolled back"
