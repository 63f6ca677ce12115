from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from kuzuvcs.cli.app import COMMANDS, build
from kuzuvcs.cli.engine import ENGINE_COMMANDS
from kuzuvcs.cli.refactor import REFACTORINGS
from tests.cli.help_text import all_help

GOLDEN = Path(__file__).with_name("help.txt")
NAMES = [command.__name__ for command in COMMANDS]
KINDS = [kind.__name__.replace("_", "-") for kind in REFACTORINGS]
PLACES = [
    *([name] for name in NAMES),
    ["refactor"],
    *(["refactor", kind] for kind in KINDS),
    ["engine"],
    *(["engine", name] for name in ENGINE_COMMANDS),
]


def test_the_help_is_the_one_checked_in() -> None:
    """An option is an interface: what it is called and what it says changes on purpose only."""
    assert all_help() == GOLDEN.read_text(encoding="utf-8")


def test_the_commands_are_those_of_the_documentation() -> None:
    assert NAMES == [
        "init", "snapshot", "log", "show", "status", "diff", "generate", "prove", "new", "merge", "lint",
        "check", "migrate", "rollback", "history", "baseline", "repair", "trust", "backup", "backups",
        "restore", "checkout", "verify", "export", "upgrade",
    ]  # fmt: skip


def test_the_refactorings_are_those_of_the_documentation() -> None:
    assert KINDS == [
        "split", "merge", "normalise", "fold", "edge-to-node", "node-to-edge", "invert", "move-endpoint",
    ]  # fmt: skip
    text = (Path(__file__).parents[2] / "docs" / "refactorings.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"kuzuvcs refactor {kind} " not in text] == []


def command_at(place: list[str]) -> Any:
    command: Any = get_command(build())
    for name in place:
        command = command.commands[name]
    return command


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_every_command_and_every_parameter_has_help(place: list[str]) -> None:
    command = command_at(place)
    assert command.help
    assert len(command.help.splitlines()[0]) <= 60, "longer ones are cut in the list of commands"
    assert [parameter.name for parameter in command.params if not parameter.help] == []


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_every_command_takes_the_global_options(place: list[str]) -> None:
    known = {option for parameter in command_at(place).params for option in parameter.opts}
    assert known >= {"-C", "--database", "--json", "-q", "-v", "--no-input"}
