"""``DROP MACRO`` on an engine that has no such statement: the database is built anew without the macros."""

from __future__ import annotations

import dataclasses
import functools
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from kuzuvcs.core.progress import Progress
from kuzuvcs.core.scripts.macro_drops import MacroDrop, drops_at, without_macros
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import has_drop_macro
from kuzuvcs.errors import EngineError
from kuzuvcs.tasks.building.before import CapturedFiles
from kuzuvcs.tasks.engines.upgrade import rebuild
from kuzuvcs.tasks.reading.history import copy_history
from kuzuvcs.tasks.reading.inspect import Declarations, inspect
from kuzuvcs.tasks.snapshot import Opened

Drop = Callable[[Sequence[MacroDrop]], None]


def runs_of(
    worker: Worker,
    statements: Sequence[str],
    captured: CapturedFiles,
    drop: Drop | None,
    apart: Collection[int] = (),
    *,
    outside: bool = False,
) -> Iterator[Callable[[], int | None]]:
    """What runs each statement, in order, and returns the number of rows that it copied, where it tells.

    Where the engine drops no macros, ``drop`` does: those in a row at once, but for statements ``apart``.
    ``outside`` is as for the worker.
    """
    dropping = {} if drop is None or has_drop_macro(worker.engine) else drops_at(statements, apart)
    for at, statement in enumerate(statements):
        if drop is None or at not in dropping:
            yield functools.partial(captured.run, worker, statement, outside=outside)
        else:
            yield functools.partial(_dropped, drop, dropping[at])


def drop_macros(
    worker: Worker,
    database: Path,
    drops: Sequence[MacroDrop],
    folder: Path,
    progress: Progress,
    declared: Declarations,
) -> None:
    """Have ``worker``, which has ``database`` open for writing, go on with one that lacks the macros.

    It holds the same values, each compared, and the same history.  The database has to be a copy that nobody
    else has: it is replaced without more ado.

    :raises EngineError: there is no such macro, a transaction is open, or the engine does not tell all of
        the database that has to be made again
    :raises VerificationFailed: what was built does not hold every value
    """
    worker.execute("CHECKPOINT")  # refused where a transaction is open, which would be lost
    # What is printed of a macro that goes need not be right.
    bodies = {**declared.macros, **{one.name: "0" for one in drops}}
    declared = dataclasses.replace(declared, engine=worker.engine, macros=bodies)
    scratch = folder / "without-macros"
    scratch.mkdir()
    inspection = inspect(database, scratch, declared, worker)
    left, missing = without_macros(inspection.schema.macros, drops)
    if missing:
        raise EngineError("no such macro", cause=f"Macro {', '.join(missing)} does not exist.")
    opened = Opened(
        source=worker,
        inspection=dataclasses.replace(
            inspection, schema=dataclasses.replace(inspection.schema, macros=left)
        ),
        engine=worker.engine,
        header=worker.header,
    )
    reading = scratch / "reading"
    reading.mkdir()
    rebuilt = rebuild(opened, database.name, scratch, reading, progress, declared, strict=True)
    if rebuilt.manifest.warnings:
        raise EngineError(
            "the database cannot be made again without the macro",
            cause="\n".join(rebuilt.manifest.warnings),
            hint="only a database of which the engine tells all can be",
        )
    copy_history(worker, rebuilt.database, declared.history)
    worker.close_database()
    rebuilt.database.replace(database)
    shutil.rmtree(scratch)
    worker.open(database, read_only=False)


def _dropped(drop: Drop, drops: Sequence[MacroDrop]) -> None:
    if drops:
        drop(drops)
