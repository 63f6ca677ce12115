"""What kuzu's DETACH DELETE leaves: edges that one direction of a rel table has, and the other has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from tests.tasks.building import run

KUZU, LADYBUG = Engine(name="kuzu"), Engine(name="ladybug")
EDGE = "MATCH (a:P), (b:P) WHERE a.id = {} AND b.id = {} CREATE (a)-[:R {{w: {}}}]->(b)"
DETACH = "MATCH (n:P) WHERE n.id = {} DETACH DELETE n"
PARALLEL = ((1, 2, 0), (1, 2, 1))
UNLINK = "MATCH (:P)-[r:R]->(:P) WHERE r.w = 0 DELETE r"

LEAVES_EDGES: dict[str, tuple[tuple[tuple[int, int, int], ...], tuple[str, ...]]] = {
    "an edge, then its start": (PARALLEL, (UNLINK, DETACH.format(1))),
    "an edge, then its end": (PARALLEL, (UNLINK, DETACH.format(2))),
    "in one transaction": (PARALLEL, ("BEGIN TRANSACTION", UNLINK, DETACH.format(1), "COMMIT")),
    "two nodes, one after the other": (((3, 1, 0), (2, 1, 1)), (DETACH.format(3), DETACH.format(1))),
    "two nodes at once": (((2, 1, 0), (2, 3, 1)), ("MATCH (n:P) WHERE n.id < 3 DETACH DELETE n",)),
    "a node with a self loop": (((1, 1, 0), (2, 1, 1)), (DETACH.format(1),)),
    "a self loop, a CHECKPOINT before": (((1, 1, 0), (2, 1, 1)), ("CHECKPOINT", DETACH.format(1))),
}
HARMLESS: dict[str, tuple[tuple[tuple[int, int, int], ...], tuple[str, ...]]] = {
    "a CHECKPOINT between": (PARALLEL, (UNLINK, "CHECKPOINT", DETACH.format(1))),
    "edges alone": (PARALLEL, (UNLINK, UNLINK.replace("0", "1"))),
    "all edges before": (((1, 1, 0), (2, 1, 1)), ("MATCH (:P)-[r:R]->() DELETE r", DETACH.format(1))),
}


def both_directions(
    database: Path, engine: Engine, edges: tuple[tuple[int, int, int], ...], statements: tuple[str, ...]
) -> tuple[int, int]:
    run(
        database,
        "CREATE NODE TABLE P(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE R(FROM P TO P, w INT64)",
        "UNWIND range(1, 3) AS i CREATE (:P {id: i})",
        *(EDGE.format(*edge) for edge in edges),
        engine=engine,
    )
    run(database, *statements)
    match = "MATCH (a:P)-[r:R]->(b:P)"
    [[forwards]] = run(database, f"{match} HINT (a JOIN r) JOIN b RETURN count(*)")
    [[backwards]] = run(database, f"{match} HINT (b JOIN r) JOIN a RETURN count(*)")
    return forwards, backwards


@pytest.mark.parametrize("case", LEAVES_EDGES)
def test_kuzu_leaves_edges_at_a_deleted_node(tmp_path: Path, case: str) -> None:
    forwards, backwards = both_directions(tmp_path / "app.db", KUZU, *LEAVES_EDGES[case])
    assert sorted((forwards, backwards)) == [0, 1]


@pytest.mark.parametrize("case", HARMLESS)
def test_kuzu_leaves_none(tmp_path: Path, case: str) -> None:
    assert both_directions(tmp_path / "app.db", KUZU, *HARMLESS[case]) == (0, 0)


@pytest.mark.parametrize("case", LEAVES_EDGES)
def test_ladybug_leaves_none(tmp_path: Path, case: str) -> None:
    assert both_directions(tmp_path / "app.db", LADYBUG, *LEAVES_EDGES[case]) == (0, 0)
