"""``kuzuvcs checkout``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.runs import LockTimeout
from kuzuvcs.cli.session import session


def checkout(
    invocation: Invocation,
    revision: Annotated[str, typer.Argument(metavar="REV", help="The version to restore.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="PATH", help="Restore into this new file, not the live database."),
    ] = None,
    discard: Annotated[
        bool, typer.Option("--discard", help="Replace the live database even where it is in no version.")
    ] = False,
    verify: Annotated[
        Literal["values", "counts"],
        typer.Option("--verify", metavar="values|counts", help="What is compared before it is put in place."),
    ] = "values",
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            metavar="ENGINE",
            help="Make it with this engine: kuzu, ladybug, or a release of one: kuzu==0.8.2.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse what the engine cannot hold, and leave nothing out.")
    ] = False,
    lock_timeout: LockTimeout = None,
) -> None:
    """Restore a version, verified, in place or beside.

    Without --to the live database is replaced, by one rename, and only if it is some version in every value.
    """
    with session(invocation) as current:
        from kuzuvcs.core.engine import parse_engine
        from kuzuvcs.render.documents import checkout_document
        from kuzuvcs.render.engine_report import left_out_warnings
        from kuzuvcs.render.report import checkout_report

        result = current.repository().checkout(
            revision,
            to=to,
            discard=discard,
            verify=verify,
            engine=None if engine is None else parse_engine(engine),
            strict=strict,
            lock_timeout=lock_timeout,
        )
        current.finish(
            lambda: checkout_document(result),
            lambda: checkout_report(result, shown_path),
            (*left_out_warnings(result.left_out), *result.warnings),
        )
