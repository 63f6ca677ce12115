"""``kuzuvcs snapshot``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.session import session


def snapshot(
    invocation: Invocation,
    message: Annotated[
        str, typer.Option("-m", "--message", metavar="TEXT", help="What the version is about.")
    ] = "",
) -> None:
    """Capture the live database as the next version.

    If nothing has changed since the last version, no new version is created.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import snapshot_document
        from kuzuvcs.render.report import snapshot_report

        result = current.repository().snapshot(message)
        current.finish(
            lambda: snapshot_document(result), lambda: snapshot_report(result, message), result.warnings
        )
