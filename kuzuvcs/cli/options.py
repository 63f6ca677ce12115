"""The global options, taken before or after the command's name.

They are declared once, as parameters, and appended to the signature of the program and of each command.
So the parser knows them in both places, ``--help`` shows them in both, and the value of another option is
never taken for one of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

PANEL = "Global options, before or after the command's name"

_DIRECTORY = typer.Option("-C", metavar="DIR", help="Run as if started in DIR.", rich_help_panel=PANEL)
_DATABASE = typer.Option(
    "--database", metavar="PATH", help="Use this database in place of the project's.", rich_help_panel=PANEL
)
_JSON = typer.Option(
    "--json", help="Print one JSON document on stdout, all else on stderr.", rich_help_panel=PANEL
)
_QUIET = typer.Option("-q", "--quiet", help="Print warnings and errors only.", rich_help_panel=PANEL)
_VERBOSE = typer.Option(
    "-v", "--verbose", help="Show the traceback of an internal error.", rich_help_panel=PANEL
)
_NO_INPUT = typer.Option("--no-input", help="Never ask; a question is exit code 2.", rich_help_panel=PANEL)


DATABASE_PATH = "--database-path"
"""A hidden option of a command whose ``--database`` is a flag: ``--database=PATH`` is read as this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalOptions:
    """What was given before or after the command's name."""

    directory: Path | None = None
    database: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_input: bool = False

    def then(self, later: GlobalOptions) -> GlobalOptions:
        """With what was given further right, which wins."""
        return GlobalOptions(
            directory=later.directory or self.directory,
            database=later.database or self.database,
            json=later.json or self.json,
            quiet=later.quiet or self.quiet,
            verbose=later.verbose or self.verbose,
            no_input=later.no_input or self.no_input,
        )


@dataclass(slots=True)
class Invocation:
    """One run of the program: the global options as far as they are parsed."""

    options: GlobalOptions = field(default_factory=GlobalOptions)


def _keyword(name: str, kind: type, default: object, option: object) -> inspect.Parameter:
    annotation = Annotated[kind, option] if kind is bool else Annotated[kind | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_PARAMETERS = (
    _keyword("directory", Path, None, _DIRECTORY),
    _keyword("database", Path, None, _DATABASE),
    _keyword("json", bool, False, _JSON),
    _keyword("quiet", bool, False, _QUIET),
    _keyword("verbose", bool, False, _VERBOSE),
    _keyword("no_input", bool, False, _NO_INPUT),
)
_CONTEXT = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


def with_global_options(function: Callable[..., int | None]) -> Callable[..., int | None]:
    """``function(invocation, …)`` as a command that takes the global options too.

    An option of the function's own goes before a global one of the same name (``verify --database``, see
    :data:`DATABASE_PATH`).  A group's function runs only where no command of it follows.
    """
    own = [*inspect.signature(function, eval_str=True).parameters.values()][1:]
    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    taken = {parameter.name for parameter in own}
    added = [parameter for parameter in _PARAMETERS if parameter.name not in taken]

    def command(*, context: typer.Context, **values: Any) -> int | None:
        given = {parameter.name: values.pop(parameter.name) for parameter in added}
        invocation: Invocation = context.obj
        invocation.options = invocation.options.then(GlobalOptions(**given))
        if context.invoked_subcommand is not None:
            return None
        return function(invocation, **values)

    parameters = [_CONTEXT, *own, *added]
    command.__doc__ = function.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command
