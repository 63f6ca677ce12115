"""``kuzuvcs upgrade``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session
from kuzuvcs.errors import UsageError

EngineOption = typer.Option(
    "--engine", metavar="ENGINE", help="kuzu, ladybug, or a release of one: kuzu==0.8.2."
)
StrictOption = typer.Option("--strict", help="Refuse what the engine cannot hold, and leave nothing out.")


def upgrade(
    invocation: Invocation,
    engine: Annotated[str, EngineOption],
    source: Annotated[Path | None, typer.Argument(metavar="[SRC]", help="The database as it is.")] = None,
    target: Annotated[Path | None, typer.Argument(metavar="[DST]", help="The new database.")] = None,
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="FOLDER", help="List what it refuses of .cypher files."),
    ] = None,
    strict: Annotated[bool, StrictOption] = False,
) -> int:
    """Rebuild a database for another engine, without a project.

    DST is a new file that holds what SRC holds: every value was read back and compared before it got its
    name. SRC, of kuzu 0.6 or later or of ladybug, is only read. With --check FOLDER nothing is built: the
    parser and the binder of the engine look at the statements of the folder's .cypher files, on an empty
    database with the schema of SRC; exit code 1 where it refuses one that SRC's own engine takes.
    """
    from kuzuvcs.core.engine import parse_engine

    wanted = parse_engine(engine)
    with session(invocation) as current:
        from kuzuvcs import upgrading
        from kuzuvcs.render import engine_documents as documents
        from kuzuvcs.render import engine_report as reports

        if check is not None:
            refused, statements = upgrading.refused_statements(check, wanted, source)
            current.finish(
                lambda: documents.check_document(refused, statements),
                lambda: reports.check_report(refused, statements, str(wanted), shown_path),
                findings=lambda: reports.refused_places(refused, shown_path),
            )
            return 0 if all(one.both for one in refused) else 1
        if source is None or target is None:
            raise UsageError(
                "upgrade needs two paths", cause="SRC is read, DST is made", hint="or give --check FOLDER"
            )
        result = upgrading.upgrade(source, target, wanted, strict=strict, progress=current.progress)
        current.finish(
            lambda: documents.upgraded_document(result),
            lambda: reports.upgraded_report(result, shown_path),
            (*reports.left_out_warnings(result.left_out), *result.warnings),
        )
        return 0
