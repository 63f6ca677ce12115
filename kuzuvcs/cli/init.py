"""``kuzuvcs init``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session

if TYPE_CHECKING:
    from kuzuvcs.render.text import Line
    from kuzuvcs.repository import Repository


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
    there yet, and is not touched. In a folder that has a project file, for example a clone, the store and the
    migrations folder are made where they are missing; nothing is overwritten.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import init_document
        from kuzuvcs.repository import Repository

        named = invocation.options.database
        repository = Repository.init(".", None if named is None else str(named), history_table=history_table)
        current.finish(
            lambda: init_document(repository.project, repository.made),
            lambda: _report(repository),
        )


def _report(repository: Repository) -> list[Line]:
    from kuzuvcs.project import FILE_NAME
    from kuzuvcs.render.report import completed_report, init_report

    project = repository.project
    if project.root / FILE_NAME not in repository.made:
        return completed_report(project, repository.made, shown_path)
    return init_report(project, database_exists=project.database.exists(), shown=shown_path)
