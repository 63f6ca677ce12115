"""The main job through the command line, as a new user would do it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import duckdb

from tests.e2e.conftest import Application, run_cypher

START = (
    "CREATE SEQUENCE numbers START 5",
    "CREATE NODE TABLE User(name STRING PRIMARY KEY, age INT32 DEFAULT -2, price DECIMAL(9, 2))",
    "CREATE NODE TABLE City(id SERIAL PRIMARY KEY, title STRING)",
    "CREATE REL TABLE Lives(FROM User TO City, since DATE, stay INTERVAL)",
    "UNWIND range(1, 300) AS i CREATE (:User {name: 'u' + CAST(i AS STRING), price: -0.01})",
    "UNWIND range(1, 10) AS i CREATE (:City {title: 'c' + CAST(i AS STRING)})",
    "MATCH (u:User), (c:City) WHERE c.id = offset(id(u)) % 10 "
    "CREATE (u)-[:Lives {since: date('2020-01-01'), stay: to_months(-5)}]->(c)",
    "RETURN nextval('numbers')",
)


def evolve(application: Application) -> None:
    application.run(
        "ALTER TABLE User ADD email STRING DEFAULT 'none'",
        "ALTER TABLE City RENAME title TO name",
        "COMMENT ON TABLE User IS 'it\\'s people'",
        "CREATE (:User {name: 'new'})",
    )


def test_version_diff_generate_checkout_verify_export(application: Application) -> None:
    application.run(*START)
    first = application.json("snapshot", "-m", "first")
    assert (first["version"], first["changed"]) == ("v1", True)
    assert {table["name"]: table["rows"] for table in first["tables"]} == {
        "User": 300,
        "City": 10,
        "Lives": 300,
    }
    assert application.json("status")["clean"] is True

    evolve(application)
    status = application.json("status")
    assert status["clean"] is False
    assert [change["kind"] for change in status["changes"]] == [
        "rename_column",
        "change_comment",
        "add_column",
    ]
    assert application.json("snapshot", "-m", "add email")["version"] == "v2"
    assert [version["version"] for version in application.json("log")["versions"]] == ["v2", "v1"]
    assert "email" in application.cli("show", "v2")

    diff = application.json("diff", "v1", "v2")
    assert (diff["from"], diff["to"]) == ("v1", "v2")
    assert {"table": "User", "from": 300, "to": 301}.items() <= {
        key: value for row in diff["rows"] if row["table"] == "User" for key, value in row.items()
    }.items()
    application.cli("diff", "v1", "v2", "--exit-code", code=1)
    application.cli("diff", "v2", "v2", "--exit-code", code=0)

    script = application.json("generate", "v1", "v2", "-m", "Add user email")
    assert script["proof"] == {"up": True, "down": True, "data": True}
    assert Path(application.root / script["path"]).name.endswith("_add_user_email.cypher")
    assert application.json("generate")["path"] is None

    application.json("checkout", "v1", "--to", "old.kuzu")
    beside = application.root / "old.kuzu"
    assert run_cypher(beside, "MATCH (u:User) RETURN count(*)") == [[300]]
    assert run_cypher(beside, "RETURN nextval('numbers')") == [[6]]
    assert run_cypher(beside, "CREATE (c:City {title: 'next'}) RETURN c.id") == [[10]]

    application.json("checkout", "v1")
    assert application.run("MATCH (u:User) RETURN count(*)") == [[300]]
    assert application.json("status", "--data")["version"] == "v1"
    assert application.json("verify", "v1", "--database")["ok"] is True
    assert application.json("verify")["version"] == "v2"

    application.json("checkout", "v2")
    again = application.json("snapshot")
    assert (again["version"], again["changed"]) == ("v2", False)

    application.json("export", "v1", "plain")
    imported = application.root / "imported.kuzu"
    run_cypher(imported, f"IMPORT DATABASE '{application.root / 'plain'}'")
    assert run_cypher(imported, "MATCH (:User)-[r:Lives]->(:City) RETURN count(*), min(r.since)")[0][0] == 300


def test_up_and_down_run_statement_by_statement_without_kuzuvcs(application: Application) -> None:
    application.run(*START)
    application.cli("snapshot")
    evolve(application)
    application.cli("snapshot")
    script = application.json("generate", "v1", "v2")
    application.cli("checkout", "v1")
    application.run(*script["up"])
    assert application.json("diff", "v2", "@live", "--no-renames")["changes"] == []
    application.run(*script["down"])
    status = application.json("status", "--data")
    assert status["version"] == "v1"


def test_the_live_place_is_kept_from_work_that_is_in_no_version(application: Application) -> None:
    application.run(*START)
    application.cli("snapshot")
    application.run("CREATE (:User {name: 'unsaved'})")
    refused = application.process(["checkout", "v1"])
    assert refused.returncode == 1
    assert "no version" in refused.stderr
    assert "--discard" in refused.stderr
    assert application.run("MATCH (u:User) RETURN count(*)") == [[301]]
    application.cli("checkout", "v1", "--discard")
    assert application.run("MATCH (u:User) RETURN count(*)") == [[300]]


def test_a_file_comes_back_by_stock_git_alone(application: Application) -> None:
    application.run(*START)
    application.cli("snapshot")
    archive = subprocess.run(
        ["git", "-C", "snapshots", "archive", "v1:data/User.parquet"],
        cwd=application.root,
        capture_output=True,
        check=True,
    )
    parquet = subprocess.run(["tar", "-xO"], input=archive.stdout, capture_output=True, check=True).stdout
    file = application.root / "User.parquet"
    file.write_bytes(parquet)
    rows = duckdb.execute("SELECT count(*), min(price)::VARCHAR FROM read_parquet(?)", [str(file)]).fetchall()
    assert rows == [(300, "-0.01")]


def test_init_takes_over_a_store_that_was_cloned(application: Application, tmp_path: Path) -> None:
    application.run(*START)
    application.cli("snapshot", "-m", "first")
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", str(application.root / "snapshots"), str(other / "snapshots")],
        check=True,
        capture_output=True,
    )
    application.cli("-C", str(other), "init", "--database", "mine.kuzu")
    application.cli("-C", str(other), "checkout", "v1")
    assert run_cypher(other / "mine.kuzu", "MATCH (u:User) RETURN count(*)") == [[300]]


def test_init_leaves_nothing_where_the_stores_place_is_taken(
    tmp_path: Path, application: Application
) -> None:
    other = tmp_path / "other"
    (other / "snapshots").mkdir(parents=True)
    (other / "snapshots" / "mine.txt").write_text("not a store")
    application.cli("-C", str(other), "init", code=1)
    assert [path.name for path in other.iterdir()] == ["snapshots"]
