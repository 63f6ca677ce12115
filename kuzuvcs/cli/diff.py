"""``kuzuvcs diff``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.renames import NoRenames, Renames
from kuzuvcs.cli.session import session


def diff(
    invocation: Invocation,
    before: Annotated[
        str | None, typer.Argument(metavar="A", help="The old side; the head, if left out.")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="B", help="The new side; the live database, if left out.")
    ] = None,
    rename: Renames = None,
    no_renames: NoRenames = False,
    data: Annotated[
        bool, typer.Option("--data", help="Compare every value of the live database too.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 if there are differences; implies --data.")
    ] = False,
) -> int:
    """Show what differs between two versions.

    Schema changes, grouped by table, row counts, and whether values differ. Without B the live database is
    the new side; without both, the head is compared with it.

    Between versions every value is compared. Of the live database only small tables are, unless --data is
    given; the report names the others."""
    with session(invocation) as current:
        from kuzuvcs.render.differences_report import diff_lines, diff_report
        from kuzuvcs.render.documents import diff_document

        renames = tuple(rename or ())
        result = current.repository().diff(
            before, after, renames=renames, no_renames=no_renames, data=data or exit_code
        )
        current.finish(
            lambda: diff_document(result),
            lambda: diff_report(result),
            result.warnings,
            findings=(lambda: diff_lines(result)) if exit_code else None,
        )
        return 1 if exit_code and result.found else 0
