"""Scripts run one after another on a copy, which takes the live place when all did what they promise."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_value
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
from kuzuvcs.tasks.running.bring_back import edited_since
from kuzuvcs.tasks.running.bringing_plan import BroughtBack
from kuzuvcs.tasks.running.captures import captures_of, files_of_down, keep_captures
from kuzuvcs.tasks.running.dropped import Dropped, Measure, Undoing
from kuzuvcs.tasks.running.promised import promised_down, promised_up
from kuzuvcs.tasks.running.saying import say_dropped, say_drops, say_not_kept, took
from kuzuvcs.tasks.running.statements import tell
from kuzuvcs.tasks.running.take_backup import BackingUp
from kuzuvcs.tasks.running.trial import Trial
from kuzuvcs.tasks.running.unkept import lost
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsOnCopy:
    """Runs for the project's database, which ``live`` has open and locked.

    ``writer`` keeps captures; None in a dry run, whose copy is thrown away.  ``back`` are the runs, by the
    ids of their scripts, whose rollback dropped what is to be brought back.
    """

    work: Workplace
    project: Project
    live: Worker
    around: Around
    writer: Writer | None
    back: Mapping[str, Applied] = field(default_factory=dict)

    def migrate(
        self,
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
        trial.drop_dangling_edges()
        trial.record(seen)
        self._callback(trial, self.around.before_all)
        done = []
        for script in chosen:
            number += 1
            digest, ran = self._up(trial, script, number, digest)
            done.append(ran)
        self._last_callback(trial, digest)
        trial.verify()
        self._put_in_place(trial.path, f"before migrate to {chosen[-1].id}")
        return tuple(done)

    def rollback(self, chosen: Sequence[Undoing], *, schema_only: bool, capture: bool) -> tuple[Ran, ...]:
        """Run DOWN of the scripts; what they drop is kept first, if ``capture``.  Errors as above."""
        trial = Trial(self.project.database, self.work)
        trial.drop_dangling_edges()
        self._callback(trial, self.around.before_all)
        done = []
        digest = ""
        for undoing in chosen:
            digest, ran = self._down(trial, undoing, schema_only=schema_only, capture=capture)
            done.append(ran)
        self._last_callback(trial, digest)
        trial.verify()
        self._put_in_place(trial.path, f"before rollback of {chosen[-1].script.id}")
        return tuple(done)

    def _up(self, trial: Trial, script: MigrationFile, number: int, digest: str) -> tuple[str, Ran]:
        started = time.monotonic()
        capture = ""
        unkept = trial.unkept()
        if self.writer is not None:
            captures = captures_of(script.script)
            capture = keep_captures(self.work, self.writer, trial.path, captures, f"before {script.id}")
        self._callback(trial, self.around.before_each)
        with self.work.passing("up") as folder:
            tell(self.work, "script", script, "UP", capture=capture)
            files = CapturedFiles({}, folder)
            drops = trial.run(script, "UP", script.script.up, files, count=True)
        brought = self._brought_back(trial, script)
        self._callback(trial, self.around.after_each)
        reached = trial.require_promised(script, "UP", promised_up(script, digest))
        seconds = took(started)
        run = Applied(
            number=number,
            **of_script(script),
            from_digest=digest,
            to_digest=reached,
            applied=now(),
            seconds=seconds,
            release=RELEASE,
            capture=capture,
        )
        trial.record((run,))
        tell(self.work, "reached", script, "UP", schema=reached)
        say_drops(self.work, script.id, drops)
        ran = Ran(
            id=script.id,
            seconds=seconds if self.writer is not None else None,
            drops=drops,
            brought_back=brought.portions,
            notes=(*brought.notes, *lost(unkept, trial.unkept())),
        )
        return reached, ran

    def _brought_back(self, trial: Trial, script: MigrationFile) -> BroughtBack:
        dropped = self.back.get(script.id)
        if dropped is None:
            return BroughtBack()
        notes = edited_since(script, dropped)
        return BroughtBack(notes=notes) if notes else trial.bring_back(script, dropped)

    def _down(self, trial: Trial, undoing: Undoing, *, schema_only: bool, capture: bool) -> tuple[str, Ran]:
        started = time.monotonic()
        script, run = undoing.script, undoing.run
        unkept = trial.unkept()
        with self.work.passing("dropped") as kept:
            measure = Measure(self.work, undoing, trial.path, kept) if capture else None
            self._callback(trial, self.around.before_each)
            with self.work.passing("down") as folder:
                files = files_of_down(self.work, script.script, run, folder, schema_only=schema_only)
                tell(self.work, "script", script, "DOWN", capture=run.capture, schema_only=schema_only)
                trial.run(script, "DOWN", script.script.down, files)
            self._callback(trial, self.around.after_each)
            reached = trial.require_promised(script, "DOWN", promised_down(script, run))
            tell(self.work, "reached", script, "DOWN", schema=reached)
            dropped = Dropped() if measure is None else measure.after(trial.path, self.writer)
        if measure is None:
            say_not_kept(self.work, script.id)
        say_dropped(self.work, script.id, dropped)
        trial.rewrite(replace_value(run, rolled_back=now(), dropped=dropped.commits))
        seconds = took(started) if self.writer is not None else None
        notes = lost(unkept, trial.unkept())
        return reached, Ran(id=script.id, seconds=seconds, drops=dropped.portions, notes=notes)

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
        """The file that was there stays as a backup: of these, so many as the project says.

        Nothing is put in place in a dry run.
        """
        if self.writer is None:
            return
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
