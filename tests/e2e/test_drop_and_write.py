"""A column is dropped and its table is written in one script, in either order: kuzu 0.11.3 crashes on most.

``lint`` says so of every such script, and the runner makes the CHECKPOINT between that saves the engine.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import EngineCrashed, EngineError
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.migrations.lint import lint_script
from kuzuvcs.tasks.running.directions import made_checkpoints
from tests.e2e.conftest import Application
from tests.tasks.building import run

BASE = (
    "CREATE NODE TABLE P(id INT64 PRIMARY KEY, x STRING, y STRING)",
    "CREATE NODE TABLE Q(id INT64 PRIMARY KEY, z STRING)",
    "CREATE REL TABLE R(FROM P TO P, w INT64, v INT64)",
    "UNWIND range(1, 200) AS i CREATE (:P {id: i, x: 'a', y: 'b'})",
    "MATCH (a:P), (b:P) WHERE b.id = a.id + 1 CREATE (a)-[:R {w: 1, v: 2}]->(b)",
)
FROM_TO = "MATCH (a:P), (b:P) WHERE a.id = 3 AND b.id = 9"
NODES = {
    "CREATE": "CREATE (:P {id: 5000})",
    "MERGE of a new row": "MERGE (:P {id: 5000})",
    "MERGE of a row that is there": "MERGE (p:P {id: 3}) ON MATCH SET p.y = 'q'",
    "SET": "MATCH (p:P) WHERE p.id = 3 SET p.y = 'n'",
    "COPY": "COPY P(id) FROM (UNWIND range(5000, 5010) AS i RETURN i)",
    "DELETE": "MATCH (p:P) WHERE p.id = 3 DETACH DELETE p",
    "rows of a query": "MATCH (p:P) WHERE p.id < 3 CREATE (:P {id: p.id + 5000})",
}
EDGES = {
    "CREATE of an edge": f"{FROM_TO} CREATE (a)-[:R {{v: 5}}]->(b)",
    "CREATE with a path": f"{FROM_TO} CREATE way = (a)-[:R {{v: 5}}]->(b)",
    "MERGE of an edge": f"{FROM_TO} MERGE (a)-[:R {{v: 5}}]->(b)",
    "DELETE of an edge": "MATCH (a:P)-[r:R]->(:P) WHERE a.id = 3 DELETE r",
    "DELETE of edges of any table": "MATCH (a:P)-[r]->(:P) WHERE a.id = 3 DELETE r",
    "SET of an edge": "MATCH (a:P)-[r:R]->(:P) WHERE a.id = 3 SET r.v = 9",
    "COPY of edges": "COPY R(v) FROM (MATCH (a:P) WHERE a.id < 5 RETURN a.id, a.id + 100, 7)",
    "DETACH DELETE of an end": "MATCH (p:P) WHERE p.id = 3 DETACH DELETE p",
}
CASES = {
    f"{name}, {order}": ([drop, write] if order == "after DROP" else [write, drop])
    for drop, writes in (("ALTER TABLE P DROP x", NODES), ("ALTER TABLE R DROP w", EDGES))
    for name, write in writes.items()
    for order in ("after DROP", "before DROP")
}
CASES["a new connection, after DROP"] = ["ALTER TABLE R DROP w", "ALTER TABLE R ADD FROM P TO Q"]
CASES["after a rename"] = [CASES["SET, after DROP"][0], "ALTER TABLE P RENAME TO N", "CREATE (:N {id: 7000})"]
HARMLESS = {
    "another table": ["ALTER TABLE P DROP x", "CREATE (:Q {id: 1})"],
    "edges of a table that lost no column": ["ALTER TABLE P DROP x", EDGES["CREATE of an edge"]],
    "reading": ["ALTER TABLE P DROP x", "MATCH (p:P) RETURN count(p.y)"],
    "a new column": ["ALTER TABLE P DROP x", "ALTER TABLE P ADD k INT64 DEFAULT 3"],
    "a CHECKPOINT between": ["ALTER TABLE P DROP x", "CHECKPOINT", "CREATE (:P {id: 5000})"],
    "nodes at the edges": ["ALTER TABLE R DROP w", "CREATE (:P {id: 5000})"],
}
QUICK = ("CREATE, before DROP", "COPY, after DROP", "DELETE of an edge, before DROP", "after a rename")


def linted(statements: list[str]) -> bool:
    script = parse_script("-- UP\n" + ";\n".join(statements) + ";\n", "script")
    return any(one.code == "KV604" for one in lint_script(script, Path("script.cypher")))


def crashes(database: Path, statements: list[str]) -> bool:
    """Whether the engine crashes, or fails an assertion, without a CHECKPOINT between."""
    run(database, *BASE)
    try:
        run(database, *statements, "CHECKPOINT")
    except EngineCrashed:
        return True
    except EngineError as error:
        if "Assertion failed" not in error.cause:
            raise
        return True
    return False


@pytest.mark.parametrize("case", CASES)
def test_lint_says_so_and_a_checkpoint_is_made(case: str) -> None:
    assert linted(CASES[case])
    script = parse_script("-- UP\n" + ";\n".join(CASES[case]) + ";\n", "script")
    assert made_checkpoints(script.up, Engine(name="kuzu")) == {len(CASES[case]) - 1}
    assert made_checkpoints(script.up, Engine(name="ladybug")) == set()


@pytest.mark.parametrize("case", HARMLESS)
def test_lint_says_nothing_of_what_is_harmless(case: str, tmp_path: Path) -> None:
    assert not linted(HARMLESS[case])
    assert not crashes(tmp_path / "app.kuzu", HARMLESS[case])


def rows(database: Path) -> list[list[list[object]]]:
    tables = sorted(one for one in run(database, "CALL show_tables() RETURN name") if len(one[0]) == 1)
    table = tables[0][0]
    nodes = run(database, f"MATCH (n:{table}) RETURN n.id, n.y")
    edges = run(database, f"MATCH (a:{table})-[r:R]->(b:{table}) RETURN a.id, b.id, r.v")
    return [tables, sorted(nodes), sorted(edges)]


def migrated(application: Application, case: str, *, in_place: bool) -> None:
    """Run a case's script, and compare with the engine that had its CHECKPOINT."""
    application.run(*BASE)
    expected = application.root / "expected.kuzu"
    run(expected, *BASE)
    *before, last = CASES[case]
    run(expected, *before, "CHECKPOINT", last)
    folder = application.root / "migrations"
    text = ";\n".join(CASES[case])
    application.by_hand(folder / "20990101_000000_by_hand.cypher", f"-- UP\n{text};\n-- DOWN\n")
    application.repository.migrate(in_place=in_place)
    assert rows(application.database) == rows(expected)
    application.run("CREATE (:Q {id: 9000})")  # the application goes on to write


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("case", QUICK)
def test_migrate_does_it_right(application: Application, case: str, *, in_place: bool) -> None:
    migrated(application, case, in_place=in_place)


@pytest.mark.slow
@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("case", [one for one in CASES if one not in QUICK])
def test_migrate_does_every_case_right(application: Application, case: str, *, in_place: bool) -> None:
    migrated(application, case, in_place=in_place)


@pytest.mark.slow
def test_the_engine_crashes_on_most_and_lint_misses_none(tmp_path: Path) -> None:
    crashed = [case for place, case in enumerate(CASES) if crashes(tmp_path / f"{place}.kuzu", CASES[case])]
    assert len(crashed) > 20
    assert {"CREATE, before DROP", "COPY, after DROP", "DELETE of an edge, before DROP"} <= {*crashed}
