"""What stands in a store may be damaged, or a stranger's: it is refused, named, and never executed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kuzuvcs.core.positions import positions_from_json, positions_to_json
from kuzuvcs.core.schema_json import schema_digest, schema_from_json
from kuzuvcs.errors import KuzuvcsError, SchemaError
from kuzuvcs.repository import Repository
from tests.tasks.building import content, fingerprint, git, run

WHAT = ("NAME", "EMAIL")
Edit = Callable[[Any], None]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one version, to be copied."""
    repository = Repository.init(tmp_path_factory.mktemp("stored") / "project", "app.kuzu")
    run(
        repository.project.database,
        "CREATE SEQUENCE numbers",
        "CREATE MACRO plus_one(x) AS x + 1",
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, n INT64 DEFAULT nextval('numbers'))",
        "CREATE NODE TABLE City(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE Lives(FROM User TO City)",
        "UNWIND range(1, 500) AS i CREATE (:User {id: i, n: i})",
        "CREATE (:City {id: 1})",
        "MATCH (u:User), (c:City) CREATE (u)-[:Lives]->(c)",
    )
    repository.snapshot()
    return repository.project.root


@pytest.fixture
def project(prepared: Path, tmp_path: Path) -> Repository:
    return Repository.open(shutil.copytree(prepared, tmp_path / "project"))


def commit_with(store: Path, files: dict[str, bytes]) -> None:
    """v2: v1 with some files replaced, by stock git alone."""

    def git_in(*words: str, stdin: bytes = b"", index: Path = store / "test-index") -> str:
        done = subprocess.run(
            ["git", "-C", str(store), *words],
            input=stdin,
            capture_output=True,
            check=True,
            env={
                "GIT_INDEX_FILE": str(index),
                "PATH": "/usr/bin:/bin",
                **{f"GIT_{who}_{what}": "tester" for who in ("AUTHOR", "COMMITTER") for what in WHAT},
            },
        )
        return done.stdout.decode().strip()

    git_in("read-tree", "v1")
    for path, data in files.items():
        blob = git_in("hash-object", "-w", "--stdin", stdin=data)
        git_in("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    commit = git_in("commit-tree", git_in("write-tree"), "-p", "v1", "-m", "by hand")
    git_in("update-ref", git_in("symbolic-ref", "HEAD"), commit)
    git_in("update-ref", "refs/tags/v2", commit)
    (store / "test-index").unlink()


def edited(store: Path, path: str, edit: Edit) -> bytes:
    document = json.loads(git(store, "show", f"v1:{path}"))
    edit(document)
    return json.dumps(document, indent=2).encode()


def refused(project: Repository) -> str:
    """Every command that reads v2 refuses it with the same clear error; nothing is left or changed."""
    before = fingerprint(project.project.database)
    texts = []
    calls: list[Callable[[], object]] = [
        lambda: project.show("v2"),
        lambda: project.checkout("v2", discard=True),
        lambda: project.checkout("v2", to=project.project.root / "beside.kuzu"),
        lambda: project.export("v2", project.project.root / "plain"),
        lambda: project.verify("v2"),
    ]
    for call in calls:
        with pytest.raises(KuzuvcsError) as error:
            call()
        texts.append(str(error.value))
    assert len(set(texts)) == 1
    assert fingerprint(project.project.database) == before
    assert not (project.project.root / "beside.kuzu").exists()
    assert not (project.project.root / "plain").exists()
    return texts[0]


def part_of(store: Path, table: str) -> str:
    """The path of the first column chunk of a table's file in v1."""
    paths = git(store, "ls-tree", "-r", "--name-only", "v1", f"data/{table}.parquet/1/").splitlines()
    return paths[0]


def test_a_part_with_another_byte_names_table_and_version(project: Repository) -> None:
    store = project.project.store
    path = part_of(store, "User")
    part = bytearray(
        subprocess.run(["git", "-C", store, "show", f"v1:{path}"], capture_output=True, check=True).stdout
    )
    part[len(part) // 2] ^= 1
    commit_with(store, {path: bytes(part)})
    found = project.verify("v2")
    assert not found.ok
    assert {table.name for table in found.tables if not table.ok} == {"User"}
    with pytest.raises(KuzuvcsError, match="User"):
        project.checkout("v2", to=project.project.root / "beside.kuzu")
    assert not (project.project.root / "beside.kuzu").exists()
    assert project.verify("v1").ok


@pytest.mark.parametrize("part", [b"", b"PAR1", b"x" * 100])
def test_a_truncated_or_foreign_part(project: Repository, part: bytes) -> None:
    commit_with(project.project.store, {part_of(project.project.store, "City"): part})
    found = project.verify("v2", database=True)
    assert {table.name for table in found.tables if not table.ok} == {"City"}
    for call in (
        lambda: project.checkout("v2", discard=True),
        lambda: project.export("v2", project.project.root / "plain"),
    ):
        with pytest.raises(KuzuvcsError, match="City"):
            call()
    assert not (project.project.root / "plain").exists()


def test_another_tables_whole_file_in_a_tables_place(project: Repository, tmp_path: Path) -> None:
    """Every part is sound Parquet, only not this table's: found by the digests."""
    store = project.project.store
    foreign = tmp_path / "foreign.parquet"
    pq.write_table(pa.table({"id": pa.array([999], pa.int64())}), foreign, compression="zstd")
    data = foreign.read_bytes()
    path = "data/City.parquet"
    commit_with(store, {f"{path}/0-head": data})
    assert {table.name for table in project.verify("v2").tables if not table.ok} == {"City"}


def test_an_object_of_the_store_with_another_byte(project: Repository, tmp_path: Path) -> None:
    """Where git itself cannot read an object, the table or document that it belongs to is named."""
    store = project.project.store
    blob = git(store, "rev-parse", f"v1:{part_of(store, 'User')}")
    pack = next((store / "objects" / "pack").glob("*.pack"))
    listed = git(store, "verify-pack", "-v", str(pack.with_suffix(".idx"))).splitlines()
    _, _, _, stored, offset = next(line.split() for line in listed if line.startswith(blob))
    data = bytearray(pack.read_bytes())
    data[int(offset) + int(stored) // 2] ^= 0xFF
    pack.chmod(0o644)
    pack.write_bytes(bytes(data))
    found = project.verify("v1")
    assert "User" in {table.name for table in found.tables if not table.ok}
    with pytest.raises(KuzuvcsError, match=r"(?s)v1.*User|User.*v1"):
        project.checkout("v1", to=tmp_path / "beside.kuzu")


def test_a_manifest_of_a_newer_format(project: Repository) -> None:
    store = project.project.store
    newer = edited(store, "manifest.json", lambda one: one.update(format=99))
    commit_with(store, {"manifest.json": newer})
    assert "99" in refused(project)


def forge(
    store: Path, *, schema: Edit | None = None, manifest: Edit | None = None, sequences: Edit | None = None
) -> None:
    """v2: v1 with other documents, and every digest as it has to be: a stranger can."""
    text = edited(store, "schema.json", schema or _as_it_is).decode()
    standing = edited(store, "sequences.json", sequences or _as_it_is).decode()
    documents = {"schema.json": text.encode(), "sequences.json": standing.encode()}
    sign = signed(store, manifest or _as_it_is, schema=text, sequences=standing)
    commit_with(store, {**documents, "manifest.json": edited(store, "manifest.json", sign)})


def _as_it_is(document: Any) -> None:
    """An edit that makes none."""


def signed(store: Path, edit: Edit, *, schema: str = "", sequences: str = "") -> Edit:
    """An edit of a manifest with the digests that it needs; the documents left out are v1's."""
    digest = schema_digest(schema_from_json(schema or git(store, "show", "v1:schema.json")))
    positions = positions_to_json(positions_from_json(sequences or git(store, "show", "v1:sequences.json")))

    def sign(document: Any) -> None:
        edit(document)
        document["schema_digest"] = digest
        lines = [hashlib.sha256(positions.encode()).hexdigest()]
        lines += [f"{one['digest']} {path}" for path, one in sorted(document["files"].items())]
        lines_text = f"kuzuvcs content 1\n{digest}\n" + "".join(f"{line}\n" for line in lines)
        document["content_digest"] = hashlib.sha256(lines_text.encode()).hexdigest()

    return sign


def test_a_forged_version_that_is_sound_is_taken(project: Repository) -> None:
    """The forging itself is right: only what is forged below makes the difference."""

    def rename(schema: Any) -> None:
        schema["macros"]["PLUS_TWO"] = {**schema["macros"].pop("PLUS_ONE"), "body": "x + 2"}

    forge(project.project.store, schema=rename)
    target = project.project.root / "beside.kuzu"
    project.checkout("v2", to=target)
    assert run(target, "RETURN plus_two(1)") == [[3]]


@pytest.mark.parametrize(
    "path",
    [
        "data/../../x",
        "../x",
        "/etc/passwd",
        "data/../schema.json",
        "data/User.parquet/../x",
        "data//x",
        "--exec=x",
        "data/City.parquet",
    ],
)
def test_a_manifest_whose_paths_lead_elsewhere(project: Repository, path: str) -> None:
    def move(manifest: Any) -> None:
        manifest["files"][path] = manifest["files"].pop("data/User.parquet")

    forge(project.project.store, manifest=move)
    assert refused(project).startswith("v2")


STATEMENT = "1); CREATE NODE TABLE Evil(id INT64 PRIMARY KEY); //"


def default(schema: Any, text: str) -> None:
    schema["node_tables"]["User"]["columns"]["n"]["default"] = {"expression": text}


def body(schema: Any, text: str) -> None:
    schema["macros"]["PLUS_ONE"]["body"] = text


def parameter(schema: Any, text: str) -> None:
    schema["macros"]["PLUS_ONE"]["parameters"][0]["default"] = text


@pytest.mark.parametrize("place", [default, body, parameter])
@pytest.mark.parametrize(
    "text",
    [STATEMENT, "1)", "'open", "1; RETURN 1", "1 /* open", "1 // x", "`open", "1, evil INT64", "1]) ([", ""],
)
def test_an_expression_that_would_end_its_statement(
    project: Repository, place: Callable[[Any, str], None], text: str
) -> None:
    """Refused when it is read, or at the latest when it is rendered: nothing of it is executed."""
    try:
        forge(project.project.store, schema=lambda schema: place(schema, text))
    except SchemaError:
        commit_with(
            project.project.store,
            {"schema.json": edited(project.project.store, "schema.json", lambda schema: place(schema, text))},
        )
    target = project.project.root / "beside.kuzu"
    for call in (
        lambda: project.checkout("v2", to=target),
        lambda: project.checkout("v2", discard=True),
        lambda: project.export("v2", project.project.root / "plain"),
    ):
        with pytest.raises(KuzuvcsError):
            call()
    assert not target.exists()
    assert not (project.project.root / "plain").exists()
    tables = run(project.project.database, "CALL show_tables() RETURN name")
    assert sorted(name for [name] in tables) == ["City", "Lives", "User"]


def test_the_scripts_in_the_tree_are_never_executed(project: Repository) -> None:
    evil = b"CREATE NODE TABLE Evil(id INT64 PRIMARY KEY);\n"
    commit_with(project.project.store, {"schema.cypher": evil, "copy.cypher": evil})
    target = project.project.root / "beside.kuzu"
    project.checkout("v2", to=target)
    assert content(target) == content(project.project.database)
    project.export("v2", project.project.root / "plain")
    for name in ("schema.cypher", "copy.cypher", "index.cypher"):
        assert "Evil" not in (project.project.root / "plain" / name).read_text()


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '{"format": 1}', "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")]
)
@pytest.mark.parametrize("path", ["manifest.json", "schema.json", "sequences.json"])
def test_a_document_that_is_none(project: Repository, path: str, text: str) -> None:
    commit_with(project.project.store, {path: text.encode("latin-1")})
    assert refused(project).startswith("v2")
