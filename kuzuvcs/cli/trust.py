"""``kuzuvcs trust``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.session import session


def trust(
    invocation: Invocation,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the confirmation back.")] = False,
) -> None:
    """Confirm allow_outside of the project file on this machine.

    With allow_outside = true in the project file, migrate and rollback run statements that read or write
    outside of the database, where their script allows that, too. The setting counts only once you have
    confirmed it here, and only for the project's settings as they are now: a pull cannot turn it on.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import trust_document
        from kuzuvcs.render.runs_report import trust_report

        repository = current.repository()
        if revoke:
            repository.distrust()
        else:
            repository.trust()
        current.finish(
            lambda: trust_document(confirmed=not revoke), lambda: trust_report(confirmed=not revoke)
        )
