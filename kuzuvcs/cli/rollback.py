"""``kuzuvcs rollback``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.runs import AllowDrift, AllowOutside, EventLines, InPlace, LockTimeout, Placeholders, Trial
from kuzuvcs.cli.session import session


def rollback(
    invocation: Invocation,
    steps: Annotated[
        int,
        typer.Argument(metavar="[N]", min=1, show_default=False, help="How many scripts; 1, if left out."),
    ] = 1,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ID", help="Undo all that was run after this script.")
    ] = None,
    schema_only: Annotated[
        bool,
        typer.Option("--schema-only", help="Bring back the schema, and leave empty what UP lost."),
    ] = False,
    recorded: Annotated[
        list[str] | None,
        typer.Option(
            "--recorded",
            metavar="ID",
            help="Undo this script although it was only recorded, and never run on this database.",
        ),
    ] = None,
    no_capture: Annotated[
        bool,
        typer.Option("--no-capture", help="Do not keep what DOWN drops: it cannot be brought back."),
    ] = False,
    dry_run: Trial = False,
    allow_drift: AllowDrift = False,
    in_place: InPlace = False,
    allow_outside: AllowOutside = False,
    placeholders: Placeholders = None,
    lock_timeout: LockTimeout = None,
    events: EventLines = False,
) -> None:
    """Undo the last scripts, with the data that they lost.

    DOWN runs on a copy of the live database, which takes its place when all went well. What UP lost comes
    back from what was captured of this database just before; rows written since stay. What DOWN drops is
    kept in the store, and the next migrate of the script brings it back.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import rollback_document
        from kuzuvcs.render.runs_report import IN_PLACE, rollback_report
        from kuzuvcs.render.scripts_report import edited_warnings

        if in_place:
            current.warn(IN_PLACE)
        ran = current.repository(events=events).rollback(
            steps,
            to=to,
            schema_only=schema_only,
            dry_run=dry_run,
            allow_drift=allow_drift,
            in_place=in_place,
            allow_outside=allow_outside,
            capture=not no_capture,
            recorded=tuple(recorded or ()),
            placeholders=tuple(placeholders or ()),
            lock_timeout=lock_timeout,
        )
        current.finish(
            lambda: rollback_document(ran, dry_run=dry_run),
            lambda: rollback_report(ran, dry_run=dry_run),
            edited_warnings(ran),
        )
