"""Tables whose schema can be found out by trying only, and whose keys or names make that hard."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.schema import Column, Connection, Constant, NodeTable, RelTable, Schema
from kuzuvcs.render.cypher import create_schema
from tests.pairs.round_trip import Engine

DEFAULT = Constant(json='"12"')
DATE = Constant(json='"2020-01-01"')


def _keyed(name: str, type: str, default: Constant | None = None) -> NodeTable:
    key = Column(name="id", type=type, default=default)
    return NodeTable(
        name=name, columns=(key, Column(name="n", type="INT64", default=DEFAULT)), primary_key="id"
    )


LOOP = RelTable(
    name="R\r",
    connections=(Connection(source="T\r", target="T\r"),),
    columns=(Column(name="n", type="INT64", default=DEFAULT),),
)
SCHEMAS = {
    "edges between nodes with keys of few values": Schema(
        node_tables=(_keyed("T\r", "INT8"),), rel_tables=(LOOP,)
    ),
    "a key that is a fraction": Schema(node_tables=(_keyed("T", "DECIMAL(4, 4)"),)),
    "a key with a default": Schema(node_tables=(_keyed("T", "DATE", DATE),)),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_is_what_was_built(name: str, tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.run(create_schema(SCHEMAS[name]))
    with engine.open() as worker:
        engine.require_schema(worker, SCHEMAS[name])


def test_the_default_of_a_key_is_read_though_a_row_has_it(tmp_path: Path) -> None:
    schema = SCHEMAS["a key with a default"]
    engine = Engine(tmp_path)
    engine.run((*create_schema(schema), "CREATE (:T {n: 1})"))
    with engine.open() as worker:
        engine.require_schema(worker, schema)
        assert worker.execute("MATCH (t:T) RETURN t.n") == [[1]]


def test_names_that_only_the_engine_tells_apart_are_captured(tmp_path: Path) -> None:
    columns = tuple(Column(name=name, type="INT64") for name in ("id", "é", "É"))
    schema = Schema(
        node_tables=(NodeTable(name="T", columns=columns, primary_key="id"),),
        rel_tables=(
            RelTable(name="R", connections=(Connection(source="T", target="T"),), columns=columns[1:]),
        ),
    )
    engine = Engine(tmp_path)
    engine.run((*create_schema(schema), "CREATE (t:T {id: 1, é: 2, É: 3})-[:R {é: 4, É: 5}]->(t)"))
    with engine.open() as worker:
        edges, nodes = engine.capture(worker, schema)
    names = [column.parquet_column for column in nodes.record.columns]
    assert names == ["id", "É", "é_"]
    assert [column.property for column in edges.record.columns] == ["", "", "É", "é"]


def test_a_copy_of_no_edges_says_nothing_of_the_storage_direction(tmp_path: Path) -> None:
    schema = Schema(
        node_tables=(_keyed("A", "INT64"), _keyed("B", "INT64")),
        rel_tables=(RelTable(name="R", connections=(Connection(source="A", target="B"),)),),
    )
    copy = "COPY R FROM (MATCH (a:A), (b:B) RETURN a.id, b.id)"
    engine = Engine(tmp_path)
    engine.run((*create_schema(schema), "CREATE (:B {id: 1})", copy))
    with engine.open() as worker:
        engine.require_schema(worker, schema)
