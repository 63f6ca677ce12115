"""Options of the commands that run scripts."""

from __future__ import annotations

from typing import Annotated

import typer

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say which scripts, and check what can be checked.")
]
Trial = Annotated[
    bool,
    typer.Option("--dry-run", help="Run the scripts on a copy, say what they drop, and change nothing."),
]
AllowDrift = Annotated[
    bool,
    typer.Option(
        "--allow-drift", help="Run although the live schema is not the one that the last script left."
    ),
]
InPlace = Annotated[
    bool,
    typer.Option(
        "--in-place",
        help="Run on the live database itself, without a copy and without a backup: where there is no room "
        "for them.",
    ),
]
AllowOutside = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Permit statements that read or write outside of the database (KV603, KV606), if their "
        "script allows that, too.",
    ),
]
EventLines = Annotated[
    bool, typer.Option("--events", help="Print each event of the run as a JSON line on stderr.")
]
Placeholders = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="What ${NAME} in a script stands for: a text, or NAME:=5 a number, true or false.",
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
