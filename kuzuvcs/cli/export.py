"""``kuzuvcs export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session


def export(
    invocation: Invocation,
    revision: Annotated[str, typer.Argument(metavar="REV", help="The version to export.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
) -> None:
    """Write a version as plain files that IMPORT DATABASE reads."""
    with session(invocation) as current:
        from kuzuvcs.render.documents import export_document
        from kuzuvcs.render.report import export_report

        result = current.repository().export(revision, folder)
        current.finish(
            lambda: export_document(result), lambda: export_report(result, shown_path), result.warnings
        )
