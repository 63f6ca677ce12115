"""``kuzuvcs backups``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import local_now
from kuzuvcs.cli.session import session


def backups(
    invocation: Invocation,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="NAME", help="Remove this one for good; may be repeated."),
    ] = None,
) -> None:
    """List the backups of the live database, newest first.

    Those that migrate, rollback and restore make of what they replace are automatic: of these so many stay as
    keep_backups in the project file says (1). Those of 'kuzuvcs backup' stay until you remove them.
    """
    with session(invocation) as current:
        from kuzuvcs.render.backups_report import backups_document, backups_report

        kept = current.repository().backups()
        removed = tuple(kept.remove_backup(name) for name in remove or ())
        found = kept.backups()
        warnings = [f"{path} cannot be used as a backup: {cause}" for path, cause in kept.unreadable()]
        current.finish(
            lambda: backups_document(found, removed, warnings),
            lambda: backups_report(found, removed, local_now()),
            warnings,
        )
