"""Conditions, placeholders and callbacks of scripts, on the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.errors import MigrationError, MigrationFailed
from tests.e2e.conftest import Application

BASE = (
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
    "UNWIND range(1, 5) AS i CREATE (:User {id: i, name: 'n'})",
)
FOUR = "MATCH (u:User) RETURN count(*) = 4"
FIVE = "MATCH (u:User) RETURN count(*) = 5"


@pytest.fixture(params=[False, True], ids=["on a copy", "in place"])
def in_place(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def application(application: Application) -> Application:
    application.run(*BASE)
    return application


def write(application: Application, text: str, name: str = "20270101_000000_x.cypher") -> Path:
    path = application.root / "migrations" / name
    path.parent.mkdir(exist_ok=True)
    application.by_hand(path, text)
    return path


def names(application: Application) -> list[str]:
    return [name for [name] in application.run("MATCH (u:User) RETURN u.name ORDER BY u.id")]


def test_conditions_hold_around_script_and_statement(application: Application, *, in_place: bool) -> None:
    write(
        application,
        f"// kuzuvcs:require {FIVE}\n-- UP\n// kuzuvcs:require {FIVE}\n// kuzuvcs:ensure {FOUR}\n"
        f"MATCH (u:User {{id: 5}}) DELETE u;\n// kuzuvcs:ensure {FOUR}\n"
        f"-- DOWN\n// kuzuvcs:require {FOUR}\nCREATE (:User {{id: 5}});\n// kuzuvcs:ensure {FIVE}\n",
    )
    repository = application.repository
    assert len(repository.migrate(in_place=in_place)) == 1
    assert len(repository.rollback(in_place=in_place)) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"// kuzuvcs:require {FOUR}\n-- UP\nMATCH (u:User) DETACH DELETE u;\n", 1),
        (f"-- UP\nMATCH (u:User) SET u.name = 'm';\n// kuzuvcs:require {FOUR}\nRETURN 1;\n", 3),
        (f"-- UP\n// kuzuvcs:ensure {FOUR}\nMATCH (u:User) DETACH DELETE u;\n", 2),
        (f"-- UP\nMATCH (u:User) DETACH DELETE u;\n// kuzuvcs:ensure {FOUR}\n", 3),
        ("-- UP\nRETURN 1;\n// kuzuvcs:ensure MATCH (u:User) RETURN u.id > 0\n", 3),
        ("-- UP\nRETURN 1;\n// kuzuvcs:ensure MATCH (u:User) RETURN count(*)\n", 3),
        ("-- UP\nRETURN 1;\n// kuzuvcs:ensure MATCH (u:Nobody) RETURN count(*) = 0\n", 3),
    ],
)
def test_a_condition_that_does_not_hold_changes_nothing(
    application: Application, text: str, line: int, *, in_place: bool
) -> None:
    write(application, text)
    with pytest.raises(
        MigrationFailed, match=rf"what line {line} (require|ensure)s (does not hold|cannot be looked at)"
    ):
        application.repository.migrate(in_place=in_place)
    assert names(application) == ["n"] * 5
    assert application.repository.history() == ()


def test_a_condition_that_writes_is_refused_before_anything_runs(application: Application) -> None:
    text = "-- UP\nMATCH (u:User) DETACH DELETE u;\n// kuzuvcs:ensure MATCH (u) DELETE u RETURN true\n"
    write(application, text)
    with pytest.raises(MigrationError, match="cannot be followed") as refused:
        application.repository.migrate()
    assert "line 3" in refused.value.cause
    assert [one["code"] for one in application.json("lint", code=1)["findings"]].count("KV701") == 1


def test_what_is_for_another_engine_is_left_out(application: Application, *, in_place: bool) -> None:
    write(
        application,
        "-- UP\n// kuzuvcs:only ladybug\nNONSENSE;\n// kuzuvcs:only kuzu>=0.11\n"
        "MATCH (u:User {id: 1}) SET u.name = 'kuzu';\n",
    )
    write(application, "// kuzuvcs:only ladybug kuzu<0.11\n-- UP\nNONSENSE;\n", "20270101_000001_y.cypher")
    assert len(application.repository.migrate(in_place=in_place)) == 2
    assert names(application)[0] == "kuzu"


def test_placeholders_come_from_the_project_and_the_command_line(application: Application) -> None:
    project = application.root / "kuzuvcs.toml"
    project.write_text(project.read_text() + '[placeholders]\nname = "it\'s"\nlimit = 3\n')
    write(
        application,
        "-- UP\n// kuzuvcs:require RETURN ${limit} < 4\n"
        "MATCH (u:User) WHERE u.id < ${limit} SET u.name = ${name} + ${more};\n"
        "-- DOWN\nMATCH (u:User) SET u.name = ${name};\n",
    )
    error = application.json("migrate", code=1)["error"]
    assert "${more} has no value" in error["message"]
    application.cli("migrate", "--set", "more='; DROP TABLE User; //", "--set", "limit:=2")
    assert names(application) == ["it's'; DROP TABLE User; //", *["n"] * 4]
    application.cli("rollback")
    assert names(application) == ["it's"] * 5
    application.cli("migrate", "--set", "nonsense", code=2)


@pytest.mark.parametrize("value", ["a'b\"c\\d\n\t`*/ ${x} // é 日本", "\\", "'", "\\'"])
def test_the_engine_returns_exactly_the_value(application: Application, value: str) -> None:
    write(application, "-- UP\nMATCH (u:User {id: 1}) SET u.name = ${v};\n")
    application.repository.migrate(placeholders=[f"v={value}"])
    assert names(application)[0] == value


def test_callbacks_are_run_around_scripts(application: Application, *, in_place: bool) -> None:
    write(application, "-- UP\nMATCH (u:User) SET u.name = u.name + '1';\n-- DOWN\nRETURN 1;\n")
    write(
        application,
        "-- UP\nMATCH (u:User) SET u.name = u.name + '2';\n-- DOWN\nRETURN 1;\n",
        "20270101_000001_y.cypher",
    )
    folder = application.root / "migrations" / "callbacks"
    folder.mkdir()
    for name, mark in {"before_all": "(", "before_each": "<", "after_each": ">", "after_all": ")"}.items():
        for suffix in ("", "_rollback"):
            text = f"MATCH (u:User) SET u.name = u.name + ${{by}} + '{mark}'; // marked\n"
            (folder / f"{name}{suffix}.cypher").write_text(text)
    application.repository.repair()
    repository = application.repository
    repository.migrate(in_place=in_place, placeholders=["by=_"])
    assert names(application) == ["n_(_<1_>_<2_>_)"] * 5
    repository.rollback(2, in_place=in_place, placeholders=["by=."])
    assert names(application) == ["n_(_<1_>_<2_>_).(.<.>.<.>.)"] * 5


def test_callbacks_are_recorded_and_nothing_else_stands_there(application: Application) -> None:
    write(application, "-- UP\nRETURN 1;\n")
    callback = application.root / "migrations" / "callbacks" / "after_each.cypher"
    callback.parent.mkdir()
    callback.write_text("MATCH (u:User) SET u.name = 'x';\n")
    with pytest.raises(MigrationError, match="is not recorded"):
        application.repository.migrate()
    script = callback.with_name("after_migrate.sh")
    script.write_text("touch ran\n")
    application.repository.repair()
    with pytest.raises(MigrationError, match=r"after_migrate\.sh is no callback"):
        application.repository.migrate()
    script.unlink()
    application.repository.migrate()
    assert names(application) == ["x"] * 5
    assert not list(application.root.rglob("ran"))


@pytest.mark.parametrize("name", ["after_each", "after_all"])
def test_a_callback_that_fails_or_changes_the_schema_changes_nothing(
    application: Application, name: str
) -> None:
    application.repository.snapshot()
    application.repository.new("nothing")
    callback = application.root / "migrations" / "callbacks" / f"{name}.cypher"
    callback.parent.mkdir()
    application.by_hand(callback, "ALTER TABLE User ADD more INT64;\n")
    with pytest.raises(MigrationFailed, match="does not lead to the schema"):
        application.repository.migrate()
    application.by_hand(callback, "MATCH (u:User) DETACH DELETE u;\n\nMATCH (n:NONSENSE) RETURN n;\n")
    with pytest.raises(MigrationFailed, match=f"callbacks/{name} fails at line 3"):
        application.repository.migrate()
    assert names(application) == ["n"] * 5
