"""Two clones of one project, shared with git, each with its own database and other data in it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application

BASE = (
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, email STRING)",
    "CREATE REL TABLE Knows(FROM User TO User, since INT64)",
)


def rows_of(name: str, count: int) -> tuple[str, ...]:
    text = "CAST(i AS STRING)"
    return (
        f"UNWIND range(1, {count}) AS i "
        f"CREATE (:User {{id: i, name: '{name} ' + {text}, email: '{name}@' + {text}}})",
        "MATCH (a:User), (b:User) WHERE a.id = b.id + 1 CREATE (a)-[:Knows {since: a.id}]->(b)",
    )


@pytest.fixture
def ann(application: Application) -> Application:
    return begun(application)


@pytest.fixture
def ben(ann: Application, tmp_path: Path) -> Application:
    return joined(ann, tmp_path)


def begun(application: Application) -> Application:
    """She begins the project and puts it under git; its first version has her data."""
    application.run(*BASE, *rows_of("ann", 20), "CHECKPOINT")
    application.repository.snapshot("first")
    (application.root / ".gitignore").write_text("app.kuzu*\n")
    git(application.root, "init", "--quiet", "--initial-branch=main")
    share(application, "a project")
    return application


def joined(ann: Application, folder: Path) -> Application:
    """He has a clone of the project, of its store, and a database of his own."""
    root = folder / "ben"
    git(folder, "clone", "--quiet", "--bare", str(ann.root), "shared.git")
    git(folder, "clone", "--quiet", "shared.git", str(root))
    git(root, "clone", "--quiet", "--bare", str(ann.root / "snapshots"), "snapshots")
    git(ann.root, "remote", "add", "origin", str(folder / "shared.git"))
    git(ann.root, "fetch", "--quiet")
    git(ann.root, "branch", "--quiet", "--set-upstream-to=origin/main")
    (root / "migrations").mkdir(exist_ok=True)
    ben = Application(root=root, database=root / "app.kuzu", repository=Repository.open(root))
    ben.run(*BASE, *rows_of("ben", 7), "CHECKPOINT")
    return ben


def git(folder: Path, *words: str, code: int = 0) -> str:
    """What git says, to someone whose own settings play no part."""
    who = {f"GIT_{role}_{what}": "x@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = os.environ | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def share(member: Application, message: str) -> None:
    """Commit everything that git does not ignore."""
    git(member.root, "add", "--all")
    git(member.root, "commit", "--quiet", "--allow-empty", "-m", message)


def develop(member: Application, message: str, *statements: str, renames: tuple[str, ...] = ()) -> str:
    """Change one's own database, write the script, say that it was run here, and commit it; its id."""
    member.run(*statements, "CHECKPOINT")
    member.repository.snapshot(message)
    done = member.json("generate", "-m", message, "--mark-applied", *(f"--rename={one}" for one in renames))
    share(member, message)
    return Path(done["path"]).stem


def everything(member: Application) -> list[Any]:
    return [
        member.run("MATCH (u:User) RETURN u.id, u.name, u.email ORDER BY u.id"),
        member.run("MATCH (a:User)-[k:Knows]->(b:User) RETURN a.id, b.id, k.since ORDER BY a.id"),
    ]


def test_one_generates_and_the_other_migrates_and_gets_his_own_values_back(
    ann: Application, ben: Application
) -> None:
    ids = [
        develop(ann, "no email", "ALTER TABLE User DROP email"),
        develop(ann, "no edges", "DROP TABLE Knows"),
        develop(ann, "nick", "ALTER TABLE User RENAME name TO nick", renames=("User.name:nick",)),
    ]
    git(ann.root, "push", "--quiet", "origin", "main")
    before = everything(ben)
    git(ben.root, "pull", "--quiet")
    assert ben.json("status")["pending"] == ids
    assert [one["id"] for one in ben.json("migrate")["applied"]] == ids
    assert ben.run("MATCH (u:User) RETURN u.nick ORDER BY u.id LIMIT 1") == [["ben 1"]]
    assert ann.json("migrate")["applied"] == []
    ben.cli("rollback", "3")
    assert everything(ben) == before
    ben.cli("migrate")
    assert ben.json("status")["pending"] == []
