"""``kuzuvcs verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kuzuvcs.cli.options import DATABASE_PATH, GlobalOptions, Invocation
from kuzuvcs.cli.session import session
from kuzuvcs.errors import UnknownRevision, VerificationFailed


def verify(
    invocation: Invocation,
    revision: Annotated[
        str | None, typer.Argument(metavar="REV", help="The version; the head, if left out.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Compare the live database with the version too.")
    ] = False,
    database: Annotated[bool, typer.Option("--database", help="The same as --live.")] = False,
    path: Annotated[Path | None, typer.Option(DATABASE_PATH, hidden=True, help="--database=PATH.")] = None,
) -> int:
    """Check a version's files, row by row, value by value.

    DuckDB counts and reads the Parquet files, independently of the engine; exit code 3 where they differ from
    what was committed.

    To compare another database than the project's, name it with an equals sign, or before the command:
    kuzuvcs verify --live --database=PATH, or kuzuvcs --database PATH verify --live.
    """
    invocation.options = invocation.options.then(GlobalOptions(database=path))
    with session(invocation) as current:
        from kuzuvcs.render.documents import verify_document
        from kuzuvcs.render.report import verify_faults, verify_report

        compared = live or database
        if invocation.options.database is not None and not compared:
            current.warn("the database was not compared with the version: add --live")
        try:
            result = current.repository().verify(revision, database=compared)
        except UnknownRevision as error:
            if database and revision is not None and Path(revision).exists():
                error.hint = (
                    f"to compare {revision} with the head: kuzuvcs verify --live --database={revision}"
                )
            raise
        current.finish(
            lambda: verify_document(result),
            lambda: verify_report(result),
            findings=lambda: verify_faults(result),
        )
        return 0 if result.ok else VerificationFailed.exit_code
