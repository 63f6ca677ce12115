"""What an application wrote after UP is not lost by a rollback: the next migrate brings it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import MigrationError, UsageError
from kuzuvcs.repository import Repository
from kuzuvcs.results import Ran
from tests.e2e.conftest import Application
from tests.e2e.graph import Graph, read_graph
from tests.e2e.test_migrate import BASE, colleague, pull, rows_of
from tests.tasks.building import NOTHING, content
from tests.tasks.building import run as engine_run

__all__ = ["colleague"]

USERS = (
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
    "CREATE REL TABLE Knows(FROM User TO User, since INT64)",
    "UNWIND range(1, 20) AS i CREATE (:User {id: i, name: 'n' + CAST(i AS STRING)})",
    "MATCH (a:User), (b:User) WHERE a.id = b.id + 1 CREATE (a)-[:Knows {since: a.id}]->(b)",
)

EMAIL = "ALTER TABLE User ADD email STRING;"
NO_EMAIL = "ALTER TABLE User DROP email;"


def by_hand(application: Application, up: str, down: str, id: str = "20990101_000000_by_hand") -> Path:
    path = application.root / "migrations" / f"{id}.cypher"
    application.by_hand(path, f"-- UP\n{up}\n-- DOWN\n{down}\n")
    return path


def rows(application: Application) -> Graph:
    """Everything but the history."""
    graph = read_graph(application.database)
    del graph["migration_history"]
    return graph


def told(ran: tuple[Ran, ...]) -> list[tuple[Any, ...]]:
    return [(one.kind, one.table, one.column, one.count) for run in ran for one in run.drops]


def back(ran: tuple[Ran, ...]) -> list[tuple[Any, ...]]:
    return [(one.kind, one.table, one.column, one.count) for run in ran for one in run.brought_back]


@pytest.mark.parametrize("in_place", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_values_written_after_up_come_back(application: Application, in_place: bool) -> None:
    application.run(*USERS)
    by_hand(application, EMAIL, NO_EMAIL)
    repository = application.repository
    repository.migrate(in_place=in_place)
    application.run("MATCH (u:User) WHERE u.id > 5 SET u.email = u.name + '@x'")
    before = application.run("MATCH (u:User) RETURN u.id, u.name, u.email ORDER BY u.id")
    edges = application.run("MATCH (a)-[k:Knows]->(b) RETURN a.id, b.id, k.since ORDER BY a.id")
    dropped = [("values", "User", "email", 15)]
    assert told(repository.rollback(in_place=in_place, dry_run=True)) == dropped
    assert told(repository.rollback(in_place=in_place)) == dropped
    assert "email" not in [row[1] for row in application.run("CALL table_info('User') RETURN *")]
    assert back(repository.migrate(in_place=in_place)) == dropped
    assert application.run("MATCH (u:User) RETURN u.id, u.name, u.email ORDER BY u.id") == before
    assert application.run("MATCH (a)-[k:Knows]->(b) RETURN a.id, b.id, k.since ORDER BY a.id") == edges
    assert [bool(run.rolled_back) for run in repository.history()] == [True, False]
    # And again.
    application.run("MATCH (u:User {id: 1}) SET u.email = 'new'", "CREATE (:User {id: 99, email: 'e'})")
    assert told(repository.rollback(in_place=in_place)) == [("values", "User", "email", 17)]
    assert back(repository.migrate(in_place=in_place)) == [("values", "User", "email", 17)]
    assert application.run("MATCH (u:User) RETURN count(u.email)") == [[17]]


ZOO = """\
CREATE SEQUENCE tickets START 10;
CREATE NODE TABLE City(name STRING PRIMARY KEY, area DOUBLE, tags STRING[], pairs MAP(STRING, INT64[]));
CREATE NODE TABLE Ticket(id INT64 DEFAULT nextval('tickets') PRIMARY KEY, number SERIAL, text STRING);
CREATE REL TABLE Lives(FROM User TO City, FROM Ticket TO City, since INT64,
  notes STRUCT(a INT64, b STRING)[]);
ALTER TABLE Knows ADD note STRING;
"""
NO_ZOO = """\
DROP TABLE Lives;
DROP TABLE Ticket;
DROP TABLE City;
ALTER TABLE Knows DROP note;
DROP SEQUENCE tickets;
"""
ROME = "(c:City {name: 'Rome'})"
FILL = (
    "CREATE (:City {name: 'Rome', area: 1.5, tags: ['a', ''], pairs: map(['k'], [[1, 2]])})",
    "CREATE (:City {name: 'Oslo', area: NULL, tags: NULL, pairs: NULL})",
    "UNWIND range(1, 3) AS i CREATE (:Ticket {text: 't' + CAST(i AS STRING)})",
    f"MATCH (u:User), {ROME} WHERE u.id < 4 CREATE (u)-[:Lives {{since: 1, notes: [{{a: 1, b: 'x'}}]}}]->(c)",
    f"MATCH (u:User {{id: 1}}), {ROME} CREATE (u)-[:Lives {{since: 1, notes: [{{a: 2, b: NULL}}]}}]->(c)",
    f"MATCH (u:User {{id: 1}}), {ROME} CREATE (u)-[:Lives {{since: 1, notes: [{{a: 2, b: NULL}}]}}]->(c)",
    "MATCH (t:Ticket), (c:City {name: 'Oslo'}) CREATE (t)-[:Lives]->(c)",
    "MATCH (a:User {id: 5})-[k:Knows]->(b) SET k.note = 'friend'",
    "MATCH (a:User {id: 7}), (b:User {id: 7}) CREATE (a)-[:Knows {since: 3, note: 'self'}]->(b)",
    "MATCH (a:User {id: 5}), (b:User {id: 4}) CREATE (a)-[:Knows {since: 6, note: 'again'}]->(b)",
    "MATCH (a:User {id: 5}), (b:User {id: 4}) CREATE (a)-[:Knows {since: 6}]->(b)",
)


@pytest.mark.parametrize("in_place", [pytest.param(False, marks=pytest.mark.slow), True])
def test_whole_tables_edges_and_sequences_come_back(application: Application, in_place: bool) -> None:
    application.run(*USERS)
    by_hand(application, ZOO, NO_ZOO)
    repository = application.repository
    repository.migrate(in_place=in_place)
    application.run(*FILL)
    before = rows(application)
    ran = repository.rollback(in_place=in_place)
    assert told(ran) == [
        ("rows", "City", "", 2),
        ("values", "Knows", "note", 3),
        ("edges", "Lives", "", 3),
        ("edges", "Lives", "", 5),
        ("rows", "Ticket", "", 3),
        ("sequence", "tickets", "", 12),
    ]
    assert sorted(back(repository.migrate(in_place=in_place))) == sorted(told(ran))
    assert rows(application) == before
    application.run("CREATE (:Ticket {text: 'next'})")
    assert application.run("MATCH (t:Ticket {text: 'next'}) RETURN t.id, t.number") == [[13, 3]]


def test_what_was_written_or_removed_since_wins(application: Application) -> None:
    """UP computes a value; some users got another one, and some rows change after the rollback."""
    application.run(*USERS)
    up = f"{EMAIL}\nMATCH (u:User) SET u.email = u.name + '@x';"
    by_hand(application, up, NO_EMAIL)
    repository = application.repository
    repository.migrate()
    application.run(
        "MATCH (u:User) WHERE u.id IN [6, 7, 8] SET u.email = 'own'", "CREATE (:User {id: 30, email: 'e'})"
    )
    assert told(repository.rollback()) == [("values", "User", "email", 4)]
    application.run("MATCH (u:User {id: 6}) SET u.name = 'new'", "MATCH (u:User {id: 8}) DETACH DELETE u")
    [ran] = repository.migrate()
    assert back((ran,)) == [("values", "User", "email", 2)]
    assert ran.notes == (
        "User: 1 not brought back: written again after the rollback",
        "User: 1 not brought back: removed after the rollback",
    )
    found = application.run(
        "MATCH (u:User) WHERE u.id IN [5, 6, 7, 8, 30] RETURN u.id, u.email ORDER BY u.id"
    )
    assert found == [[5, "n5@x"], [6, "new@x"], [7, "own"], [30, "e"]]


@pytest.mark.slow
def test_an_edited_script_brings_nothing_back_and_says_so(application: Application) -> None:
    application.run(*USERS)
    path = by_hand(application, EMAIL, NO_EMAIL)
    repository = application.repository
    repository.migrate()
    application.run("MATCH (u:User {id: 1}) SET u.email = 'e'")
    repository.rollback()
    application.by_hand(path, f"-- UP\n{EMAIL}\nALTER TABLE User ADD age INT64;\n-- DOWN\n{NO_EMAIL}\n")
    [ran] = repository.migrate()
    assert not ran.brought_back
    assert "was edited after its rollback" in ran.notes[0]
    commit = ran.notes[0].split("commit ")[1].split()[0]
    assert application.git("cat-file", "-t", commit).strip() == "commit"
    assert application.run("MATCH (u:User) RETURN count(u.email)") == [[0]]


def test_it_is_left_out_on_request(application: Application) -> None:
    application.run(*USERS)
    by_hand(application, EMAIL, NO_EMAIL)
    application.cli("migrate")
    application.run("MATCH (u:User {id: 1}) SET u.email = 'e'")
    dry = application.json("rollback", "--dry-run")
    part = {"kind": "values", "table": "User", "from": None, "to": None, "column": "email", "count": 1}
    assert dry["rolled_back"][0]["drops"] == [part | {"captured": True}]
    assert "drops 1 value of User.email\n" in application.cli("rollback", "--dry-run")
    assert application.run("MATCH (u:User) RETURN count(u.email)") == [[1]]
    done = application.process(["rollback"])
    assert "drops 1 value of User.email" in done.stdout
    assert "is kept in the store; kuzuvcs migrate brings it back\n" in done.stdout
    assert application.json("history")["migrations"][0]["dropped"]
    assert application.json("migrate", "--dry-run")["applied"][0]["brought_back"] == [part]
    assert application.json("migrate", "--no-bring-back")["applied"][0]["brought_back"] == []
    assert application.run("MATCH (u:User) RETURN count(u.email)") == [[0]]
    application.run("MATCH (u:User {id: 2}) SET u.email = 'f'")
    assert application.json("rollback", "--no-capture")["rolled_back"][0]["drops"] == []
    assert application.json("migrate")["applied"][0]["brought_back"] == []


HAND = """\
MATCH (u:User) WHERE u.id > 18 DETACH DELETE u;
MATCH (u:User) SET u.name = lower(u.name);
"""


def test_a_down_by_hand_that_changes_and_removes_rows(application: Application) -> None:
    """Its text does not say what it drops: the databases before and after do."""
    application.run(*USERS)
    by_hand(application, "MATCH (u:User) SET u.name = upper(u.name);", HAND)
    repository = application.repository
    repository.migrate()
    application.run("MATCH (u:User {id: 3}) SET u.name = 'McDonald'", "CREATE (:User {id: 40, name: 'X'})")
    before = rows(application)
    assert told(repository.rollback()) == [
        ("edges", "Knows", "", 2),
        ("rows", "User", "", 3),
        ("values", "User", "name", 1),
    ]
    assert application.run("MATCH (u:User {id: 3}) RETURN u.name") == [["mcdonald"]]
    repository.migrate()
    assert rows(application) == before


@pytest.mark.slow
def test_scripts_rolled_back_and_migrated_in_sequence(
    application: Application, colleague: Application
) -> None:
    """Generated: a type is narrowed, a column and a connection are added, tables are dropped and made."""
    application.run(*BASE, *rows_of("author", 20), "CREATE NODE TABLE Old(id INT64 PRIMARY KEY)")
    repository = application.repository
    repository.snapshot()
    for change in (
        ("ALTER TABLE User ADD score DOUBLE", "CREATE NODE TABLE City(name STRING PRIMARY KEY)"),
        (
            "DROP TABLE Old",
            "ALTER TABLE Knows ADD FROM User TO City",
            "ALTER TABLE User RENAME name TO called",
        ),
    ):
        application.run(*change, "CHECKPOINT")
        repository.snapshot()
        repository.generate(renames=("User.name:called",) if "RENAME" in change[-1] else ())
    pull(application, colleague)
    colleague.run(*BASE, *rows_of("other", 9), "CREATE NODE TABLE Old(id INT64 PRIMARY KEY)")
    colleague.run("UNWIND range(1, 312) AS i CREATE (:Old {id: i})")
    mine = colleague.repository
    assert told(mine.migrate(dry_run=True)) == [("rows", "Old", "", 312)]
    assert told(mine.migrate()) == [("rows", "Old", "", 312)]
    colleague.run(
        "MATCH (u:User) SET u.score = u.id / 4.0",
        "CREATE (:City {name: 'Rome'})",
        "MATCH (u:User {id: 2}), (c:City) CREATE (u)-[:Knows {since: 5}]->(c)",
        "MATCH (u:User {id: 3}) SET u.called = 'renamed'",
    )
    before = rows(colleague)
    assert told(mine.rollback(2)) == [
        ("edges", "Knows", "", 1),
        ("rows", "City", "", 1),
        ("values", "User", "score", 9),
    ]
    assert colleague.run("MATCH (o:Old) RETURN count(*)") == [[312]]
    assert colleague.run("MATCH (u:User {id: 3}) RETURN u.name") == [["renamed"]]
    mine.migrate(steps=1)
    mine.migrate()
    assert rows(colleague) == before


def test_a_script_that_was_only_recorded_has_to_be_named(application: Application) -> None:
    application.run(*USERS, "ALTER TABLE User ADD email STRING", "MATCH (u:User) SET u.email = 'e'")
    first = by_hand(
        application,
        "MATCH (u:User {id: 99}) SET u.name = 'x';",
        "MATCH (u:User {id: 99}) SET u.name = 'y';",
        "20990101_000000_first",
    )
    second = by_hand(application, EMAIL, NO_EMAIL, "20990101_000001_second")
    application.cli("migrate", "--mark-applied")
    for arguments in (
        ["rollback"],
        ["rollback", "2"],
        ["rollback", "--to", first.stem],
        ["rollback", "--dry-run"],
    ):
        refused = application.process(arguments)
        assert refused.returncode == 2
        assert f"{second.stem} was recorded, and never run on this database" in refused.stderr
        assert f"kuzuvcs rollback --recorded {second.stem}" in refused.stderr
    assert application.process(["rollback", "2", "--recorded", second.stem]).returncode == 2
    assert application.run("MATCH (u:User) RETURN count(u.email)") == [[20]]
    done = application.json("rollback", "--recorded", second.stem)
    assert [one["count"] for one in done["rolled_back"][0]["drops"]] == [20]
    application.cli("migrate")
    assert application.run("MATCH (u:User) RETURN count(u.email)") == [[20]]
    with pytest.raises(UsageError, match="was recorded"):
        application.repository.rollback(2)


LADYBUG = Engine(name="ladybug")
OWN = replace(NOTHING, history="migration_history")


@pytest.mark.parametrize("in_place", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_with_ladybug(tmp_path: Path, in_place: bool) -> None:
    database = tmp_path / "app.lbug"
    engine_run(database, *USERS, engine=LADYBUG)
    repository = Repository.init(tmp_path, "app.lbug")
    (tmp_path / "migrations" / "20990101_000000_zoo.cypher").write_text(f"-- UP\n{ZOO}\n-- DOWN\n{NO_ZOO}\n")
    repository.repair()
    repository.migrate(in_place=in_place)
    engine_run(database, *FILL)
    before = content(database, OWN)
    ran = repository.rollback(in_place=in_place)
    assert ("edges", "Lives", "", 5) in told(ran)
    assert ("sequence", "tickets", "", 12) in told(ran)
    assert sorted(back(repository.migrate(in_place=in_place))) == sorted(told(ran))
    assert content(database, OWN) == before


INDEXED = (
    "CREATE NODE TABLE Doc(id SERIAL PRIMARY KEY, text STRING)",
    "CREATE (:Doc {text: 'red fox'}), (:Doc {text: 'blue fox'})",
    "CALL CREATE_FTS_INDEX('Doc', 'doc_text', ['text'])",
)


@pytest.mark.slow
def test_an_indexed_table_and_its_counter(application: Application) -> None:
    application.run(*INDEXED)
    by_hand(application, "ALTER TABLE Doc ADD stars INT64 DEFAULT 3;", "ALTER TABLE Doc DROP stars;")
    repository = application.repository
    repository.migrate()
    application.run("MATCH (d:Doc {id: 1}) SET d.stars = 5", "CREATE (:Doc {text: 'green'})")
    assert told(repository.rollback()) == [("values", "Doc", "stars", 1)]
    with pytest.raises(MigrationError, match="cannot be brought back in place"):
        repository.migrate(in_place=True)
    assert len(repository.history()) == 1
    repository.migrate()
    found = application.run("MATCH (d:Doc) RETURN d.id, d.text, d.stars ORDER BY d.id")
    assert found == [[0, "red fox", 3], [1, "blue fox", 5], [2, "green", 3]]
    [[hits]] = application.run("CALL QUERY_FTS_INDEX('Doc', 'doc_text', 'fox') RETURN count(*)")
    assert hits == 2
    application.run("CREATE (:Doc {text: 'next'})")
    assert application.run("MATCH (d:Doc {text: 'next'}) RETURN d.id") == [[3]]


@pytest.mark.slow
def test_rows_that_up_numbers_again_are_said_to_be_lost(application: Application) -> None:
    application.run(*USERS)
    up = "CREATE NODE TABLE Card(id SERIAL PRIMARY KEY, owner INT64, note STRING);\n"
    up += "COPY Card(owner) FROM (MATCH (u:User) RETURN u.id);"
    by_hand(application, up, "DROP TABLE Card;")
    repository = application.repository
    repository.migrate()
    application.run("MATCH (c:Card {owner: 2}) SET c.note = 'x'")
    [ran] = repository.rollback()
    [part] = [one for one in ran.drops if one.column == "note"]
    assert not part.captured
    assert repository.history()[0].dropped == ""


@pytest.mark.slow
def test_a_trial_writes_nothing_outside(application: Application, tmp_path: Path) -> None:
    """UP is not run again for a rollback, nor in a dry run, if it leaves something elsewhere."""
    application.run(*USERS)
    out = tmp_path / "out.csv"
    allowed = f"{EMAIL}\n// kuzuvcs:allow KV603\nCOPY (MATCH (u:User) RETURN u.id) TO '{out}';"
    by_hand(application, allowed, NO_EMAIL)
    repository = application.repository
    [ran] = repository.migrate(dry_run=True, allow_outside=True)
    assert "is not counted" in ran.notes[0]
    assert not out.exists()
    repository.migrate(allow_outside=True)
    out.unlink()
    application.run("MATCH (u:User) SET u.email = 'e'")
    assert told(repository.rollback()) == [("values", "User", "email", 20)]
    assert not out.exists()
    assert back(repository.migrate(allow_outside=True)) == [("values", "User", "email", 20)]
