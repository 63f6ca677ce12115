"""``kuzuvcs new``."""

from __future__ import annotations

from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session


def new(
    invocation: Invocation,
    description: Annotated[
        str, typer.Argument(metavar="TEXT", help="What the script does; part of its file name.")
    ],
) -> None:
    """Write an empty script, to be filled by hand.

    It starts where the folder's last script leads, and promises that the schema stays as it is. When it is
    written, 'kuzuvcs repair' records it in migrations/kuzuvcs.sum.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import new_document
        from kuzuvcs.render.text import Span, line

        path = current.repository().new(description)
        hint = line(Span("write UP and DOWN, then kuzuvcs repair records it", "faint"))
        current.finish(lambda: new_document(path), lambda: [line(shown_path(path)), hint])
