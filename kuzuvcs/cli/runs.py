"""Options of the commands that run scripts."""

from __future__ import annotations

from typing import Annotated

import typer

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say which scripts, and check what can be checked.")
]
AllowDrift = Annotated[
    bool,
    typer.Option(
        "--allow-drift", help="Run although the live schema is not the one that the last script left."
    ),
]
LockTimeout = Annotated[
    float | None,
    typer.Option(
        "--lock-timeout",
        metavar="SECONDS",
        min=0,
        help="Wait so long for another run, and for an application that has the database open. "
        "Left out: 60 for a run, 0 for an application.",
    ),
]
