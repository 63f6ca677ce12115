"""``kuzuvcs log``."""

from __future__ import annotations

import sys

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import local_now, terminal_width
from kuzuvcs.cli.session import session


def log(invocation: Invocation) -> None:
    """List the versions, newest first."""
    with session(invocation) as current:
        from kuzuvcs.render.documents import log_document
        from kuzuvcs.render.version_report import log_report

        versions = current.repository().log()
        current.finish(
            lambda: log_document(versions),
            lambda: log_report(versions, local_now(), terminal_width(sys.stdout)),
        )
