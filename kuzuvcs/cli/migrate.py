"""``kuzuvcs migrate``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.runs import AllowDrift, AllowOutside, EventLines, InPlace, LockTimeout, Placeholders, Trial
from kuzuvcs.cli.session import session
from kuzuvcs.errors import UsageError


def migrate(
    invocation: Invocation,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ID", help="The last script to run; all, if left out.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="N", min=1, help="Run so many scripts at most.")
    ] = None,
    mark_applied: Annotated[
        bool,
        typer.Option(
            "--mark-applied", help="Record them as run: the live database has their schema already."
        ),
    ] = False,
    as_recorded: Annotated[
        bool,
        typer.Option(
            "--as-recorded",
            help="Run what the history does not name, even where the schema is there already.",
        ),
    ] = False,
    out_of_order: Annotated[
        bool, typer.Option("--out-of-order", help="Run what stands before a script that was run, too.")
    ] = False,
    diverged: Annotated[
        bool,
        typer.Option(
            "--diverged",
            help="Run what starts from another schema than there is; where it leads is not checked then.",
        ),
    ] = False,
    no_bring_back: Annotated[
        bool,
        typer.Option("--no-bring-back", help="Leave out what the last rollback of the scripts dropped."),
    ] = False,
    dry_run: Trial = False,
    allow_drift: AllowDrift = False,
    in_place: InPlace = False,
    allow_outside: AllowOutside = False,
    placeholders: Placeholders = None,
    lock_timeout: LockTimeout = None,
    events: EventLines = False,
) -> None:
    """Run the scripts that are still to be run.

    They run on a copy of the live database, which takes its place when all of them did what they promise:
    on any error the live database is as it was. What their DOWN has to bring back is captured first, and
    what their last rollback dropped comes back. A script whose schema the live database has already, its
    author's say, is recorded and not run.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import migrate_document
        from kuzuvcs.render.runs_report import IN_PLACE, marked_report, migrate_report
        from kuzuvcs.render.scripts_report import edited_warnings

        if mark_applied and as_recorded:
            raise UsageError("--mark-applied and --as-recorded are opposites", hint="give one of them")
        repository = current.repository(events=events)
        if in_place:
            current.warn(IN_PLACE)
        if mark_applied:
            ran = repository.mark_applied(
                to=to, steps=steps, dry_run=dry_run, allow_drift=allow_drift, lock_timeout=lock_timeout
            )
        else:
            ran = repository.migrate(
                to=to,
                steps=steps,
                dry_run=dry_run,
                allow_drift=allow_drift,
                as_recorded=as_recorded,
                out_of_order=out_of_order,
                diverged=diverged,
                in_place=in_place,
                allow_outside=allow_outside,
                bring_back=not no_bring_back,
                placeholders=tuple(placeholders or ()),
                lock_timeout=lock_timeout,
            )
        report = marked_report if mark_applied else migrate_report
        current.finish(
            lambda: migrate_document(ran, dry_run=dry_run, marked=mark_applied),
            lambda: report(ran, dry_run=dry_run),
            edited_warnings(ran),
        )
