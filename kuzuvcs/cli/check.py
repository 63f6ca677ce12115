"""``kuzuvcs check``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session


def check(
    invocation: Invocation,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where something is wrong.")
    ] = False,
) -> int:
    """Check the migrations folder, as CI does.

    The folder is as migrations/kuzuvcs.sum says, every script can be read, each starts where the one before
    leads, and the last leads to the newest version; the live database, where there is one, has not drifted.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import check_document
        from kuzuvcs.render.scripts_report import check_faults, check_report

        result = current.repository().check()
        current.finish(
            lambda: check_document(result),
            lambda: check_report(result, shown_path),
            findings=lambda: check_faults(result, shown_path),
        )
        return 1 if exit_code and result.faults else 0
