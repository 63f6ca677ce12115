"""The program: its commands, and the one place where it starts and ends."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer.main import get_command

from kuzuvcs.cli import errors
from kuzuvcs.cli.backup import backup
from kuzuvcs.cli.backups import backups
from kuzuvcs.cli.baseline import baseline
from kuzuvcs.cli.check import check
from kuzuvcs.cli.checkout import checkout
from kuzuvcs.cli.diff import diff
from kuzuvcs.cli.engine import ENGINE_COMMANDS, engine
from kuzuvcs.cli.export import export
from kuzuvcs.cli.generate import generate
from kuzuvcs.cli.help import SectionedCommand, SectionedGroup
from kuzuvcs.cli.history import history
from kuzuvcs.cli.init import init
from kuzuvcs.cli.lint import lint
from kuzuvcs.cli.log import log
from kuzuvcs.cli.merge import merge
from kuzuvcs.cli.migrate import migrate
from kuzuvcs.cli.new import new
from kuzuvcs.cli.options import Invocation, with_global_options
from kuzuvcs.cli.prove import prove
from kuzuvcs.cli.refactor import REFACTORINGS, refactor
from kuzuvcs.cli.repair import repair
from kuzuvcs.cli.restore import restore
from kuzuvcs.cli.rollback import rollback
from kuzuvcs.cli.show import show
from kuzuvcs.cli.snapshot import snapshot
from kuzuvcs.cli.status import status
from kuzuvcs.cli.trust import trust
from kuzuvcs.cli.upgrade import upgrade
from kuzuvcs.cli.verify import verify
from kuzuvcs.release import RELEASE

COMMANDS = (
    init, snapshot, log, show, status, diff, generate, prove, new, merge, lint, check,
    migrate, rollback, history, baseline, repair, trust,
    backup, backups, restore,
    checkout, verify, export, upgrade,
)  # fmt: skip
"""In the order in which a new user meets them, which is the order of ``--help``."""


def main() -> NoReturn:
    """Run the program with the process's arguments, and end the process."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name with a letter that the terminal's encoding has not must not end the program.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def _open_closed_streams() -> None:
    """Have standard streams that are closed lead nowhere: a file that is opened would take their place."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            lowest_free = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(lowest_free, True)
            setattr(sys, name, os.fdopen(lowest_free, "r" if name == "stdin" else "w", encoding="utf-8"))


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code; whatever goes wrong has been reported."""
    invocation = Invocation()
    try:
        command = get_command(build())
        with command.make_context("kuzuvcs", [*arguments] or ["--help"], obj=invocation) as context:
            code = command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as done:
        return done.exit_code
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  the place that reports all
        return errors.report(error, invocation.options, arguments)
    return code if isinstance(code, int) else 0


def build() -> typer.Typer:
    """The program with all its commands."""
    # Without markup typer does not import rich, whose help takes as long again as all the rest.
    app = typer.Typer(
        cls=SectionedGroup,
        rich_markup_mode=None,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(with_global_options(_program))
    for function in COMMANDS:
        app.command(function.__name__, cls=SectionedCommand)(with_global_options(function))
    app.add_typer(_refactorings(), name=refactor.__name__)
    app.add_typer(_engine_commands(), name=engine.__name__)
    return app


def _engine_commands() -> typer.Typer:
    group = typer.Typer(cls=SectionedGroup, rich_markup_mode=None, invoke_without_command=True)
    group.callback()(with_global_options(engine))
    for name, function in ENGINE_COMMANDS.items():
        group.command(name, cls=SectionedCommand)(with_global_options(function))
    return group


def _refactorings() -> typer.Typer:
    group = typer.Typer(cls=SectionedGroup, rich_markup_mode=None)
    group.callback()(with_global_options(refactor))
    for function in REFACTORINGS:
        name = function.__name__.replace("_", "-")
        group.command(name, cls=SectionedCommand)(with_global_options(function))
    return group


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"kuzuvcs {RELEASE}")
        raise typer.Exit


def _program(
    invocation: Invocation,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_print_version,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Version control for Kuzu graph databases: versions of schema and data, proven migration scripts.

    A version is called v1, v2, …; revisions are git's (v3, HEAD~1, a commit, a branch), and @live is the live
    database. Exit codes: 0 done, 1 failed, 2 wrong usage or an open question, 3 verification failed, 4 the
    engine crashed.
    """
