"""One bad file in the migrations folder: what runs scripts names it, and everything else still answers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.script_bytes import with_lf
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.e2e.test_team import git

BASE = "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING DEFAULT 'a')"
LATER = "20990101_000000_later.cypher"
SECTIONS = "-- UP\nMATCH (u:User) SET u.name = 'b';\n-- DOWN\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one script, and a database that has run it."""
    root = tmp_path_factory.mktemp("made")
    repository = Repository.init(root, "app.kuzu")
    application = Application(root=root, database=root / "app.kuzu", repository=repository)
    application.run(BASE, "CREATE (:User {id: 1})")
    repository.snapshot()
    application.run("ALTER TABLE User ADD age INT64")
    repository.snapshot()
    repository.generate()
    repository.migrate()
    return root


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Application:
    root = tmp_path / "project"
    shutil.copytree(made, root)
    return Application(root=root, database=root / "app.kuzu", repository=Repository.open(root))


def script(root: Path) -> Path:
    return min((root / "migrations").glob("*.cypher"))


def same_time(folder: Path) -> None:
    name = script(folder.parent).name
    (folder / f"{name[:15]}_zzz.cypher").write_text(SECTIONS)


def over_the_script(folder: Path) -> None:
    """The script that was run is there, and cannot be read."""
    script(folder.parent).write_bytes(b"-- UP\n\xff\xfe;\n")


def instead(what: str) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        place = folder / what
        if place.is_dir():
            shutil.rmtree(place)
        elif place.exists():
            place.unlink()
        place.parent.mkdir(exist_ok=True)
        os.mkfifo(place)

    return put


BAD: dict[str, tuple[str, Callable[[Path], object]]] = {
    "misnamed": ("notes.cypher", lambda folder: (folder / "notes.cypher").write_text("RETURN 1;")),
    "a folder": (LATER, lambda folder: (folder / LATER).mkdir()),
    "a link to nowhere": (LATER, lambda folder: (folder / LATER).symlink_to("nowhere")),
    "a link to itself": (LATER, lambda folder: (folder / LATER).symlink_to(LATER)),
    "a pipe": (LATER, lambda folder: os.mkfifo(folder / LATER)),
    "not UTF-8": (LATER, lambda folder: (folder / LATER).write_bytes(b"-- UP\n\xff;\n-- DOWN\n")),
    "no sections": (LATER, lambda folder: (folder / LATER).write_text("// id x\nRETURN 1;\n")),
    "a string that never ends": (LATER, lambda folder: (folder / LATER).write_text("-- UP\nRETURN 'a\n")),
    "the same time": ("_zzz", same_time),
    "the script that was run": ("age", over_the_script),
    "a callback that is none": ("callbacks", instead("callbacks/before.cypher")),
    "callbacks is a pipe": ("callbacks", instead("callbacks")),
    "the sum file is a pipe": ("kuzuvcs.sum", instead("kuzuvcs.sum")),
    "the folder is a pipe": ("migrations", lambda folder: instead("migrations")(folder.parent)),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_named_and_stops_only_what_runs_scripts(project: Application, kind: str) -> None:
    name, put = BAD[kind]
    put(project.root / "migrations")
    repository = project.repository
    warnings = repository.status().warnings
    assert any(name in warning for warning in warnings), warnings
    assert len(repository.history()) == 1
    assert any(name in str(fault.file) + fault.message for fault in repository.check().faults)
    if kind != "the same time":  # the test below
        with pytest.raises(MigrationError) as refused:
            repository.migrate()
        assert name in refused.value.message + refused.value.cause


@pytest.mark.parametrize(
    "kind",
    ["misnamed", pytest.param("a pipe", marks=pytest.mark.slow)],
)
def test_what_runs_no_script_works_beside_a_bad_file(project: Application, kind: str) -> None:
    name, put = BAD[kind]
    put(project.root / "migrations")
    repository = project.repository
    for read in (repository.log, repository.diff, repository.snapshot, repository.verify):
        read()
    repository.backups().take()
    project.cli("check", "--exit-code", code=1)
    assert name in project.process(["history"]).stderr


def test_two_scripts_of_one_time_are_refused_until_one_is_renamed(project: Application) -> None:
    same_time(project.root / "migrations")
    project.repository.repair()
    with pytest.raises(MigrationError, match="have the same time"):
        project.repository.migrate()
    [late] = (project.root / "migrations").glob("*_zzz.cypher")
    late.rename(late.with_name(LATER))
    project.repository.repair()
    assert len(project.repository.migrate()) == 1


@pytest.mark.parametrize(
    ("settings", "attributes"),
    [
        (["core.autocrlf=true"], ""),
        pytest.param([], "* text eol=crlf\n", marks=pytest.mark.slow),
        pytest.param(["core.eol=crlf"], "* text=auto\n", marks=pytest.mark.slow),
    ],
    ids=["autocrlf", "eol", "auto"],
)
def test_a_clone_with_other_line_endings_has_the_same_scripts(
    project: Application, settings: list[str], attributes: str
) -> None:
    """A project from before there was a .gitattributes in its folder."""
    (project.root / "migrations" / ".gitattributes").unlink()
    if attributes:
        (project.root / ".gitattributes").write_text(attributes)
    (project.root / ".gitignore").write_text("*.kuzu*\n")
    git(project.root, "init", "--quiet", "--initial-branch=main")
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "-m", "scripts")
    clone = project.root.parent / "clone"
    options = [word for one in settings for word in ("-c", one)]
    git(project.root.parent, *options, "clone", "--quiet", str(project.root), str(clone))
    assert b"\r\n" in script(clone).read_bytes()
    other = Repository.open(clone, database=project.database)
    assert other.check().faults == ()
    assert other.repair(dry_run=True) == ()
    assert other.migrate() == ()
    other.rollback(recorded=[script(clone).stem])
    assert len(other.migrate()) == 1
    assert project.repository.check().faults == ()
    assert other.repair() == ()


def test_a_new_project_keeps_git_from_changing_its_scripts(project: Application) -> None:
    path = project.root / "migrations" / LATER
    project.by_hand(path, "-- UP\nMATCH (u:User) SET u.name = 'a\r\nb';\n-- DOWN\n")
    (project.root / ".gitattributes").write_text("* text=auto eol=crlf\n")
    git(project.root, "init", "--quiet", "--initial-branch=main")
    git(project.root, "add", "migrations", ".gitattributes", "kuzuvcs.toml")
    git(project.root, "commit", "--quiet", "-m", "scripts")
    git(project.root.parent, "-c", "core.autocrlf=true", "clone", "--quiet", str(project.root), "clone")
    assert (project.root.parent / "clone" / "migrations" / LATER).read_bytes() == path.read_bytes()
    project.repository.migrate()
    assert project.run("MATCH (u:User) RETURN u.name") == [["a\r\nb"]]


def test_sums_that_an_earlier_release_took_over_crlf_stay_valid(project: Application) -> None:
    import hashlib

    path = project.root / "migrations" / LATER
    data = SECTIONS.replace("\n", "\r\n").encode()
    path.write_bytes(data)
    project.cli("repair")
    total = project.root / "migrations" / "kuzuvcs.sum"
    lf, crlf = (hashlib.sha256(one).hexdigest() for one in (with_lf(data), data))
    lines = total.read_text().replace(lf, crlf).splitlines()
    assert any(crlf in line for line in lines)
    below = "".join(f"{line}\n" for line in lines[1:])
    total.write_text(f"# folder {hashlib.sha256(below.encode()).hexdigest()}\n{below}")
    assert project.repository.check().faults == ()
    path.write_bytes(with_lf(data))
    assert project.repository.check().faults == ()
    path.write_bytes(data + b"// more\r\n")
    assert [one.kind for one in project.repository.check().faults] == ["altered"]
