"""Run scripts on a copy of the live database, and put it in place when all of them did what they promise."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kuzuvcs.core.describe import describe
from kuzuvcs.core.diff import diff
from kuzuvcs.core.history import Applied, pending, standing, to_roll_back, upto
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.script import Statement
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError, MigrationError, MigrationFailed, SchemaDrift
from kuzuvcs.files import require_room
from kuzuvcs.migrations.folder import MigrationFile, read_folder
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.results import Ran
from kuzuvcs.store import Store, Writer
from kuzuvcs.tasks.before import CapturedFiles
from kuzuvcs.tasks.inspect import Declarations, inspect
from kuzuvcs.tasks.place import locked, replace
from kuzuvcs.tasks.running.captures import captures_of, keep_captures, kept_captures, no_captures
from kuzuvcs.tasks.running.history import checksum, known, mark_rolled_back, now, read_history, record
from kuzuvcs.tasks.running.history import recognised as recognised_runs
from kuzuvcs.tasks.versions import read_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What running scripts needs; ``folder`` is for data in passing, beside the live database."""

    store: Store
    project: Project
    folder: Path
    progress: Progress
    declared: Declarations
    allow_drift: bool = False
    dry_run: bool = False

    def migrate(self, writer: Writer, *, to: str | None, steps: int | None) -> tuple[Ran, ...]:
        """Run the pending scripts' UP, oldest first: all, up to ``to``, or so many.

        A database without history that has a script's schema is taken to have run it and those before.

        :raises MigrationError: the folder is not what the history knows
        :raises SchemaDrift: the live schema is not the one that the last script left
        :raises MigrationFailed: a statement failed, or the schema is another one than promised
        """
        scripts = self._scripts()
        with locked(self.project.database) as live:
            schema = self._schema(self.project.database, live, "live")
            history = read_history(live, self.project.history_table)
            recognised = () if history else recognised_runs(tuple(scripts.values()), schema_digest(schema))
            left = pending((*history, *recognised), known(scripts.values()))
            chosen = [scripts[id] for id in upto(left, to=to, steps=steps)]
            self._require_no_drift((*history, *recognised), chosen, schema)
            if self.dry_run or not (chosen or recognised):
                return tuple(Ran(id=one.id, seconds=None) for one in chosen)
            copy = self._copied()
            self._record(copy, recognised)
            number = max((one.number for one in (*history, *recognised)), default=0)
            done = []
            for script in chosen:
                number += 1
                done.append(self._up(writer, copy, script, number))
            self._put_in_place(copy, live)
        return tuple(done)

    def rollback(self, *, to: str | None, steps: int, schema_only: bool) -> tuple[Ran, ...]:
        """Run DOWN of the last scripts, newest first, on what was captured of this database before UP.

        :raises MigrationError: a script is missing or altered, has no DOWN, or what it reads was not captured
        :raises SchemaDrift: the live schema is not the one that the last script left
        :raises MigrationFailed: a statement failed, or the schema is another one than promised
        """
        scripts = self._scripts()
        with locked(self.project.database) as live:
            schema = self._schema(self.project.database, live, "live")
            history = read_history(live, self.project.history_table)
            pending(history, known(scripts.values()))
            chosen = to_roll_back(history, to=to, steps=steps)
            self._require_no_drift(history, (), schema)
            for run in chosen:
                self._require_down(scripts[run.id], run, schema_only=schema_only)
            if self.dry_run or not chosen:
                return tuple(Ran(id=one.id, seconds=None) for one in chosen)
            copy = self._copied()
            done = [self._down(copy, scripts[run.id], run, schema_only=schema_only) for run in chosen]
            self._put_in_place(copy, live)
        return tuple(done)

    def _scripts(self) -> dict[str, MigrationFile]:
        return {one.id: one for one in read_folder(self.project.migrations)}

    def _up(self, writer: Writer, copy: Path, script: MigrationFile, number: int) -> Ran:
        started = time.monotonic()
        captures = captures_of(script.script)
        commit = ""
        if captures:
            with self._passing("capture") as folder:
                message = f"before {script.id}"
                commit = keep_captures(
                    self.store, writer, copy, captures, folder, self.progress, self.declared, message
                )
        with self._passing("up") as folder:
            self._run(copy, script, "UP", script.script.up, CapturedFiles({}, folder))
        digest = self._require_promised(copy, script, "UP", script.script.head.value("to-digest"))
        seconds = time.monotonic() - started
        run = Applied(
            number=number,
            id=script.id,
            checksum=checksum(script.path),
            digest=digest,
            applied=now(),
            seconds=round(seconds, 3),
            release=RELEASE,
            capture=commit,
        )
        self._record(copy, (run,))
        return Ran(id=script.id, seconds=seconds)

    def _down(self, copy: Path, script: MigrationFile, run: Applied, *, schema_only: bool) -> Ran:
        started = time.monotonic()
        captures = captures_of(script.script)
        with self._passing("down") as folder:
            files = (
                no_captures(captures, folder)
                if schema_only or not captures
                else kept_captures(self.store, run.capture, captures, folder)
            )
            self._run(copy, script, "DOWN", script.script.down, files)
        leaves_macros = any("macro" in one.text.casefold() for one in script.script.up)
        promised = "" if leaves_macros else script.script.head.value("from-digest")
        self._require_promised(copy, script, "DOWN", promised)
        with self._open(copy) as worker:
            mark_rolled_back(worker, self.project.history_table, run.number, now())
        return Ran(id=script.id, seconds=time.monotonic() - started)

    def _run(
        self,
        copy: Path,
        script: MigrationFile,
        section: str,
        statements: Sequence[Statement],
        captured: CapturedFiles,
    ) -> None:
        self.progress.stage(f"{script.id}: {section}", len(statements))
        with self._open(copy) as worker:
            for statement in statements:
                try:
                    captured.run(worker, statement.text)
                except EngineError as error:
                    raise MigrationFailed(
                        f"{script.id} fails at line {statement.line}, in {section}",
                        cause=f"{statement.text}\n{error.cause}",
                        hint="it ran on a copy: the live database is as it was",
                    ) from error
                self.progress.advance(1)

    @contextlib.contextmanager
    def _open(self, copy: Path) -> Iterator[Worker]:
        """The copy, open for writing; checkpointed at the end, so that nothing of it is in a log."""
        with Worker() as worker:
            worker.open(copy, read_only=False)
            yield worker
            worker.execute("CHECKPOINT")

    def _require_promised(self, copy: Path, script: MigrationFile, section: str, promised: str) -> str:
        with Worker() as worker:
            worker.open(copy, read_only=True)
            schema = self._schema(copy, worker, "promised")
        digest = schema_digest(schema)
        if promised and digest != promised:
            raise MigrationFailed(
                f"{script.id} does not lead to the schema that its head promises, in {section}",
                cause=self._differences(promised, schema),
                hint="it ran on a copy: the live database is as it was",
            )
        return digest

    def _require_no_drift(
        self, history: Sequence[Applied], chosen: Sequence[MigrationFile], schema: Schema
    ) -> None:
        done = standing(history)
        expected = done[-1].digest if done else ""
        if not done and chosen:
            expected = chosen[0].script.head.value("from-digest")
        if expected and schema_digest(schema) != expected and not self.allow_drift:
            after = f"the script {done[-1].id} left" if done else f"{chosen[0].id} starts from"
            raise SchemaDrift(
                f"the live database has not the schema that {after}",
                cause=self._differences(expected, schema),
                hint="--allow-drift runs on it as it is",
            )

    def _require_down(self, script: MigrationFile, run: Applied, *, schema_only: bool) -> None:
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

    def _differences(self, digest: str, found: Schema) -> str:
        for version in self.store.versions():
            stored = read_version(self.store, version)
            if stored.manifest.schema_digest == digest:
                lines = [describe(change) for change in diff(found, stored.schema)]
                return f"to be {version.name} by schema it lacks: " + "; ".join(lines)
        return f"its schema is {schema_digest(found)[:12]}…, and not {digest[:12]}…"

    def _copied(self) -> Path:
        live = self.project.database.resolve()
        require_room(self.folder, 3 * live.stat().st_size + (64 << 20), "run scripts on a copy")
        copy = self.folder / "migrated.kuzu"
        self.progress.stage("copying the live database")
        shutil.copyfile(live, copy)
        return copy

    def _put_in_place(self, copy: Path, live: Worker) -> None:
        """The file that was there stays as a backup, until the next success."""
        real = self.project.database.resolve()
        backups = self.folder.parent / "backups"
        backups.mkdir(exist_ok=True)
        before = set(backups.glob(f"{real.name}.*"))
        backup = backups / f"{real.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        os.link(real, backup)
        replace(copy, self.project.database, live)
        for old in before:
            old.unlink()

    def _record(self, copy: Path, runs: Sequence[Applied]) -> None:
        if runs:
            with self._open(copy) as worker:
                record(worker, self.project.history_table, runs)

    def _schema(self, database: Path, worker: Worker, name: str) -> Schema:
        with self._passing(name) as folder:
            return inspect(database, folder, self.declared, worker).schema

    @contextlib.contextmanager
    def _passing(self, name: str) -> Iterator[Path]:
        folder = self.folder / name
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
