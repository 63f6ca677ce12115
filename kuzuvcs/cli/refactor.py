"""``kuzuvcs refactor KIND``: a command for each kind of refactoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session

if TYPE_CHECKING:
    from kuzuvcs.core.refactor.declared import Declared

Message = Annotated[
    str,
    typer.Option("-m", "--message", metavar="TEXT", help="What the script does; part of its file name."),
]
AcceptLoss = Annotated[
    bool, typer.Option("--accept-loss", help="Write the script even where DOWN cannot bring all back.")
]


def refactor(invocation: Invocation) -> None:
    """Write the proven script of a declared refactoring.

    It starts from the newest version, moves the rows inside the database, and is written only after UP and
    DOWN were run on a restored copy with all its data.
    """


def invert(
    invocation: Invocation,
    table: Annotated[str, typer.Argument(metavar="REL", help="The rel table.")],
    message: Message = "",
) -> None:
    """Turn every edge of a rel table round."""
    from kuzuvcs.core.refactor.invert import Invert

    _write(invocation, Invert(table=table), message)


REFACTORINGS = (invert,)
"""In the order of ``kuzuvcs refactor --help``."""


def _write(invocation: Invocation, declared: Declared, message: str, *, accept_loss: bool = False) -> None:
    with session(invocation) as current:
        from kuzuvcs.render.documents import generate_document
        from kuzuvcs.render.report import generate_report

        result = current.repository().refactor(declared, message=message, accept_loss=accept_loss)
        current.finish(lambda: generate_document(result), lambda: generate_report(result, shown_path))
