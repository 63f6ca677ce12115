"""``kuzuvcs log``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import local_now, terminal_width
from kuzuvcs.cli.session import session


def log(
    invocation: Invocation,
    limit: Annotated[
        int | None,
        typer.Option("-n", "--max-count", metavar="N", min=1, help="List only the newest N versions."),
    ] = None,
) -> None:
    """List the versions, newest first."""
    with session(invocation) as current:
        from kuzuvcs.render.documents import log_document
        from kuzuvcs.render.version_report import log_report

        versions = current.repository().log(limit)
        current.finish(
            lambda: log_document(versions),
            lambda: log_report(versions, local_now(), terminal_width(sys.stdout)),
        )
