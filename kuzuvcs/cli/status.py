"""``kuzuvcs status``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.session import session


def status(
    invocation: Invocation,
    data: Annotated[
        bool, typer.Option("--data", help="Compare every value, not only those of small tables.")
    ] = False,
) -> None:
    """Compare the live database with the head.

    By schema, row counts and the values of small tables, or with --data by every value. Pending migration
    scripts are listed.
    """
    with session(invocation) as current:
        from kuzuvcs.render.differences_report import status_report
        from kuzuvcs.render.documents import status_document

        result = current.repository().status(data=data)
        current.finish(lambda: status_document(result), lambda: status_report(result), result.warnings)
