"""Every kind of rebuild, planned, printed and run on the real engine with rows and edges: up, then down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.planning.operations import CopyEdges, CopyNodes
from kuzuvcs.core.planning.plan import plan
from kuzuvcs.core.schema import Constant, NodeTable, Schema
from tests.render.test_plans_on_kuzu import (
    CITY,
    HOSTILE,
    IN,
    KNOWS,
    SERIAL,
    START,
    USER,
    VECTOR,
    Engine,
    column,
    edited,
    engine,
    fts,
    insert_rows,
    rel,
)

TABLE = SERIAL.node_tables[0]

CASES: dict[str, tuple[Schema, Schema, Renames]] = {
    "type": (START, edited(START, "User", columns=(*USER.columns[:2], column("age", "INT32"))), Renames()),
    "default": (
        START,
        edited(START, "User", columns=(*USER.columns[:2], column("age", "INT64", Constant(json='"1"')))),
        Renames(),
    ),
    "key type": (START, edited(START, "User", columns=(column("id"), *USER.columns[1:])), Renames()),
    "multiplicity": (START, edited(START, "In", multiplicity="MANY_MANY"), Renames()),
    "direction": (START, edited(START, "In", storage_direction="both"), Renames()),
    "rel type": (START, edited(START, "Knows", columns=(column("since"),)), Renames()),
    "serial added": (
        SERIAL,
        edited(SERIAL, "T", columns=(*TABLE.columns, column("n", "SERIAL"))),
        Renames(),
    ),
    "serial kept": (
        SERIAL,
        edited(SERIAL, "T", columns=(TABLE.columns[0], column("x", "STRING"))),
        Renames(),
    ),
    "serial becomes a plain key": (
        SERIAL,
        edited(SERIAL, "T", columns=(column("id", "INT64"), TABLE.columns[1])),
        Renames(),
    ),
    "serial column renamed": (
        SERIAL,
        edited(SERIAL, "T", columns=(column("key", "SERIAL"), column("x", "INT64")), primary_key="key"),
        Renames(columns=(("T", "id", "key"),)),
    ),
    "serial table renamed": (SERIAL, edited(SERIAL, "T", name="U"), Renames(tables=(("T", "U"),))),
    "serial table renamed by case": (SERIAL, edited(SERIAL, "T", name="t"), Renames()),
    "vector index changed": (
        VECTOR,
        replace(VECTOR, indexes=(replace(VECTOR.indexes[0], options=(("metric", "'cosine'"),)),)),
        Renames(),
    ),
    "vector index dropped": (VECTOR, replace(VECTOR, indexes=()), Renames()),
    "rename, type, comment and connections at once": (
        START,
        Schema(
            node_tables=(
                NodeTable(
                    name="City",
                    columns=(column("number", "INT32"), column("name"), column("more", "BOOL")),
                    primary_key="number",
                    comment="were users",
                ),
                replace(CITY, name="User"),
            ),
            rel_tables=(
                rel(
                    "Knows",
                    ("City", "City"),
                    ("City", "User"),
                    ("User", "City"),
                    columns=(column("when", "DATE"),),
                ),
                replace(IN, connections=rel("In", ("User", "User")).connections),
            ),
            sequences=START.sequences,
        ),
        Renames(
            tables=(("User", "City"), ("City", "User")),
            columns=(("User", "id", "number"), ("Knows", "since", "when")),
        ),
    ),
}


def fill(built: Engine, schema: Schema) -> None:
    """Three nodes of each table, loops and parallel edges."""
    insert_rows(built, schema)
    for table in schema.rel_tables:
        twice = 1 if table.multiplicity != "MANY_MANY" else 2
        for connection in table.connections:
            for _ in range(twice):
                built.run(
                    f"MATCH (a:{connection.source}), (b:{connection.target}) WHERE a.id = b.id "
                    f"CREATE (a)-[:`{table.name}`]->(b)"
                )


def content(built: Engine, schema: Schema) -> list[object]:
    found: list[object] = []
    for node in schema.node_tables:
        names = ", ".join(f"n.`{one.name}`" for one in sorted(node.columns, key=lambda one: one.name))
        found.append(sorted(map(str, built.run(f"MATCH (n:{node.name}) RETURN {names}"))))
    for table in schema.rel_tables:
        names = "".join(f", r.`{one.name}`" for one in table.columns)
        for ends in table.connections:
            pattern = f"(a:{ends.source})-[r:`{table.name}`]->(b:{ends.target})"
            found.append(sorted(map(str, built.run(f"MATCH {pattern} RETURN a.id, b.id{names}"))))
    return found


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_a_rebuild_runs_up_and_down(name: str, rows: bool, tmp_path: Path) -> None:
    old, new, renames = CASES[name]
    steps = plan(old, new, diff(old, new, renames), schema_only=True)
    with engine(tmp_path / "old") as built, engine(tmp_path / "new") as wanted:
        before, after = built.build(old).catalog(), wanted.build(new).catalog()
        if rows:
            fill(built, old)
        values = content(built, old)
        built.perform(steps.up)
        assert built.catalog() == after
        built.reopen()
        assert built.catalog() == after
        built.perform(steps.down)
        built.reopen()
        assert built.catalog() == before
        assert content(built, old) == values
        insert_rows(built, old, first=100)


def test_each_table_is_rebuilt_once() -> None:
    both = edited(
        edited(START, "User", columns=(column("id"), column("name"), column("age"))),
        "City",
        columns=(column("id"), *CITY.columns[1:]),
    )
    operations = [
        operation for step in plan(START, both, diff(START, both)).up for operation in step.operations
    ]
    assert sorted(one.table for one in operations if isinstance(one, CopyNodes)) == ["City", "User"]
    edges = [(one.table, one.connection) for one in operations if isinstance(one, CopyEdges)]
    assert len(edges) == len(KNOWS.connections) + len(IN.connections)
    assert len(set(edges)) == len(edges)


def test_hostile_names_are_rebuilt(tmp_path: Path) -> None:
    names = HOSTILE
    old = Schema(
        node_tables=tuple(
            NodeTable(
                name=name,
                columns=(column("k " + name, "SERIAL"), column("c " + name, "INT64")),
                primary_key="k " + name,
            )
            for name in names
        ),
        rel_tables=tuple(rel(f"r {name}", (name, names[0]), columns=(column(name),)) for name in names),
    )
    new = replace(
        old,
        node_tables=tuple(
            replace(node, columns=(node.columns[0], replace(node.columns[1], type="STRING")))
            for node in old.node_tables
        ),
    )
    steps = plan(old, new, diff(old, new), schema_only=True)
    with engine(tmp_path / "old") as built, engine(tmp_path / "new") as wanted:
        before, after = built.build(old).catalog(), wanted.build(new).catalog()
        for name in names:
            built.run(f"CREATE (:`{name}` {{`c {name}`: 5}})")
        built.perform(steps.up)
        assert built.catalog() == after
        for name in names:
            assert built.run(f"MATCH (n:`{name}`) RETURN n.`c {name}`") == [["5"]]
            assert built.run(f"CREATE (n:`{name}`) RETURN n.`k {name}`") == [[1]]
        built.perform(steps.down)
        assert built.catalog() == before


def test_a_table_that_gets_its_columns_in_another_order_is_said() -> None:
    wider = edited(START, "User", columns=(USER.columns[0], column("email"), *USER.columns[1:]))
    hazards = [hazard for step in plan(START, wider, diff(START, wider)).up for hazard in step.hazards]
    assert [hazard.name for hazard in hazards] == ["column_order"]
    last = edited(START, "User", columns=(*USER.columns, column("email")))
    assert not [hazard for step in plan(START, last, diff(START, last)).up for hazard in step.hazards]


KEY_LAST = Schema(
    node_tables=(
        NodeTable(
            name="T",
            columns=(column("x"), column("id", "INT64"), column("y"), column("name")),
            primary_key="id",
        ),
    )
)


def test_keys_hold_after_a_column_before_them_is_dropped(tmp_path: Path) -> None:
    new = edited(KEY_LAST, "T", columns=KEY_LAST.node_tables[0].columns[1:])
    with engine(tmp_path / "db") as built:
        built.build(KEY_LAST)
        insert_rows(built, KEY_LAST)
        built.perform(plan(KEY_LAST, new, diff(KEY_LAST, new)).up)
        built.reopen()
        with pytest.raises(RuntimeError, match="duplicated primary key"):
            built.run("CREATE (:T {id: 1, y: 'new'})")
        built.run("CREATE (:T {id: 9, y: 'new'})")
        assert built.run("MATCH (t:T {id: 9}) RETURN t.y") == [["new"]]


def test_text_is_found_after_a_column_before_it_is_dropped(tmp_path: Path) -> None:
    old = replace(KEY_LAST, indexes=(fts("T", "words", "name"),))
    columns = tuple(one for one in old.node_tables[0].columns if one.name != "y")
    new = edited(old, "T", columns=columns)
    with engine(tmp_path / "db") as built:
        built.build(old)
        built.perform(plan(old, new, diff(old, new)).up)
        built.reopen()
        built.run("CREATE (:T {id: 9, name: 'bob'})")
        assert built.run("CALL QUERY_FTS_INDEX('T', 'words', 'bob') RETURN node.id") == [[9]]


def test_a_column_after_key_and_indexes_is_dropped_in_place() -> None:
    old = replace(KEY_LAST, indexes=(fts("T", "words", "x"),))
    new = edited(old, "T", columns=old.node_tables[0].columns[:-1])
    operations = [one for step in plan(old, new, diff(old, new)).up for one in step.operations]
    assert not [one for one in operations if isinstance(one, CopyNodes)]
