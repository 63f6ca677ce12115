"""Migrations of one database by text, without a project: each by an id, with a script up and one down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from kuzuvcs.core.progress import Progress, Silent
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.errors import MigrationError, UsageError
from kuzuvcs.files import write_atomic
from kuzuvcs.project import Project
from kuzuvcs.reading import AnyPath, real_path
from kuzuvcs.results import Ran

if TYPE_CHECKING:
    from kuzuvcs.migrations.folder import MigrationFile
    from kuzuvcs.store import Writer
    from kuzuvcs.tasks.running.runner import Runner

_HEAD = re.compile(r"// [a-z][a-z-]*: ")


class KuzuMigration:
    """Migrations of the database at ``db_path``, in the order in which they are applied.

    They go through the same runner as ``kuzuvcs migrate``: on a copy that takes the database's place when all
    went well, with a backup and a log.  ``.kuzuvcs`` beside the database keeps each script, so that another
    process can undo it, and what was captured for it.  A database of a project has the project's own scripts:
    :class:`kuzuvcs.Repository` runs those.  ``allow_drift`` runs on a schema that the last migration did not
    leave; ``allow_outside`` permits statements that read or write outside of the database, where a comment
    ``// kuzuvcs:allow KV603`` above them says that it is meant; ``lock_timeout`` is as for
    :class:`kuzuvcs.KuzuBackup`.

    Every method may raise :class:`kuzuvcs.errors.KuzuvcsError`.

    >>> migration = KuzuMigration("app.kuzu")
    >>> migration.apply_migration("001", "ALTER TABLE User ADD age INT64", "ALTER TABLE User DROP age").id
    '001'
    >>> migration.rollback_migration("001").id
    '001'
    """

    def __init__(
        self,
        db_path: AnyPath,
        *,
        history_table: str = "migration_history",
        keep_backups: int = 1,
        allow_drift: bool = False,
        allow_outside: bool = False,
        lock_timeout: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        database = Path(db_path).absolute()
        real = real_path(database)
        beside = real.parent / ".kuzuvcs"
        self._project = Project(
            root=real.parent,
            database=database,
            store=beside / f"{real.name}.store",
            migrations=beside / f"{real.name}.migrations",
            history_table=history_table,
            keep_backups=keep_backups,
        )
        self._allow_drift = allow_drift
        self._allow_outside = allow_outside
        self._wait = lock_timeout
        self._progress = progress or Silent()

    def create_migrations_table(self) -> None:
        """Make the table of the history; nothing happens where it is there.

        :raises MigrationError: an application's own table has its name
        """
        from kuzuvcs.tasks.building.place import locked
        from kuzuvcs.tasks.reading.history import record
        from kuzuvcs.tasks.running.lock import run_lock

        database, wait = self._project.database, self._wait
        with run_lock(database, wait), locked(database, wait or 0.0) as live:
            record(live, self._project.history_table, ())
            live.execute("CHECKPOINT")

    def apply_migration(self, migration_id: str, up_script: str, down_script: str = "") -> Ran | None:
        """Run ``up_script``, statements ended by semicolons, and keep ``down_script`` for its rollback.

        Head lines at the beginning of ``up_script`` count: ``// before: …`` names what is to be captured for
        DOWN.  None where the migration was applied already, as it is.

        :raises MigrationError: it was applied with another text, or is no script
        :raises MigrationFailed: a statement failed; the database is as it was
        """
        text = _script(migration_id, up_script, down_script)
        with self._runner("apply_migration", {"id": migration_id}) as (runner, writer):
            done = next((one for one in self._standing() if one.id == migration_id), None)
            if done is not None:
                self._require_same(done, text)
                return None
            write_atomic(self._path(migration_id), text)
            return runner.apply(writer, self._read(migration_id))

    def rollback_migration(self, migration_id: str) -> Ran:
        """Run the migration's DOWN, with what was captured of this database before its UP.

        :raises UsageError: it is not the last one that was applied
        :raises MigrationError: it has no DOWN
        :raises MigrationFailed: a statement failed; the database is as it was
        """
        with self._runner("rollback_migration", {"id": migration_id}) as (runner, writer):
            standing = [one.id for one in self._standing()]
            if migration_id not in standing:
                raise UsageError(
                    f"{migration_id} was not applied", cause=f"applied are: {', '.join(standing) or 'none'}"
                )
            if standing[-1] != migration_id:
                raise UsageError(
                    f"{migration_id} is not the last that was applied",
                    cause=f"{standing[-1]} was applied after it",
                    hint=f"roll back {standing[-1]} first",
                )
            return runner.undo(writer, self._read(migration_id))

    def history(self) -> tuple[Applied, ...]:
        """Every migration that was applied, in order, those that were rolled back, too."""
        from kuzuvcs.tasks.reading.history import read_history
        from kuzuvcs.tasks.reading.replayed import open_to_read
        from kuzuvcs.tasks.workplace import working_in

        with (
            working_in(self._project.store.parent) as folder,
            open_to_read(self._project.database, folder) as (worker, *_),
        ):
            return read_history(worker, self._project.history_table)

    def _standing(self) -> tuple[Applied, ...]:
        from kuzuvcs.core.scripts.history import standing

        return standing(self.history())

    def _require_same(self, done: Applied, text: str) -> None:
        from kuzuvcs.migrations.script_bytes import run_checksum

        if not run_checksum(text.encode()).accepts(done.checksum):
            raise MigrationError(
                f"{done.id} was applied with another text",
                cause=f"the one that was is in {self._path(done.id)}",
                hint="write what is new as a migration of its own",
            )

    def _path(self, migration_id: str) -> Path:
        """Any text may be an id; its file's name is percent-encoded."""
        return self._project.migrations / f"{quote(migration_id, safe='')}.cypher"

    def _read(self, migration_id: str) -> MigrationFile:
        from kuzuvcs.migrations.folder import MigrationFile, read_script

        path = self._path(migration_id)
        return MigrationFile(id=migration_id, path=path, script=read_script(path))

    @contextmanager
    def _runner(self, command: str, arguments: dict[str, object]) -> Iterator[tuple[Runner, Writer]]:
        from kuzuvcs.store import Store
        from kuzuvcs.tasks.reading.inspect import Declarations
        from kuzuvcs.tasks.running.lock import run_lock
        from kuzuvcs.tasks.running.run_log import run_log
        from kuzuvcs.tasks.running.runner import Runner
        from kuzuvcs.tasks.workplace import Workplace, working_in

        project = self._project
        with run_lock(project.database, self._wait), working_in(project.store.parent) as folder:
            store = Store.open(project.store) if project.store.exists() else Store.create(project.store)
            with (
                store.writer(self._wait) as writer,
                run_log(project.database, command, arguments) as log,
            ):
                work = Workplace(
                    store=store,
                    folder=folder,
                    progress=self._progress,
                    declared=Declarations(defaults={}, macros={}, history=project.history_table),
                    events=log,
                )
                yield (
                    Runner(
                        work=work,
                        project=project,
                        wait=self._wait,
                        allow_drift=self._allow_drift,
                        allow_outside=self._allow_outside,
                    ),
                    writer,
                )


def _script(id: str, up: str, down: str) -> str:
    if not id or not id.isprintable():
        raise UsageError(f"{id!r} is no id of a migration", cause="it must be a text that can be printed")
    try:
        (up + down).encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"the script of {id} cannot be written as UTF-8", cause=str(error)) from error
    lines = [line.strip() for line in up.strip().splitlines()]
    heads = list(takewhile(_HEAD.match, lines))
    rest = "\n".join(up.strip().splitlines()[len(heads) :])
    head = "\n".join((f"// id: {id}", *heads))
    # A semicolon more is none too many, and ends a statement that a comment may end in.
    return f"{head}\n\n-- UP\n{rest}\n;\n-- DOWN\n{down.strip()}\n;\n"
