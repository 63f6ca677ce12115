"""The way from one engine to the other, as a user goes it on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine, parse_engine
from kuzuvcs.engines.client import read_header
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.tasks.building import content, fingerprint, run
from tests.tasks.zoo import DATA, INDEXES, SCHEMA

LADYBUG = Engine(name="ladybug")
NAMES = {"doc_text", "doc_vector", "person_text"}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kuzu database with everything in it; only read."""
    database = tmp_path_factory.mktemp("zoo") / "old.kuzu"
    run(database, *SCHEMA, *DATA, *INDEXES)
    return database


@pytest.fixture
def cli(tmp_path: Path) -> Application:
    """A folder without a project."""
    return Application(root=tmp_path, database=tmp_path / "app.kuzu", repository=None)  # type: ignore[arg-type]


def test_a_database_says_what_it_is(cli: Application, zoo: Path) -> None:
    told = cli.json("engine", "--database", str(zoo))
    assert (told["engine"], told["storage_version"], told["opened_with"]) == ("kuzu", 39, "kuzu==0.11.3")
    assert "kuzu==0.11.3" in told["releases"]
    assert "storage version   39" in cli.cli("engine", "--database", str(zoo))


def test_upgrade_without_a_project(cli: Application, zoo: Path) -> None:
    before = fingerprint(zoo)
    done = cli.json("upgrade", str(zoo), "new.lbug", "--engine", "ladybug")
    new = cli.root / "new.lbug"
    assert fingerprint(zoo) == before
    assert read_header(new).engine == "ladybug"
    assert (done["from"], done["to"].split("==")[0]) == ("kuzu==0.11.3", "ladybug")
    assert {one["name"]: one["rows"] for one in done["tables"]}["Person"] == 17
    assert {(one["kind"], one["name"]) for one in done["left_out"]} == {("index", name) for name in NAMES}
    assert {path.name for path in cli.root.iterdir()} == {"new.lbug", "new.lbug.indexes.cypher"}
    written = (cli.root / "new.lbug.indexes.cypher").read_text(encoding="utf-8")
    assert written.startswith("INSTALL fts;\nLOAD fts;\n")
    assert all(f"'{name}'" in written for name in NAMES)

    cli.cli("upgrade", "new.lbug", "back.kuzu", "--engine", "kuzu")
    plain = cli.root / "plain.kuzu"
    run(plain, *SCHEMA, *DATA)
    assert content(cli.root / "back.kuzu") == content(plain)


def test_nothing_is_left_out_with_strict(cli: Application, zoo: Path) -> None:
    failed = cli.process(["upgrade", str(zoo), "new.lbug", "--engine", "ladybug", "--strict"])
    assert failed.returncode == 1
    assert "cannot hold this schema" in failed.stderr
    assert "doc_vector" in failed.stderr
    assert list(cli.root.iterdir()) == []


def test_a_schema_that_the_engine_cannot_hold_is_refused_before_anything_is_built(cli: Application) -> None:
    """Ladybug takes what stands before the dot for another graph's name."""
    run(cli.database, "CREATE NODE TABLE `a.b`(id INT64 PRIMARY KEY)", "CREATE (:`a.b` {id: 1})")
    failed = cli.process(["upgrade", "app.kuzu", "new.lbug", "--engine", "ladybug"])
    assert failed.returncode == 1
    assert "table a.b: Runtime exception: No database named a." in failed.stderr
    assert {path.name for path in cli.root.iterdir()} == {"app.kuzu"}


def test_a_place_that_is_taken_and_paths_that_are_missing(cli: Application, zoo: Path) -> None:
    (cli.root / "new.lbug").write_bytes(b"mine")
    failed = cli.process(["upgrade", str(zoo), "new.lbug", "--engine", "ladybug"])
    assert (failed.returncode, (cli.root / "new.lbug").read_bytes()) == (1, b"mine")
    assert "exists already" in failed.stderr
    assert cli.process(["upgrade", str(zoo), "--engine", "ladybug"]).returncode == 2
    assert cli.process(["upgrade", str(zoo), "x", "--engine", "neo4j"]).returncode == 2
    assert cli.process(["upgrade", "missing.kuzu", "x", "--engine", "ladybug"]).returncode == 1


def test_check_lists_what_the_engine_refuses(cli: Application, zoo: Path) -> None:
    queries = cli.root / "queries"
    queries.mkdir()
    (queries / "search.cypher").write_text(
        "// comment; with a semicolon\n"
        "MATCH (p:Person) WHERE p.name = 'a;b' RETURN p.id;\n\n"
        "CALL QUERY_FTS_INDEX('Doc', 'doc_text', 'fox') RETURN node.id;\n"
        "MATCH (p:Person) RETURN p.nickname;\n"
        "CREATE NODE TABLE Later(id INT64 PRIMARY KEY);\n"
        "MATCH (l:Later) WHERE l.id = $id RETURN l.id;\n"
        "EXPORT DATABASE 'plain';\n",
        encoding="utf-8",
    )
    told = cli.json("upgrade", str(zoo), "--check", "queries", "--engine", "ladybug", code=1)
    assert (told["ok"], told["statements"]) == (False, 6)
    refused = {one["line"]: (one["reason"], one["before_too"]) for one in told["refused"]}
    assert set(refused) == {4, 5}
    assert "QUERY_FTS_INDEX" in refused[4][0]
    assert (refused[4][1], refused[5][1]) == (False, True)
    assert not (cli.root / "plain").exists()
    assert cli.json("upgrade", str(zoo), "--check", "queries", "--engine", "kuzu")["ok"]


def test_a_project_goes_over(application: Application) -> None:
    application.run(
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
        "CREATE REL TABLE Knows(FROM User TO User)",
        "CREATE (:User {id: 1, name: 'Ann'})-[:Knows]->(:User {id: 2})",
    )
    application.cli("snapshot")
    script = application.root / "migrations" / "20260101_000000_age.cypher"
    script.write_text(
        "// id: 20260101_000000_age\n-- UP\nALTER TABLE User ADD age INT64 DEFAULT 7;\n"
        "-- DOWN\nALTER TABLE User DROP age;\n",
        encoding="utf-8",
    )
    application.cli("migrate")
    application.cli("snapshot")
    before = application.json("history")

    done = application.json("engine", "set", "ladybug")
    assert (done["engine"], done["refused"]) == ("ladybug", [])
    assert read_header(application.database).engine == "ladybug"
    assert 'engine = "ladybug"' in (application.root / "kuzuvcs.toml").read_text(encoding="utf-8")
    assert application.json("history") == before
    assert application.json("status", "--data")["version"] == "v2"

    # And works there: a snapshot, a generated script, both ways, a checkout.
    run(application.database, "ALTER TABLE User ADD city STRING", "MATCH (u:User) SET u.city = 'Rome'")
    assert application.json("snapshot")["version"] == "v3"
    application.cli("generate", "v2", "v3", "-m", "city")
    application.cli("checkout", "v2")
    assert read_header(application.database).engine == "ladybug"
    application.cli("migrate")
    columns = "CALL table_info('User') RETURN name"
    assert ["city"] in run(application.database, columns)
    application.cli("rollback")
    assert ["city"] not in run(application.database, columns)
    assert run(application.database, "MATCH (u:User) RETURN u.id, u.age ORDER BY u.id") == [[1, 7], [2, 7]]
    assert application.json("engine", "set", "ladybug")["upgraded"] is None

    application.cli("engine", "set", "kuzu")
    assert read_header(application.database).engine == "kuzu"
    assert application.json("status", "--data")["version"] == "v2"


def test_checkout_with_another_engine(application: Application) -> None:
    application.run(*SCHEMA, *DATA, *INDEXES)
    application.cli("snapshot")
    done = application.json("checkout", "v1", "--engine", "ladybug", "--to", "new.lbug")
    assert (done["engine"], {one["name"] for one in done["left_out"]}) == ("ladybug", NAMES)
    assert done["indexes"].endswith("new.lbug.indexes.cypher")
    assert read_header(application.root / "new.lbug").engine == "ladybug"


def test_missing_indexes_are_made_later_or_said_why_not(cli: Application, zoo: Path) -> None:
    assert "no index of" in cli.process(["engine", "indexes", "app.kuzu"]).stderr
    run(cli.database, *SCHEMA, *DATA)
    file = cli.root / "app.kuzu.indexes.cypher"
    file.write_text("".join(f"{statement};\n" for statement in INDEXES), encoding="utf-8")
    assert cli.json("engine", "indexes", "app.kuzu")["statements"] == list(INDEXES)
    assert not file.exists()
    assert content(cli.database) == content(zoo)


def test_ids_and_an_identity_are_not_enough_for_a_rename(application: Application) -> None:
    """Without a row to compare it is asked, with ladybug too: a restored backup has the same identity."""
    for name in ("ladybug", "kuzu"):
        root = application.root / name
        root.mkdir()
        run(
            root / "app.db",
            "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
            engine=parse_engine(name),
        )
        here = Application(root=root, database=root / "app.db", repository=Repository.init(root, "app.db"))
        here.cli("snapshot")
        run(here.database, "ALTER TABLE User RENAME TO Account")
        error = here.json("diff", code=2)["error"]
        assert error["kind"] == "open_question", name
        changes = here.json("diff", "--rename", "User:Account")["changes"]
        assert [change["kind"] for change in changes] == ["rename_table"]
