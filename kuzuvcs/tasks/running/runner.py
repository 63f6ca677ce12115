"""Run scripts on a copy of the live database, and put it in place when all of them did what they promise."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kuzuvcs.core.history import Applied, pending, require_known, to_roll_back, upto
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import MigrationFile, read_folder
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.results import Ran
from kuzuvcs.store import Writer
from kuzuvcs.tasks.before import CapturedFiles
from kuzuvcs.tasks.place import locked, replace
from kuzuvcs.tasks.running.captures import captures_of, keep_captures, kept_captures, no_captures
from kuzuvcs.tasks.running.drift import require_no_drift
from kuzuvcs.tasks.running.history import known, now, of_script, read_history, record
from kuzuvcs.tasks.running.recognise import as_runs, recognised
from kuzuvcs.tasks.running.trial import Trial
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What running scripts needs; the workplace's folder is beside the live database.

    ``as_recorded``: what the history does not name is run, though the database seem to have seen it.
    """

    work: Workplace
    project: Project
    allow_drift: bool = False
    dry_run: bool = False
    as_recorded: bool = False

    def migrate(self, writer: Writer, *, to: str | None, steps: int | None) -> tuple[Ran, ...]:
        """Run the pending scripts' UP, oldest first: all, up to ``to``, or so many.

        Scripts that the database must have seen, by its schema, are recorded and not run.

        :raises MigrationError: the folder is not what the history knows
        :raises SchemaDrift: the live schema is not the one that the last script left
        :raises MigrationFailed: a statement failed, or a script did not do what it promises
        """
        scripts = self._scripts()
        with locked(self.project.database) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            seen = self._seen(scripts, history, schema)
            runs = (*history, *seen)
            chosen = [scripts[id] for id in upto(pending(runs, known(scripts.values())), to=to, steps=steps)]
            self._require_no_drift(runs, chosen, schema)
            if self.dry_run:
                return tuple(Ran(id=one.id, seconds=None) for one in chosen)
            if not chosen:
                self._record(live, seen)
                return ()
            trial = Trial(self.project.database, self.work)
            trial.record(seen)
            number = max((one.number for one in runs), default=0)
            digest = schema_digest(schema)
            done = []
            for script in chosen:
                number += 1
                run = self._up(writer, trial, script, number, digest)
                digest = run.to_digest
                done.append(Ran(id=run.id, seconds=run.seconds))
            trial.verify()
            self._put_in_place(trial.path, live)
        return tuple(done)

    def mark_applied(self, *, to: str | None, steps: int | None) -> tuple[Ran, ...]:
        """Record pending scripts as run, since the live database has their schema.

        :raises MigrationError: the folder is not what the history knows
        :raises SchemaDrift: the live schema is not the one that the last of them leads to
        """
        scripts = self._scripts()
        with locked(self.project.database) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            left = pending(history, known(scripts.values()))
            runs = as_runs([scripts[id] for id in upto(left, to=to, steps=steps)], history)
            if runs:
                self._require_no_drift(runs, (), schema)
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
        with locked(self.project.database) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            require_known(history, known(scripts.values()))
            chosen = to_roll_back(history, to=to, steps=steps)
            self._require_no_drift(history, (), schema)
            for run in chosen:
                _require_down(scripts[run.id], run, schema_only=schema_only)
            if self.dry_run or not chosen:
                return tuple(Ran(id=one.id, seconds=None) for one in chosen)
            trial = Trial(self.project.database, self.work)
            done = [self._down(trial, scripts[run.id], run, schema_only=schema_only) for run in chosen]
            trial.verify()
            self._put_in_place(trial.path, live)
        return tuple(done)

    def _scripts(self) -> dict[str, MigrationFile]:
        return {one.id: one for one in read_folder(self.project.migrations)}

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

    def _up(self, writer: Writer, trial: Trial, script: MigrationFile, number: int, digest: str) -> Applied:
        started = time.monotonic()
        captures = captures_of(script.script)
        capture = keep_captures(self.work, writer, trial.path, captures, f"before {script.id}")
        with self.work.passing("up") as folder:
            trial.run(script, "UP", script.script.up, CapturedFiles({}, folder))
        reached = trial.require_promised(script, "UP", script.script.head.value("to-digest"))
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
        return run

    def _down(self, trial: Trial, script: MigrationFile, run: Applied, *, schema_only: bool) -> Ran:
        started = time.monotonic()
        captures = captures_of(script.script)
        with self.work.passing("down") as folder:
            files = (
                no_captures(captures, folder)
                if schema_only or not captures
                else kept_captures(self.work.store, run.capture, captures, folder)
            )
            trial.run(script, "DOWN", script.script.down, files)
        leaves_macros = any("macro" in one.text.casefold() for one in script.script.up)
        trial.require_promised(
            script, "DOWN", "" if leaves_macros else script.script.head.value("from-digest")
        )
        trial.mark_rolled_back(run)
        return Ran(id=script.id, seconds=time.monotonic() - started)

    def _put_in_place(self, copy: Path, live: Worker) -> None:
        """The file that was there stays as a backup, until the next success."""
        real = self.project.database.resolve()
        backups = self.work.folder.parent / "backups"
        backups.mkdir(exist_ok=True)
        before = set(backups.glob(f"{real.name}.*"))
        backup = backups / f"{real.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        os.link(real, backup)
        replace(copy, self.project.database, live)
        for old in before:
            old.unlink()


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
