"""snapshot → checkout → snapshot is a fixed point, and the restored database goes on as the first would."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.schema import Constant, NodeTable
from kuzuvcs.repository import Repository
from tests.tasks.building import content, git, of, run
from tests.tasks.zoo import EVERYTHING


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Path]:
    """A project whose v1 is the zoo, and the database that v1 was restored to.  Tests only add to them."""
    repository = Repository.init(tmp_path_factory.mktemp("zoo") / "project", "app.kuzu")
    run(repository.project.database, *EVERYTHING)
    assert repository.snapshot("the zoo").warnings == ()
    target = repository.project.root / "restored.kuzu"
    repository.checkout("v1", to=target)
    return repository, target


def test_the_restored_database_is_the_same_version(restored: tuple[Repository, Path]) -> None:
    repository, target = restored
    again = of(repository, target).snapshot("again")
    assert (again.version, again.changed) == ("v1", False)


def test_a_new_store_gets_the_same_tree(restored: tuple[Repository, Path], tmp_path: Path) -> None:
    repository, target = restored
    other = of(Repository.init(tmp_path / "other", "unused.kuzu"), target)
    other.snapshot("elsewhere")
    for path in ("data", "schema.json", "sequences.json", "schema.cypher", "copy.cypher"):
        assert git(other.project.store, "rev-parse", f"v1:{path}") == git(
            repository.project.store, "rev-parse", f"v1:{path}"
        )


def test_constant_defaults_are_values_and_null_beside_a_default_stays(
    restored: tuple[Repository, Path],
) -> None:
    repository, target = restored
    table = repository.show("v1").schema.table("City")
    assert isinstance(table, NodeTable)
    defaults = {column.name: column.default for column in table.columns}
    assert defaults["n"] == Constant(json='"-5"')
    assert defaults["u"] == Constant(json='"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"')
    assert defaults["w"] == Constant(json='"now() or never"')
    [row] = run(target, "MATCH (c:City {name: 'Oslo'}) RETURN c.n, c.s, c.seq, c.ts, c.b, c.i128, c.l")
    assert row == [None] * 7


def test_both_databases_go_on_alike(restored: tuple[Repository, Path]) -> None:
    repository, target = restored
    sequences = ("used", "down", "wheel", "back_wheel", "unused", "numbers")
    asked = (
        "CREATE (p:Person {name: 'new', bio: 'new'}) RETURN p.id",
        "RETURN " + ", ".join(f"nextval('{name}')" for name in sequences),
        "CREATE (c:City {name: 'new'}) RETURN c.seq, c.n, c.d, c.s, c.q, c.w, c.l, c.dt, c.b, c.dec, c.iv,"
        " c.u, c.i128, c.bl",
        "RETURN plus_one(1), scaled(3), scaled(3, 5), hello(), quoted(1)",
        "CALL QUERY_FTS_INDEX('Doc', 'doc_text', 'fox') RETURN count(*)",
        "CALL QUERY_FTS_INDEX('Person', 'person_text', 'graph') RETURN count(*)",
        "CALL QUERY_VECTOR_INDEX('Doc', 'doc_vector', CAST([1.5, 1, 0, 1] AS FLOAT[4]), 2) RETURN node.id",
    )
    for statement in asked:
        answer = run(target, statement)
        assert answer
        assert answer == run(repository.project.database, statement)
    assert run(target, "MATCH (p:Person {name: 'new'}) RETURN p.id") == [[20]]


def test_altered_and_fresh_databases_are_the_same_content(tmp_path: Path) -> None:
    """Columns, tables, connections and rows in another order, ids and internal offsets with holes."""
    folder = tmp_path / "databases"
    folder.mkdir()
    altered, fresh = folder / "altered.kuzu", folder / "fresh.kuzu"
    run(
        altered,
        "CREATE NODE TABLE Gone(id INT64 PRIMARY KEY)",
        "CREATE NODE TABLE Human(id INT64 PRIMARY KEY, x STRING)",
        "CREATE NODE TABLE City(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE Lives(FROM Human TO City, gone INT64)",
        "UNWIND range(0, 3000) AS i CREATE (:Human {id: i, x: 'x'})",
        "CREATE (:City {id: 1})",
        "MATCH (h:Human) WHERE h.id >= 2 AND h.id <> 2500 DELETE h",
        "DROP TABLE Gone",
        "ALTER TABLE Human RENAME TO Person",
        "ALTER TABLE Person RENAME x TO name",
        "ALTER TABLE Person ADD age INT32 DEFAULT -2",
        "ALTER TABLE Lives ADD FROM City TO City",
        "ALTER TABLE Lives DROP gone",
        "ALTER TABLE Lives ADD w DOUBLE",
        "ALTER TABLE Lives ADD a STRING DEFAULT 'a'",
        "MATCH (p:Person {id: 2500}), (c:City) CREATE (p)-[:Lives {w: 1}]->(c), (c)-[:Lives {w: 2}]->(c)",
    )
    run(
        fresh,
        "CREATE NODE TABLE City(id INT64 PRIMARY KEY)",
        "CREATE NODE TABLE Person(age INT32 DEFAULT (-1) * 2, name STRING, id INT64 PRIMARY KEY)",
        'CREATE REL TABLE Lives(FROM City TO City, FROM Person TO City, a STRING DEFAULT "a", w DOUBLE)',
        "CREATE (:City {id: 1})",
        "UNWIND [2500, 1, 0] AS i CREATE (:Person {id: i, name: 'x'})",
        "MATCH (c:City) CREATE (c)-[:Lives {w: 2}]->(c)",
        "MATCH (p:Person {id: 2500}), (c:City) CREATE (p)-[:Lives {w: 1}]->(c)",
    )
    assert content(altered) == content(fresh)


def test_a_serial_table_keeps_its_counter_through_renames(repository: Repository) -> None:
    run(
        repository.project.database,
        "CREATE NODE TABLE Person(id SERIAL PRIMARY KEY, name STRING)",
        "CREATE NODE TABLE Robot(id SERIAL PRIMARY KEY)",
        "UNWIND range(1, 5) AS i CREATE (:Person {name: 'x'})",
        "MATCH (p:Person {id: 4}) DELETE p",
        "ALTER TABLE Person RENAME TO Human",
        "ALTER TABLE Robot RENAME TO Person",
    )
    repository.snapshot()
    target = repository.project.root / "restored.kuzu"
    repository.checkout("v1", to=target)
    assert not of(repository, target).snapshot().changed
    assert run(target, "CREATE (h:Human {name: 'next'}) RETURN h.id") == [[5]]
    assert run(target, "CREATE (p:Person) RETURN p.id") == [[0]]


def test_serial_tables_that_swapped_their_names(repository: Repository) -> None:
    run(
        repository.project.database,
        "CREATE NODE TABLE A(id SERIAL PRIMARY KEY, n INT64)",
        "CREATE NODE TABLE B(id SERIAL PRIMARY KEY)",
        "UNWIND range(1, 5) AS i CREATE (:A {n: i})",
        "CREATE (:B)",
        "ALTER TABLE A RENAME TO T",
        "ALTER TABLE B RENAME TO A",
        "ALTER TABLE T RENAME TO B",
    )
    repository.snapshot()
    target = repository.project.root / "restored.kuzu"
    repository.checkout("v1", to=target)
    assert not of(repository, target).snapshot().changed
    assert run(target, "CREATE (b:B {n: 0}) RETURN b.id") == [[5]]
    assert run(target, "CREATE (a:A) RETURN a.id") == [[1]]
