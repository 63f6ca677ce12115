"""What is to be run on the live database, or undone: chosen and checked, with the database locked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_value

from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.chain import require_chain, require_merges, require_times
from kuzuvcs.core.scripts.history import (
    Applied,
    dropped_by_rollback,
    pending,
    require_known,
    require_recorded_named,
    require_whole,
    standing,
    to_roll_back,
    upto,
)
from kuzuvcs.core.scripts.merging import Merges
from kuzuvcs.core.scripts.placeholders import Value
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import MigrationError, UsageError
from kuzuvcs.migrations.callbacks import DOWN_CALLBACKS, UP_CALLBACKS, Callback, read_callbacks
from kuzuvcs.migrations.folder import MigrationFile, pledge, read_intact
from kuzuvcs.project import Project
from kuzuvcs.results import Ran
from kuzuvcs.store import Writer
from kuzuvcs.tasks.building.place import locked
from kuzuvcs.tasks.reading.history import known, read_history, record
from kuzuvcs.tasks.running.around import Around
from kuzuvcs.tasks.running.captures import captures_of
from kuzuvcs.tasks.running.consent import consent_of
from kuzuvcs.tasks.running.drift import require_no_drift
from kuzuvcs.tasks.running.dropped import Undoing
from kuzuvcs.tasks.running.outside import Section, require_inside, stays_inside
from kuzuvcs.tasks.running.prepare import prepared, without_inner
from kuzuvcs.tasks.running.recognise import as_runs, recognised, require_named
from kuzuvcs.tasks.running.runs_in_place import RunsInPlace
from kuzuvcs.tasks.running.runs_on_copy import RunsOnCopy
from kuzuvcs.tasks.workplace import Workplace

_NOT_TRIED = "what it drops is not counted: it is half-way, or reaches outside of the database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What running scripts needs; the workplace's folder is beside the live database.

    Also run is ``as_recorded`` what the database seems to have seen, ``out_of_order`` what stands before a
    script that was run, ``diverged`` what starts from another schema than there is.  ``allow_outside`` is the
    operator's leave for this run.
    ``bring_back``: UP is followed by what the last rollback of the script dropped.  ``capture``: what a
    rollback drops is kept.  ``recorded`` are scripts that may be rolled back though they were never run here.
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
    placeholders: Mapping[str, Value] = field(default_factory=dict)
    allow_outside: bool = False
    bring_back: bool = True
    capture: bool = True
    recorded: Collection[str] = ()

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
            require_merges([pledge(one) for one in scripts.values()])
            require_named(tuple(scripts.values()), history, schema_digest(schema))
            seen = () if half else self._seen(scripts, history, schema)
            runs = (*history, *seen)
            left = pending(runs, known(scripts.values()), out_of_order=self.out_of_order)
            require_times(left, [pledge(one) for one in scripts.values()])
            chosen = [scripts[id] for id in upto(left, to=to, steps=steps)]
            if half is None:
                self._require_no_drift(runs, chosen, schema)
                self._require_chain(chosen, schema, scripts.values(), runs)
            chosen = [self._prepared(one, live) for one in without_inner(chosen, scripts.values())]
            around = self._around(live, UP_CALLBACKS, chosen)
            if not chosen:
                if not self.dry_run:
                    self._record(live, seen)
                return ()
            number = max((one.number for one in runs), default=0)
            digest = schema_digest(schema)
            back = self._back(history, chosen)
            if self.dry_run:
                if half is not None or not self._can_be_tried(chosen, "UP", UP_CALLBACKS):
                    return self._only_named(chosen)
                return self._on_copy(live, around, None, back).migrate(chosen, seen, number, digest)
            if self.in_place:
                self._record(live, seen)
                placed = self._in_place(live, around, writer, back)
                return placed.migrate(chosen, half, number, digest)
            return self._on_copy(live, around, writer, back).migrate(chosen, seen, number, digest)

    def apply(self, writer: Writer, script: MigrationFile) -> Ran:
        """Run the UP of one script, which is in no folder.  Errors as above."""
        with locked(self.project.database, self.wait or 0.0) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            require_whole(history)
            self._require_no_drift(history, [script], schema)
            script = self._prepared(script, live)
            around = self._around(live, (), [script])
            number = max((one.number for one in history), default=0)
            back = self._back(history, [script])
            runs = self._on_copy(live, around, writer, back)
            [ran] = runs.migrate([script], (), number, schema_digest(schema))
        return ran

    def undo(self, writer: Writer, script: MigrationFile) -> Ran:
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
            undoing = self._undoing(script, run, live)
            around = self._around(live, (), [undoing.script], "DOWN")
            runs = self._on_copy(live, around, writer)
            [ran] = runs.rollback([undoing], schema_only=False, capture=self.capture)
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
            require_named(tuple(scripts.values()), history, schema_digest(schema))
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

    def rollback(self, writer: Writer, *, to: str | None, steps: int, schema_only: bool) -> tuple[Ran, ...]:
        """Run DOWN of the last scripts, newest first, on what was captured of this database before UP.

        :raises UsageError: a script was only recorded, and is not named
        :raises MigrationError: a script is missing or altered, has no DOWN, or what it reads was not captured
        :raises SchemaDrift: the live schema is not the one that the last script left
        :raises MigrationFailed: a statement failed, or a script did not do what it promises
        """
        scripts = self._scripts()
        with locked(self.project.database, self.wait or 0.0) as live:
            schema = self.work.schema_of(self.project.database, live)
            history = read_history(live, self.project.history_table)
            require_named(tuple(scripts.values()), history, schema_digest(schema))
            require_known(history, known(scripts.values()))
            chosen = to_roll_back(history, to=to, steps=steps)
            if require_whole(history, "DOWN" if self.in_place else "") is None:
                self._require_no_drift(history, (), schema)
            require_recorded_named(chosen, self.recorded)
            for run in chosen:
                if run.id not in scripts:
                    raise MigrationError(
                        f"the script {run.id} is gone",
                        cause="it was applied, and without its file there is no DOWN to run",
                        hint=_to_get_back(run),
                    )
                _require_down(scripts[run.id], run, schema_only=schema_only)
            if not chosen:
                return ()
            undoings = [self._undoing(scripts[run.id], run, live) for run in chosen]
            scripts_down = [one.script for one in undoings]
            around = self._around(live, DOWN_CALLBACKS, scripts_down, "DOWN")
            if self.dry_run:
                half_way = any(run.unfinished for run in chosen)
                if half_way or not self._can_be_tried(scripts_down, "DOWN", DOWN_CALLBACKS):
                    return self._only_named(scripts_down)
                copied = self._on_copy(live, around, None)
                return copied.rollback(undoings, schema_only=schema_only, capture=self.capture)
            if self.in_place:
                placed = self._in_place(live, around, writer)
                return placed.rollback(undoings, schema_only=schema_only, capture=self.capture)
            copied = self._on_copy(live, around, writer)
            return copied.rollback(undoings, schema_only=schema_only, capture=self.capture)

    def _can_be_tried(
        self, scripts: Sequence[MigrationFile], section: Section, names: Sequence[Callback]
    ) -> bool:
        """Whether a section of the scripts, and the callbacks around them, can be tried on a copy."""
        found = read_callbacks(self.project.migrations)
        callbacks = [found[name] for name in names if name in found]
        return all(stays_inside(one.script, section) for one in scripts) and all(
            stays_inside(one.script, "UP") for one in callbacks
        )

    def _only_named(self, scripts: Sequence[MigrationFile]) -> tuple[Ran, ...]:
        """A dry run of what cannot be tried: it is half-way, or would write outside of the database."""
        return tuple(Ran(id=one.id, seconds=None, notes=(_NOT_TRIED,)) for one in scripts)

    def _undoing(self, script: MigrationFile, run: Applied, live: Worker) -> Undoing:
        """UP is run again to see what DOWN drops: on the values that there are for its placeholders."""
        try:
            up = self._prepared(script, live)
        except MigrationError:
            up = None
        callbacks = read_callbacks(self.project.migrations)
        elsewhere = any(name in callbacks for name in DOWN_CALLBACKS)
        down = self._prepared(script, live, "DOWN")
        return Undoing(script=down, run=run, up=up, elsewhere=elsewhere)

    def _back(self, history: Sequence[Applied], chosen: Sequence[MigrationFile]) -> dict[str, Applied]:
        """The runs whose rollback dropped what may come back, by the ids of their scripts."""
        if not self.bring_back:
            return {}
        found = {one.id: dropped_by_rollback(history, one.id) for one in chosen}
        return {id: run for id, run in found.items() if run is not None}

    def _in_place(
        self,
        live: Worker,
        around: Around,
        writer: Writer,
        back: Mapping[str, Applied] | None = None,
    ) -> RunsInPlace:
        return RunsInPlace(
            work=self.work,
            database=self.project.database,
            live=live,
            around=around,
            writer=writer,
            back=back or {},
        )

    def _on_copy(
        self,
        live: Worker,
        around: Around,
        writer: Writer | None,
        back: Mapping[str, Applied] | None = None,
    ) -> RunsOnCopy:
        return RunsOnCopy(
            work=self.work,
            project=self.project,
            live=live,
            around=around,
            writer=writer,
            back=back or {},
        )

    def _around(
        self, live: Worker, names: Sequence[Callback], chosen: Sequence[MigrationFile], section: str = "UP"
    ) -> Around:
        """The folder's callbacks of these names, checked like the scripts ``chosen``, around which they run.

        :raises MigrationError: a statement reaches outside of the database, and its script does not allow it
        :raises OpenQuestion: its script does, and the operator does not
        """
        found = read_callbacks(self.project.migrations) if names and chosen else {}
        before_all, before_each, after_each, after_all = (
            self._prepared(found[name], live) if name in found else None for name in names or UP_CALLBACKS
        )
        around = Around(
            before_all=before_all, before_each=before_each, after_each=after_each, after_all=after_all
        )
        consent = "confirmed" if self.allow_outside else consent_of(self.project)
        require_inside(chosen, around, section, live.engine, consent)
        return around

    def _prepared(self, script: MigrationFile, live: Worker, section: str = "UP") -> MigrationFile:
        values = {**self.project.placeholders, **self.placeholders}
        return prepared(script, values, live.engine, section)

    def _scripts(self) -> dict[str, MigrationFile]:
        read_callbacks(self.project.migrations)  # one that is misnamed would never run
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

    def _require_chain(
        self,
        chosen: Sequence[MigrationFile],
        schema: Schema,
        scripts: Iterable[MigrationFile],
        history: Sequence[Applied],
    ) -> None:
        if self.diverged or self.allow_drift:
            return
        ran = {one.id for one in standing(history)}
        late = max(ran, default="")
        judged = [
            one for one in map(pledge, chosen) if not (one.id < late and one.fits_any_schema)
        ]  # what fits any schema was asked for with --out-of-order
        require_chain(judged, schema_digest(schema), Merges(map(pledge, scripts)), ran)


def _to_get_back(run: Applied) -> str:
    restore = "get the script back from version control"
    versions = (run.from_version, run.to_version)
    if run.from_digest == run.to_digest or not all(re.fullmatch("v[0-9]+", one) for one in versions):
        return restore
    again = f"kuzuvcs generate {run.from_version} {run.to_version}, then kuzuvcs repair"
    return f"{restore}; or write it again: {again}"


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
