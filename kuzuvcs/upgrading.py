"""The library's front door for engines: what a database is, its way to another engine, environments.

No project is needed.  Every function may raise :class:`kuzuvcs.errors.KuzuvcsError`.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.progress import Progress, Silent
from kuzuvcs.reading import AnyPath
from kuzuvcs.results import DatabaseEngine, EngineAtHand, Refusal, Upgraded


def upgrade(
    source: AnyPath,
    target: AnyPath,
    engine: Engine,
    *,
    strict: bool = False,
    progress: Progress | None = None,
) -> Upgraded:
    """Make ``target``, a new database of ``engine``, hold what ``source`` holds, every value verified.

    The source is only read.  What the engine cannot hold of macros and indexes is left out and told, or, with
    ``strict``, refused.

    :raises SchemaError: the engine cannot hold the schema
    :raises VerificationFailed: what was built does not hold every value of the source
    """
    from kuzuvcs.tasks.engines.upgrade import require_free
    from kuzuvcs.tasks.engines.upgrade import upgrade as rebuild
    from kuzuvcs.tasks.reading.inspect import Declarations

    source, target = Path(source).absolute(), Path(target).absolute()
    require_free(target)
    declared = Declarations(defaults={}, macros={}, engine=engine)
    with _beside(target) as folder:
        return rebuild(source, target, folder, progress or Silent(), declared, strict=strict)


def refused_statements(
    folder: AnyPath, engine: Engine, database: AnyPath | None = None, before: Engine | None = None
) -> tuple[tuple[Refusal, ...], int]:
    """What ``engine`` refuses of the ``.cypher`` files in a folder, and how many statements were tried.

    The schema is that of ``database``, and the engine that they were written for, too: else it is ``before``.

    :raises UsageError: there is no statement in the folder
    """
    from kuzuvcs.core.engine import DEFAULT_ENGINE
    from kuzuvcs.core.schema import Schema
    from kuzuvcs.tasks.engines.accepted import refused, statements_of
    from kuzuvcs.tasks.reading.inspect import Declarations
    from kuzuvcs.tasks.snapshot import opened_database

    asked = statements_of(Path(folder))
    schema, written_for = Schema(), before or DEFAULT_ENGINE
    with tempfile.TemporaryDirectory(prefix="kuzuvcs-") as name:
        if database is not None:
            nothing = Declarations(defaults={}, macros={})
            with opened_database(Path(database), Path(name), nothing) as opened:
                schema, written_for = opened.inspection.schema, opened.engine
        return refused(asked, schema, written_for, engine, Path(name)), len(asked)


def describe_database(database: AnyPath) -> DatabaseEngine:
    """What a database file is: its engine, its storage version, and the releases that read it.

    :raises NotADatabase: it is none
    """
    from kuzuvcs.tasks.engines.describe_engine import describe_engine

    return describe_engine(Path(database).absolute())


def engines() -> tuple[EngineAtHand, ...]:
    """The engines on this machine: those beside kuzuvcs, then those in environments of their own."""
    from kuzuvcs.tasks.engines.describe_engine import at_hand_of
    from kuzuvcs.tasks.engines.describe_engine import engines as found

    return tuple(map(at_hand_of, found()))


def install_engine(engine: Engine) -> EngineAtHand:
    """Make an environment for a release, the newest one that is offered where none is named.

    :raises EngineError: it is not to be had
    """
    from kuzuvcs.engines.environments import make, newest_offered
    from kuzuvcs.tasks.engines.describe_engine import at_hand_of

    return at_hand_of(make(engine if engine.release is not None else newest_offered(engine.name)))


def remove_engine(engine: Engine) -> tuple[EngineAtHand, ...]:
    """Remove the environments of an engine, or of one release of it; those that were there."""
    from kuzuvcs.engines.environments import remove
    from kuzuvcs.tasks.engines.describe_engine import at_hand_of

    return tuple(map(at_hand_of, remove(engine)))


def make_indexes(database: AnyPath) -> tuple[str, ...]:
    """Make the indexes that were written down for a database when its engine lacked the extension.

    :raises KuzuvcsError: none were
    :raises EngineError: an extension is not to be had
    """
    from kuzuvcs.tasks.engines.later import make_later

    return make_later(Path(database).absolute())


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder for data in passing on the target's file system, of which nothing stays."""
    from kuzuvcs.tasks.workplace import working_in

    parent = target.parent / f".{target.name}.kuzuvcs"
    try:
        with working_in(parent) as folder:
            yield folder
    finally:
        (parent / ".gitignore").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            parent.rmdir()
