"""The project's engine is written into its file, and nothing else there changes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import ProjectError
from kuzuvcs.project import find_project, write_engine

LADYBUG = Engine(name="ladybug", release="0.22.0")


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "kuzuvcs.toml",
            '# mine\ndatabase = "a.kuzu"\nengine = "kuzu"\n\n[defaults]\n"A.b" = "1"\n',
            '# mine\ndatabase = "a.kuzu"\nengine = "ladybug==0.22.0"\n\n[defaults]\n"A.b" = "1"\n',
        ),
        (
            "kuzuvcs.toml",
            'database = "a.kuzu"\n[defaults]\nengine = "no setting"\n',
            'engine = "ladybug==0.22.0"\ndatabase = "a.kuzu"\n[defaults]\nengine = "no setting"\n',
        ),
        (
            "pyproject.toml",
            '[project]\nname = 1\n\n[tool.kuzuvcs] # x\ndatabase = "a.kuzu"\n\n[tool.other]\nengine = 1\n',
            '[project]\nname = 1\n\n[tool.kuzuvcs] # x\nengine = "ladybug==0.22.0"\ndatabase = "a.kuzu"\n\n'
            "[tool.other]\nengine = 1\n",
        ),
    ],
)
def test_it_is_written_where_it_belongs(name: str, before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(before, encoding="utf-8")
    write_engine(dataclasses.replace(find_project(tmp_path), engine=LADYBUG))
    assert (tmp_path / name).read_text(encoding="utf-8") == after
    assert find_project(tmp_path).engine == LADYBUG


def test_a_file_that_is_laid_out_unusually_is_left_alone(tmp_path: Path) -> None:
    text = 'tool = {kuzuvcs = {database = "a.kuzu", engine = "kuzu"}}\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    project = dataclasses.replace(find_project(tmp_path), engine=LADYBUG)
    with pytest.raises(ProjectError, match="cannot be changed"):
        write_engine(project)
    assert (tmp_path / "pyproject.toml").read_text(encoding="utf-8") == text


def test_an_engine_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "kuzuvcs.toml").write_text('database = "a"\nengine = "neo4j"\n', encoding="utf-8")
    with pytest.raises(ProjectError, match="no engine 'neo4j'"):
        find_project(tmp_path)
