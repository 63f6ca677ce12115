"""``kuzuvcs lint``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session


def lint(
    invocation: Invocation,
    scripts: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[SCRIPT]...", help="The scripts; all of the migrations folder, if left out."),
    ] = None,
) -> int:
    """Look for hazards in migration scripts, without running them.

    Each finding has a stable code (KV101: rows are deleted); a comment // kuzuvcs:allow KV101 on a line
    above a statement says that it is meant there. Exit code 1 where there is an error that is not allowed.
    Scripts that are named need no project.
    """
    with session(invocation) as current:
        from kuzuvcs.render.documents import lint_document
        from kuzuvcs.render.lint_report import lint_errors, lint_report
        from kuzuvcs.script_runs import ScriptRuns

        result = ScriptRuns.lint_files(scripts) if scripts else current.repository().lint()
        current.finish(
            lambda: lint_document(result),
            lambda: lint_report(result, shown_path),
            findings=lambda: lint_errors(result, shown_path),
        )
        return 0 if result.ok else 1
