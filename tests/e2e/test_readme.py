"""Every command in the README and in the guide to migrations, run in its order, prints what the page says.

In a ``console`` block a line that starts with ``$`` is run, and the lines below are what it prints; ``…``
stands for any text.  A ``python`` block is run as a program.  A ``sh`` block is not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
MIGRATIONS = ROOT / "docs" / "migrations.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)\)")

Step = tuple[list[str], str]
"""A command, and what it has to print (``…``: anything)."""


def steps(markdown: str) -> Iterator[Step]:
    """The commands of all blocks that are run."""
    for language, text in _BLOCK.findall(markdown):
        if language == "python":
            yield [sys.executable, "-c", text], "…"
        if language == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield ["sh", "-c", command], output


def pattern(output: str) -> str:
    """A regular expression for what a command has to print; runs of spaces are one."""
    words = re.sub(r" +", " ", output.strip())
    return re.escape(words).replace("…", "(?s:.*)").replace(r"\ (?s:.*)", "(?s:.*)")


@pytest.fixture
def commands(tmp_path: Path) -> dict[str, str]:
    """An environment in which ``kuzuvcs`` is the one under test."""
    tools = tmp_path / "tools"
    tools.mkdir()
    program = tools / "kuzuvcs"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kuzuvcs "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    who = {f"GIT_{role}_{what}": "x@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return os.environ | who | {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


def run_all(page: Path, project: Path, commands: dict[str, str]) -> None:
    """Run the commands of a page in a new folder."""
    project.mkdir()
    for command, expected in steps(page.read_text(encoding="utf-8")):
        done = subprocess.run(command, cwd=project, env=commands, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}{done.stderr}"
        assert done.stderr == "", command[-1]
        printed = re.sub(r" +", " ", done.stdout.strip())
        assert re.fullmatch(pattern(expected), printed), f"$ {command[-1]}\n{done.stdout}"


def test_every_command_prints_what_the_readme_says(tmp_path: Path, commands: dict[str, str]) -> None:
    run_all(README, tmp_path / "project", commands)
    assert (tmp_path / "project" / "User.parquet").read_bytes().startswith(b"PAR1")


def test_every_command_prints_what_the_guide_to_migrations_says(
    tmp_path: Path, commands: dict[str, str]
) -> None:
    run_all(MIGRATIONS, tmp_path / "project", commands)


def test_every_command_of_the_program_is_in_the_readme_or_a_guide() -> None:
    from kuzuvcs.cli.app import COMMANDS

    pages = [README, *sorted((ROOT / "docs").glob("*.md"))]
    shown = " ".join(page.read_text(encoding="utf-8") for page in pages)
    assert [one.__name__ for one in COMMANDS if not re.search(rf"kuzuvcs {one.__name__}\b", shown)] == []


@pytest.mark.parametrize(
    "page", [README, *sorted((ROOT / "docs").rglob("*.md")), ROOT / "snapshots" / "README.md"]
)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_is_run_at_all() -> None:
    assert len(list(steps(README.read_text(encoding="utf-8")))) > 15
    assert re.fullmatch(pattern("a … c\n…"), "a b c\nd\ne")
    assert not re.fullmatch(pattern("a\nb"), "a\nc")
