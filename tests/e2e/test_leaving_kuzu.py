"""The page "Leaving Kuzu", followed to the letter."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from kuzuvcs.engines.client import read_header
from tests.e2e.conftest import Application
from tests.tasks.building import content, run

PAGE = (Path(__file__).parents[2] / "docs" / "leaving-kuzu.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_page_can_be_followed(tmp_path: Path) -> None:
    here = Application(root=tmp_path, database=tmp_path / "app.kuzu", repository=None)  # type: ignore[arg-type]
    run(
        here.database,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING DEFAULT 'nobody')",
        "CREATE REL TABLE Knows(FROM User TO User, since DATE)",
        "CREATE (:User {id: 1})-[:Knows {since: date('2020-01-01')}]->(:User {id: 2, name: 'Ann'})",
    )
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "users.cypher").write_text("MATCH (u:User) RETURN u.name;\n", encoding="utf-8")
    assert COMMANDS[0] == "pip install . ladybug"
    said = [here.cli(*shlex.split(command)[1:]) for command in COMMANDS[1:]]
    assert len(said) == 4
    assert "storage version   39" in said[0]
    assert "every value verified" in said[1]
    assert said[2] == "1 statement: ladybug refuses none\n"
    assert read_header(tmp_path / "app.lbug").engine == "ladybug"
    assert content(tmp_path / "back.kuzu") == content(here.database)


def test_every_command_that_the_page_names_exists() -> None:
    named = set(re.findall(r"kuzuvcs ([a-z]+)", PAGE)) - {"ladybug", "reads"}
    assert named == {"engine", "upgrade", "checkout"}
