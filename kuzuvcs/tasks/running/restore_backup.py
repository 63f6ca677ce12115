"""Put a backup in the live database's place; what was live becomes a backup first."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.core.backup import Backup
from kuzuvcs.database_files import copy_database, files_beside
from kuzuvcs.engines.holders import holders, in_use
from kuzuvcs.errors import (
    DamagedBackup,
    DatabaseLocked,
    EngineError,
    ManifestError,
    UnknownBackup,
    UnsupportedDatabase,
    UsageError,
)
from kuzuvcs.file_access import access_of
from kuzuvcs.files import copy_file, require_room, sync_folder
from kuzuvcs.results import Restored
from kuzuvcs.tasks.building.place import locked, replace, require_replaceable
from kuzuvcs.tasks.running.backup_folder import description, read_description
from kuzuvcs.tasks.running.take_backup import BackingUp


def restore(
    work: BackingUp, chosen: str | None, *, keep: int, wait: float | None, dry_run: bool = False
) -> Restored:
    """Restore a backup by its name, or a database file by its path; the newest backup, if ``chosen`` is None.

    It is verified as a copy, and that copy put in place: the backup stays what it is.  ``keep`` automatic
    backups stay, and the one that was restored.

    :raises UnknownBackup: there is none of that name, and no file there
    :raises DamagedBackup: it is not what was written, or cannot be opened
    :raises DatabaseLocked: another process has the live database open
    """
    live = work.backups.database
    file, backup = _chosen(work, chosen)
    if live.exists() and file.samefile(live):
        raise UsageError(f"{file} is the live database itself")
    if not dry_run:
        require_replaceable(live)
    copy = _verified_copy(work, file, backup)
    kept: Path | None = None
    if not dry_run:
        kept = _put_in_place(work, copy, file, wait)
        work.backups.prune(keep, but=file.name)
    return Restored(
        name=file.name,
        path=file,
        database=live,
        created=None if backup is None else backup.created,
        verified=backup is not None,
        kept=kept,
    )


def _chosen(work: BackingUp, chosen: str | None) -> tuple[Path, Backup | None]:
    if chosen is None:
        backups = work.backups.all()
        if not backups:
            raise UnknownBackup(
                f"there is no backup of {work.backups.database.name}",
                cause=f"{work.backups.path} has none",
                hint="kuzuvcs restore PATH restores a database file from elsewhere",
            )
        return work.backups.file(backups[0]), backups[0]
    path = Path(chosen).absolute()
    if path.parent == work.backups.path or not path.exists():
        if path.parent != work.backups.path and Path(chosen).name != chosen:
            raise UnknownBackup(f"no file {path}", hint="kuzuvcs backups lists what there is")
        backup = work.backups.find(path.name)
        return work.backups.file(backup), backup
    try:
        return path, read_description(path)
    except ManifestError as error:
        error.hint = f"without {description(path).name} it is restored without its sha256 being checked"
        raise


def _verified_copy(work: BackingUp, file: Path, backup: Backup | None) -> Path:
    copy = work.folder / "restored.kuzu"
    size = file.stat().st_size
    require_room(work.folder, size + (1 << 20), f"restore {file.name}")
    work.progress.stage(f"copying {file.name}", size)
    if backup is not None:
        copy_file(file, copy, work.progress)
        work.verify(copy, backup)
        return copy
    try:
        copy_database(file, copy, guard="lock")
        with locked(copy):
            # Whatever log it had is part of it now.
            pass
        work.opened(copy)
    except EngineError as error:
        raise DamagedBackup(f"{file} cannot be opened", cause=error.cause, hint=error.hint) from error
    return copy


def _put_in_place(work: BackingUp, copy: Path, file: Path, wait: float | None) -> Path | None:
    """Where the database that was live is kept, or None where there was none."""
    live = work.backups.database
    if not live.exists():
        replace(copy, live, None, new=access_of(file))
        return None
    try:
        with locked(live, wait or 0.0) as worker:
            kept = work.backups.file(work.keep(worker, f"before restore of {file.name}"))
            replace(copy, live, worker)
            return kept
    except (DatabaseLocked, UnsupportedDatabase):
        raise
    except EngineError as broken:
        if not _is_unreadable(live):
            raise
        work.progress.note(f"{live.name} is set aside as it is: {broken.message}")
    with _held(live):
        aside = _set_aside(work, live)
        replace(copy, live, None)
    return aside


def _is_unreadable(live: Path) -> bool:
    """Whether the engine cannot open it, or not checkpoint it, for another reason than a lock."""
    try:
        with locked(live):
            return False
    except (DatabaseLocked, UnsupportedDatabase):
        raise
    except EngineError:
        return True


@contextlib.contextmanager
def _held(live: Path) -> Iterator[None]:
    """The engine's own lock on a file that the engine cannot open."""
    with live.open("r+b") as stream:
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise in_use(live, holders(live), cause=str(error)) from error
        yield


def _set_aside(work: BackingUp, live: Path) -> Path:
    """A database that cannot be opened is kept with its log, since the two are one."""
    name, _ = work.backups.new_name()
    aside = work.backups.path / f"damaged-{name}"
    aside.mkdir(parents=True)
    there = [live, *files_beside(live)]
    for file in there:
        (aside / file.name).hardlink_to(file)
    sync_folder(aside)
    # The log goes first: the engine would replay it into the new database.
    for file in there[1:]:
        file.unlink()
    return aside
