"""The library's front door: a project's database, its versions, and what can be done with them.

Each call opens what it needs and leaves nothing behind; the work is in :mod:`kuzuvcs.tasks`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import DatabaseChanging, DatabaseLocked, NotADatabase, UsageError
from kuzuvcs.migrations.attributes import ATTRIBUTES, write_attributes
from kuzuvcs.project import DATABASE, Project, new_project, project_in, require_same, write_project
from kuzuvcs.reading import AnyPath, real_path
from kuzuvcs.results import (
    LIVE,
    Checkout,
    Diff,
    EngineChanged,
    Exported,
    Generated,
    Merged,
    ProofKind,
    Snapshot,
    Status,
    Verification,
    Verified,
    VersionDetail,
    VersionSummary,
)
from kuzuvcs.script_runs import ScriptRuns

if TYPE_CHECKING:
    from kuzuvcs.core.outline import Outline
    from kuzuvcs.core.refactor.declared import Declared
    from kuzuvcs.store import Version
    from kuzuvcs.tasks.comparing.compare import Answering


class Repository(ScriptRuns):
    """A project opened.  Every method may raise :class:`kuzuvcs.errors.KuzuvcsError`.

    ``ask`` is called for each rename that is neither certain nor answered, and returns whether it is one, and
    for a proof that costs much; without it such a question raises :class:`kuzuvcs.errors.OpenQuestion`.
    ``events`` is called with each event of a run, as its log has it.
    """

    made: tuple[Path, ...] = ()
    """What :meth:`init` made."""

    @classmethod
    def init(
        cls, root: AnyPath, database: AnyPath | None = None, *, history_table: str | None = None
    ) -> Self:
        """Make a project in ``root``: project file, store, migrations folder.

        Where there is a project file, a clone's for example, what else is missing is made, and nothing is
        overwritten.  ``made`` of the result says what was made.  A store that is there becomes the project's.

        ``database`` is its path, ``database.kuzu`` if left out; the engine of a new project is that of the
        database, where there is one.  ``history_table`` names the table in which the database keeps its
        history of migrations.

        :raises ProjectError: the project file says otherwise, or there is an application's table of that name
        :raises StoreError: something else is in the store's place
        """
        from kuzuvcs.store import Store

        database = None if database is None else os.fspath(database)
        project = project_in(Path(root))
        made: list[Path] = []
        new = None
        if project is None:
            new = database or DATABASE
            project = _new_project(Path(root), new, history_table)
        else:
            require_same(project, database, history_table)
        if project.store.is_dir() and any(project.store.iterdir()):
            Store.open(project.store)
        else:
            Store.create(project.store)
            made.append(project.store)
        if not project.migrations.exists():
            project.migrations.mkdir(parents=True)
            made.append(project.migrations)
        if write_attributes(project.migrations):
            made.append(project.migrations / ATTRIBUTES)
        if new is not None:
            made.append(write_project(project, new))
        repository = cls(project)
        repository.made = tuple(made)
        return repository

    def snapshot(self, message: str = "", *, connection: Any = None, wait: float | None = None) -> Snapshot:
        """Capture the live database as the next version, unless it is the head's.

        ``connection`` is the application's own open connection, where it holds the database; ``wait`` the
        seconds to wait for another writer of the store, ``None`` for as long as it takes.
        """
        from kuzuvcs.tasks.snapshot import capture_version, opened_database
        from kuzuvcs.tasks.versions import entries, read_version, table_rows

        store = self._store()
        with self._scratch() as folder, store.writer(wait) as writer:
            try:
                with opened_database(
                    self.project.database, folder, self._declared(), connection=connection
                ) as opened:
                    new = capture_version(opened, folder, self._progress, history=self.project.history_table)
            except (DatabaseLocked, DatabaseChanging) as error:
                error.hint += ", or take the snapshot through its connection: snapshot(connection=connection)"
                raise
            head = store.head()
            parent = None if head is None else read_version(store, head)
            tables = table_rows(new.manifest)
            if parent is not None and parent.content == new.manifest.content_digest:
                return Snapshot(
                    version=parent.version.name,
                    commit=parent.version.commit,
                    schema_digest=new.manifest.schema_digest,
                    changed=False,
                    tables=tables,
                    stored_bytes=0,
                    reused_bytes=0,
                    warnings=new.manifest.warnings,
                )
            self._progress.stage("storing", sum(file.size for file in new.manifest.files))
            done = writer.commit(
                entries(new, store, parent),
                message=message,
                progress=lambda step, size: self._progress.advance(size) if step == "part" else None,
            )
            return Snapshot(
                version=done.version.name,
                commit=done.version.commit,
                schema_digest=new.manifest.schema_digest,
                changed=True,
                tables=tables,
                stored_bytes=done.stored_bytes,
                reused_bytes=done.reused_bytes,
                warnings=new.manifest.warnings,
            )

    def log(self, limit: int | None = None) -> tuple[VersionSummary, ...]:
        """The versions, newest first: all of them, or the newest ``limit``.

        Only each version's manifest is read; :meth:`verify` checks a version as a whole.

        :raises UsageError: ``limit`` is less than 1
        """
        from kuzuvcs.tasks.versions import outlines

        if limit is not None and limit < 1:
            raise UsageError(f"cannot list {limit} versions", hint="the limit is a number from 1")
        store = self._store()
        return tuple(
            _summary(version, outline) for version, outline in outlines(store, store.versions()[:limit])
        )

    def show(self, revision: str = "HEAD") -> VersionDetail:
        """One version: schema, tables, sizes."""
        from kuzuvcs.core.outline import outline_of
        from kuzuvcs.tasks.versions import read_version, table_rows

        store = self._store()
        stored = read_version(store, store.resolve(revision))
        return VersionDetail(
            summary=_summary(stored.version, outline_of(stored.manifest)),
            manifest=stored.manifest,
            schema=stored.schema,
            tables=table_rows(stored.manifest),
        )

    def status(self, *, data: bool = False) -> Status:
        """The live database against the head: schema, row counts, and the values of small tables.

        With ``data``, every value.
        """
        from kuzuvcs.tasks.comparing.state import read_status

        with self._scratch_to_read() as folder:
            return read_status(
                self._store_to_read(folder), self.project, folder, self._progress, self._declared(), data=data
            )

    def diff(
        self,
        before: str | None = None,
        after: str | None = None,
        *,
        renames: Sequence[str] = (),
        no_renames: bool = False,
        data: bool = False,
    ) -> Diff:
        """What leads from ``before`` (the head) to ``after`` (the live database).

        A side is a revision or ``@live``.  ``renames`` are ``OLD:NEW`` or ``Table.column:newcolumn``.
        Between versions every value is compared; of the live database those of small tables, or all with
        ``data``.

        :raises OpenQuestion: a rename is open, and nobody was there to answer
        """
        from kuzuvcs.tasks.comparing.compare import compare_sides
        from kuzuvcs.tasks.comparing.opening import both_sides
        from kuzuvcs.tasks.proving.change_hazards import change_hazards

        with (
            self._scratch_to_read() as folder,
            both_sides(
                self._store(),
                self.project.database,
                (before or "HEAD", after or LIVE),
                folder,
                self._progress,
                self._declared(),
            ) as (old, new),
        ):
            answering = self._answering(renames, no_renames)
            found = compare_sides(old, new, answering, folder, all_values=data)
            return Diff(
                before=old.name,
                after=new.name,
                changes=found.changes,
                rows=found.rows,
                warnings=(*old.warnings, *(text for text in new.warnings if text not in old.warnings)),
                hazards=change_hazards(old, new, found.changes),
                sequences=found.sequences,
            )

    def generate(
        self,
        before: str | None = None,
        after: str | None = None,
        *,
        message: str = "",
        renames: Sequence[str] = (),
        no_renames: bool = False,
        casts: Sequence[str] = (),
        down_casts: Sequence[str] = (),
        schema_only: bool = False,
        proof: ProofKind | None = None,
        again: bool = False,
    ) -> Generated:
        """Write the migration script from ``before`` to ``after`` (the head), once it is proven.

        ``before`` left out is where the folder's last script leads to, or the version before the head.
        Where scripts in the folder lead from the one schema to the other already, nothing is written, and
        the result's ``already`` names them; ``again`` writes the step all the same.

        ``casts`` are ``Table.column=null`` (what cannot be cast becomes NULL) or ``Table.column=expression``
        over the old row's columns; ``down_casts`` the same for the way back.  With ``schema_only`` DOWN
        reads nothing from ``${before}``: it brings back the schema without the values that UP lost.

        It is proven on a copy with the rows of every table that it touches.  One that takes more disk than
        the project's ``proof_limit`` is asked about, unless ``proof`` says ``data``, or ``schema`` for an
        empty copy.

        :raises UnsupportedChange: a change that cannot be made, or not with the data that is there
        :raises OpenQuestion: a rename or the proof's cost is open, and nobody was there to answer
        :raises CastRefused: values that cannot be cast, and no cast that says what becomes of them
        :raises ProofFailed: the script does not do what it promises; nothing is written
        """
        from kuzuvcs.tasks.proving.generate import Request, generate_script
        from kuzuvcs.tasks.proving.proof_choice import Choosing

        request = Request(
            before=before,
            after=after,
            message=message,
            answering=self._answering(renames, no_renames),
            choosing=Choosing(kind=proof, limit=self.project.proof_limit, ask=self._ask),
            casts=casts,
            down_casts=down_casts,
            schema_only=schema_only,
            again=again,
        )
        with self._scratch() as folder:
            return generate_script(
                self._store(),
                self.project,
                request,
                folder,
                self._progress,
                self._declared(),
            )

    def refactor(self, declared: Declared, *, message: str = "", accept_loss: bool = False) -> Generated:
        """Write the script of a declared refactoring of the newest version, once it is proven.

        ``declared`` is one of :data:`kuzuvcs.core.refactor.declared.Declared`, ``Invert(table="Knows")`` say;
        ``accept_loss`` takes what DOWN cannot bring back.

        :raises UsageError: the declaration names what is not there, or a script is still to be run
        :raises UnsupportedChange: the tables, or the rows that are there, cannot be changed so
        :raises OpenQuestion: values would be lost, and that was not accepted
        :raises ProofFailed: the script does not do what it promises; nothing is written
        """
        from kuzuvcs.tasks.proving.refactor import Request, refactor_script

        request = Request(declared=declared, message=message, accept_loss=accept_loss)
        with self._scratch() as folder:
            return refactor_script(
                self._store(), self.project, request, folder, self._progress, self._declared()
            )

    def merge(
        self, *, message: str = "", proof: ProofKind | None = None, placeholders: Sequence[str] = ()
    ) -> Merged:
        """Write the merge script of scripts that start from one schema, once they are proven independent.

        They are run in each order on a copy of a version with that schema, and rolled back.  ``proof`` is as
        for :meth:`generate`, ``placeholders`` as for :meth:`migrate`.

        :raises MigrationError: the order of the scripts matters, or one is missing
        :raises UsageError: no version has the schema from which they start
        """
        from kuzuvcs.core.scripts.placeholders import parse_setting
        from kuzuvcs.tasks.proving.merge import Request, merge_scripts
        from kuzuvcs.tasks.proving.proof_choice import Choosing

        request = Request(
            message=message,
            choosing=Choosing(kind=proof, limit=self.project.proof_limit, ask=self._ask),
            placeholders=dict(map(parse_setting, placeholders)),
        )
        with self._scratch() as folder:
            return merge_scripts(self.project, request, self._workplace(self._store_to_read(folder), folder))

    def checkout(
        self,
        revision: str,
        *,
        to: AnyPath | None = None,
        discard: bool = False,
        verify: Verification = "values",
        engine: Engine | None = None,
        strict: bool = False,
        lock_timeout: float | None = None,
    ) -> Checkout:
        """Restore a version at ``to``, or in the live database's place.

        There, only where the live database is some version by value, or with ``discard``.  ``engine`` is what
        to make the database with, where that is not the project's; what it cannot hold is left out and told,
        or, with ``strict``, refused.
        """
        from kuzuvcs.tasks.live import checkout_beside, checkout_live
        from kuzuvcs.tasks.running.lock import run_lock
        from kuzuvcs.tasks.versions import read_version
        from kuzuvcs.tasks.workplace import working_in

        store = self._store()
        stored = read_version(store, store.resolve(revision))
        target = self.project.database if to is None else Path(to).absolute()
        with run_lock(target, lock_timeout), working_in(real_path(target).parent / ".kuzuvcs") as folder:
            place = checkout_beside if to is not None else checkout_live
            work = self._workplace(store, folder)
            if engine is not None:
                work = dataclasses.replace(work, declared=dataclasses.replace(work.declared, engine=engine))
            placed = place(
                work, stored, target, verify=verify, discard=discard, wait=lock_timeout, strict=strict
            )
        return Checkout(
            version=stored.version.name,
            database=target,
            rows=sum(file.rows for file in stored.manifest.files),
            verified=verify,
            engine=placed.engine,
            left_out=placed.left_out,
            later=placed.later,
            warnings=placed.replaced,
        )

    def set_engine(
        self, engine: Engine, *, strict: bool = False, lock_timeout: float | None = None
    ) -> EngineChanged:
        """Go over to another engine: the live database is rebuilt with it, then the project file says so.

        Every value is verified before the new database takes the old one's place; the history of migrations
        goes with it.  Where a run was stopped between the two, this goes on.

        :raises SchemaError: the engine cannot hold the schema; with ``strict``, not all of it
        :raises VerificationFailed: what was built does not hold every value; nothing was changed
        """
        from kuzuvcs.engines.client import read_header
        from kuzuvcs.project import write_engine
        from kuzuvcs.tasks.building.place import remove_replaced
        from kuzuvcs.tasks.engines.change_engine import change_engine, refused_scripts
        from kuzuvcs.tasks.running.lock import run_lock
        from kuzuvcs.tasks.workplace import working_in

        project, live = dataclasses.replace(self.project, engine=engine), self.project.database
        upgraded = None
        with run_lock(live, lock_timeout), working_in(real_path(live).parent / ".kuzuvcs") as folder:
            work = self._workplace(self._store_to_run(folder), folder)
            work = dataclasses.replace(work, declared=dataclasses.replace(work.declared, engine=engine))
            before = Engine(name=read_header(live).engine) if live.exists() else self.project.engine
            refused = refused_scripts(work, project.migrations, before)
            if live.exists() and (before.name != engine.name or engine.release is not None):
                upgraded = change_engine(work, live, strict=strict, wait=lock_timeout or 0.0)
            remove_replaced(live)  # by a run that was stopped after the rename
        write_engine(project)
        self.project = project
        return EngineChanged(engine=engine, upgraded=upgraded, refused=refused)

    def verify(self, revision: str | None = None, *, database: bool = False) -> Verified:
        """Have DuckDB check a version's files; with ``database``, compare the live database with them."""
        from kuzuvcs.tasks.comparing.check import verify_version
        from kuzuvcs.tasks.versions import read_version

        store = self._store()
        stored = read_version(store, store.resolve(revision or "HEAD"))
        with self._scratch_to_read() as folder:
            tables = verify_version(
                store,
                stored,
                folder,
                self._progress,
                self._declared(),
                database=self.project.database if database else None,
            )
        return Verified(
            version=stored.version.name, ok=all(table.ok for table in tables), tables=tuple(tables)
        )

    def export(self, revision: str, folder: AnyPath) -> Exported:
        """Write a version as the plain folder that the engine's own IMPORT DATABASE reads."""
        from kuzuvcs.tasks.export import export_version
        from kuzuvcs.tasks.versions import read_version

        place = Path(folder).absolute()
        store = self._store()
        stored = read_version(store, store.resolve(revision))
        with self._scratch() as scratch:
            warnings = export_version(store, stored, place, scratch, self._progress)
        return Exported(version=stored.version.name, path=place, warnings=warnings)

    def _answering(self, renames: Sequence[str], no_renames: bool) -> Answering:
        from kuzuvcs.tasks.comparing.compare import Answering

        return Answering(renames=renames, no_renames=no_renames, ask=self._ask)


def _new_project(root: Path, database: str, history_table: str | None) -> Project:
    project = new_project(root, database, history_table=history_table)
    if not project.database.exists():
        return project
    from kuzuvcs.engines.client import read_header
    from kuzuvcs.tasks.reading.history import require_free_name

    with contextlib.suppress(NotADatabase):
        engine = Engine(name=read_header(project.database).engine)
        project = dataclasses.replace(project, engine=engine)
    with tempfile.TemporaryDirectory(prefix="kuzuvcs-") as folder:
        require_free_name(project.database, project.history_table, Path(folder))
    return project


def _summary(version: Version, outline: Outline) -> VersionSummary:
    return VersionSummary(
        version=version.name,
        commit=version.commit,
        created=version.created,
        message=version.message,
        schema_digest=outline.schema_digest,
        rows=sum(outline.rows.values()),
    )
