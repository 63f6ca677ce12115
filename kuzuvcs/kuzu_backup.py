"""Backups of one database, with a project or without."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kuzuvcs.core.backup import Backup
from kuzuvcs.core.progress import Progress, Silent
from kuzuvcs.reading import AnyPath, real_path
from kuzuvcs.results import BackedUp, Restored

if TYPE_CHECKING:
    from kuzuvcs.tasks.reading.inspect import Declarations
    from kuzuvcs.tasks.running.backup_folder import BackupFolder
    from kuzuvcs.tasks.running.take_backup import BackingUp


class KuzuBackup:
    """The backups of the database at ``db_path``: in ``.kuzuvcs/backups`` beside it.

    ``keep`` automatic ones stay (those of ``migrate``, ``rollback`` and ``restore``).  ``lock_timeout`` is
    for how many seconds another kuzuvcs, or an application, that has the database is waited for; left out, a
    minute and not at all.  ``declared`` is what a project declares of the schema.

    Every method may raise :class:`kuzuvcs.errors.KuzuvcsError`.

    >>> backup = KuzuBackup("app.kuzu")
    >>> path = backup.create_backup()
    >>> backup.restore_backup(path).verified
    True
    """

    def __init__(
        self,
        db_path: AnyPath,
        *,
        keep: int = 1,
        lock_timeout: float | None = None,
        progress: Progress | None = None,
        declared: Declarations | None = None,
    ) -> None:
        self.database = Path(db_path).absolute()
        self._keep = keep
        self._wait = lock_timeout
        self._progress = progress or Silent()
        self._declared = declared

    def create_backup(self, message: str = "", *, to: AnyPath | None = None) -> Path:
        """Back the database up and return the backup's path, which has the time in its name.

        ``to`` names another path; nothing may be there.

        :raises DatabaseLocked: another process has the database open
        """
        return self.take(message, to=to).path

    def take(self, message: str = "", *, to: AnyPath | None = None) -> BackedUp:
        """The same, told in full."""
        from kuzuvcs.tasks.building.place import locked

        with self._work() as work, locked(self.database, self._wait or 0.0) as live:
            backup, path = work.take(live, message, None if to is None else Path(to).absolute())
        return BackedUp(path=path, backup=backup)

    def restore_backup(self, backup_path: AnyPath | None = None, *, dry_run: bool = False) -> Restored:
        """Put a backup in the database's place, verified: a path or a name, the newest if left out.

        What was there becomes an automatic backup.  With ``dry_run`` it is only verified.

        :raises UnknownBackup: there is no such backup
        :raises DamagedBackup: it is not what was written
        :raises DatabaseLocked: another process has the database open
        """
        from kuzuvcs.tasks.running.restore_backup import restore

        chosen = None if backup_path is None else os.fspath(backup_path)
        with self._work() as work:
            return restore(work, chosen, keep=self._keep, wait=self._wait, dry_run=dry_run)

    def backups(self) -> tuple[BackedUp, ...]:
        """Those that are there, newest first."""
        folder = self._folder()
        return tuple(BackedUp(path=folder.file(one), backup=one) for one in folder.all())

    def undescribed(self) -> tuple[Path, ...]:
        """Files with a backup's name whose description is missing or damaged."""
        return tuple(path for path, _ in self.unreadable())

    def unreadable(self) -> tuple[tuple[Path, str], ...]:
        """The same with the cause of each."""
        return self._folder().unreadable()

    def remove_backup(self, name: str) -> Backup:
        """Remove one for good.

        :raises UnknownBackup: there is none of that name
        """
        from kuzuvcs.tasks.running.lock import run_lock

        with run_lock(self.database, self._wait):
            folder = self._folder()
            backup = folder.find(name)
            folder.remove(backup)
        return backup

    def _folder(self) -> BackupFolder:
        from kuzuvcs.tasks.running.backup_folder import BackupFolder

        return BackupFolder.of(self.database)

    @contextmanager
    def _work(self) -> Iterator[BackingUp]:
        from kuzuvcs.tasks.reading.inspect import Declarations
        from kuzuvcs.tasks.running.lock import run_lock
        from kuzuvcs.tasks.running.take_backup import BackingUp
        from kuzuvcs.tasks.workplace import working_in

        beside = real_path(self.database).parent / ".kuzuvcs"
        with run_lock(self.database, self._wait), working_in(beside) as folder:
            yield BackingUp(
                backups=self._folder(),
                folder=folder,
                progress=self._progress,
                declared=self._declared or Declarations(defaults={}, macros={}, history="migration_history"),
            )
