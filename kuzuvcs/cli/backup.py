"""``kuzuvcs backup``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.runs import LockTimeout
from kuzuvcs.cli.session import session


def backup(
    invocation: Invocation,
    message: Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="What it is for.")] = "",
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="PATH", help="Write it to this new file, not beside the database."),
    ] = None,
    lock_timeout: LockTimeout = None,
) -> None:
    """Back up the whole live database.

    The database's file is copied, locked and with nothing left in its log; the copy is read from the disk
    again, opened, and its rows are counted. It stays until you remove it; what it holds stands in a file
    beside it.
    """
    with session(invocation) as current:
        from kuzuvcs.render.backups_report import backup_document, backup_report

        taken = current.repository().backups(lock_timeout=lock_timeout).take(message, to=to)
        current.finish(lambda: backup_document(taken), lambda: backup_report(taken, shown_path))
