"""The copy of a live database on which scripts are run, until it takes that one's place or is thrown away."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

from kuzuvcs.core.catalog import Unkept
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.conditions import ENSURE, REQUIRE, ensured, required
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.macro_drops import MacroDrop
from kuzuvcs.core.scripts.portions import Portion
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.engines.client import Worker, read_header
from kuzuvcs.engines.dialects import shows_more_in_its_file
from kuzuvcs.errors import MigrationFailed
from kuzuvcs.files import copy_file, require_room
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.reading import real_path
from kuzuvcs.tasks.building.before import CapturedFiles
from kuzuvcs.tasks.building.place import require_replaceable
from kuzuvcs.tasks.engines.drop_macros import drop_macros
from kuzuvcs.tasks.reading.history import record, rewrite
from kuzuvcs.tasks.reading.inspect import Inspection
from kuzuvcs.tasks.running.bring_back import bring_back_into
from kuzuvcs.tasks.running.bringing_plan import BroughtBack
from kuzuvcs.tasks.running.conditions import hold
from kuzuvcs.tasks.running.directions import (
    detaches,
    drop_and_note,
    made_checkpoints,
    require_both_directions,
)
from kuzuvcs.tasks.running.drift import what_differs
from kuzuvcs.tasks.running.drops import count_before, dropped_by_up
from kuzuvcs.tasks.running.key_probe import probe_keys
from kuzuvcs.tasks.running.row_counts import count_files, promises, require_kept, tables_promised, verify_rows
from kuzuvcs.tasks.running.statements import failing, run_statements
from kuzuvcs.tasks.workplace import Workplace

_UNCHANGED = "it ran on a copy: the live database is as it was"


class Trial:
    """A database beside the live one, at ``path``."""

    def __init__(self, live: Path, work: Workplace) -> None:
        require_replaceable(live)
        live = real_path(live)
        require_room(work.folder, 3 * live.stat().st_size + (64 << 20), "run scripts on a copy")
        self.path = work.folder / "migrated.kuzu"
        self._work = work
        self._touched: set[str] = set()
        work.progress.stage("copying the live database", live.stat().st_size)
        copy_file(live, self.path, work.progress)

    def run(
        self,
        script: MigrationFile,
        section: str,
        statements: Sequence[Statement],
        captured: CapturedFiles,
        *,
        count: bool = False,
    ) -> tuple[Portion, ...]:
        """Run a section, and hold it to what the script's head promises: schema, and rows.

        With ``count``, for UP: what it drops.

        :raises MigrationFailed: a statement fails, or a promise is not kept
        """
        kept = promises(script.script, section)
        self._work.progress.stage(f"{script.id}: {section}", len(statements))
        with failing(f"{script.id} fails, in {section}", _UNCHANGED), self._open() as worker:
            before = count_files(worker, (key for one in kept for key in one.before))
            counted = count_before(worker, self._work, script.script) if count else None
            hold(worker, required(script.script, section), REQUIRE, id=script.id, hint=_UNCHANGED)
            run_statements(
                worker,
                statements,
                captured,
                self._work,
                id=script.id,
                section=section,
                hint=_UNCHANGED,
                drop=functools.partial(self._drop_macros, worker),
                checkpoints=made_checkpoints(statements, worker.engine),
            )
            hold(worker, ensured(script.script, section), ENSURE, id=script.id, hint=_UNCHANGED)
            if statements:
                # Some statements are taken, and end the process only when what they did is written.
                last = statements[-1].line
                with failing(
                    f"{script.id} fails at the CHECKPOINT after line {last}, in {section}", _UNCHANGED
                ):
                    worker.execute("CHECKPOINT")
                self._drop_dangling_edges(worker, statements)
            now = count_files(worker, (key for one in kept for key in one.after))
            drops = () if counted is None else dropped_by_up(counted, worker, self._work, script.script)
        require_kept(script.id, section, kept, before, now)
        self._touched |= {*tables_promised(kept)}
        return drops

    def schema(self) -> Schema:
        """The schema as a fresh open tells it: some statements leave what cannot be opened again."""
        return self._inspected().schema

    def unkept(self) -> tuple[Unkept, ...]:
        """What it has now that no version keeps."""
        if not shows_more_in_its_file(read_header(self.path).engine):
            return ()
        return self._inspected().catalog.unkept

    def _inspected(self) -> Inspection:
        with Worker() as worker:
            worker.open(self.path, read_only=True)
            return self._work.inspected(self.path, worker)

    def require_promised(self, script: MigrationFile, section: str, promised: str) -> str:
        """The digest of the schema as it is, which has to be the one ``promised``, where one is.

        :raises MigrationFailed: it is another one, or the database cannot be opened any more
        """
        with failing(f"after {script.id} the database cannot be opened any more, in {section}", _UNCHANGED):
            schema = self.schema()
        digest = schema_digest(schema)
        if promised and digest != promised:
            raise MigrationFailed(
                f"{script.id} does not lead to the schema that its head promises, in {section}",
                cause=what_differs(self._work.store, promised, schema),
                hint=_UNCHANGED,
            )
        return digest

    def record(self, runs: Sequence[Applied]) -> None:
        """Write runs into its history."""
        if runs:
            with self._open() as worker:
                record(worker, self._work.declared.history, runs)

    def rewrite(self, run: Applied) -> None:
        """Write a run of its history again, as it is now."""
        with self._open() as worker:
            rewrite(worker, self._work.declared.history, run)

    def bring_back(self, script: MigrationFile, dropped: Applied) -> BroughtBack:
        """Bring back what the last rollback of a script dropped, after its UP.

        :raises MigrationError: the store does not have what was dropped
        :raises MigrationFailed: the engine does not take it as it was
        """
        brought = bring_back_into(self._work, self.path, script, dropped)
        self._touched |= brought.tables
        return brought

    def verify(self) -> None:
        """Open it afresh, write to it, and read what the scripts have touched again, as DuckDB counts it.

        :raises MigrationFailed: it cannot be written to
        :raises VerificationFailed: a table cannot be read as it is counted
        """
        self._work.progress.stage("verifying")
        schema = self.schema()
        require_both_directions(self.path, schema)
        probe_keys(self.path, schema)
        verify_rows(self.path, self._touched, self._work)

    def drop_dangling_edges(self) -> None:
        """Delete the edges at deleted nodes that the live database has already."""
        with failing("the copy cannot be prepared", _UNCHANGED), self._open() as worker:
            drop_and_note(worker, self.path, self._work)

    def _drop_dangling_edges(self, worker: Worker, statements: Sequence[Statement]) -> None:
        if any(detaches(one) for one in statements):
            drop_and_note(worker, self.path, self._work)

    def _drop_macros(self, worker: Worker, drops: Sequence[MacroDrop]) -> None:
        work = self._work
        drop_macros(worker, self.path, drops, work.folder, work.progress, work.declared)

    @contextlib.contextmanager
    def _open(self) -> Iterator[Worker]:
        """Open for writing, and checkpointed at the end, so that nothing of it is in a log."""
        with Worker() as worker:
            worker.open(self.path, read_only=False)
            yield worker
            worker.execute("CHECKPOINT")
