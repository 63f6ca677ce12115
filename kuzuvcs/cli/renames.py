"""The options that answer rename questions before they are asked; the library reads their text."""

from __future__ import annotations

from typing import Annotated

import typer

Renames = Annotated[
    list[str] | None,
    typer.Option(
        "--rename",
        metavar="OLD:NEW",
        help="A table (User:Account) or column (User.name:full_name) that was renamed; may be repeated.",
    ),
]
NoRenames = Annotated[
    bool, typer.Option("--no-renames", help="Take every open rename question for a drop and an add.")
]
