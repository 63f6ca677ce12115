"""Many connections, tables and columns: how many requests and programs a command takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.repository import Repository
from tests.tasks.building import run
from tests.tasks.counting import Counts, counted


def with_connections(root: Path, tables: int, engine: Engine) -> Repository:
    """A rel table between all pairs of tables, with one edge."""
    repository = Repository.init(root, "app.kuzu")
    pairs = ", ".join(f"FROM N{start} TO N{end}" for start in range(tables) for end in range(tables))
    run(
        repository.project.database,
        *(f"CREATE NODE TABLE N{number}(id INT64 PRIMARY KEY)" for number in range(tables)),
        f"CREATE REL TABLE R({pairs}, since INT64)",
        *(f"CREATE (:N{number} {{id: 1}})" for number in range(tables)),
        "MATCH (a:N0), (b:N1) CREATE (a)-[:R {since: 5}]->(b)",
        engine=engine,
    )
    return repository


def counts_of(call: Callable[[], object]) -> Counts:
    with counted() as counts:
        call()
    return counts


@pytest.mark.parametrize("engine", [Engine(name="kuzu"), Engine(name="ladybug")], ids=str)
def test_connections_without_edges_cost_no_request(tmp_path: Path, engine: Engine) -> None:
    tables = 6
    repository = with_connections(tmp_path / "project", tables, engine)
    connections = tables * tables
    captured = counts_of(repository.snapshot)
    assert len([one for one in captured.requests if "-[r:" in one]) <= 10  # per rel table, not per connection
    counted_only = counts_of(repository.status)
    assert len([one for one in counted_only.requests if "-[r:" in one]) <= 10
    beside = tmp_path / "project" / "beside.kuzu"
    restored = counts_of(lambda: repository.checkout("v1", to=beside))
    assert len([one for one in restored.requests if "-[r:" in one]) <= 10
    assert len(restored.programs) < connections
    assert run(beside, "MATCH (a)-[r:R]->(b) RETURN label(a), label(b), r.since") == [["N0", "N1", 5]]
    assert len(counts_of(lambda: repository.verify("v1")).programs) < connections


def test_edges_of_a_table_that_one_query_does_not_read(tmp_path: Path) -> None:
    """kuzu refuses the query over all connections where UNION columns of one name differ."""
    repository = Repository.init(tmp_path / "project", "app.kuzu")
    database = repository.project.database
    run(
        database,
        "CREATE NODE TABLE A(id INT64 PRIMARY KEY, u UNION(x INT64, y STRING))",
        "CREATE NODE TABLE B(id INT64 PRIMARY KEY, u UNION(x DOUBLE, z BOOL))",
        "CREATE REL TABLE R(FROM A TO B, FROM B TO A)",
        "CREATE (:A {id: 1})",
        "CREATE (:B {id: 1})",
        "MATCH (a:A), (b:B) CREATE (b)-[:R]->(a)",
    )
    rows = {table.name: table.rows for table in repository.snapshot().tables}
    assert rows == {"A": 1, "B": 1, "R": 1}
    assert repository.status().clean


def wide(root: Path, tables: int, columns: int) -> Repository:
    repository = Repository.init(root, "app.kuzu")
    properties = ", ".join(f"c{number} STRING" for number in range(columns))
    run(
        repository.project.database,
        *(f"CREATE NODE TABLE N{number}(id INT64 PRIMARY KEY, {properties})" for number in range(tables)),
    )
    repository.snapshot()
    run(repository.project.database, "ALTER TABLE N0 ADD more INT64")
    repository.snapshot()
    return repository


COMMANDS: dict[str, Callable[[Repository], object]] = {
    "status": lambda repository: repository.status(),
    "checkout": lambda repository: repository.checkout("v1", to=repository.project.root / "beside.kuzu"),
    "generate": lambda repository: repository.generate(),
    "migrate": lambda repository: repository.migrate(),
}
PER_TABLE = {"status": 3, "checkout": 12, "generate": 16, "migrate": 16}
"""Requests for each table, at most.  They do not depend on how many columns it has."""


def test_requests_grow_with_tables_and_not_with_columns(tmp_path: Path) -> None:
    narrow, broad, more = (
        wide(tmp_path / f"{tables}-{columns}", tables, columns)
        for tables, columns in ((2, 2), (2, 60), (8, 2))
    )
    for command, call in COMMANDS.items():
        few, columns, tables = (counts_of(partial(call, one)) for one in (narrow, broad, more))
        assert len(columns.requests) == len(few.requests), command
        assert len(tables.requests) <= len(few.requests) + 6 * PER_TABLE[command], command
        # A process that has crashed or refused something is replaced: one or two more say nothing.
        assert max(len(columns.programs), len(tables.programs)) <= len(few.programs) + 2, command
