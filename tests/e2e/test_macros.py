"""Macros in scripts: made, changed, dropped and made again, on either engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import MigrationError, MigrationFailed
from tests.e2e.conftest import Application
from tests.e2e.test_migrate import colleague, pull
from tests.tasks.building import content, run

__all__ = ["colleague"]

TABLES = (
    "CREATE NODE TABLE User(id SERIAL PRIMARY KEY, name STRING DEFAULT 'nobody', tags STRUCT(a INT64)[])",
    "CREATE REL TABLE Knows(FROM User TO User, since INT64)",
    "CREATE SEQUENCE numbers START WITH 5",
    "RETURN nextval('numbers')",
)
BASE = (
    *TABLES,
    "CREATE MACRO gone(x) AS x + 1",
    "CREATE MACRO other(x) AS x * 2",
    "CREATE MACRO stays(x) AS x - 1",
)
ASKED = "RETURN stays(10), other(10)"


def rows(name: str, count: int) -> tuple[str, ...]:
    return (
        f"UNWIND range(1, {count}) AS i "
        f"CREATE (:User {{name: '{name} ' + CAST(i AS STRING), tags: [{{a: i}}]}})",
        "MATCH (a:User), (b:User) WHERE a.id + 1 = b.id CREATE (a)-[:Knows {since: a.id}]->(b)",
    )


def everything(application: Application) -> list[Any]:
    return [
        run(application.database, text)
        for text in (
            "MATCH (u:User) RETURN u.id, u.name, CAST(u.tags AS STRING) ORDER BY u.id",
            "MATCH (a:User)-[k:Knows]->(b:User) RETURN a.id, b.id, k.since ORDER BY a.id",
        )
    ]


@pytest.fixture(params=["kuzu", "ladybug"])
def scripted(request: pytest.FixtureRequest, application: Application) -> Application:
    """A project with a script that drops a macro, changes one and makes two; its database has them."""
    application.run(*BASE, *rows("author", 7))
    if request.param != "kuzu":
        application.repository.set_engine(Engine(name=request.param))
    application.repository.snapshot()
    application.repository.export("v1", application.root / "before")
    run(
        application.database,
        "CREATE MACRO made(x) AS x + 7",
        "CREATE MACRO again(x, y := 2) AS made(x) + y",
        "ALTER TABLE User ADD email STRING",
    )
    application.repository.snapshot()
    application.repository.generate(message="makes two")
    return application


def test_a_macro_goes_with_the_rollback_and_can_come_again(scripted: Application) -> None:
    repository = scripted.repository
    assert not repository.migrate()
    [script] = (scripted.root / "migrations").glob("*.cypher")
    assert "-- DOWN" in script.read_text().split("DROP MACRO `MADE`")[0]
    before = everything(scripted)
    for _ in range(2):
        assert len(repository.rollback(recorded=[script.stem])) == 1
        assert everything(scripted) == before
        assert run(scripted.database, "RETURN gone(1), other(10), stays(10)") == [[2, 20, 9]]
        assert not repository.diff("v1", "@live").changes
        assert repository.check().faults == ()
        assert len(repository.migrate()) == 1
        assert run(scripted.database, "RETURN made(1), again(1)") == [[8, 10]]
        assert not repository.diff("v2", "@live").changes
    assert [bool(one.rolled_back) for one in repository.history()] == [True, True, False]
    # The counters go on, and defaults still hold.
    count = len(before[0])
    assert run(scripted.database, "CREATE (u:User) RETURN u.id, u.name") == [[count, "nobody"]]
    assert run(scripted.database, "RETURN nextval('numbers')") == [[6]]


@pytest.mark.parametrize("engine", ["kuzu", "ladybug"])
def test_macros_dropped_and_changed(application: Application, colleague: Application, engine: str) -> None:
    repository = application.repository
    application.run(*BASE, *rows("author", 7))
    if engine != "kuzu":
        repository.set_engine(Engine(name="ladybug"))
    repository.snapshot()
    (application.root / "old.kuzu").write_bytes(application.database.read_bytes())
    application.database.unlink()
    run(
        application.database,
        *TABLES,
        "CREATE MACRO stays(x) AS x - 1",
        "CREATE MACRO other(x, y := 3) AS x * y",
        *rows("author", 7),
        engine=Engine(name="ladybug" if engine == "ladybug" else "kuzu"),
    )
    repository.snapshot()
    script = repository.generate("v1", "v2")
    assert script.up[:2] == ("DROP MACRO `GONE`", "DROP MACRO `OTHER`")
    assert {hazard.code for hazard in script.hazards} == {"KV401"}

    pull(application, colleague)
    (colleague.root / "kuzuvcs.toml").write_text((application.root / "kuzuvcs.toml").read_text())
    (application.root / "old.kuzu").rename(colleague.database)
    colleague = Application(
        root=colleague.root, database=colleague.database, repository=type(repository).open(colleague.root)
    )
    before = everything(colleague)
    assert len(colleague.repository.migrate()) == 1
    assert run(colleague.database, ASKED) == [[9, 30]]
    with pytest.raises(Exception, match="GONE does not exist"):
        run(colleague.database, "RETURN gone(1)")
    assert everything(colleague) == before
    assert len(colleague.repository.rollback()) == 1
    assert run(colleague.database, "RETURN gone(1), other(10), stays(10)") == [[2, 20, 9]]
    assert everything(colleague) == before
    assert not colleague.repository.diff("v1", "@live").changes


def by_hand(application: Application, up: str) -> Path:
    path = application.root / "migrations" / "20990101_000000_by_hand.cypher"
    application.by_hand(path, f"// id: {path.stem}\n\n-- UP\n{up}\n-- DOWN\nRETURN 1;\n")
    return path


def test_by_hand_several_at_once_and_one_that_need_not_be_there(application: Application) -> None:
    application.run(*BASE, *rows("author", 7))
    by_hand(
        application,
        "drop macro Gone;\nDROP MACRO IF EXISTS nosuch;\nDROP MACRO `other`;\nCREATE MACRO other() AS 1;",
    )
    before = everything(application)
    assert len(application.repository.migrate()) == 1
    assert everything(application) == before
    assert application.run("RETURN other(), stays(1)") == [[1, 0]]


REFUSED = {
    "one that is not there": (
        "DROP MACRO stays;\nRETURN 1;\nDROP MACRO nosuch;",
        "at line 6",
        "Macro nosuch does not exist.",
    ),
    "inside a transaction": (
        "BEGIN TRANSACTION;\nCREATE (:User);\nDROP MACRO gone;",
        "at line 6",
        "CHECKPOINT",
    ),
    "one beside what the engine prints without parentheses": (
        "CREATE MACRO odd(x) AS (x + 1) * 2;\nDROP MACRO gone;",
        "at line 5",
        "macro ODD is read as x + 1 * 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_dropped(application: Application, case: tuple[str, str, str]) -> None:
    up, line, cause = case
    application.run(*BASE, *rows("author", 7))
    by_hand(application, up)
    before = content(application.database)
    with pytest.raises(MigrationFailed, match=line) as refused:
        application.repository.migrate()
    assert cause in refused.value.cause
    assert content(application.database) == before


def test_one_that_goes_need_not_be_printed_right(application: Application) -> None:
    application.run(*BASE, "CREATE MACRO odd(x) AS (x + 1) * 2", *rows("author", 7))
    by_hand(application, "DROP MACRO odd;")
    assert len(application.repository.migrate()) == 1
    assert application.run(ASKED) == [[9, 20]]


def test_in_place_only_where_the_engine_drops_them(scripted: Application) -> None:
    repository = scripted.repository
    repository.migrate()
    recorded = [run.id for run in repository.history()]
    before = everything(scripted)
    if repository.project.engine.name == "ladybug":
        assert len(repository.rollback(in_place=True, recorded=recorded)) == 1
        assert not repository.diff("v1", "@live").changes
    else:
        there = content(scripted.database)
        with pytest.raises(MigrationError, match="cannot be run in place, because of line"):
            repository.rollback(in_place=True, recorded=recorded)
        assert content(scripted.database) == there
    assert everything(scripted) == before


def test_scripts_that_drop_macros_do_on_either_engine(application: Application) -> None:
    application.run(*BASE, *rows("author", 7))
    by_hand(application, "DROP MACRO other;\nCREATE MACRO other(x) AS x;")
    application.repository.migrate()
    for engine in ("ladybug", "kuzu"):
        assert application.repository.set_engine(Engine(name=engine)).refused == ()
