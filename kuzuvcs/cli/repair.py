"""``kuzuvcs repair``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.runs import LockTimeout
from kuzuvcs.cli.session import session


def repair(
    invocation: Invocation,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be mended.")] = False,
    lock_timeout: LockTimeout = None,
) -> None:
    """Mend what is recorded of scripts; no script is run.

    migrations/kuzuvcs.sum is written as the folder is; the history takes the checksums of scripts that were
    altered after they were run, and marks those that are gone. Each thing mended is told.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import repair_document
        from kuzuvcs.render.scripts_report import repair_report

        mended = current.repository().repair(dry_run=dry_run, lock_timeout=lock_timeout)
        current.finish(
            lambda: repair_document(mended, dry_run=dry_run), lambda: repair_report(mended, dry_run=dry_run)
        )
