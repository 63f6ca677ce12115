"""Run scripts on a copy of the live database, and put it in place when all of them did what they promise."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_value
from pathlib import Path

from kuzuvcs.core.history import (
    Applied,
    pending,
    require_chain,
    require_known,
    require_whole,
    to_roll_back,
    upto,
)
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import MigrationError, UsageError
from kuzuvcs.migrations.folder import MigrationFile, read_intact
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.results import Ran
from kuzuvcs.store import Writer
from kuzuvcs.tasks.before import CapturedFiles
from kuzuvcs.tasks.place import locked, replace
from kuzuvcs.tasks.running.backup_folder import BackupFolder
from kuzuvcs.tasks.running.captures import (
    captures_of,
    keep_captures,
    keep_captures_of,
    kept_captures,
    no_captures,
)
from kuzuvcs.tasks.running.drift import require_no_drift
from kuzuvcs.tasks.running.history import checksum, known, now, of_script, read_history, record
from kuzuvcs.tasks.running.in_place import InPlace, Section
from kuzuvcs.tasks.running.recognise import as_runs, pledge, recognised
from kuzuvcs.tasks.running.take_backup import BackingUp
from kuzuvcs.tasks.running.trial import Trial
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What running scripts needs; the workplace's folder is beside the live database.

    Also run is ``as_recorded`` what the database seems to have seen, ``out_of_order`` what stands before a
    script that was run, ``diverged`` what starts from another schema than there is.
    """

    work: Workplace
    project: Project
    allow_drift: bool = False
    dry_run: bool = False
    wait: float | None = None
    as_recorded: bool = False
    out_of_order: bool = False
    diverged: bool = False
    in_place: bool = False

    def migrate(self, writer: Writer, *, to: str | None, steps: int | None) -> tuple[Ran, ...]:
        """Run the pending scripts' UP, oldest first: all, up to ``to``, or so many.

        Scripts that the database must have seen, by its schema, are recorded and not run.

        :raises MigrationError: the folder is not what the history knows
        :raises SchemaDrift: the live schema is not the one that the last script left
        :raises MigrationFailed: a statement failed, or a script did not do what it promises
        """
        scripts = self._scripts()
        with locked(self.project.database, self.wait or 0.0) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            half = require_whole(history, "UP" if self.in_place else "")
            seen = () if half else self._seen(scripts, history, schema)
            runs = (*history, *seen)
            left = pending(runs, known(scripts.values()), out_of_order=self.out_of_order)
            chosen = [scripts[id] for id in upto(left, to=to, steps=steps)]
            if half is None:
                self._require_no_drift(runs, chosen, schema)
                self._require_chain(chosen, schema)
            if self.dry_run:
                return tuple(Ran(id=one.id, seconds=None) for one in chosen)
            if not chosen:
                self._record(live, seen)
                return ()
            number = max((one.number for one in runs), default=0)
            digest = schema_digest(schema)
            if self.in_place:
                self._record(live, seen)
                return self._migrate_in_place(writer, live, chosen, half, number, digest)
            return self._migrate(writer, live, chosen, seen, number, digest)

    def apply(self, writer: Writer, script: MigrationFile) -> Ran:
        """Run the UP of one script, which is in no folder.  Errors as above."""
        with locked(self.project.database, self.wait or 0.0) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            require_whole(history)
            self._require_no_drift(history, [script], schema)
            number = max((one.number for one in history), default=0)
            [ran] = self._migrate(writer, live, [script], (), number, schema_digest(schema))
        return ran

    def undo(self, script: MigrationFile) -> Ran:
        """Run the DOWN of one script, the last that was run, which is in no folder.

        :raises MigrationError: it has no DOWN, or what it reads was not captured
        :raises SchemaDrift: the live schema is not the one that it left
        :raises MigrationFailed: a statement failed
        """
        with locked(self.project.database, self.wait or 0.0) as live:
            history = read_history(live, self.project.history_table)
            require_whole(history)
            self._require_no_drift(history, (), self.work.schema_of(self.project.database, live))
            [run] = to_roll_back(history, to=None, steps=1)
            _require_down(script, run, schema_only=False)
            [ran] = self._rollback(live, [(script, run)], schema_only=False)
        return ran

    def mark_applied(self, *, to: str | None, steps: int | None) -> tuple[Ran, ...]:
        """Record pending scripts as run, since the live database has their schema.

        :raises MigrationError: the folder is not what the history knows
        :raises SchemaDrift: the live schema is not the one that the last of them leads to
        """
        scripts = self._scripts()
        with locked(self.project.database, self.wait or 0.0) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            require_whole(history)
            left = pending(history, known(scripts.values()))
            runs = as_runs([scripts[id] for id in upto(left, to=to, steps=steps)], history)
            if runs:
                self._require_no_drift(runs, (), schema)
            if not self.dry_run:
                self._record(live, runs)
        return tuple(Ran(id=one.id, seconds=None) for one in runs)

    def baseline(self, id: str) -> tuple[Ran, ...]:
        """Record the scripts up to ``id`` as run, on a database that has none in its history.

        :raises UsageError: there is no such script
        :raises MigrationError: the database has a history
        :raises SchemaDrift: the live schema is not the one that ``id`` leads to
        """
        scripts = self._scripts()
        if id not in scripts:
            raise UsageError(
                f"no script {id} in the migrations folder",
                cause=f"there are: {', '.join(scripts) or 'none'}",
            )
        with locked(self.project.database, self.wait or 0.0) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            if history:
                raise MigrationError(
                    "the database has a history of migrations already",
                    cause=f"it begins with {history[0].id}",
                    hint="kuzuvcs migrate --mark-applied records further scripts as run",
                )
            runs = as_runs([one for one in scripts.values() if one.id <= id], ())
            self._require_no_drift(runs, (), schema)
            runs = (*runs[:-1], replace_value(runs[-1], to_digest=schema_digest(schema)))
            if not self.dry_run:
                self._record(live, runs)
        return tuple(Ran(id=one.id, seconds=None) for one in runs)

    def rollback(self, *, to: str | None, steps: int, schema_only: bool) -> tuple[Ran, ...]:
        """Run DOWN of the last scripts, newest first, on what was captured of this database before UP.

        :raises MigrationError: a script is missing or altered, has no DOWN, or what it reads was not captured
        :raises SchemaDrift: the live schema is not the one that the last script left
        :raises MigrationFailed: a statement failed, or a script did not do what it promises
        """
        scripts = self._scripts()
        with locked(self.project.database, self.wait or 0.0) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            require_known(history, known(scripts.values()))
            chosen = to_roll_back(history, to=to, steps=steps)
            if require_whole(history, "DOWN" if self.in_place else "") is None:
                self._require_no_drift(history, (), schema)
            for run in chosen:
                if run.id not in scripts:
                    raise MigrationError(
                        f"the script {run.id} is gone",
                        cause="its run stands in the history, but there is no DOWN to run",
                        hint="get the script back from version control",
                    )
                _require_down(scripts[run.id], run, schema_only=schema_only)
            if self.dry_run or not chosen:
                return tuple(Ran(id=one.id, seconds=None) for one in chosen)
            pairs = [(scripts[run.id], run) for run in chosen]
            if self.in_place:
                return tuple(
                    self._down_in_place(live, script, run, schema_only=schema_only) for script, run in pairs
                )
            return self._rollback(live, pairs, schema_only=schema_only)

    def _migrate(
        self,
        writer: Writer,
        live: Worker,
        chosen: Sequence[MigrationFile],
        seen: Sequence[Applied],
        number: int,
        digest: str,
    ) -> tuple[Ran, ...]:
        trial = Trial(self.project.database, self.work)
        trial.record(seen)
        done = []
        for script in chosen:
            number += 1
            run = self._up(writer, trial, script, number, digest)
            digest = run.to_digest
            done.append(Ran(id=run.id, seconds=run.seconds))
        trial.verify()
        self._put_in_place(trial.path, live, f"before migrate to {chosen[-1].id}")
        return tuple(done)

    def _rollback(
        self, live: Worker, chosen: Sequence[tuple[MigrationFile, Applied]], *, schema_only: bool
    ) -> tuple[Ran, ...]:
        trial = Trial(self.project.database, self.work)
        done = [self._down(trial, script, run, schema_only=schema_only) for script, run in chosen]
        trial.verify()
        self._put_in_place(trial.path, live, f"before rollback of {chosen[-1][0].id}")
        return tuple(done)

    def _scripts(self) -> dict[str, MigrationFile]:
        return {one.id: one for one in read_intact(self.project.migrations)}

    def _seen(
        self, scripts: Mapping[str, MigrationFile], history: Sequence[Applied], schema: Schema
    ) -> tuple[Applied, ...]:
        if self.as_recorded:
            return ()
        return recognised(tuple(scripts.values()), history, schema_digest(schema))

    def _record(self, live: Worker, runs: Sequence[Applied]) -> None:
        """Write runs into the live database's history, all or none."""
        if runs:
            live.execute("BEGIN TRANSACTION")
            record(live, self.project.history_table, runs)
            live.execute("COMMIT")
            live.execute("CHECKPOINT")

    def _require_no_drift(
        self, history: Sequence[Applied], chosen: Sequence[MigrationFile], schema: Schema
    ) -> None:
        if not self.allow_drift:
            require_no_drift(self.work.store, history, chosen, schema)

    def _require_chain(self, chosen: Sequence[MigrationFile], schema: Schema) -> None:
        if not (self.diverged or self.allow_drift):
            require_chain([pledge(one) for one in chosen], schema_digest(schema))

    def _up(self, writer: Writer, trial: Trial, script: MigrationFile, number: int, digest: str) -> Applied:
        started = time.monotonic()
        captures = captures_of(script.script)
        capture = keep_captures(self.work, writer, trial.path, captures, f"before {script.id}")
        with self.work.passing("up") as folder:
            self._tell("script", script, "UP", capture=capture)
            trial.run(script, "UP", script.script.up, CapturedFiles({}, folder))
        reached = trial.require_promised(script, "UP", _promised_up(script, digest))
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
        self._tell("reached", script, "UP", schema=reached)
        return run

    def _down(self, trial: Trial, script: MigrationFile, run: Applied, *, schema_only: bool) -> Ran:
        started = time.monotonic()
        with self.work.passing("down") as folder:
            files = self._files(script, run, folder, schema_only=schema_only)
            self._tell("script", script, "DOWN", capture=run.capture, schema_only=schema_only)
            trial.run(script, "DOWN", script.script.down, files)
        reached = trial.require_promised(script, "DOWN", _promised_down(script, run))
        self._tell("reached", script, "DOWN", schema=reached)
        trial.mark_rolled_back(run)
        return Ran(id=script.id, seconds=time.monotonic() - started)

    def _files(
        self, script: MigrationFile, run: Applied, folder: Path, *, schema_only: bool
    ) -> CapturedFiles:
        captures = captures_of(script.script)
        if schema_only or not captures:
            return no_captures(captures, folder)
        return kept_captures(self.work.store, run.capture, captures, folder)

    def _migrate_in_place(
        self,
        writer: Writer,
        live: Worker,
        chosen: Sequence[MigrationFile],
        half: Applied | None,
        number: int,
        digest: str,
    ) -> tuple[Ran, ...]:
        if half is not None and not (chosen and chosen[0].id == half.id):
            raise MigrationError(
                f"{half.id} stands half-way, and is not the first to be run", hint="see --to"
            )
        done = []
        for script in chosen:
            run = half if half is not None and half.id == script.id else None
            if run is None:
                number += 1
                run = self._begun(writer, live, script, number, digest)
            elif run.checksum != checksum(script.path):
                raise MigrationError(
                    f"the script {script.id} was altered, and stands half-way in this database",
                    hint="undo the change: it is gone on with as it was begun",
                )
            started = time.monotonic()
            section = Section.of(script, "UP", _promised_up(script, run.from_digest), run.unfinished)
            with self.work.passing("up") as folder:
                self._tell("script", script, "UP", capture=run.capture, done=section.done)
                run = InPlace(live, self.project.database, self.work).up(
                    section, run, CapturedFiles({}, folder)
                )
            digest = run.to_digest
            self._tell("reached", script, "UP", schema=digest)
            done.append(Ran(id=script.id, seconds=time.monotonic() - started))
        return tuple(done)

    def _begun(
        self, writer: Writer, live: Worker, script: MigrationFile, number: int, digest: str
    ) -> Applied:
        """The run of a script in place, before its first statement."""
        captures = captures_of(script.script)
        capture = keep_captures_of(
            self.work, writer, self.project.database, live, captures, f"before {script.id}"
        )
        return Applied(
            number=number,
            **of_script(script),
            from_digest=digest,
            to_digest="",
            applied=now(),
            seconds=0.0,
            release=RELEASE,
            capture=capture,
        )

    def _down_in_place(self, live: Worker, script: MigrationFile, run: Applied, *, schema_only: bool) -> Ran:
        started = time.monotonic()
        section = Section.of(script, "DOWN", _promised_down(script, run), run.unfinished)
        with self.work.passing("down") as folder:
            files = self._files(script, run, folder, schema_only=schema_only)
            self._tell(
                "script", script, "DOWN", capture=run.capture, schema_only=schema_only, done=section.done
            )
            InPlace(live, self.project.database, self.work).down(section, run, files)
        self._tell("reached", script, "DOWN", schema="")
        return Ran(id=script.id, seconds=time.monotonic() - started)

    def _tell(self, event: str, script: MigrationFile, section: str, **fields: object) -> None:
        self.work.events.emit(
            event, script=script.id, section=section, checksum=checksum(script.path), **fields
        )

    def _put_in_place(self, copy: Path, live: Worker, reason: str) -> None:
        """The file that was there stays as a backup: of these, so many as the project says."""
        backups = BackupFolder.of(self.project.database)
        kept = BackingUp(
            backups=backups,
            folder=self.work.folder,
            progress=self.work.progress,
            declared=self.work.declared,
        ).keep(live, reason)
        self.work.events.emit("backup", path=str(backups.file(kept)), sha256=kept.sha256)
        replace(copy, self.project.database, live)
        backups.prune(self.project.keep_backups)


def _promised_up(script: MigrationFile, digest: str) -> str:
    """The schema that UP has to lead to, where it starts from the one that its head names."""
    head = script.script.head
    return head.value("to-digest") if head.value("from-digest") in ("", digest) else ""


def _promised_down(script: MigrationFile, run: Applied) -> str:
    """The schema that DOWN has to lead to: the one before UP, where the script promises any.

    None where UP made a macro, which the engine cannot drop.
    """
    leaves_macros = any("macro" in one.text.casefold() for one in script.script.up)
    return run.from_digest if script.script.head.value("from-digest") and not leaves_macros else ""


def _require_down(script: MigrationFile, run: Applied, *, schema_only: bool) -> None:
    if script.script.up and not script.script.down:
        raise MigrationError(
            f"{script.id} has no DOWN",
            cause="its section is empty, and there is no way back",
            hint="write one into a script of its own, as UP",
        )
    if captures_of(script.script) and not run.capture and not schema_only:
        raise MigrationError(
            f"nothing was captured before {script.id} was run",
            cause="its DOWN reads what UP lost of this database, and the history names no capture",
            hint="--schema-only brings back the schema without it",
        )
