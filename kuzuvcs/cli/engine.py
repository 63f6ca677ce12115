"""``kuzuvcs engine`` and its commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.runs import LockTimeout
from kuzuvcs.cli.session import session
from kuzuvcs.cli.upgrade import StrictOption

Name = Annotated[
    str, typer.Argument(metavar="ENGINE", help="kuzu or ladybug, or one release of it: kuzu==0.8.2.")
]


def engine(invocation: Invocation) -> None:
    """Say what engine a database is of, and what reads it.

    The project's database, or the one that --database names. The engine is found from the file itself; other
    engines and releases run in environments of their own, made when they are needed.
    """
    with session(invocation) as current:
        from kuzuvcs.render.engine_documents import database_engine_document
        from kuzuvcs.render.engine_report import database_engine_report
        from kuzuvcs.upgrading import describe_database

        database = invocation.options.database or current.repository().project.database
        found = describe_database(database)
        current.finish(
            lambda: database_engine_document(found), lambda: database_engine_report(found, shown_path)
        )


def list_engines(invocation: Invocation) -> None:
    """List the engines on this machine."""
    with session(invocation) as current:
        from kuzuvcs.render.engine_documents import engines_document
        from kuzuvcs.render.engine_report import engines_report
        from kuzuvcs.upgrading import engines

        found = engines()
        current.finish(lambda: engines_document(found), lambda: engines_report(found))


def install(invocation: Invocation, name: Name) -> None:
    """Make an environment for an engine, ahead of need.

    The newest release, where none is named. It needs the package index; what is made works without.
    """
    with session(invocation) as current:
        from kuzuvcs.core.engine import parse_engine
        from kuzuvcs.render.engine_documents import engines_document
        from kuzuvcs.render.engine_report import engines_report
        from kuzuvcs.upgrading import install_engine

        made = (install_engine(parse_engine(name)),)
        current.finish(lambda: engines_document(made), lambda: engines_report(made))


def remove(invocation: Invocation, name: Name) -> None:
    """Remove the environments of an engine, or of a release."""
    with session(invocation) as current:
        from kuzuvcs.core.engine import parse_engine
        from kuzuvcs.render.engine_documents import engines_document
        from kuzuvcs.render.engine_report import removed_report
        from kuzuvcs.upgrading import remove_engine

        gone = remove_engine(parse_engine(name))
        current.finish(lambda: engines_document(gone, "removed"), lambda: removed_report(gone))


def set_engine(
    invocation: Invocation,
    name: Name,
    strict: Annotated[bool, StrictOption] = False,
    lock_timeout: LockTimeout = None,
) -> None:
    """Take the project over to another engine.

    The live database is rebuilt with it and takes the old one's place, by one rename, when every value was
    read back and compared; the history of migrations goes with it. Then the project file says so. Statements
    of migrations that the engine refuses are listed.
    """
    with session(invocation) as current:
        from kuzuvcs.core.engine import parse_engine
        from kuzuvcs.render.engine_documents import engine_changed_document
        from kuzuvcs.render.engine_report import engine_changed_report, left_out_warnings

        result = current.repository().set_engine(parse_engine(name), strict=strict, lock_timeout=lock_timeout)
        upgraded = result.upgraded
        current.finish(
            lambda: engine_changed_document(result),
            lambda: engine_changed_report(result, shown_path),
            () if upgraded is None else (*left_out_warnings(upgraded.left_out), *upgraded.warnings),
        )


def indexes(
    invocation: Invocation,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The database that goes without them.")],
) -> None:
    """Make the indexes that an engine lacked the extension for.

    They were written down beside the database by checkout, upgrade or engine set, in plain Cypher; the
    extension is fetched from the engine's own server.
    """
    with session(invocation) as current:
        from kuzuvcs.render.text import line
        from kuzuvcs.upgrading import make_indexes

        done = make_indexes(path)
        current.finish(lambda: {"statements": list(done)}, lambda: [line(text) for text in done])


ENGINE_COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_engines,
    "install": install,
    "remove": remove,
    "set": set_engine,
    "indexes": indexes,
}
"""In the order of ``kuzuvcs engine --help``."""
