"""Thousands of versions: no command starts more programs, or reads more documents, because there are more."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kuzuvcs.columns.canonical import table_digest
from kuzuvcs.core.manifest import manifest_from_json, manifest_to_json
from kuzuvcs.core.positions import positions_from_json
from kuzuvcs.errors import KuzuvcsError, ManifestError, UnknownRevision, UsageError
from kuzuvcs.repository import Repository
from kuzuvcs.store import Store
from kuzuvcs.tasks.versions import content_digest, find_version
from tests.store.building import git
from tests.tasks.building import of, run
from tests.tasks.counting import counted

FEW, MANY = 3, 60


def project_of(root: Path, versions: int) -> Repository:
    """A database that is no version, and versions that differ by one row count; made by git alone."""
    repository = Repository.init(root, "app.kuzu")
    database = repository.project.database
    run(database, "CREATE NODE TABLE T(id INT64 PRIMARY KEY)", "CREATE (:T {id: 1})")
    repository.snapshot()
    add_versions(repository.project.store, versions)
    run(database, "CREATE NODE TABLE U(id INT64 PRIMARY KEY)")
    return repository


def add_versions(store: Path, last: int) -> None:
    """``v2`` to the last one, as a stranger's store may have them."""
    manifest = manifest_from_json(git(store, "show", "v1:manifest.json").decode())
    positions = positions_from_json(git(store, "show", "v1:sequences.json").decode())
    [file] = manifest.files
    stream = []
    for number in range(2, last + 1):
        digests = [(column.parquet_column, column.digest) for column in file.columns]
        digest = table_digest(file.kind, number, digests)
        files = (dataclasses.replace(file, rows=number, digest=digest),)
        total = content_digest(manifest.schema_digest, positions, files)
        text = manifest_to_json(dataclasses.replace(manifest, files=files, content_digest=total)).encode()
        stream.append(
            f"commit refs/heads/main\ncommitter a <a@b> {1_700_000_000 + number} +0000\ndata 0\n".encode()
            + (b"from refs/heads/main^0\n" if number == 2 else b"")
            + b"M 100644 inline manifest.json\ndata %d\n%s\n" % (len(text), text)
            + f"reset refs/tags/v{number}\nfrom refs/heads/main\n\n".encode()
        )
    subprocess.run(["git", "-C", str(store), "fast-import", "--quiet"], input=b"".join(stream), check=True)


def wrong_name(repository: Repository) -> None:
    with pytest.raises(UnknownRevision, match="no version 'v9999'"):
        repository.show("v9999")


def generated(repository: Repository) -> None:
    repository.generate("v1", "HEAD")


COMMANDS: dict[str, Callable[[Repository], object]] = {
    "log": lambda repository: repository.log(),
    "show": lambda repository: repository.show("HEAD~1"),
    "a wrong name": wrong_name,
    "status": lambda repository: repository.status(),
    "diff": lambda repository: repository.diff("v1", "v2"),
    "verify": lambda repository: repository.verify("v1"),
    "checkout": lambda repository: repository.checkout("v1", to=repository.project.root / "beside.kuzu"),
    "snapshot": lambda repository: repository.snapshot(),
    "generate": generated,
}


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Repository]:
    folder = tmp_path_factory.mktemp("versions")
    return {number: project_of(folder / str(number), number) for number in (FEW, MANY)}


def programs_of(command: str, repository: Repository) -> list[str]:
    with counted() as counts:
        COMMANDS[command](repository)
    return counts.programs


@pytest.mark.parametrize("command", COMMANDS)
def test_programs_do_not_grow_with_versions(projects: dict[int, Repository], command: str) -> None:
    few, many = (programs_of(command, projects[number]) for number in (FEW, MANY))
    assert len(many) == len(few)
    assert len(few) < 25


def test_log_starts_two_programs_with_packed_refs_too(tmp_path: Path) -> None:
    repository = project_of(tmp_path / "project", 5)
    for pack in (False, True):
        if pack:
            git(repository.project.store, "pack-refs", "--all")
        with counted() as counts:
            versions = repository.log()
        assert [(one.version, one.rows) for one in versions] == [(f"v{n}", n) for n in (5, 4, 3, 2, 1)]
        words = [program.split() for program in counts.programs]
        assert [("for-each-ref" in one, "cat-file" in one) for one in words if "config" not in one] == [
            (True, False),
            (False, True),
        ]


def test_log_of_the_newest_reads_no_other(tmp_path: Path) -> None:
    repository = project_of(tmp_path / "project", 4)
    break_manifest(repository.project.store, "v2")
    assert [one.version for one in repository.log(2)] == ["v4", "v3"]
    with pytest.raises(ManifestError, match="v2"):
        repository.log()
    with pytest.raises(UsageError):
        repository.log(0)


def break_manifest(store: Path, name: str) -> None:
    """Have a version's tag lead to a commit whose manifest is cut short."""
    stream = f"commit refs/heads/other\ncommitter a <a@b> 1 +0000\ndata 0\nfrom refs/tags/{name}^0\n"
    stream += (
        "M 100644 inline manifest.json\ndata 1\n{\n" + f"reset refs/tags/{name}\nfrom refs/heads/other\n\n"
    )
    subprocess.run(
        ["git", "-C", str(store), "fast-import", "--quiet", "--force"], input=stream.encode(), check=True
    )


def test_finding_a_version_stops_there(tmp_path: Path) -> None:
    """The older ones may be damaged: nobody asked for them."""
    repository = project_of(tmp_path / "project", 6)
    store = Store.open(repository.project.store)
    break_manifest(repository.project.store, "v2")
    found = find_version(store, lambda outline: outline.rows == {"T": 4})
    assert found is not None
    assert found.name == "v4"
    with pytest.raises(ManifestError, match="v2"):
        find_version(store, lambda outline: outline.rows == {"T": 1})


def test_status_finds_the_version_that_the_database_is(tmp_path: Path) -> None:
    repository = project_of(tmp_path / "project", 5)
    database = tmp_path / "v3.kuzu"
    run(database, "CREATE NODE TABLE T(id INT64 PRIMARY KEY)", "UNWIND [1, 2, 3] AS i CREATE (:T {id: i})")
    status = of(repository, database).status()
    assert (status.head, status.version, status.clean) == ("v5", "v3", False)
    with pytest.raises(KuzuvcsError, match="in no version"):
        of(repository, database).checkout("v1")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_thousand_versions(tmp_path: Path) -> None:
    repository = project_of(tmp_path / "project", 3_000)
    with counted() as counts:
        assert len(repository.log()) == 3_000
        assert repository.status().version is None
    assert len(counts.programs) < 25
