"""``kuzuvcs generate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.renames import NoRenames, Renames
from kuzuvcs.cli.session import Session, session
from kuzuvcs.core.scripts.recognition import MarkQuestion
from kuzuvcs.errors import KuzuvcsError

if TYPE_CHECKING:
    from kuzuvcs.repository import Repository


def generate(
    invocation: Invocation,
    before: Annotated[
        str | None,
        typer.Argument(
            metavar="A", help="The version to start from; where the last script leads, if left out."
        ),
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="B", help="The version to arrive at; the head, if left out.")
    ] = None,
    message: Annotated[
        str,
        typer.Option("-m", "--message", metavar="TEXT", help="What the script does; part of its file name."),
    ] = "",
    rename: Renames = None,
    no_renames: NoRenames = False,
    cast: Annotated[
        list[str] | None,
        typer.Option(
            "--cast",
            metavar="TABLE.COLUMN=VALUE",
            help="What becomes of values that cannot be cast: null, or Cypher over the old row's columns.",
        ),
    ] = None,
    cast_down: Annotated[
        list[str] | None,
        typer.Option("--cast-down", metavar="TABLE.COLUMN=VALUE", help="The same for the way back."),
    ] = None,
    schema_only: Annotated[
        bool,
        typer.Option(
            "--schema-only",
            help="DOWN brings back the schema only: what UP loses stays lost, and no capture is needed.",
        ),
    ] = False,
    proof: Annotated[
        Literal["data", "schema"] | None,
        typer.Option(
            "--proof",
            metavar="data|schema",
            help="Prove it with the rows of the tables that it touches, whatever that costs, or without any.",
        ),
    ] = None,
    mark_applied: Annotated[
        bool,
        typer.Option(
            "--mark-applied", help="Record it as run on the live database, which has its schema already."
        ),
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Write the step even if scripts in the folder make it already."),
    ] = False,
) -> None:
    """Write the proven migration script between versions.

    It has UP and DOWN, and is written only after it was run on a restored copy: UP has to give the new
    schema, DOWN the old one with its data.  What UP loses, DOWN reads from a capture made just before UP.
    Nothing is written where scripts in the folder already lead from the one schema to the other.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import generate_document
        from kuzuvcs.render.engine_report import left_out_warnings
        from kuzuvcs.render.report import generate_report

        renames = tuple(rename or ())
        repository = current.repository()
        result = repository.generate(
            before,
            after,
            message=message,
            renames=renames,
            no_renames=no_renames,
            casts=tuple(cast or ()),
            down_casts=tuple(cast_down or ()),
            schema_only=schema_only,
            proof=proof,
            again=again,
        )
        marked = result.path is not None and (mark_applied or _offered(current, repository, result.path.stem))
        if marked and result.path is not None:
            repository.mark_applied(to=result.path.stem)
        current.finish(
            lambda: generate_document(result, marked=marked),
            lambda: generate_report(result, shown_path, marked=marked),
            [*left_out_warnings(result.left_out), *(_not_marked(result.already) if mark_applied else ())],
        )


def _not_marked(already: tuple[str, ...]) -> list[str]:
    if not already:
        return []
    return [f"nothing was recorded as run: kuzuvcs migrate --mark-applied --to {already[-1]} does that"]


def _offered(current: Session, repository: Repository, id: str) -> bool:
    """Whether the live database has seen the script, and whoever is there wants that recorded."""
    if not current.attended:
        return False
    try:
        seen = id not in repository.status().pending
    except KuzuvcsError:
        return False
    return seen and current.confirms(MarkQuestion(id=id))
