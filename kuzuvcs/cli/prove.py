"""``kuzuvcs prove``."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.runs import Placeholders
from kuzuvcs.cli.session import session


def prove(
    invocation: Invocation,
    script: Annotated[
        str, typer.Argument(metavar="SCRIPT", help="The script's id, or the path of its file.")
    ],
    proof: Annotated[
        Literal["data", "schema"] | None,
        typer.Option(
            "--proof",
            metavar="data|schema",
            help="Prove it with all rows of the version, whatever that costs, or without any.",
        ),
    ] = None,
    placeholders: Placeholders = None,
) -> None:
    """Prove a script again, after it was edited.

    UP and DOWN run on a restored copy of the version that the script starts from. UP has to give the schema
    that the head promises, DOWN the old schema. Then the head's lines about the proof and the hazards are
    written again, and migrations/kuzuvcs.sum records the file. No other line changes.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import prove_document
        from kuzuvcs.render.scripts_report import prove_report

        result = current.repository().prove(script, proof=proof, placeholders=tuple(placeholders or ()))
        current.finish(lambda: prove_document(result), lambda: prove_report(result, shown_path))
