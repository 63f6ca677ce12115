"""``kuzuvcs init``."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session

_DATABASE = Path("database.kuzu")


def init(invocation: Invocation) -> None:
    """Make a project: project file, store, migrations folder.

    --database PATH names the database, from this folder (database.kuzu, if it is left out). It need not be
    there yet, and is not touched.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import init_document
        from kuzuvcs.render.report import init_report
        from kuzuvcs.repository import Repository

        project = Repository.init(".", str(invocation.options.database or _DATABASE)).project
        current.finish(
            lambda: init_document(project),
            lambda: init_report(project, database_exists=project.database.exists(), shown=shown_path),
        )
