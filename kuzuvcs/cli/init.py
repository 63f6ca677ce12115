"""``kuzuvcs init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session

_DATABASE = Path("database.kuzu")


def init(
    invocation: Invocation,
    history_table: Annotated[
        str | None,
        typer.Option(
            "--history-table",
            metavar="NAME",
            help="The table for the history of migrations in the database; migration_history, if left out.",
        ),
    ] = None,
) -> None:
    """Make a project: project file, store, migrations folder.

    --database PATH names the database, from this folder (database.kuzu, if it is left out). It need not be
    there yet, and is not touched.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import init_document
        from kuzuvcs.render.report import init_report
        from kuzuvcs.repository import Repository

        database = str(invocation.options.database or _DATABASE)
        project = Repository.init(".", database, history_table=history_table).project
        current.finish(
            lambda: init_document(project),
            lambda: init_report(project, database_exists=project.database.exists(), shown=shown_path),
        )
