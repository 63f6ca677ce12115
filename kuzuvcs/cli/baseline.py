"""``kuzuvcs baseline``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.runs import AllowDrift, DryRun, LockTimeout
from kuzuvcs.cli.session import session


def baseline(
    invocation: Invocation,
    script: Annotated[
        str, typer.Argument(metavar="ID", help="The last script whose changes are in the database.")
    ],
    dry_run: DryRun = False,
    allow_drift: AllowDrift = False,
    lock_timeout: LockTimeout = None,
) -> None:
    """Let an existing database start at a script.

    The scripts up to ID are recorded as run, and are not run. The live schema has to be the one that ID
    leads to, and the database without a history.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import baseline_document
        from kuzuvcs.render.runs_report import marked_report

        ran = current.repository().baseline(
            script, dry_run=dry_run, allow_drift=allow_drift, lock_timeout=lock_timeout
        )
        current.finish(
            lambda: baseline_document(ran, dry_run=dry_run), lambda: marked_report(ran, dry_run=dry_run)
        )
