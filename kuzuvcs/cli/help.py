"""Help with the global options under a heading of their own, as plain text."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from kuzuvcs.cli.options import DATABASE_PATH

Record = tuple[str, str]


class SectionedCommand(TyperCommand):
    """A command whose options stand under the panels that they name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """``--database=PATH`` is the global option, even of a command whose ``--database`` is a flag."""
        if any(DATABASE_PATH in parameter.opts for parameter in self.params):
            end = args.index("--") if "--" in args else len(args)
            named = [re.sub(r"\A--database(?==)", DATABASE_PATH, word) for word in args[:end]]
            args = [*named, *args[end:]]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then options, panel by panel."""
        _write_sections(self, ctx, formatter)


class SectionedGroup(TyperGroup):
    """The program: its commands first, in the order in which they were added."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Commands, then options, panel by panel."""
        self.format_commands(ctx, formatter)
        _write_sections(self, ctx, formatter)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  the signature is typer's
        """In the order of a user's first day, not of the alphabet."""
        return [*self.commands]


def _write_sections(command: TyperCommand | TyperGroup, context: Any, formatter: Any) -> None:
    sections: dict[str, list[Record]] = {"Arguments": [], "Options": []}
    parameters: list[Any] = command.get_params(context)
    for parameter in parameters:
        record = parameter.get_help_record(context)
        if record is None:
            continue
        if parameter.param_type_name == "argument":
            # Without typer's `<str>`, which says nothing that the name does not.
            sections["Arguments"].append((parameter.metavar, record[1]))
        else:
            sections.setdefault(parameter.rich_help_panel or "Options", []).append(record)
    for title, records in sections.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)
