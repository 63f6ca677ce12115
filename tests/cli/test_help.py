from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from kuzuvcs.cli.app import COMMANDS, build
from tests.cli.help_text import all_help

GOLDEN = Path(__file__).with_name("help.txt")
NAMES = [command.__name__ for command in COMMANDS]


def test_the_help_is_the_one_checked_in() -> None:
    """An option is an interface: what it is called and what it says changes on purpose only."""
    assert all_help() == GOLDEN.read_text(encoding="utf-8")


def test_the_commands_are_those_of_the_documentation() -> None:
    assert NAMES == [
        "init", "snapshot", "log", "show", "status", "diff", "generate", "lint", "checkout", "verify",
        "export",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_every_parameter_has_help(name: str) -> None:
    commands: Any = get_command(build())
    command = commands.commands[name]
    assert command.help
    assert len(command.help.splitlines()[0]) <= 60, "longer ones are cut in the list of commands"
    assert [parameter.name for parameter in command.params if not parameter.help] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_takes_the_global_options(name: str) -> None:
    commands: Any = get_command(build())
    command = commands.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    assert known >= {"-C", "--database", "--json", "-q", "-v", "--no-input"}
