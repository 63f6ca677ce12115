"""``kuzuvcs history``."""

from __future__ import annotations

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.session import session


def history(invocation: Invocation) -> None:
    """List the scripts that were run on the live database.

    Those that were rolled back stay in the list. A script without a duration was not run by kuzuvcs: the
    database had its schema already.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import history_document
        from kuzuvcs.render.runs_report import history_report

        repository = current.repository()
        runs = repository.history()
        warnings = [f"{one.message}: {one.cause}" for one in repository.faults()]
        current.finish(lambda: history_document(runs), lambda: history_report(runs), warnings)
