"""Naming another database than the project's, and what a hint says of one that is not there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.calls import Program
from tests.e2e.conftest import run_cypher

SCHEMA = ("CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)", "CREATE (:User {id: 1, name: 'Ann'})")


@pytest.fixture
def project(tmp_path: Path, kuzuvcs: Program) -> Path:
    """A project with a version, its database, and another database with another value."""
    assert kuzuvcs("init", "--database", "app.kuzu").code == 0
    run_cypher(tmp_path / "app.kuzu", *SCHEMA)
    assert kuzuvcs("snapshot").code == 0
    shutil.copy(tmp_path / "app.kuzu", tmp_path / "other.kuzu")
    run_cypher(tmp_path / "other.kuzu", "MATCH (u:User) SET u.name = 'Ben'")
    return tmp_path


def test_verify_takes_the_flag_and_the_path(kuzuvcs: Program, project: Path) -> None:
    for same in (["--live"], ["--database"], ["v1", "--database"], ["--database", "v1"], []):
        call = kuzuvcs("verify", *same)
        assert (call.code, call.err) == (0, ""), same
    for other in (
        ["verify", "--live", "--database=other.kuzu"],
        ["verify", "--database", "--database=other.kuzu", "v1"],
        ["--database", "other.kuzu", "verify", "--live"],
        ["--database", "other.kuzu", "verify", "--database"],
        ["--database", "app.kuzu", "verify", "--live", "--database=other.kuzu"],
    ):
        assert kuzuvcs(*other).code == 3, other
    assert (project / "other.kuzu").exists()


def test_verify_says_that_it_did_not_compare(kuzuvcs: Program, project: Path) -> None:  # noqa: ARG001
    for words in (["verify", "--database=other.kuzu"], ["--database", "other.kuzu", "verify"]):
        call = kuzuvcs(*words)
        assert call.code == 0
        assert call.err == "warning: the database was not compared with the version: add --live\n"


def test_a_path_where_verify_takes_a_version(kuzuvcs: Program, project: Path) -> None:  # noqa: ARG001
    call = kuzuvcs("verify", "--database", "other.kuzu")
    assert call.code == 1
    assert "no version 'other.kuzu'" in call.err
    assert (
        "hint:  to compare other.kuzu with the head: kuzuvcs verify --live --database=other.kuzu\n"
        in call.err
    )
    assert "verify --live" not in kuzuvcs("verify", "--database", "v9").err


@pytest.mark.parametrize(
    "words",
    [
        ["--database", "nothere.kuzu", "status"],
        ["status", "--database", "nothere.kuzu"],
        ["--database=nothere.kuzu", "migrate"],
        ["verify", "--live", "--database=nothere.kuzu"],
        ["engine", "--database", "nothere.kuzu"],
    ],
)
def test_a_hint_names_the_option(kuzuvcs: Program, project: Path, words: list[str]) -> None:
    call = kuzuvcs(*words)
    assert call.code == 1
    assert f"no database at {project / 'nothere.kuzu'}\n" in call.err
    assert "hint:  create the database, or name one that exists with --database\n" in call.err


def test_a_hint_names_the_project_file(kuzuvcs: Program, project: Path) -> None:
    (project / "app.kuzu").write_bytes(b"something else altogether")
    assert "hint:  name the database file as `database` in kuzuvcs.toml\n" in kuzuvcs("status").err
    (project / "app.kuzu").unlink()
    assert "name one that exists as `database` in kuzuvcs.toml\n" in kuzuvcs("status").err
    (project / "kuzuvcs.toml").rename(project / "pyproject.toml")
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text("[tool.kuzuvcs]\n" + text)
    assert "name one that exists as `database` in pyproject.toml\n" in kuzuvcs("diff").err


def test_a_hint_names_neither_where_neither_was_used(kuzuvcs: Program, project: Path) -> None:
    call = kuzuvcs("upgrade", "nothere.kuzu", "new.lbug", "--engine", "ladybug")
    assert call.code == 1
    assert "hint:  create the database, or name one that exists\n" in call.err
    assert not (project / "new.lbug").exists()
