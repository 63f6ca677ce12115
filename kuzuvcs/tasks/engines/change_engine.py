"""A project goes over to another engine: its live database is rebuilt with it, verified, and put in place."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.scripts.macro_drops import macro_drop
from kuzuvcs.engines.dialects import has_drop_macro
from kuzuvcs.errors import KuzuvcsError, UnknownRevision
from kuzuvcs.migrations.folder import MigrationFile, read_folder
from kuzuvcs.results import Refusal, Upgraded
from kuzuvcs.tasks.building.place import locked, require_replaceable
from kuzuvcs.tasks.engines.accepted import Asked, refused
from kuzuvcs.tasks.engines.upgrade import rebuild
from kuzuvcs.tasks.reading.history import copy_history
from kuzuvcs.tasks.reading.inspect import inspect
from kuzuvcs.tasks.snapshot import Opened
from kuzuvcs.tasks.versions import read_version
from kuzuvcs.tasks.workplace import Workplace


def change_engine(work: Workplace, live: Path, *, strict: bool, wait: float) -> Upgraded:
    """Rebuild the live database with the declared engine, under its lock from the first read to the rename.

    The history of migrations goes with it.

    :raises SchemaError: the engine cannot hold the schema; with ``strict``, not all of it
    :raises VerificationFailed: what was built does not hold every value of the live database
    """
    if live.is_dir():
        raise KuzuvcsError(
            f"{live} is a folder, and is not replaced",
            cause="no rename puts a file in the place of the folder that an older kuzu made",
            hint=f"kuzuvcs upgrade {live.name} NEW --engine {work.declared.engine}, then say "
            "database = NEW in the project file",
        )
    require_replaceable(live)
    with locked(live, wait) as worker:
        with work.passing("live") as reading:
            inspection = inspect(live, reading, work.declared, worker)
            opened = Opened(source=worker, inspection=inspection, engine=worker.engine, header=worker.header)
            rebuilt = rebuild(
                opened, live.name, work.folder, reading, work.progress, work.declared, strict=strict
            )
        copy_history(worker, rebuilt.database, work.declared.history)
        return rebuilt.put_in_place(live, live, worker)


def refused_scripts(work: Workplace, migrations: Path, before: Engine) -> tuple[Refusal, ...]:
    """What the declared engine refuses of the migrations, run in their order from where the first begins.

    A macro that it cannot drop is dropped by whoever runs the script.
    """
    scripts = read_folder(migrations)
    after = work.declared.engine
    asked = [
        Asked(file=one.path, line=statement.line, text=statement.text)
        for one in scripts
        for statement in one.script.up
        if has_drop_macro(after) or macro_drop(statement.text) is None
    ]
    if not asked:
        return ()
    with work.passing("scripts") as scratch:
        found = refused(asked, _beginning(work, scripts[0]), before, after, scratch)
    return tuple(one for one in found if not one.both)


def _beginning(work: Workplace, script: MigrationFile) -> Schema:
    """The schema of the version that a script starts from; an empty one where that is not in the store."""
    name = script.script.head.value("from")
    if not name:
        return Schema()
    try:
        return read_version(work.store, work.store.resolve(name)).schema
    except UnknownRevision:
        return Schema()
