"""Scripts run one after another on the live database itself, and gone on with where they were broken off."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kuzuvcs.core.catalog import Unkept
from kuzuvcs.core.events import Unheard
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.scripts.conditions import ENSURE, is_for
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.macro_drops import macro_drop
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import has_drop_macro, mixes_up_writes, shows_more_in_its_file
from kuzuvcs.errors import MigrationError
from kuzuvcs.files import copy_file
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.migrations.sections import parts
from kuzuvcs.release import RELEASE
from kuzuvcs.results import Ran
from kuzuvcs.store import Writer
from kuzuvcs.tasks.building.before import CapturedFiles
from kuzuvcs.tasks.reading.history import known, now, of_script
from kuzuvcs.tasks.running.around import Around
from kuzuvcs.tasks.running.bring_back import BringBackInPlace, edited_since, require_no_index
from kuzuvcs.tasks.running.bringing_plan import BroughtBack
from kuzuvcs.tasks.running.captures import captures_of, files_of_down, keep_captures_of, store_of_dropped
from kuzuvcs.tasks.running.conditions import hold
from kuzuvcs.tasks.running.directions import detaches, drop_and_note, made_checkpoints
from kuzuvcs.tasks.running.dropped import Dropped, Measure, Undoing, room_needed
from kuzuvcs.tasks.running.drops import count_before, dropped_by_up
from kuzuvcs.tasks.running.in_place import InPlace, Last, Section
from kuzuvcs.tasks.running.outside import stays_inside
from kuzuvcs.tasks.running.promised import promised_down, promised_up
from kuzuvcs.tasks.running.saying import say_dropped, say_drops, say_not_kept, took
from kuzuvcs.tasks.running.statements import run_statements, tell
from kuzuvcs.tasks.running.trial import Trial
from kuzuvcs.tasks.running.unkept import lost
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsInPlace:
    """Runs on the database at ``database``, which ``live`` has open and locked.

    ``writer`` keeps captures.  ``back`` are the runs, by the ids of their scripts, whose rollback dropped
    what is to be brought back.
    """

    work: Workplace
    database: Path
    live: Worker
    around: Around
    writer: Writer
    back: Mapping[str, Applied] = field(default_factory=dict)

    def migrate(
        self,
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
            dropped = self.back.get(script.id)
            if dropped is not None and not edited_since(script, dropped):
                require_no_index(store_of_dropped(self.work, dropped), script.id, dropped)
        drop_and_note(self.live, self.database, self.work)
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
                run = self._begun(script, number, digest)
                self._callback(self.around.before_each)
            digest, ran = self._up(script, run)
            done.append(ran)
        self._callback(self.around.after_all)
        return tuple(done)

    def rollback(self, chosen: Sequence[Undoing], *, schema_only: bool, capture: bool) -> tuple[Ran, ...]:
        """Run DOWN of the scripts; what they drop is kept first, if ``capture``.  Errors as above."""
        for one in chosen:
            self._require_possible(one.script, one.script.script.down)
        drop_and_note(self.live, self.database, self.work)
        if not any(one.run.unfinished for one in chosen):
            self._callback(self.around.before_all)
        done = tuple(self._down(one, schema_only=schema_only, capture=capture) for one in chosen)
        self._callback(self.around.after_all)
        return done

    def _begun(self, script: MigrationFile, number: int, digest: str) -> Applied:
        """The run of a script, before its first statement."""
        captures = captures_of(script.script)
        message = f"before {script.id}"
        capture = keep_captures_of(self.work, self.writer, self.database, self.live, captures, message)
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

    def _up(self, script: MigrationFile, run: Applied) -> tuple[str, Ran]:
        started = time.monotonic()
        section = Section.of(
            script, "UP", promised_up(script, run.from_digest), run.unfinished, self.live.engine
        )
        counted = count_before(self.live, self.work, script.script)
        unkept = self._unkept()
        brought: list[BroughtBack] = []
        with self.work.passing("up") as folder:
            tell(self.work, "script", script, "UP", capture=run.capture, done=section.done)
            last = self._last(script, brought)
            run = self._place().up(section, run, CapturedFiles({}, folder), last)
        drops = dropped_by_up(counted, self.live, self.work, script.script)
        self._callback(self.around.after_each)
        tell(self.work, "reached", script, "UP", schema=run.to_digest)
        say_drops(self.work, script.id, drops)
        [back] = brought or [BroughtBack()]
        ran = Ran(
            id=script.id,
            seconds=took(started),
            drops=drops,
            brought_back=back.portions,
            notes=(*back.notes, *lost(unkept, self._unkept())),
        )
        return run.to_digest, ran

    def _last(self, script: MigrationFile, brought: list[BroughtBack]) -> Last | None:
        """What ends the run: what its last rollback dropped comes back, and is told in ``brought``."""
        dropped = self.back.get(script.id)
        if dropped is None:
            return None
        if notes := edited_since(script, dropped):
            brought.append(BroughtBack(notes=notes))
            return None
        back = BringBackInPlace(self.work, self.database, self.live)

        @contextlib.contextmanager
        def last() -> Iterator[Callable[[], None]]:
            with back.planned(script, dropped) as plan:
                yield lambda: back.write(plan, script.id)
                back.finish(plan, script.id)
                brought.append(plan.report())

        return last

    def _down(self, undoing: Undoing, *, schema_only: bool, capture: bool) -> Ran:
        started = time.monotonic()
        script, run = undoing.script, undoing.run
        dropped = Dropped(commits=run.dropped)
        if not run.unfinished:
            if capture and not stays_inside(script.script, "DOWN"):
                raise MigrationError(
                    f"what the rollback of {script.id} drops cannot be captured in place",
                    cause="its DOWN reaches outside of the database, so it cannot be tried on a copy first",
                    hint="run it without --in-place; or add --no-capture, and what it drops is lost",
                )
            if capture:
                dropped = self._measured(undoing, schema_only=schema_only)
                say_dropped(self.work, script.id, dropped)
                run = replace(run, dropped=dropped.commits)
            else:
                say_not_kept(self.work, script.id)
            self._callback(self.around.before_each)
        unkept = self._unkept()
        section = Section.of(script, "DOWN", promised_down(script, run), run.unfinished, self.live.engine)
        with self.work.passing("down") as folder:
            files = files_of_down(self.work, script.script, run, folder, schema_only=schema_only)
            told = {"capture": run.capture, "schema_only": schema_only, "done": section.done}
            tell(self.work, "script", script, "DOWN", **told)
            self._place().down(section, run, files)
        self._callback(self.around.after_each)
        tell(self.work, "reached", script, "DOWN", schema="")
        notes = lost(unkept, self._unkept())
        return Ran(id=script.id, seconds=took(started), drops=dropped.portions, notes=notes)

    def _unkept(self) -> tuple[Unkept, ...]:
        """What the database has now that no version keeps."""
        if not shows_more_in_its_file(self.live.engine.name):
            return ()
        return self.work.inspected(self.database, self.live).catalog.unkept

    def _measured(self, undoing: Undoing, *, schema_only: bool) -> Dropped:
        """What DOWN drops, by running it on a copy first."""
        with self.work.passing("measured") as folder:
            work = replace(self.work, folder=folder, events=Unheard())
            with room_needed():
                trial = Trial(self.database, work)
            log = self.database.with_name(f"{self.database.name}.wal")
            if log.exists():
                copy_file(log, trial.path.with_name(f"{trial.path.name}.wal"), Silent())
            with work.passing("dropped") as kept:
                measure = Measure(work, undoing, trial.path, kept)
                script = undoing.script
                with work.passing("down") as files_folder, room_needed():
                    files = files_of_down(
                        work, script.script, undoing.run, files_folder, schema_only=schema_only
                    )
                    trial.run(script, "DOWN", script.script.down, files)
                return measure.after(trial.path, self.writer)

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
            checkpoints = made_checkpoints(callback.script.up, self.live.engine)
            whole = parts(callback.id, callback.script.up, checkpoints)
            for part in whole:
                if part.checkpoint:
                    self.live.execute("CHECKPOINT")
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
            elif mixes_up_writes(self.live.engine):
                self.live.execute("CHECKPOINT")  # what follows must not meet what it dropped or wrote
                if any(detaches(one) for one in callback.script.up):
                    drop_and_note(self.live, self.database, self.work)
                    self.live.execute("CHECKPOINT")

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
