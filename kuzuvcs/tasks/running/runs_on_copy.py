"""Scripts run one after another on a copy, which takes the live place when all did what they promise."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.engines.client import Worker
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.results import Ran
from kuzuvcs.store import Writer
from kuzuvcs.tasks.building.before import CapturedFiles
from kuzuvcs.tasks.building.place import replace
from kuzuvcs.tasks.reading.history import now, of_script
from kuzuvcs.tasks.running.around import Around
from kuzuvcs.tasks.running.backup_folder import BackupFolder
from kuzuvcs.tasks.running.captures import captures_of, files_of_down, keep_captures
from kuzuvcs.tasks.running.promised import promised_down, promised_up
from kuzuvcs.tasks.running.statements import tell
from kuzuvcs.tasks.running.take_backup import BackingUp
from kuzuvcs.tasks.running.trial import Trial
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsOnCopy:
    """Runs for the project's database, which ``live`` has open and locked."""

    work: Workplace
    project: Project
    live: Worker
    around: Around

    def migrate(
        self,
        writer: Writer,
        chosen: Sequence[MigrationFile],
        seen: Sequence[Applied],
        number: int,
        digest: str,
    ) -> tuple[Ran, ...]:
        """Run UP of the scripts; ``number`` is the last run's, ``digest`` the schema's that they begin on.

        Runs that were ``seen`` go into the history first.

        :raises MigrationFailed: a statement fails, or a promise is not kept; the live database is as it was
        """
        trial = Trial(self.project.database, self.work)
        trial.record(seen)
        self._callback(trial, self.around.before_all)
        done = []
        for script in chosen:
            number += 1
            run = self._up(writer, trial, script, number, digest)
            digest = run.to_digest
            done.append(Ran(id=run.id, seconds=run.seconds))
        self._last_callback(trial, digest)
        trial.verify()
        self._put_in_place(trial.path, f"before migrate to {chosen[-1].id}")
        return tuple(done)

    def rollback(
        self, chosen: Sequence[tuple[MigrationFile, Applied]], *, schema_only: bool
    ) -> tuple[Ran, ...]:
        """Run DOWN of the scripts.  Errors as above."""
        trial = Trial(self.project.database, self.work)
        self._callback(trial, self.around.before_all)
        done = []
        digest = ""
        for script, run in chosen:
            started = time.monotonic()
            digest = self._down(trial, script, run, schema_only=schema_only)
            done.append(Ran(id=script.id, seconds=time.monotonic() - started))
        self._last_callback(trial, digest)
        trial.verify()
        self._put_in_place(trial.path, f"before rollback of {chosen[-1][0].id}")
        return tuple(done)

    def _up(self, writer: Writer, trial: Trial, script: MigrationFile, number: int, digest: str) -> Applied:
        started = time.monotonic()
        captures = captures_of(script.script)
        capture = keep_captures(self.work, writer, trial.path, captures, f"before {script.id}")
        self._callback(trial, self.around.before_each)
        with self.work.passing("up") as folder:
            tell(self.work, "script", script, "UP", capture=capture)
            trial.run(script, "UP", script.script.up, CapturedFiles({}, folder))
        self._callback(trial, self.around.after_each)
        reached = trial.require_promised(script, "UP", promised_up(script, digest))
        run = Applied(
            number=number,
            **of_script(script),
            from_digest=digest,
            to_digest=reached,
            applied=now(),
            seconds=round(time.monotonic() - started, 3),
            release=RELEASE,
            capture=capture,
        )
        trial.record((run,))
        tell(self.work, "reached", script, "UP", schema=reached)
        return run

    def _down(self, trial: Trial, script: MigrationFile, run: Applied, *, schema_only: bool) -> str:
        self._callback(trial, self.around.before_each)
        with self.work.passing("down") as folder:
            files = files_of_down(self.work, script.script, run, folder, schema_only=schema_only)
            tell(self.work, "script", script, "DOWN", capture=run.capture, schema_only=schema_only)
            trial.run(script, "DOWN", script.script.down, files)
        self._callback(trial, self.around.after_each)
        reached = trial.require_promised(script, "DOWN", promised_down(script, run))
        tell(self.work, "reached", script, "DOWN", schema=reached)
        trial.mark_rolled_back(run)
        return reached

    def _callback(self, trial: Trial, callback: MigrationFile | None) -> None:
        if callback is not None:
            with self.work.passing("callback") as folder:
                trial.run(callback, "UP", callback.script.up, CapturedFiles({}, folder))

    def _last_callback(self, trial: Trial, digest: str) -> None:
        """What the history says of the schema is written by now: the last callback has to leave it."""
        if self.around.after_all is not None:
            self._callback(trial, self.around.after_all)
            trial.require_promised(self.around.after_all, "UP", digest)

    def _put_in_place(self, copy: Path, reason: str) -> None:
        """The file that was there stays as a backup: of these, so many as the project says."""
        backups = BackupFolder.of(self.project.database)
        kept = BackingUp(
            backups=backups,
            folder=self.work.folder,
            progress=self.work.progress,
            declared=self.work.declared,
        ).keep(self.live, reason)
        self.work.events.emit("backup", path=str(backups.file(kept)), sha256=kept.sha256)
        replace(copy, self.project.database, self.live)
        backups.prune(self.project.keep_backups)
