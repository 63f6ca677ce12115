"""``kuzuvcs migrate``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.runs import AllowDrift, DryRun, LockTimeout
from kuzuvcs.cli.session import session


def migrate(
    invocation: Invocation,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ID", help="The last script to run; all, if left out.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="N", min=1, help="Run so many scripts at most.")
    ] = None,
    dry_run: DryRun = False,
    allow_drift: AllowDrift = False,
    lock_timeout: LockTimeout = None,
) -> None:
    """Run the scripts that are still to be run.

    They run on a copy of the live database, which takes its place when all of them did what they promise:
    on any error the live database is as it was. What their DOWN has to bring back is captured first.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import migrate_document
        from kuzuvcs.render.runs_report import migrate_report

        ran = current.repository().migrate(
            to=to, steps=steps, dry_run=dry_run, allow_drift=allow_drift, lock_timeout=lock_timeout
        )
        current.finish(
            lambda: migrate_document(ran, dry_run=dry_run), lambda: migrate_report(ran, dry_run=dry_run)
        )
