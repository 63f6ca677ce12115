"""Run scripts on the live database itself, where there is no room for a copy.

A section is one transaction, with the history's row in it, as far as the engine takes its statements into
one.  CHECKPOINT and what makes or drops an index it does not: before and after those the row says how far the
section has come, and the next run goes on there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.planning.kept_data import FileKey
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.conditions import ENSURE, REQUIRE, ensured, required
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.script import Directive, Statement
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineCrashed, EngineError, MigrationFailed
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.migrations.sections import Part, parts
from kuzuvcs.tasks.building.before import CapturedFiles
from kuzuvcs.tasks.reading.counts import count_table
from kuzuvcs.tasks.reading.history import now, record, rewrite
from kuzuvcs.tasks.reading.inspect import inspect_open
from kuzuvcs.tasks.running.conditions import hold
from kuzuvcs.tasks.running.directions import detaches, drop_and_note, made_checkpoints
from kuzuvcs.tasks.running.drift import what_differs
from kuzuvcs.tasks.running.row_counts import count_files, promises, require_kept
from kuzuvcs.tasks.running.statements import failing, run_statements
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of a script to be run: ``done`` statements were run before, and ``unsure``, one more.

    If that is a COPY, ``rows`` is how many rows its table had before it.
    """

    script: MigrationFile
    name: str
    statements: tuple[Statement, ...]
    promised: str
    done: int = 0
    unsure: bool = False
    rows: int | None = None
    checkpoints: frozenset[int] = frozenset()

    @classmethod
    def of(cls, script: MigrationFile, name: str, promised: str, unfinished: str, engine: Engine) -> Section:
        """The section, from where ``unfinished`` says that it was broken off."""
        statements = script.script.up if name == "UP" else script.script.down
        done, unsure, rows = unfinished.removeprefix(f"{name} ").partition("+")
        return cls(
            script=script,
            name=name,
            statements=statements,
            promised=promised,
            done=int(done) if unfinished else 0,
            unsure=bool(unsure),
            rows=int(rows) if rows else None,
            checkpoints=made_checkpoints(statements, engine),
        )

    @property
    def left(self) -> tuple[Part, ...]:
        """The parts that are still to be run."""
        found = parts(self.script.id, self.statements, self.checkpoints)
        return tuple(one for one in found if one.end > self.done)


Last = Callable[[], contextlib.AbstractContextManager[Callable[[], None]]]
"""Entered once all statements of UP are committed; what it gives writes into a transaction of its own.

Broken off, it is entered again: what it writes has to be the same then.
"""


class InPlace:
    """The live database at ``path``, open and locked in ``live``."""

    def __init__(self, live: Worker, path: Path, work: Workplace) -> None:
        self._live = live
        self._path = path
        self._work = work
        self._table = work.declared.history

    def up(self, section: Section, run: Applied, captured: CapturedFiles, last: Last | None) -> Applied:
        """Run UP; the run as the history then has it.  ``last`` writes after the statements.

        :raises MigrationFailed: a statement fails, or a promise is not kept
        """
        started = time.monotonic()

        def finished(digest: str) -> Applied:
            seconds = round(run.seconds + time.monotonic() - started, 3)
            return replace(run, to_digest=digest, seconds=seconds, unfinished="")

        return self._run(section, run, captured, finished, last)

    def down(self, section: Section, run: Applied, captured: CapturedFiles) -> Applied:
        """Run DOWN.  Errors as above."""
        return self._run(section, run, captured, lambda _: replace(run, rolled_back=now(), unfinished=""))

    def _run(
        self,
        section: Section,
        run: Applied,
        captured: CapturedFiles,
        finished: Callable[[str], Applied],
        last: Last | None = None,
    ) -> Applied:
        kept = promises(section.script.script, section.name)
        before = (
            count_files(self._live, (key for one in kept for key in one.before)) if not section.done else None
        )
        told: Applied | None = None
        if not section.done:
            self._hold(section, required(section.script.script, section.name), REQUIRE)
        for part in section.left:
            self._checkpoint_before(section, part)
            if part.alone:
                self._alone(section, run, part, captured)
                continue
            with self._transaction():
                self._statements(section, part, captured)
                if part.end == len(section.statements):
                    self._require(section, before)
                if part.end == len(section.statements) and last is None:
                    told = self._finish(section, finished)
                else:
                    self._write(replace(run, unfinished=f"{section.name} {part.end}"))
        if told is None:
            if not section.left or section.left[-1].alone:
                self._require(section, before)
            if last is not None:
                self._checkpoint()  # kuzu crashes on a write to a table that has just lost a column
                with last() as write, self._transaction():
                    write()
            with self._transaction():
                told = self._finish(section, finished)
        self._checkpoint()
        self._delete_dangling_edges(section)
        return told if told.to_digest else self._digest_after(section, told)

    def _alone(self, section: Section, run: Applied, part: Part, captured: CapturedFiles) -> None:
        again = section.unsure and part.first == section.done
        rows = count_table(self._live, part.copies) if part.copies else None
        if not again:
            before = "" if rows is None else str(rows)
            self._write(replace(run, unfinished=f"{section.name} {part.first}+{before}"))
        if not (again and part.copies and rows != section.rows):  # or else the COPY was run
            self._run_alone(section, part, captured, again=again)
        self._write(replace(run, unfinished=f"{section.name} {part.end}"))

    def _run_alone(self, section: Section, part: Part, captured: CapturedFiles, *, again: bool) -> None:
        try:
            self._statements(section, part, captured)
        except MigrationFailed as failed:
            # The run was killed between the statement and the history's row that says so.
            if not (again and not part.repeatable and _was_done(failed.cause)):
                raise

    def _hold(self, section: Section, directives: Iterable[Directive], word: str) -> None:
        hold(self._live, directives, word, id=section.script.id, hint=_last_hint(section))

    def _statements(self, section: Section, part: Part, captured: CapturedFiles) -> None:
        run_statements(
            self._live,
            part.statements,
            captured,
            self._work,
            id=section.script.id,
            section=section.name,
            hint=_hint(section, part.first),
            first=part.first,
            total=len(section.statements),
        )

    def _require(self, section: Section, before: Mapping[FileKey, int] | None) -> None:
        """Hold the section to its promises, as far as a transaction that is open shows."""
        self._hold(section, ensured(section.script.script, section.name), ENSURE)
        if before is None:
            return
        kept = promises(section.script.script, section.name)
        after = count_files(self._live, (key for one in kept for key in one.after))
        try:
            require_kept(section.script.id, section.name, kept, before, after)
        except MigrationFailed as failed:
            failed.hint = _last_hint(section)
            raise

    def _finish(self, section: Section, finished: Callable[[str], Applied]) -> Applied:
        """Hold the section to the schema that it promises, and write its run."""
        told = finished(self._digest(section))
        self._write(told)
        return told

    def _digest(self, section: Section) -> str:
        with self._work.passing("schema") as folder:
            inspection = inspect_open(self._live, folder, self._work.declared)
        if inspection is None:
            return ""
        digest = schema_digest(inspection.schema)
        if section.promised and digest != section.promised:
            raise MigrationFailed(
                f"{section.script.id} does not lead to the schema that its head promises, in {section.name}",
                cause=what_differs(self._work.store, section.promised, inspection.schema),
                hint=_last_hint(section),
            )
        return digest

    def _digest_after(self, section: Section, run: Applied) -> Applied:
        """What only a copy of the committed database tells."""
        schema = self._work.schema_of(self._path, self._live)
        digest = schema_digest(schema)
        if section.name == "UP":
            run = replace(run, to_digest=digest)
            self._write(run)
        if section.promised and digest != section.promised:
            raise MigrationFailed(
                f"{section.script.id} did not lead to the schema that its head promises, in {section.name}",
                cause=what_differs(self._work.store, section.promised, schema),
                hint="it ran in place, and what it did stays: this could be told only afterwards",
            )
        return run

    def _write(self, run: Applied) -> None:
        if not rewrite(self._live, self._table, run):
            record(self._live, self._table, (run,))

    def _checkpoint_before(self, section: Section, part: Part) -> None:
        if part.checkpoint:
            id, name, line = section.script.id, section.name, part.statements[0].line
            with failing(
                f"{id} fails at the CHECKPOINT before line {line}, in {name}", _hint(section, part.first)
            ):
                self._live.execute("CHECKPOINT")

    def _delete_dangling_edges(self, section: Section) -> None:
        if any(detaches(one) for one in section.statements):
            drop_and_note(self._live, self._path, self._work)
            self._checkpoint()

    def _checkpoint(self) -> None:
        try:
            self._live.execute("CHECKPOINT")
        except EngineCrashed:
            raise
        except EngineError as refused:
            self._work.progress.note(f"{self._path.name} keeps its log: {refused.cause}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._live.execute("BEGIN TRANSACTION")
        try:
            yield
            self._live.execute("COMMIT")
        except EngineCrashed:
            raise
        except BaseException:
            with contextlib.suppress(EngineError):  # the engine may have ended it with the error
                self._live.execute("ROLLBACK")
            raise


def _hint(section: Section, done: int) -> str:
    if not done:
        return "it ran in place, in a transaction that was taken back: the database is as it was"
    command = "migrate" if section.name == "UP" else "rollback"
    return (
        f"it ran in place: {done} of {len(section.statements)} statements stay; mend what it failed on and "
        f"kuzuvcs {command} --in-place goes on there, or kuzuvcs restore brings back a backup"
    )


def _last_hint(section: Section) -> str:
    """Of what is found before the last part is committed."""
    last = section.left[-1] if section.left else None
    return _hint(section, 0 if last is None else last.end if last.alone else last.first)


def _was_done(cause: str) -> bool:
    return "already exists" in cause or "doesn't have an index" in cause
