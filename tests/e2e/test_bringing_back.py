"""DOWN brings back what UP lost: rows, edges and values, those of the database that is rolled back."""

from __future__ import annotations

from typing import Any

import pytest

from kuzuvcs.results import Generated
from tests.e2e.conftest import Application

BASE = (
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, tags STRING[][], born MAP(STRING, DATE))",
    "CREATE NODE TABLE City(name STRING PRIMARY KEY, n SERIAL)",
    "CREATE REL TABLE Lives(FROM User TO City, FROM User TO User, since INT64, note STRING, seen INT64[][])",
    "UNWIND range(1, 30) AS i CREATE (:User {id: i, name: 'u' + CAST(i AS STRING), "
    "tags: [['a', CAST(i AS STRING)], NULL, []], born: map(['x'], [date('2020-01-01') + to_days(i)])})",
    "MATCH (u:User) WHERE u.id % 3 = 0 SET u.tags = NULL, u.name = NULL, u.born = NULL",
    "CREATE (:City {name: 'B'}), (:City {name: 'C'}), (:City {name: ''})",
    "MATCH (u:User), (c:City) CREATE (u)-[:Lives {since: u.id % 3, note: 'x' + CAST(u.id AS STRING)}]->(c)",
    "MATCH (u:User), (c:City) WHERE u.id < 9 "
    "CREATE (u)-[:Lives {since: u.id % 3, note: 'y' + c.name, seen: [[u.id], []]}]->(c)",
    "MATCH (u:User) WHERE u.id < 5 CREATE (u)-[:Lives {note: 'self'}]->(u), (u)-[:Lives]->(u)",
)

LOSSES: dict[str, tuple[str, ...]] = {
    "a column": ("ALTER TABLE User DROP name",),
    "columns of every kind": (
        "ALTER TABLE User DROP name",
        "ALTER TABLE User DROP tags",
        "ALTER TABLE User DROP born",
    ),
    "a SERIAL column": ("ALTER TABLE City DROP n",),
    "a column of edges": ("ALTER TABLE Lives DROP note",),
    "what tells edges apart": ("ALTER TABLE Lives DROP since", "ALTER TABLE Lives DROP seen"),
    "a connection": ("ALTER TABLE Lives DROP FROM User TO City",),
    "a connection and a column": (
        "ALTER TABLE Lives DROP FROM User TO User",
        "ALTER TABLE Lives DROP note",
    ),
    "a rel table": ("DROP TABLE Lives",),
    "a rel table and an end": ("DROP TABLE Lives", "DROP TABLE City"),
    "all": ("DROP TABLE Lives", "DROP TABLE City", "DROP TABLE User"),
    "with renames": (
        "ALTER TABLE User RENAME TO Person",
        "ALTER TABLE Person RENAME id TO number",
        "ALTER TABLE Person DROP tags",
        "ALTER TABLE Lives DROP seen",
        "ALTER TABLE Lives RENAME since TO year",
    ),
}


def lose(application: Application, base: tuple[str, ...], loss: tuple[str, ...], **said: Any) -> Generated:
    """v1 has the base, v2 has it without what is lost, and the database is v1 after UP."""
    repository = application.repository
    application.run(*base)
    repository.snapshot()
    application.run(*loss, "CHECKPOINT")
    repository.snapshot()
    script = repository.generate("v1", "v2", **said)
    repository.checkout("v1", discard=True)
    application.run(*script.up)
    return script


def contents(application: Application) -> dict[str, list[str]]:
    """Every row and edge, as the engine's own client reads them."""
    return {
        "User": _rows(application, "MATCH (u:User) RETURN u.id, u.name, u.tags, u.born"),
        "City": _rows(application, "MATCH (c:City) RETURN c.name, c.n"),
        "to cities": _rows(
            application, "MATCH (a:User)-[r:Lives]->(b:City) RETURN a.id, b.name, r.since, r.note, r.seen"
        ),
        "to users": _rows(
            application, "MATCH (a:User)-[r:Lives]->(b:User) RETURN a.id, b.id, r.since, r.note, r.seen"
        ),
    }


def _rows(application: Application, query: str) -> list[str]:
    return sorted(map(repr, application.run(query)))


@pytest.mark.parametrize("what", LOSSES)
def test_all_comes_back(application: Application, what: str) -> None:
    application.run(*BASE)
    before = contents(application)
    script = lose(application, (), LOSSES[what])
    application.undo(script, "v1")
    assert contents(application) == before
    assert not application.repository.diff("v1", "@live").changes


def test_rows_added_stay_and_rows_deleted_stay_deleted(application: Application) -> None:
    script = lose(application, BASE, LOSSES["columns of every kind"])
    application.run("CREATE (:User {id: 99})", "MATCH (u:User) WHERE u.id = 10 DETACH DELETE u")
    application.undo(script, "v1")
    assert application.run("MATCH (u:User) WHERE u.id IN [2, 10, 99] RETURN u.id, u.name ORDER BY u.id") == [
        [2, "u2"],
        [99, None],
    ]


def test_edges_added_stay_and_edges_deleted_stay_deleted(application: Application) -> None:
    script = lose(application, BASE, LOSSES["a column of edges"])
    application.run(
        "MATCH (u:User {id: 20})-[r:Lives]->(c:City {name: 'B'}) DELETE r",
        "MATCH (u:User {id: 21}), (c:User {id: 22}) CREATE (u)-[:Lives {since: 7}]->(c)",
    )
    edges = application.run("MATCH ()-[r:Lives]->() RETURN count(*)")
    application.undo(script, "v1")
    assert application.run("MATCH ()-[r:Lives]->() RETURN count(*)") == edges
    query = "MATCH (a:User)-[r:Lives]->(b:City) WHERE a.id = 20 RETURN b.name, r.note ORDER BY b.name"
    assert application.run(query) == [["", "x20"], ["C", "x20"]]
    assert application.run("MATCH (a:User {id: 21})-[r:Lives]->(b:User) RETURN r.since, r.note") == [
        [7, None]
    ]


def test_an_edge_that_was_written_to_is_known_by_its_ends(application: Application) -> None:
    script = lose(application, BASE, LOSSES["a column of edges"])
    application.run("MATCH (a:User {id: 20})-[r:Lives]->(:City {name: 'B'}) SET r.since = 1234")
    application.undo(script, "v1")
    query = "MATCH (:User {id: 20})-[r:Lives]->(:City {name: 'B'}) RETURN r.since, r.note"
    assert application.run(query) == [[1234, "x20"]]


def test_rows_of_a_table_come_back_with_the_edges_whose_ends_are_there(application: Application) -> None:
    script = lose(application, BASE, LOSSES["a rel table and an end"])
    application.run("MATCH (u:User) WHERE u.id > 10 DELETE u")
    application.undo(script, "v1")
    assert application.run("MATCH (c:City) RETURN count(*)") == [[3]]
    assert application.run("MATCH (:User)-[r:Lives]->(:City) RETURN count(*)") == [[10 * 3 + 8 * 3]]


def test_the_counter_goes_on_after_rows_came_back(application: Application) -> None:
    script = lose(application, BASE, LOSSES["a rel table and an end"])
    application.undo(script, "v1")
    application.run("CREATE (:City {name: 'new'})")
    assert application.run("MATCH (c:City {name: 'new'}) RETURN c.n") == [[3]]


NARROWED = (
    "CREATE NODE TABLE T(id INT64 PRIMARY KEY, x STRING, y DOUBLE, z TIMESTAMP)",
    "CREATE REL TABLE R(FROM T TO T, w DOUBLE)",
    "UNWIND range(1, 20) AS i CREATE (:T {id: i, x: CAST(i AS STRING), y: i / 4.0, "
    "z: timestamp('2020-01-01 10:11:12') + to_hours(i)})",
    "MATCH (t:T) WHERE t.id IN [3, 4] SET t.x = 'n/a'",
    "MATCH (t:T) WHERE t.id = 5 SET t.x = '0005', t.y = NULL",
    "MATCH (a:T), (b:T) WHERE a.id = b.id + 1 "
    "CREATE (a)-[:R {w: a.id / 3.0}]->(b), (a)-[:R {w: a.id / 3.0 + 0.001}]->(b), (a)-[:R]->(b)",
)


def narrow(application: Application) -> Generated:
    repository = application.repository
    application.run(*NARROWED)
    repository.snapshot()
    application.database.unlink()
    application.run(
        "CREATE NODE TABLE T(id INT64 PRIMARY KEY, x INT32, y INT64, z DATE)",
        "CREATE REL TABLE R(FROM T TO T, w INT64)",
    )
    repository.snapshot()
    script = repository.generate("v1", "v2", no_renames=True, casts=["T.x=null"])
    repository.checkout("v1", discard=True)
    application.run(*script.up)
    return script


def everything(application: Application) -> list[str]:
    return [
        *_rows(application, "MATCH (t:T) RETURN t.id, t.x, t.y, t.z"),
        *_rows(application, "MATCH (a:T)-[r:R]->(b:T) RETURN a.id, b.id, r.w"),
    ]


def test_narrowed_values_come_back(application: Application) -> None:
    application.run(*NARROWED)
    before = everything(application)
    application.database.unlink()
    script = narrow(application)
    assert everything(application) != before
    application.undo(script, "v1")
    assert everything(application) == before


def test_what_was_written_since_is_kept(application: Application) -> None:
    script = narrow(application)
    application.run("MATCH (t:T) WHERE t.id IN [3, 7] SET t.x = 42, t.y = 9", "CREATE (:T {id: 50, x: 8})")
    application.undo(script, "v1")
    query = "MATCH (t:T) WHERE t.id IN [3, 4, 5, 7, 50] RETURN t.id, t.x, t.y ORDER BY t.id"
    assert application.run(query) == [
        [3, "42", 9.0],
        [4, "n/a", 1.0],
        [5, "0005", None],
        [7, "42", 9.0],
        [50, "8", None],
    ]


def test_schema_only_leaves_empty_what_was_lost(application: Application) -> None:
    script = lose(application, BASE, LOSSES["a column"], schema_only=True)
    assert script.lost == ()
    application.run(*script.down)
    assert application.run("MATCH (u:User) RETURN count(*), count(u.name)") == [[30, 0]]


def test_the_script_says_what_to_capture(application: Application) -> None:
    script = lose(application, BASE, LOSSES["a connection and a column"])
    assert script.path is not None
    captures = [line for line in script.path.read_text().splitlines() if line.startswith("// before: ")]
    assert captures == [
        '// before: {"path": "Lives/User/City.parquet", "table": "Lives", "from": "User", "to": "City", '
        '"columns": ["since", "note", "seen"]}',
        '// before: {"path": "Lives/User/User.parquet", "table": "Lives", "from": "User", "to": "User", '
        '"columns": ["since", "note", "seen"]}',
    ]


DECIMAL_KEY = (
    "CREATE NODE TABLE P(price DECIMAL(9, 2) PRIMARY KEY, x STRING[], m MAP(STRING, INT64))",
    "CREATE NODE TABLE Q(id INT64 PRIMARY KEY)",
    "CREATE REL TABLE R(FROM P TO Q)",
    "CREATE (:P {price: CAST('-0.05' AS DECIMAL(9, 2)), x: ['a'], m: map(['k'], [1])}), (:Q {id: 1})",
    "CREATE (:P {price: CAST('12.50' AS DECIMAL(9, 2))})",
    "MATCH (p:P), (q:Q) CREATE (p)-[:R]->(q)",
)


@pytest.mark.parametrize("loss", [("DROP TABLE R", "DROP TABLE P"), ("ALTER TABLE P DROP m",)])
def test_a_table_with_a_decimal_key_comes_back(application: Application, loss: tuple[str, ...]) -> None:
    query = "MATCH (p:P)-[:R]->(q:Q) RETURN CAST(p.price * 100 AS INT64), p.x, p.m, q.id ORDER BY p.price"
    application.run(*DECIMAL_KEY)
    before = application.run(query)
    script = lose(application, (), loss)
    application.undo(script, "v1")
    assert application.run(query) == before


@pytest.mark.parametrize("loss", [("DROP TABLE K",), ("ALTER TABLE K DROP x",)])
def test_properties_called_from_and_to_come_back(application: Application, loss: tuple[str, ...]) -> None:
    base = (
        "CREATE NODE TABLE A(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE K(FROM A TO A, `from` STRING, `to` STRING, x INT64)",
        "CREATE (:A {id: 1}), (:A {id: 2})",
        "MATCH (a:A), (b:A) CREATE (a)-[:K {`from`: 'f', `to`: 't', x: a.id}]->(b)",
    )
    script = lose(application, base, loss)
    application.undo(script, "v1")
    rows = application.run(
        "MATCH (a:A)-[k:K]->(b:A) RETURN a.id, b.id, k.`from`, k.`to`, k.x ORDER BY a.id, b.id"
    )
    assert rows == [[a, b, "f", "t", a] for a in (1, 2) for b in (1, 2)]
