"""``kuzuvcs lint`` on scripts written by hand and on generated ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kuzuvcs.core.planning.hazard_codes import HAZARD_KINDS
from tests.e2e.conftest import Application

SCRIPTS = {
    "KV101": "MATCH (u:User)\nDETACH DELETE u",
    "KV102": "ALTER TABLE Knows DROP FROM User TO User",
    "KV103": "ALTER TABLE User DROP email",
    "KV201": "MATCH (u:User) SET u.age = CAST(u.years AS INT8)",
    "KV202": "ALTER TABLE User ADD seen BOOL DEFAULT false",
    "KV203": "DROP SEQUENCE numbers",
    "KV301": "CREATE NODE TABLE City(name STRING PRIMARY KEY);"
    " COPY City FROM (MATCH (u:User) RETURN DISTINCT u.city)",
    "KV401": "COPY City FROM (MATCH (u:User) RETURN DISTINCT u.city)",
    "KV402": "ALTER TABLE User ADD seen BOOL; COPY User FROM (UNWIND [[1, 2]] AS x RETURN x[1], x[2])",
    "KV501": "CREATE TYPE money AS DECIMAL(18, 2)",
    "KV601": "CALL CREATE_FTS_INDEX('User', 'words', ['name'])",
    "KV602": "ALTER TABLE User ADD adult BOOL DEFAULT 1 > 2",
    "KV603": "COPY User FROM 'users.csv'",
    "KV604": "ALTER TABLE User DROP age; MATCH (u:User) SET u.name = 'x'",
    "KV605": "BEGIN TRANSACTION",
    "KV606": "CALL some_new_function() RETURN *",
    "KV607": "MATCH (u:User) SET u.country = $country",
    "KV701": "// kuzuvcs:allow KV000\nRETURN 1",
    "KV702": "// RETURN 1\n",
    "KV703": f"// proof: up\n// proof-digest: {'0' * 64}\n-- UP\nRETURN 1",
}


def write(application: Application, up: str, name: str = "20270101_000000_a") -> Path:
    path = application.root / "migrations" / f"{name}.cypher"
    mark = "" if "-- UP\n" in up else "-- UP\n"
    path.write_text(f"{mark}{up};\n-- DOWN\nRETURN 1;\n", encoding="utf-8")
    return path


def test_there_is_a_script_for_every_code() -> None:
    assert [*SCRIPTS] == [kind.code for kind in HAZARD_KINDS]


@pytest.mark.parametrize("code", SCRIPTS)
def test_every_code_is_found_by_the_command(application: Application, code: str) -> None:
    path = write(application, SCRIPTS[code])
    (kind,) = [kind for kind in HAZARD_KINDS if kind.code == code]
    report = application.process(["lint", "--json"])
    document = json.loads(report.stdout)
    (found,) = [one for one in document["findings"] if one["code"] == code]
    section = None if code in ("KV702", "KV703") else "up"
    assert (found["script"], found["section"], found["name"]) == (str(path), section, kind.name)
    assert (found["severity"], found["allowed"]) == (kind.severity, False)
    errors = [one for one in document["findings"] if one["severity"] == "error"]
    assert (report.returncode, document["ok"]) == ((1, False) if errors else (0, True))


def test_the_report_names_file_and_line(application: Application) -> None:
    path = write(application, "// why\n\nMATCH (u:User)\nDETACH DELETE u;\nCHECKPOINT")
    assert application.cli("lint", code=1) == (
        "migrations/20270101_000000_a.cypher:4: KV101 error: deletes rows of User\n"
        "    MATCH (u:User)\n"
        "migrations/20270101_000000_a.cypher:4: KV102 error: deletes the edges at deleted rows of User\n"
        "    MATCH (u:User)\n"
        "migrations/20270101_000000_a.cypher:6: KV601 warning: CHECKPOINT is refused inside a transaction\n"
        "    CHECKPOINT\n"
        "\n"
        "1 script: 2 errors, 1 warning\n"
    )
    write(application, "// kuzuvcs:allow KV101 KV102\nMATCH (u:User) DETACH DELETE u")
    assert application.cli("lint") == "1 script: 2 allowed\n"
    assert application.cli("lint", str(path)) == "1 script: 2 allowed\n"


def test_a_mark_that_begins_no_section_is_named_with_its_line(application: Application) -> None:
    path = application.root / "migrations" / "20270101_000000_a.cypher"
    path.write_text("-- UP\nCREATE NODE TABLE A(id INT64 PRIMARY KEY)\n-- DOWN\nDROP TABLE A;\n")
    error = application.json("lint", code=1)["error"]
    assert error["cause"] == "line 3: the statement that begins on line 2 has no ';' before '-- DOWN'"
    refused = application.process(["migrate", "--json"])
    assert (refused.returncode, json.loads(refused.stdout)["error"]["cause"]) == (1, error["cause"])
    path.write_text("-- UP\nRETURN 1;\n/*\n-- DOWN\n*/\nDROP TABLE A;\n")
    found = application.json("lint", code=1)["findings"]
    assert [(one["code"], one["line"]) for one in found if one["section"] is None] == [
        ("KV501", 1),
        ("KV702", 4),
    ]
    path.write_text("// kuzuvcs:allow KV702\n-- UP\n-- DOWN\nDROP TABLE A;\n")
    [empty, _] = application.json("lint", code=1)["findings"]
    assert (empty["code"], empty["allowed"]) == ("KV702", True)
    assert empty["text"] == "UP has no statements, and DOWN has some"


def test_quiet_prints_what_makes_it_fail_a_line_each(application: Application) -> None:
    write(application, "MATCH (u:User)\nDETACH DELETE u;\nCHECKPOINT")
    assert application.cli("lint", "-q", code=1) == (
        "migrations/20270101_000000_a.cypher:2: KV101 error: deletes rows of User\n"
        "migrations/20270101_000000_a.cypher:2: KV102 error: deletes the edges at deleted rows of User\n"
    )
    assert application.cli("check", "-q", "--exit-code", code=1) == (
        "migrations/kuzuvcs.sum: no_sum: the migrations folder has no kuzuvcs.sum\n"
    )
    write(application, "RETURN 1")
    assert application.cli("lint", "-q") == ""
    application.repository.repair()
    assert application.cli("check", "-q", "--exit-code") == ""


def test_quiet_differences_and_a_damaged_version_are_told(application: Application) -> None:
    application.run("CREATE NODE TABLE User(id INT64 PRIMARY KEY)", "CREATE (:User {id: 1})")
    application.repository.snapshot()
    assert application.cli("diff", "-q", "--exit-code") == ""
    application.run("ALTER TABLE User ADD age INT64", "CREATE (:User {id: 2})")
    told = application.cli("diff", "-q", "--exit-code", code=1)
    assert told == "add column age of table User\nUser: 1 → 2 rows\n"
    assert application.cli("diff", "-q") == ""
    assert application.cli("verify", "-q") == ""
    application.repository.snapshot()
    told = application.cli("verify", "v1", "-q", "--database", code=3)
    assert told.startswith("User: ")
    assert "\n\n" not in told


def test_scripts_are_named_or_those_of_the_folder(application: Application) -> None:
    assert application.json("lint") == {"ok": True, "scripts": [], "findings": []}
    write(application, "DROP TABLE A")
    write(application, "RETURN 1", "20270102_000000_b")
    (application.root / "draft.cypher").write_text("-- UP\nDROP TABLE B;\n")
    assert application.cli("lint", "migrations/20270102_000000_b.cypher") == "1 script: nothing found\n"
    found = application.json("lint", "draft.cypher", code=1)["findings"]
    assert {one["script"] for one in found} == {str(application.root / "draft.cypher")}
    assert [(one["code"], one["line"], one["section"], one["statement"]) for one in found] == [
        ("KV501", 1, None, ""),
        ("KV101", 2, "up", "DROP TABLE B"),
    ]
    assert application.cli("lint", code=1).endswith("2 scripts: 1 error\n")


def test_what_is_no_script_is_an_error(application: Application) -> None:
    (application.root / "draft.cypher").write_text("DROP TABLE B;\n")
    error = application.json("lint", "draft.cypher", code=1)["error"]
    assert (error["kind"], error["cause"]) == (
        "migration_error",
        "line 1: a statement comes before the line '-- UP'",
    )
    assert application.json("lint", "none.cypher", code=1)["error"]["kind"] == "migration_error"


def test_a_generated_script_fails_for_what_it_loses_and_nothing_else(application: Application) -> None:
    application.run(
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, age INT32, email STRING, n SERIAL)",
        "CREATE REL TABLE Knows(FROM User TO User)",
        "CREATE (:User {id: 1, age: 7, email: 'a'})-[:Knows]->(:User {id: 2, age: 8})",
        "CALL CREATE_FTS_INDEX('User', 'words', ['email'])",
    )
    application.repository.snapshot()
    application.run(
        "CREATE NODE TABLE New(id INT64 PRIMARY KEY, age INT64, email STRING, n SERIAL)",
        "COPY New(id, age, email, n) FROM (MATCH (u:User) RETURN u.id, CAST(u.age AS INT64), u.email, u.n)",
        "CALL DROP_FTS_INDEX('User', 'words')",
        "DROP TABLE Knows",
        "DROP TABLE User",
        "ALTER TABLE New RENAME TO User",
        "CREATE REL TABLE Knows(FROM User TO User)",
        "MATCH (a:User {id: 1}), (b:User {id: 2}) CREATE (a)-[:Knows]->(b)",
        "CALL CREATE_FTS_INDEX('User', 'words', ['email'])",
    )
    application.repository.snapshot()
    assert application.repository.generate("v1", "v2", no_renames=True).path is not None
    wider = application.repository.lint()
    assert [one.code for one in wider.findings if one.section == "up" and one.severity == "error"]
    assert [
        one for one in wider.findings if one.section == "up" and one.severity == "error" and not one.allowed
    ] == []

    application.run("CALL DROP_FTS_INDEX('User', 'words')", "ALTER TABLE User DROP email", "CHECKPOINT")
    application.repository.snapshot()
    script = application.repository.generate("v2", "v3", no_renames=True)
    assert script.path is not None
    text = script.path.read_text()
    assert "// hazards: KV103 drops 1 value of User.email\n" in text
    assert "// down-hazards: KV" in text
    assert "\n// hazard: KV103 drops 1 value of User.email\nALTER TABLE `User` DROP `email`;\n" in text
    assert "\n// hazard: KV601 outside of any transaction\nCHECKPOINT;\n" in text
    last = application.repository.lint([script.path])
    found = [one.code for one in last.findings if one.severity == "error" and not one.allowed]
    assert found == ["KV103"]
    hazards = application.json("diff", "v2", "v3", "--no-renames")["hazards"]
    assert hazards[0] == {
        "code": "KV103", "name": "drops_values", "text": "drops 1 value of User.email", "count": 1
    }  # fmt: skip
    assert hazards[-1]["code"] == "KV601"
    assert "! KV103 drops 1 value of User.email\n" in application.cli("diff", "v2", "v3", "--no-renames")
    live = application.json("diff", "v2", "@live", "--no-renames")["hazards"]
    assert live == hazards


def test_a_diff_that_no_script_can_make_has_the_hazards_of_its_changes(application: Application) -> None:
    application.run(
        "CREATE SEQUENCE s",
        "CREATE NODE TABLE A(id INT64 PRIMARY KEY, n INT64 DEFAULT nextval('s'), b INT64)",
        "CREATE (:A {id: 1, b: 2})",
    )
    application.repository.snapshot()
    application.database.unlink()
    table = "CREATE NODE TABLE A(id INT64 PRIMARY KEY, n INT64 DEFAULT nextval('s'))"
    application.run("CREATE SEQUENCE s START 9", table)
    found = application.repository.diff("v1", "@live", no_renames=True)
    assert {change.kind for change in found.changes} == {"change_sequence", "drop_column"}
    assert {hazard.code for hazard in found.hazards} == {"KV103", "KV203"}
