"""``kuzuvcs show``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import local_now
from kuzuvcs.cli.session import session


def show(
    invocation: Invocation,
    revision: Annotated[str, typer.Argument(metavar="REV", help="The version to show.")] = "HEAD",
) -> None:
    """Show one version: schema, row counts, sizes."""
    with session(invocation) as current:
        from kuzuvcs.render.documents import show_document
        from kuzuvcs.render.version_report import show_report

        detail = current.repository().show(revision)
        current.finish(
            lambda: show_document(detail), lambda: show_report(detail, local_now()), detail.manifest.warnings
        )
