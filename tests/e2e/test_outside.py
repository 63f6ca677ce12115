"""Statements that reach outside of the database run only if their script and the operator both say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kuzuvcs import KuzuMigration, Repository
from kuzuvcs.core.scripts.conditions import query_fault
from kuzuvcs.errors import MigrationError, MigrationFailed, OpenQuestion, UsageError
from tests.e2e.conftest import Application, run_cypher

OUT = "COPY (RETURN 1) TO '{out}'"
ALLOW = "// kuzuvcs:allow KV603\n"

STATEMENTS = {
    "COPY TO": OUT,
    "a byte order mark": "\ufeff" + OUT,
    "a Mongolian vowel separator": "\u180eCOPY\u180e(RETURN 1) TO '{out}'",
    "PROFILE": "PROFILE " + OUT,
    "EXPLAIN LOGICAL": "EXPLAIN LOGICAL EXPORT DATABASE '{out}'",
    "EXPORT DATABASE": "EXPORT DATABASE '{out}' (format='csv')",
    "case and comments": "cOpY/**/(RETURN 1) // x\nTO '{out}'",
    "IMPORT DATABASE": "IMPORT DATABASE '{out}'",
    "LOAD EXTENSION": "LOAD EXTENSION '{out}.so'",
    "INSTALL": "FORCE INSTALL fts FROM 'http://127.0.0.1:1/'",
    "ATTACH": "ATTACH '{out}' AS o (dbtype kuzu)",
    "USE": "USE o",
    "LOAD FROM": "LOAD FROM '{passwd}' (header=false) RETURN *",
    "after a number": "MATCH (u:User) WHERE u.id = 1LOAD FROM '{passwd}' RETURN *",
    "COPY FROM": "COPY User FROM '{passwd}'",
    "a captured file that is none": "COPY User FROM (LOAD FROM '${{before}}/passwd.csv' RETURN *)",
    "a setting": "CALL home_directory='{out}'",
    "stop words": "CALL CREATE_FTS_INDEX('User', 'w', ['name'], stopwords := '{passwd}')",
    "a table from a file": "CREATE NODE TABLE T AS LOAD FROM '{passwd}' RETURN *",
    "storage": "CREATE NODE TABLE T(id INT64 PRIMARY KEY) WITH (storage='{out}')",
    "partitions": "CREATE NODE TABLE T(id INT64 PRIMARY KEY) PARTITION BY HASH(id) PARTITIONS 2",
    "a graph": "CREATE GRAPH g",
}
UNKNOWN = {
    "another word": "OPTIMIZE TABLE User",
    "another setting": "CALL odd_setting='x'",
    "another function": "CALL odd_function('{out}') RETURN *",
    "a character of no language": "RETURN 1\u0085",
}


@pytest.fixture
def application(application: Application) -> Application:
    create = "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)"
    application.run(create, "UNWIND range(1, 5) AS i CREATE (:User {id: i, name: 'n'})")
    return application


@pytest.fixture
def outside(application: Application) -> dict[str, str]:
    folder = application.root.parent / "outside"
    folder.mkdir(exist_ok=True)
    passwd = folder / "passwd.csv"
    passwd.write_text("7,x\n")
    hidden = application.root / "${before}"
    hidden.mkdir()
    (hidden / "passwd.csv").symlink_to(passwd)
    return {"out": str(folder / "out.csv"), "passwd": str(passwd)}


def write(application: Application, up: str, down: str = "RETURN 1;\n", *, callback: str = "") -> None:
    folder = application.root / "migrations"
    path = folder / "20270101_000000_x.cypher"
    if callback:
        path.write_text("-- UP\nRETURN 1;\n-- DOWN\nRETURN 1;\n", encoding="utf-8")
        path = folder / "callbacks" / f"{callback}.cypher"
        path.parent.mkdir(exist_ok=True)
        application.by_hand(path, up)
    else:
        application.by_hand(path, f"-- UP\n{up}-- DOWN\n{down}")


def untouched(application: Application, outside: dict[str, str]) -> bool:
    files = {one.name for one in Path(outside["out"]).parent.iterdir()}
    return files == {"passwd.csv"} and application.repository.history() == ()


QUICK = ("a byte order mark", "after a number", "a captured file that is none", "another word")
EVERY = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in (*STATEMENTS, *UNKNOWN)
]


@pytest.mark.parametrize("name", EVERY)
def test_nothing_that_reaches_outside_runs_unasked(
    application: Application, outside: dict[str, str], name: str
) -> None:
    code = "KV603" if name in STATEMENTS else "KV606"
    text = (STATEMENTS | UNKNOWN)[name].format(**outside)
    write(application, f"RETURN 1;\n{text};\n")
    words = "reaches outside of the database" if name in STATEMENTS else "kuzuvcs does not know"
    with pytest.raises(MigrationError, match=words) as refused:
        application.repository.migrate(allow_outside=True)
    assert "line 3" in refused.value.cause
    assert code in refused.value.cause
    assert refused.value.exit_code == 1
    [found] = [one for one in application.repository.lint().findings if one.code == code]
    assert (found.line, found.severity) == (3, "error")
    write(application, f"RETURN 1;\n// kuzuvcs:allow {code}\n{text};\n")
    with pytest.raises(OpenQuestion, match="you did not allow it") as asked:
        application.repository.migrate()
    assert "--allow-outside" in asked.value.hint
    assert asked.value.exit_code == 2
    assert untouched(application, outside)


def test_it_is_refused_in_every_way_of_running(application: Application, outside: dict[str, str]) -> None:
    write(application, f"{OUT.format(**outside)};\n")
    assert [one.kind for one in application.repository.check().faults] == ["outside"]
    for options in ({}, {"in_place": True}, {"dry_run": True}):
        with pytest.raises(MigrationError, match="reaches outside"):
            application.repository.migrate(**options)  # type: ignore[arg-type]
    assert untouched(application, outside)


def test_a_comment_that_ends_later_hides_no_statement(
    application: Application, outside: dict[str, str]
) -> None:
    """``/***/`` goes on: to whoever takes it for a whole comment, the COPY is in a string."""
    write(application, f'RETURN 1 /***/, " */ AS x; {OUT.format(**outside)}; //"\n')
    with pytest.raises(MigrationError, match="reaches outside"):
        application.repository.migrate()
    assert untouched(application, outside)


def test_what_both_allow_runs(application: Application, outside: dict[str, str]) -> None:
    out = Path(outside["out"])
    text = f"{ALLOW}{OUT.format(**outside)};\n"
    write(application, text, text)
    application.repository.migrate(allow_outside=True, dry_run=True)
    assert not out.exists()
    application.cli("migrate", "--allow-outside")
    assert out.read_text() == "1\n"
    out.unlink()
    for dry_run in (False, True):
        with pytest.raises(OpenQuestion):
            application.repository.rollback(dry_run=dry_run)
    assert not out.exists()
    application.cli("rollback", "--allow-outside")
    assert out.exists()


def test_what_is_only_recorded_is_not_refused(application: Application, outside: dict[str, str]) -> None:
    write(application, f"{OUT.format(**outside)};\n", f"{OUT.format(**outside)};\n")
    application.repository.mark_applied()
    assert [one.id for one in application.repository.history()] == ["20270101_000000_x"]
    with pytest.raises(MigrationError, match="reaches outside"):
        application.repository.rollback(recorded=["20270101_000000_x"])
    assert not Path(outside["out"]).exists()


@pytest.mark.parametrize(
    ("name", "in_place"),
    [
        ("before_all", False),
        ("after_all", True),
        *(
            pytest.param(name, in_place, marks=pytest.mark.slow)
            for name in ("before_each", "after_each")
            for in_place in (False, True)
        ),
    ],
)
def test_callbacks_are_held_to_the_same_rule(
    application: Application, outside: dict[str, str], name: str, *, in_place: bool
) -> None:
    repository, text = application.repository, f"{OUT.format(**outside)};\n"
    write(application, text, callback=name)
    [found] = repository.lint().findings
    assert (found.script.name, found.code) == (f"{name}.cypher", "KV603")
    assert repository.lint_files([found.script]).findings == (found,)
    assert [one.kind for one in repository.check().faults] == ["outside"]
    with pytest.raises(MigrationError, match=f"callbacks/{name} reaches outside"):
        repository.migrate(in_place=in_place)
    write(application, ALLOW + text, callback=name)
    with pytest.raises(OpenQuestion, match=f"callbacks/{name} reaches outside"):
        repository.migrate(in_place=in_place)
    assert untouched(application, outside)
    repository.migrate(in_place=in_place, allow_outside=True)
    Path(outside["out"]).unlink()
    write(application, text, callback=f"{name}_rollback")
    with pytest.raises(MigrationError, match=f"callbacks/{name}_rollback reaches outside"):
        repository.rollback(in_place=in_place, allow_outside=True)
    assert not Path(outside["out"]).exists()


def test_a_placeholder_hides_nothing(application: Application, outside: dict[str, str]) -> None:
    statements = ("COPY (RETURN 1) TO ${path}", "LOAD FROM ${path} RETURN *")
    values = (outside["out"], "${before}/passwd.csv")
    for statement, value in zip(statements, values, strict=True):
        write(application, f"{statement};\n")
        with pytest.raises(MigrationError, match="reaches outside"):
            application.repository.migrate(placeholders=[f"path={value}"], allow_outside=True)
    write(application, "MATCH (u:User) SET u.name = ${path};\n")
    application.repository.migrate(placeholders=[f"path='; {OUT.format(**outside)}; //"])
    assert not Path(outside["out"]).exists()


@pytest.mark.parametrize(
    "query",
    [
        "CALL read_csv_serial('{passwd}') RETURN true",
        "MATCH (u:User) WHERE u.id = 1LOAD FROM '{passwd}' RETURN true",
        "MATCH (u:User) WHERE u.id = 1SET u.id = 2 RETURN true",
        "CALL odd_function() RETURN true",
        "RETURN $unbound",
    ],
)
def test_a_condition_never_reaches_outside(query: str) -> None:
    assert query_fault(query.format(passwd="/etc/passwd"))


@pytest.mark.usefixtures("outside")
def test_a_text_that_equals_a_captured_path_frees_no_other_file(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text would get the capture in its place, and the engine would open the named file."""
    monkeypatch.chdir(application.root)
    query = "UNWIND ['passwd.csv'] AS x LOAD FROM '${before}/passwd.csv' (header=false) RETURN column0"
    capture = '// before: {"path": "passwd.csv", "table": "User", "columns": ["id", "name"]}\n'
    path = application.root / "migrations" / "20270101_000000_x.cypher"
    application.by_hand(path, f"{capture}-- UP\nRETURN 1;\n-- DOWN\nCOPY User FROM ({query});\n")
    before = application.run("MATCH (u:User) RETURN u.id ORDER BY u.id")
    application.repository.migrate()
    with pytest.raises(MigrationFailed) as failed:
        application.repository.rollback()
    assert "pyArrow" in failed.value.cause, "the engine reads the capture, which has no header"
    assert application.run("MATCH (u:User) RETURN u.id ORDER BY u.id") == before


def test_a_text_like_a_captured_path_is_a_text(application: Application) -> None:
    capture = '// before: {"path": "User.parquet", "table": "User", "columns": ["id", "name"]}\n'
    down = "MATCH (u:User) WHERE u.name = 'User.parquet' RETURN count(*);\n"
    path = application.root / "migrations" / "20270101_000000_x.cypher"
    application.by_hand(path, f"{capture}-- UP\nRETURN 1;\n-- DOWN\n{down}")
    application.repository.migrate()
    assert [one.id for one in application.repository.rollback()] == [path.stem]


def test_a_condition_that_reaches_outside_is_refused(
    application: Application, outside: dict[str, str]
) -> None:
    query = f"CALL read_csv_serial('{outside['passwd']}') RETURN true"
    write(application, f"{ALLOW}// kuzuvcs:require {query}\nRETURN 1;\n")
    with pytest.raises(MigrationError, match="cannot be followed"):
        application.repository.migrate(allow_outside=True)
    assert untouched(application, outside)


def test_a_parameter_that_nothing_binds_is_an_error_before_anything_runs(application: Application) -> None:
    write(application, "MATCH (u:User) DETACH DELETE u;\nMATCH (u:User) SET u.name = $name;\n")
    with pytest.raises(MigrationError, match=r"\$name") as refused:
        application.repository.migrate()
    assert "line 3" in refused.value.cause
    assert "${name}" in refused.value.hint
    assert application.run("MATCH (u:User) RETURN count(*)") == [[5]]
    assert "KV607" in {one.code for one in application.repository.lint().findings}


def trusting(application: Application, more: str = "") -> None:
    project = application.root / "kuzuvcs.toml"
    text = "".join(line for line in project.read_text().splitlines(True) if line[:2] not in ("al", "ke"))
    project.write_text(f"allow_outside = true\n{more}{text}")


def migrate_again(application: Application) -> str:
    """The hint with which ``migrate`` refuses, with the project file read afresh."""
    with pytest.raises(OpenQuestion) as asked:
        Repository.open(application.root).migrate()
    return asked.value.hint


def test_the_project_file_counts_once_it_is_confirmed_here_as_it_is(
    application: Application, outside: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(application.root.parent / "state"))
    write(application, f"{ALLOW}{OUT.format(**outside)};\n")
    assert "nothing to confirm" in application.process(["trust"]).stderr
    trusting(application)
    assert "kuzuvcs trust" in migrate_again(application)
    checked = Repository.open(application.root).check()
    assert checked.faults == ()
    assert any("kuzuvcs trust" in one for one in checked.left_out)
    assert application.json("trust") == {"confirmed": True}
    [record] = (application.root.parent / "state" / "kuzuvcs" / "trusted").iterdir()
    text = record.read_text()
    # A repository can hold any file below itself: none of them confirms anything.
    (application.database.parent / ".kuzuvcs" / record.name).write_text(text)
    application.cli("trust", "--revoke")
    assert "kuzuvcs trust" in migrate_again(application)
    for broken in ("", "[]", '{"settings": null}', "\0", '{"settings": true}'):
        record.write_text(broken)
        assert "kuzuvcs trust" in migrate_again(application)
    record.write_text(text)
    # A relative folder would be below the project. The XDG specification says to ignore it.
    with monkeypatch.context() as changed:
        changed.chdir(application.root.parent)
        changed.setenv("XDG_STATE_HOME", "state")
        changed.setenv("HOME", str(application.root.parent / "home"))
        assert "kuzuvcs trust" in migrate_again(application)
    # A pull that changes any setting is asked about again.
    trusting(application, "keep_backups = 2\n")
    assert "changed" in migrate_again(application)
    assert [one.kind for one in Repository.open(application.root).check().faults] == ["allow_outside"]
    assert not Path(outside["out"]).exists()
    trusting(application)
    application.cli("migrate")
    assert Path(outside["out"]).exists()


def test_the_library_without_a_project_holds_to_it_too(tmp_path: Path) -> None:
    database, out = tmp_path / "app.kuzu", tmp_path / "out.csv"
    run_cypher(database, "CREATE NODE TABLE User(id INT64 PRIMARY KEY)")
    migration, text = KuzuMigration(database), f"COPY (RETURN 1) TO '{out}'"
    with pytest.raises(MigrationError, match="reaches outside"):
        migration.apply_migration("001", text)
    with pytest.raises(OpenQuestion):
        migration.apply_migration("002", ALLOW + text)
    assert not out.exists()
    assert migration.history() == ()
    allowed = KuzuMigration(database, allow_outside=True)
    assert allowed.apply_migration("003", ALLOW + text, text) is not None
    assert out.exists()
    out.unlink()
    with pytest.raises(MigrationError, match="reaches outside"):
        allowed.rollback_migration("003")
    assert not out.exists()


def test_half_a_character_in_a_script_is_a_usage_error(tmp_path: Path) -> None:
    run_cypher(tmp_path / "app.kuzu", "RETURN 1")
    with pytest.raises(UsageError, match="cannot be written as UTF-8"):
        KuzuMigration(tmp_path / "app.kuzu").apply_migration("001", "RETURN '\ud800'")


def test_lint_needs_no_project_for_files(tmp_path: Path, application: Application) -> None:
    path = tmp_path / "alone.cypher"
    path.write_text("-- UP\nEXPORT DATABASE 'x';\n-- DOWN\nRETURN 1;\n")
    found = application.process(["-C", str(tmp_path), "lint", "--json", "alone.cypher"])
    assert [one["code"] for one in json.loads(found.stdout)["findings"]] == ["KV603"]
    assert found.returncode == 1
