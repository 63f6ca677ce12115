"""``kuzuvcs merge``."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.runs import Placeholders
from kuzuvcs.cli.session import session


def merge(
    invocation: Invocation,
    message: Annotated[
        str,
        typer.Option("-m", "--message", metavar="TEXT", help="What the script joins; part of its file name."),
    ] = "",
    proof: Annotated[
        Literal["data", "schema"] | None,
        typer.Option(
            "--proof",
            metavar="data|schema",
            help="Prove it on a copy with all rows, whatever that costs, or without any.",
        ),
    ] = None,
    placeholders: Placeholders = None,
) -> None:
    """Join scripts that were written beside each other.

    Two scripts that start from one schema, each from another branch, are run in either order on copies of a
    version with that schema. If both orders lead to the same schema and values, a merge script is written. It
    has no statements: with it each database runs the scripts that it lacks, in its own order.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import merge_document
        from kuzuvcs.render.scripts_report import merge_report

        merged = current.repository().merge(
            message=message, proof=proof, placeholders=tuple(placeholders or ())
        )
        current.finish(
            lambda: merge_document(merged), lambda: merge_report(merged, shown_path), merged.warnings
        )
