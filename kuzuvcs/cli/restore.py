"""``kuzuvcs restore``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.runs import LockTimeout
from kuzuvcs.cli.session import session


def restore(
    invocation: Invocation,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|PATH]",
            show_default=False,
            help="A backup's name, or a database file; the newest backup, if left out.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only verify the backup, and say what would be restored.")
    ] = False,
    lock_timeout: LockTimeout = None,
) -> None:
    """Put a backup in the live database's place.

    It is verified first; what is live becomes an automatic backup, so that nothing is lost. A live database
    that cannot be opened is set aside as it is. The backup itself stays.
    """
    with session(invocation) as current:
        from kuzuvcs.render.backups_report import restore_document, restore_report

        kept = current.repository().backups(lock_timeout=lock_timeout)
        restored = kept.restore_backup(name, dry_run=dry_run)
        current.finish(
            lambda: restore_document(restored, dry_run=dry_run),
            lambda: restore_report(restored, shown_path, dry_run=dry_run),
        )
