"""Scripts run one after another on the live database itself, and gone on with where they were broken off."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.scripts.conditions import ENSURE, is_for
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.macro_drops import macro_drop
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import has_drop_macro
from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.migrations.sections import parts
from kuzuvcs.release import RELEASE
from kuzuvcs.results import Ran
from kuzuvcs.store import Writer
from kuzuvcs.tasks.building.before import CapturedFiles
from kuzuvcs.tasks.reading.history import known, now, of_script
from kuzuvcs.tasks.running.around import Around
from kuzuvcs.tasks.running.captures import captures_of, files_of_down, keep_captures_of
from kuzuvcs.tasks.running.conditions import hold
from kuzuvcs.tasks.running.in_place import InPlace, Section
from kuzuvcs.tasks.running.promised import promised_down, promised_up
from kuzuvcs.tasks.running.statements import run_statements, tell
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsInPlace:
    """Runs on the database at ``database``, which ``live`` has open and locked."""

    work: Workplace
    database: Path
    live: Worker
    around: Around

    def migrate(
        self,
        writer: Writer,
        chosen: Sequence[MigrationFile],
        half: Applied | None,
        number: int,
        digest: str,
    ) -> tuple[Ran, ...]:
        """Run UP of the scripts; ``half`` is the run that stands half-way, ``number`` the last run's.

        :raises MigrationError: the script that stands half-way was altered, or is not the first; or a
            statement is not to be run in place
        :raises MigrationFailed: a statement fails, or a promise is not kept; those before stay
        """
        for script in chosen:
            self._require_possible(script, script.script.up)
        if half is not None:
            _require_unaltered(half, chosen)
        else:
            self._callback(self.around.before_all)
        done = []
        for script in chosen:
            if half is not None and half.id == script.id:
                run = half
            else:
                number += 1
                run = self._begun(writer, script, number, digest)
                self._callback(self.around.before_each)
            started = time.monotonic()
            section = Section.of(script, "UP", promised_up(script, run.from_digest), run.unfinished)
            with self.work.passing("up") as folder:
                tell(self.work, "script", script, "UP", capture=run.capture, done=section.done)
                run = self._place().up(section, run, CapturedFiles({}, folder))
            self._callback(self.around.after_each)
            digest = run.to_digest
            tell(self.work, "reached", script, "UP", schema=digest)
            done.append(Ran(id=script.id, seconds=time.monotonic() - started))
        self._callback(self.around.after_all)
        return tuple(done)

    def rollback(
        self, chosen: Sequence[tuple[MigrationFile, Applied]], *, schema_only: bool
    ) -> tuple[Ran, ...]:
        """Run DOWN of the scripts.  Errors as above."""
        for script, _ in chosen:
            self._require_possible(script, script.script.down)
        if not any(run.unfinished for _, run in chosen):
            self._callback(self.around.before_all)
        done = tuple(self._down(script, run, schema_only=schema_only) for script, run in chosen)
        self._callback(self.around.after_all)
        return done

    def _begun(self, writer: Writer, script: MigrationFile, number: int, digest: str) -> Applied:
        """The run of a script, before its first statement."""
        captures = captures_of(script.script)
        message = f"before {script.id}"
        capture = keep_captures_of(self.work, writer, self.database, self.live, captures, message)
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

    def _down(self, script: MigrationFile, run: Applied, *, schema_only: bool) -> Ran:
        started = time.monotonic()
        if not run.unfinished:
            self._callback(self.around.before_each)
        section = Section.of(script, "DOWN", promised_down(script, run), run.unfinished)
        with self.work.passing("down") as folder:
            files = files_of_down(self.work, script.script, run, folder, schema_only=schema_only)
            told = {"capture": run.capture, "schema_only": schema_only, "done": section.done}
            tell(self.work, "script", script, "DOWN", **told)
            self._place().down(section, run, files)
        self._callback(self.around.after_each)
        tell(self.work, "reached", script, "DOWN", schema="")
        return Ran(id=script.id, seconds=time.monotonic() - started)

    def _require_possible(self, script: MigrationFile, statements: Sequence[Statement]) -> None:
        parts(script.id, statements)
        dropping = [
            one for one in statements if macro_drop(one.text) and is_for(one.directives, self.live.engine)
        ]
        if dropping and not has_drop_macro(self.live.engine):
            raise MigrationError(
                f"{script.id} cannot be run in place, because of line {dropping[0].line}",
                cause="the engine drops no macro: a copy of the database is built anew without it",
                hint="without --in-place it is run on a copy",
            )

    def _callback(self, callback: MigrationFile | None) -> None:
        """A transaction of its own, but for what is alone in any script."""
        if callback is None:
            return
        hint = "what was run before it stays"
        with self.work.passing("callback") as folder:
            whole = parts(callback.id, callback.script.up)
            for part in whole:
                if not part.alone:
                    self.live.execute("BEGIN TRANSACTION")
                run_statements(
                    self.live,
                    part.statements,
                    CapturedFiles({}, folder),
                    self.work,
                    id=callback.id,
                    section="UP",
                    hint=hint,
                    first=part.first,
                    total=len(callback.script.up),
                )
                if part is whole[-1]:
                    hold(self.live, callback.script.up_end, ENSURE, id=callback.id, hint=hint)
                if not part.alone:
                    self.live.execute("COMMIT")
            if not whole:
                hold(self.live, callback.script.up_end, ENSURE, id=callback.id, hint=hint)

    def _place(self) -> InPlace:
        return InPlace(self.live, self.database, self.work)


def _require_unaltered(half: Applied, chosen: Sequence[MigrationFile]) -> None:
    if not chosen or chosen[0].id != half.id:
        raise MigrationError(
            f"{half.id} stands half-way in this database, and is not the first to be run",
            cause=f"first is {chosen[0].id}" if chosen else "nothing is to be run",
            hint="get its script back from version control; kuzuvcs restore brings back a backup",
        )
    if not known(chosen[:1])[0].is_run(half.checksum):
        raise MigrationError(
            f"the script {half.id} was altered, and stands half-way in this database",
            cause="it is gone on with as it was begun",
            hint="undo the change",
        )
