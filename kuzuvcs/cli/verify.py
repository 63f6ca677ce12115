"""``kuzuvcs verify``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.session import session
from kuzuvcs.errors import VerificationFailed


def verify(
    invocation: Invocation,
    revision: Annotated[
        str | None, typer.Argument(metavar="REV", help="The version; the head, if left out.")
    ] = None,
    database: Annotated[
        bool, typer.Option("--database", help="Compare the live database with the version too.")
    ] = False,
) -> int:
    """Check a version's files, row by row, value by value.

    DuckDB counts and reads the Parquet files, independently of the engine; exit code 3 where they differ from
    what was committed.

    To name another database, put the global option first: kuzuvcs --database PATH verify --database.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import verify_document
        from kuzuvcs.render.report import verify_faults, verify_report

        result = current.repository().verify(revision, database=database)
        current.finish(
            lambda: verify_document(result),
            lambda: verify_report(result),
            findings=lambda: verify_faults(result),
        )
        return 0 if result.ok else VerificationFailed.exit_code
