"""A clone of a project has its scripts and no store: a server, a build, a colleague work from that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.errors import MigrationError, StoreError
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.e2e.test_team import git, share

BASE = "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, email STRING)"
ROWS = "UNWIND range(1, 5) AS i CREATE (:User {id: i, name: 'a', email: CAST(i AS STRING) + '@x'})"
EMAILS = "MATCH (u:User) RETURN u.id, u.email ORDER BY u.id"


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """A project under git whose two scripts lose a column and add another."""
    root = tmp_path_factory.mktemp("author") / "project"
    repository = Repository.init(root, "app.kuzu")
    application = Application(root=root, database=root / "app.kuzu", repository=repository)
    application.run(BASE, ROWS)
    repository.snapshot()
    for change in ("ALTER TABLE User DROP email", "ALTER TABLE User ADD city STRING"):
        application.run(change)
        repository.snapshot()
        repository.generate()
    (root / ".gitignore").write_text("*.kuzu*\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    share(application, "scripts")
    return application


def cloned(author: Application, root: Path, database: Path | None = None) -> Application:
    """A fresh clone of the project, and a database of its first schema beside it or elsewhere."""
    git(author.root.parent, "clone", "--quiet", str(author.root), str(root))
    place = database or root / "app.kuzu"
    clone = Application(root=root, database=place, repository=Repository.open(root, database=place))
    clone.run(BASE, ROWS)
    return clone


@pytest.fixture
def server(author: Application, tmp_path: Path) -> Application:
    return cloned(author, tmp_path / "server")


def test_scripts_are_all_that_a_server_needs(server: Application) -> None:
    before = server.run(EMAILS)
    repository = server.repository
    assert len(repository.status().pending) == 2
    assert repository.check().faults == ()
    assert repository.history() == ()
    assert repository.lint().findings != ()  # what the first script loses is not allowed by it
    assert repository.backups().backups() == ()
    assert len(repository.migrate(dry_run=True)) == 2
    local = repository.project.local_store
    assert not local.exists()
    repository.backups().take()
    assert not local.exists()
    assert len(repository.migrate()) == 2
    assert local.is_dir()
    assert git(server.root, "status", "--porcelain") == ""
    server.cli("rollback", "2")
    assert server.run(EMAILS) == before
    assert not (server.root / "snapshots").exists()


@pytest.mark.slow
def test_every_command_of_a_server_works_without_a_store(server: Application) -> None:
    for words in ("status", "check --exit-code", "history", "backups", "migrate --dry-run", "backup"):
        server.cli(*words.split())
    server.cli("lint", code=1)
    server.cli("migrate")
    assert server.json("status")["pending"] == []
    server.cli("restore")
    Path(server.json("new", "backfill")["path"]).unlink()
    server.cli("repair")
    assert not (server.root / "snapshots").exists()


def test_a_database_that_is_there_is_baselined_from_a_clone(server: Application) -> None:
    first = min((server.root / "migrations").glob("*.cypher")).stem
    server.run("ALTER TABLE User DROP email")
    assert [one.id for one in server.repository.baseline(first)] == [first]
    assert len(server.repository.migrate()) == 1


def test_the_next_release_is_another_clone_and_rolls_back_what_the_last_one_ran(
    author: Application, tmp_path: Path
) -> None:
    database = tmp_path / "data" / "app.kuzu"
    database.parent.mkdir()
    first = cloned(author, tmp_path / "one", database)
    before = first.run(EMAILS)
    first.repository.migrate()
    first.run("MATCH (u:User) SET u.city = 'x'")
    first.repository.rollback()
    git(tmp_path, "clone", "--quiet", str(author.root), "two")
    Repository.init(tmp_path / "two")  # with a store of its own, what was captured without one is still found
    second = Repository.open(tmp_path / "two", database=database)
    second.migrate()
    assert first.run("MATCH (u:User) RETURN count(u.city)") == [[5]]
    second.rollback(2)
    assert first.run(EMAILS) == before


def test_a_capture_that_is_in_no_store_here_is_named(server: Application) -> None:
    Repository.init(server.root)
    server.repository.migrate()
    subprocess.run(["rm", "-rf", str(server.root / "snapshots")], check=True)
    with pytest.raises(MigrationError, match="is not here") as refused:
        server.repository.rollback(2)
    assert "--schema-only" in refused.value.hint


def test_init_completes_a_clone_and_overwrites_nothing(server: Application) -> None:
    for path in (server.root / "migrations").iterdir():
        path.unlink()
    (server.root / "migrations").rmdir()
    (server.root / "kuzuvcs.toml").write_text('database = "app.kuzu"\n# by hand\n')
    made = [Path(path).relative_to(server.root).as_posix() for path in server.json("init")["made"]]
    assert made == ["snapshots", "migrations", "migrations/.gitattributes"]
    (server.root / "migrations" / ".gitattributes").write_text("* text\n")
    assert server.cli("init").startswith("nothing to make")
    assert (server.root / "migrations" / ".gitattributes").read_text() == "* text\n"
    assert "# by hand" in (server.root / "kuzuvcs.toml").read_text()
    error = server.json("init", "--database", "other.kuzu", code=1)["error"]
    assert "another database" in error["message"]
    assert server.json("init", "--database", "app.kuzu")["made"] == []
    Repository.open(server.root).snapshot()


def test_init_completes_a_project_that_is_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.kuzuvcs]\ndatabase = "a.kuzu"\nstore = "versions"\n')
    repository = Repository.init(tmp_path)
    assert repository.project.database == tmp_path / "a.kuzu"
    assert (tmp_path / "versions").is_dir()
    assert not (tmp_path / "kuzuvcs.toml").exists()


def test_what_needs_versions_says_how_to_get_them(author: Application, server: Application) -> None:
    place = f"git clone --bare URL {server.root / 'snapshots'}"
    repository = server.repository
    for needs_versions in (
        repository.log,
        repository.show,
        repository.diff,
        repository.generate,
        repository.verify,
        repository.snapshot,
        lambda: repository.diff("v1", "v2"),
        lambda: repository.checkout("v1"),
        lambda: repository.export("v1", server.root / "x"),
    ):
        with pytest.raises(StoreError, match="no store at") as refused:
            needs_versions()
        assert place in refused.value.hint
    follow(author, place)
    assert repository.diff("v1", "v2").changes != ()


def test_an_empty_store_says_how_to_get_versions(author: Application, server: Application) -> None:
    Repository.init(server.root)
    repository = Repository.open(server.root)
    assert repository.log() == ()
    error = server.json("checkout", "v1", code=1)["error"]
    hint = error["hint"]
    follow(author, hint[hint.index("git -C") :])
    assert len(repository.log()) == 3
    assert repository.diff("v1", "v2").changes != ()


def follow(author: Application, command: str) -> None:
    """Run the command of a hint."""
    line = command.replace("URL", str(author.root / "snapshots"))
    subprocess.run(["sh", "-c", line], check=True, capture_output=True)


@pytest.mark.parametrize(
    "commands",
    [
        ("migrate",),
        pytest.param(
            ("status", "check --exit-code", "lint || true", "migrate", "history", "rollback 2", "backup"),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["migrate", "all"],
)
def test_a_read_only_checkout_migrates_a_database_elsewhere(
    author: Application, tmp_path: Path, commands: tuple[str, ...]
) -> None:
    database = tmp_path / "data" / "app.kuzu"
    database.parent.mkdir()
    clone = cloned(author, tmp_path / "clone", database)
    for command in commands:
        read_only(clone.root, f"{sys.executable} -m kuzuvcs --no-input --database {database} {command}")
    assert not (clone.root / ".kuzuvcs").exists()
    assert len(clone.repository.status().applied) == (2 if commands[-1] == "migrate" else 0)


def read_only(folder: Path, command: str) -> None:
    """Run a command in a folder that nobody can write to, not even root."""
    if os.geteuid() == 0:
        mount = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && cd {folder}"
        words = ["unshare", "--mount", "sh", "-c", f"{mount} && ! touch x 2>/dev/null && {command}"]
        if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
            pytest.skip("root without the right to mount cannot have a read-only folder")
    else:
        words = [
            "sh",
            "-c",
            f"chmod -R a-w . && ! touch x 2>/dev/null && {command}; code=$?; chmod -R u+w .; exit $code",
        ]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
