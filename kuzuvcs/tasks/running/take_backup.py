"""Take a backup of a live database: a copy of its file that was read again, and opened."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.backup import Backup
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import DamagedBackup, EngineError, KuzuvcsError
from kuzuvcs.file_access import access_of, give_access
from kuzuvcs.files import copy_file, require_room, sha256_on_disk, sync_file
from kuzuvcs.tasks.reading.counts import count_tables
from kuzuvcs.tasks.reading.inspect import Declarations, inspect
from kuzuvcs.tasks.running.backup_folder import BackupFolder, description, finish


@dataclass(frozen=True, slots=True, kw_only=True)
class BackingUp:
    """What making and checking backups needs; ``folder`` is for data in passing, beside the database."""

    backups: BackupFolder
    folder: Path
    progress: Progress
    declared: Declarations

    def take(self, live: Worker, reason: str, to: Path | None = None) -> tuple[Backup, Path]:
        """Copy the live database, which ``live`` holds locked and without a log: into the folder, or ``to``.

        The copy has the database's mode, owner, group and extended attributes, as far as the system lets us.

        :raises DamagedBackup: the copy does not read as the database does; it is removed
        :raises KuzuvcsError: there is no room for it, or something is at ``to``
        """
        real = self.backups.database
        name, created = self.backups.new_name()
        file = to or self.backups.path / name
        unfinished = to.with_name(f".{to.name}.part") if to else self.backups.unfinished(name)
        if os.path.lexists(file) or os.path.lexists(description(file)):
            raise KuzuvcsError(f"{file} exists already", hint="name another path for the backup")
        file.parent.mkdir(parents=True, exist_ok=True)
        size = real.stat().st_size
        require_room(file.parent, size + (1 << 20), "make a backup")
        unfinished.unlink(missing_ok=True)
        try:
            self.progress.stage("copying the live database", size)
            copy_file(real, unfinished, self.progress)
            give_access(unfinished, access_of(real))
            sync_file(unfinished)
            backup = self._described(live, file.name, created, reason, automatic=False)
            self.verify(unfinished, backup)
            finish(unfinished, file, backup)
        except OSError as error:
            raise KuzuvcsError(
                f"the backup {file} cannot be written", cause=error.strerror or str(error)
            ) from error
        finally:
            unfinished.unlink(missing_ok=True)
        return backup, file

    def keep(self, live: Worker, reason: str) -> Backup:
        """Keep the live file itself as an automatic backup: a second name for it, before it is replaced.

        :raises KuzuvcsError: it cannot be kept
        """
        name, created = self.backups.new_name()
        self.backups.path.mkdir(parents=True, exist_ok=True)
        backup = self._described(live, name, created, reason, automatic=True)
        unfinished = self.backups.unfinished(name)
        try:
            unfinished.hardlink_to(self.backups.database)
            self.backups.finish(unfinished, backup)
        except OSError as error:
            raise KuzuvcsError(
                f"{self.backups.database} cannot be kept as a backup", cause=error.strerror or str(error)
            ) from error
        finally:
            unfinished.unlink(missing_ok=True)
        return backup

    def verify(self, file: Path, backup: Backup) -> None:
        """Read a file from the disk, and open it: it has to be what the description says.

        :raises DamagedBackup: it is not
        """
        self.progress.stage("verifying", backup.size)
        found = sha256_on_disk(file, self.progress)
        if found != backup.sha256:
            raise DamagedBackup(
                f"{backup.name} is not what was written",
                cause=f"the sha256 of {file} is {found[:12]}…, and was {backup.sha256[:12]}…",
                hint="kuzuvcs backups lists the others",
            )
        rows = dict(self.opened(file)[1])
        if rows != dict(backup.rows):
            names = sorted(name for name in rows.keys() | dict(backup.rows).keys())
            differ = [name for name in names if rows.get(name) != dict(backup.rows).get(name)]
            raise DamagedBackup(
                f"{backup.name} does not read as the database did",
                cause=f"table {differ[0]} has {rows.get(differ[0])} rows, and "
                f"{dict(backup.rows).get(differ[0])} are expected",
                hint="kuzuvcs backups lists the others",
            )

    def opened(self, file: Path) -> tuple[str, tuple[tuple[str, int], ...]]:
        """The schema's digest and the rows of every table of a database that nobody has open.

        :raises DamagedBackup: the engine cannot open it
        """
        try:
            with Worker() as worker:
                worker.open(file, read_only=True)
                return self._read(file, worker)
        except EngineError as error:
            raise DamagedBackup(
                f"{file.name} cannot be opened", cause=error.cause, hint=error.hint
            ) from error

    def _described(self, live: Worker, name: str, created: str, reason: str, *, automatic: bool) -> Backup:
        real = self.backups.database
        digest, rows = self._read(real, live)
        size = real.stat().st_size
        self.progress.stage("reading the live database", size)
        return Backup(
            name=name,
            database=real.name,
            created=created,
            automatic=automatic,
            reason=reason,
            size=size,
            sha256=sha256_on_disk(real, self.progress),
            engine=live.engine.name,
            release=live.engine.release or "",
            storage=live.header.storage,
            schema=digest,
            rows=rows,
        )

    def _read(self, database: Path, worker: Worker) -> tuple[str, tuple[tuple[str, int], ...]]:
        folder = self.folder / "described"
        folder.mkdir()
        try:
            schema = inspect(database, folder, self.declared, worker).schema
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return schema_digest(schema), tuple(sorted(count_tables(worker, schema).items()))
