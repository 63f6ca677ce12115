"""The library's front door to migration scripts: run, rolled back, recorded and checked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.opened_project import OpenedProject
from kuzuvcs.reading import AnyPath, real_path
from kuzuvcs.results import LintReport, Mended, ProofKind, Proven, Ran, ScriptFault, ScriptsChecked

if TYPE_CHECKING:
    from kuzuvcs.kuzu_backup import KuzuBackup
    from kuzuvcs.migrations.folder import MigrationFile
    from kuzuvcs.store import Writer
    from kuzuvcs.tasks.running.runner import Runner


class ScriptRuns(OpenedProject):
    """What can be done with a project's scripts, and its live database as a whole."""

    def migrate(
        self,
        *,
        to: str | None = None,
        steps: int | None = None,
        dry_run: bool = False,
        allow_drift: bool = False,
        as_recorded: bool = False,
        out_of_order: bool = False,
        diverged: bool = False,
        in_place: bool = False,
        allow_outside: bool = False,
        bring_back: bool = True,
        placeholders: Sequence[str] = (),
        lock_timeout: float | None = None,
    ) -> tuple[Ran, ...]:
        """Run the scripts that are still to be run: all, up to ``to``, or so many ``steps``.

        They run on a copy, which takes the live database's place when all of them did what they promise.
        Those whose schema the database has already are recorded and not run, unless ``as_recorded``: then
        only the history says what was run.
        ``out_of_order`` runs what stands before a script that was run, too; ``diverged`` what starts from
        another schema than there is, without holding it to the schema that its head promises.
        ``placeholders`` are ``name=text`` or ``name:=JSON``, for each ``${name}`` in a script.
        With ``in_place`` they run on the live database itself: without a copy, without a backup.
        ``allow_outside`` permits statements that read or write outside of the database, where their script
        allows that, too.
        What the last rollback of a script dropped comes back after its UP, unless ``bring_back`` is false.
        With ``dry_run`` they run on a copy that is thrown away, so that what they drop can be counted.
        ``lock_timeout`` is for how many seconds another run, or an application that has the database open,
        is waited for; left out, a minute for the one, and not at all for the other.

        :raises MigrationError: the scripts are not those that the history knows, or one reaches outside
        :raises OpenQuestion: one reaches outside, as it allows, and you did not permit it
        :raises SchemaDrift: the live schema is not the one that the last script left
        :raises MigrationFailed: a script failed; nothing was changed
        :raises RunInProgress: another run is at work
        """
        with self._runner(
            "migrate",
            {"to": to, "steps": steps},
            lock_timeout,
            dry_run=dry_run,
            allow_drift=allow_drift,
            as_recorded=as_recorded,
            out_of_order=out_of_order,
            diverged=diverged,
            in_place=in_place,
            allow_outside=allow_outside,
            bring_back=bring_back,
            placeholders=placeholders,
        ) as (runner, writer):
            return self._with_proofs(runner.migrate(writer, to=to, steps=steps))

    def mark_applied(
        self,
        *,
        to: str | None = None,
        steps: int | None = None,
        dry_run: bool = False,
        allow_drift: bool = False,
        lock_timeout: float | None = None,
    ) -> tuple[Ran, ...]:
        """Record scripts that are still to be run as run, on a database that has their schema already.

        :raises MigrationError: the scripts are not those that the history knows
        :raises SchemaDrift: the live schema is not the one that the last of them leads to
        """
        with self._runner(
            "mark-applied",
            {"to": to, "steps": steps},
            lock_timeout,
            dry_run=dry_run,
            allow_drift=allow_drift,
        ) as (runner, _):
            return runner.mark_applied(to=to, steps=steps)

    def rollback(
        self,
        steps: int = 1,
        *,
        to: str | None = None,
        schema_only: bool = False,
        dry_run: bool = False,
        allow_drift: bool = False,
        in_place: bool = False,
        allow_outside: bool = False,
        capture: bool = True,
        recorded: Sequence[str] = (),
        placeholders: Sequence[str] = (),
        lock_timeout: float | None = None,
    ) -> tuple[Ran, ...]:
        """Undo the last scripts: so many ``steps``, or all that were run after ``to``.  Errors as above.

        What UP lost comes back from what was captured of this database; with ``schema_only`` it does not.
        What DOWN drops is captured, for the next migrate to bring it back, unless ``capture`` is false.
        A script that was recorded and never run here is undone only if its id is in ``recorded``.
        With ``dry_run`` they run on a copy that is thrown away, so that what they drop can be counted.

        :raises UsageError: a script was only recorded
        """
        with self._runner(
            "rollback",
            {"to": to, "steps": steps, "schema_only": schema_only},
            lock_timeout,
            dry_run=dry_run,
            allow_drift=allow_drift,
            in_place=in_place,
            allow_outside=allow_outside,
            capture=capture,
            recorded=recorded,
            placeholders=placeholders,
        ) as (runner, writer):
            ran = runner.rollback(writer, to=to, steps=steps, schema_only=schema_only)
            return self._with_proofs(ran)

    def history(self) -> tuple[Applied, ...]:
        """Every run of a script on the live database, in order, those that were rolled back, too."""
        from kuzuvcs.tasks.reading.history import read_history
        from kuzuvcs.tasks.reading.replayed import open_to_read

        with self._scratch_to_read() as folder, open_to_read(self.project.database, folder) as (worker, *_):
            return read_history(worker, self.project.history_table)

    def faults(self) -> tuple[ScriptFault, ...]:
        """What is wrong with the migrations folder; neither store nor database is opened."""
        from kuzuvcs.tasks.running.check_scripts import check_folder

        return check_folder(self.project.migrations)[1]

    def baseline(
        self,
        id: str,
        *,
        dry_run: bool = False,
        allow_drift: bool = False,
        lock_timeout: float | None = None,
    ) -> tuple[Ran, ...]:
        """Record the scripts up to ``id`` as run, on a database without a history.

        :raises MigrationError: it has one
        :raises SchemaDrift: the live schema is not the one that ``id`` leads to
        """
        with self._runner("baseline", {"id": id}, lock_timeout, dry_run=dry_run, allow_drift=allow_drift) as (
            runner,
            _,
        ):
            return runner.baseline(id)

    def repair(self, *, dry_run: bool = False, lock_timeout: float | None = None) -> tuple[Mended, ...]:
        """Mend what is recorded of the scripts, in the sum file and in the history; no script is run.

        :raises MigrationError: a script cannot be read
        """
        from kuzuvcs.tasks.running.lock import run_lock
        from kuzuvcs.tasks.running.repair import repair

        with run_lock(self.project.database, lock_timeout), self._scratch() as folder:
            return repair(self.project, folder, self._declared(), dry_run=dry_run, wait=lock_timeout or 0.0)

    def trust(self) -> Path:
        """Confirm on this machine the project's settings with ``allow_outside``; the file that records it.

        :raises UsageError: the project file does not say it
        """
        from kuzuvcs.tasks.running.consent import confirm

        return confirm(self.project)

    def distrust(self) -> bool:
        """Take the confirmation back; whether there was one."""
        from kuzuvcs.tasks.running.consent import revoke

        return revoke(self.project)

    def new(self, description: str) -> Path:
        """Write an empty script that starts where the folder's last one leads; its path.

        :raises MigrationError: the folder is not as its sum file says
        """
        from kuzuvcs.tasks.proving.new_script import new_script

        with self._scratch_to_read() as folder:
            return new_script(self._store_to_read(folder), self.project, description)

    def check(self) -> ScriptsChecked:
        """Check the migrations folder, and as far as they are there the store and the live database."""
        from kuzuvcs.tasks.running.check_scripts import check_scripts

        with self._scratch_to_read() as folder:
            return check_scripts(self._store_to_read(folder), self.project, folder, self._declared())

    def prove(
        self, script: AnyPath, *, proof: ProofKind | None = None, placeholders: Sequence[str] = ()
    ) -> Proven:
        """Prove a script of the migrations folder again, by its id or path, and write its head.

        UP and DOWN run on a restored copy of the version that it starts from, with the version's data, or
        with ``proof="schema"`` without it.  Only the lines of its proof change, so that a
        database on which it was applied still knows it.

        :raises UsageError: there is no such script, or no version has the schema that it starts from
        :raises OpenQuestion: the proof costs more than the project's ``proof_limit``
        :raises ProofFailed: it does not do what its head promises; it was not changed
        """
        from kuzuvcs.core.scripts.placeholders import parse_setting
        from kuzuvcs.tasks.proving.proof_choice import Choosing
        from kuzuvcs.tasks.proving.prove_script import Request, find_script, prove_script

        request = Request(
            script=find_script(self.project.migrations, script),
            choosing=Choosing(kind=proof, limit=self.project.proof_limit, ask=self._ask),
            placeholders=dict(map(parse_setting, placeholders)),
        )
        with self._scratch() as folder:
            return prove_script(self._workplace(self._store(), folder), self.project, request)

    def lint(self, paths: Sequence[AnyPath] = ()) -> LintReport:
        """Look for hazards in the text of scripts: those of the migrations folder, if none are named.

        Its callbacks are among them.  Neither store nor database is opened.

        :raises MigrationError: a file is no script
        """
        from kuzuvcs.migrations.callbacks import read_callbacks
        from kuzuvcs.migrations.folder import read_folder

        if paths:
            return self.lint_files(paths)
        folder = self.project.migrations
        return _linted([*read_folder(folder), *read_callbacks(folder).values()])

    @staticmethod
    def lint_files(paths: Sequence[AnyPath]) -> LintReport:
        """The same for any files, which may be outside of a project.

        A file is a callback if it has the name of one and is in a folder ``callbacks``.

        :raises MigrationError: a file is no script
        """
        from kuzuvcs.migrations.callbacks import is_callback, read_callback
        from kuzuvcs.migrations.folder import MigrationFile, read_script

        files = [Path(path).absolute() for path in paths]
        return _linted(
            [
                read_callback(path)
                if is_callback(path)
                else MigrationFile(id=path.stem, path=path, script=read_script(path))
                for path in files
            ]
        )

    def backups(self, *, lock_timeout: float | None = None) -> KuzuBackup:
        """The backups of the live database: to be listed, taken and restored."""
        from kuzuvcs.kuzu_backup import KuzuBackup

        return KuzuBackup(
            self.project.database,
            keep=self.project.keep_backups,
            lock_timeout=lock_timeout,
            progress=self._progress,
            declared=self._declared(),
        )

    def _with_proofs(self, ran: tuple[Ran, ...]) -> tuple[Ran, ...]:
        """Say of each whether it is the script that was proven.

        The run is over: a file that cannot be read by now does not make a failure of it.
        """
        from dataclasses import replace

        from kuzuvcs.core.scripts.proof import proof_state
        from kuzuvcs.tasks.running.check_scripts import check_folder

        states = {one.id: proof_state(one.script) for one in check_folder(self.project.migrations)[0]}
        return tuple(replace(one, proof=states.get(one.id)) for one in ran)

    @contextmanager
    def _runner(
        self,
        command: str,
        arguments: dict[str, object],
        lock_timeout: float | None,
        *,
        placeholders: Sequence[str] = (),
        recorded: Sequence[str] = (),
        **settings: bool,
    ) -> Iterator[tuple[Runner, Writer]]:
        from dataclasses import replace

        from kuzuvcs.core.scripts.placeholders import parse_setting
        from kuzuvcs.tasks.running.lock import run_lock
        from kuzuvcs.tasks.running.run_log import run_log
        from kuzuvcs.tasks.running.runner import Runner
        from kuzuvcs.tasks.workplace import working_in

        values = dict(map(parse_setting, placeholders))
        arguments = arguments | settings | {"set": values}
        if recorded:
            arguments["recorded"] = list(recorded)
        beside = real_path(self.project.database).parent / ".kuzuvcs"
        with contextlib.ExitStack() as stack:
            stack.enter_context(run_lock(self.project.database, lock_timeout))
            folder = stack.enter_context(working_in(beside))
            store = self._store_to_run(folder, dry_run=settings["dry_run"])
            writer = stack.enter_context(store.writer(lock_timeout))
            log = stack.enter_context(run_log(self.project.database, command, arguments, self._events))
            yield (
                Runner(
                    work=replace(self._workplace(store, folder), events=log),
                    project=self.project,
                    wait=lock_timeout,
                    placeholders=values,
                    recorded=frozenset(recorded),
                    **settings,
                ),
                writer,
            )


def _linted(files: Sequence[MigrationFile]) -> LintReport:
    from kuzuvcs.migrations.callbacks import is_callback
    from kuzuvcs.migrations.lint import lint_script

    findings = tuple(
        finding
        for one in files
        for finding in lint_script(one.script, one.path, callback=is_callback(one.path))
    )
    return LintReport(scripts=tuple(one.path for one in files), findings=findings)
