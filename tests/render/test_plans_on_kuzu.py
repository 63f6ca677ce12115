"""Every supported change, planned, printed and run on the real engine: up, then down."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import kuzu
import pytest

from kuzuvcs.core.comparing.apply import apply
from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.planning.plan import plan
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import (
    Column,
    Connection,
    Constant,
    Expression,
    Index,
    Macro,
    NodeTable,
    RelTable,
    Schema,
    Sequence,
    fold,
)
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.errors import UnsupportedChange
from kuzuvcs.render.cypher import create_indexes, create_schema, statement

HOSTILE = (
    "it's",
    'say "x"',
    "a b",
    "select",
    "back\\slash",
    "x;y -- UP",
    "// no",
    "é\u202e",
    "n" * 200,
    "{[(",
)


class Engine:
    """A database in a folder of the test's own; every result is closed before anything else happens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open()

    def _open(self) -> None:
        self.database = kuzu.Database(str(self.path), buffer_pool_size=64 << 20, max_db_size=1 << 30)
        self.connection = kuzu.Connection(self.database)

    def run(self, text: str) -> list[list[Any]]:
        result = self.connection.execute(text)
        assert isinstance(result, kuzu.QueryResult)
        rows: list[list[Any]] = result.get_all()
        result.close()
        return rows

    def close(self) -> None:
        self.connection.close()
        self.database.close()

    def reopen(self) -> None:
        self.close()
        self._open()

    def build(self, schema: Schema) -> Engine:
        for text in (*create_schema(schema), *create_indexes(schema)):
            self.run(text)
        return self

    def perform(self, steps: tuple[Step, ...]) -> None:
        """Transactional steps that stand together in one transaction, the others on their own."""
        for transactional, group in groupby(steps, key=lambda step: step.transactional):
            texts = [statement(operation) for step in group for operation in step.operations]
            for text in ["BEGIN TRANSACTION", *texts, "COMMIT"] if transactional else texts:
                self.run(text)

    def catalog(self) -> dict[str, Any]:
        """What the engine tells, in an order of its own choosing made one."""
        found: dict[str, Any] = {"sequences": sorted(self.run("CALL show_sequences() RETURN *"))}
        found["indexes"] = sorted(row[:4] + row[5:] for row in self.run("CALL show_indexes() RETURN *"))
        for _, name, kind, _, comment in self.run("CALL show_tables() RETURN *"):
            columns = sorted(row[1:] for row in self.run(f"CALL table_info({string_literal(name)}) RETURN *"))
            ends = []
            if kind == "REL":
                ends = sorted(self.run(f"CALL show_connection({string_literal(name)}) RETURN *"))
            found[f"table {name}"] = [kind, comment, columns, ends]
        return found


@contextmanager
def engine(path: Path) -> Iterator[Engine]:
    found = Engine(path)
    try:
        yield found
    finally:
        found.close()


def column(name: str, type: str = "STRING", default: Any = None) -> Column:
    return Column(name=name, type=type, default=default)


def node(name: str, *columns: Column, comment: str = "", key: str = "id") -> NodeTable:
    return NodeTable(name=name, columns=(column(key, "INT64"), *columns), primary_key=key, comment=comment)


def rel(name: str, *pairs: tuple[str, str], columns: tuple[Column, ...] = (), **rest: Any) -> RelTable:
    connections = tuple(Connection(source=source, target=target) for source, target in pairs)
    return RelTable(name=name, connections=connections, columns=columns, **rest)


def fts(table: str, name: str, *columns: str, stemmer: str = "'english'") -> Index:
    return Index(table=table, name=name, kind="FTS", columns=columns, options=(("stemmer", stemmer),))


def vector(table: str, name: str, column: str) -> Index:
    return Index(table=table, name=name, kind="HNSW", columns=(column,), options=(("metric", "'l2'"),))


START = Schema(
    node_tables=(
        node("User", column("name"), column("age", "INT64"), comment="people"),
        node("City", column("name"), column("spot", "FLOAT[3]")),
    ),
    rel_tables=(
        rel("Knows", ("User", "User"), ("User", "City"), columns=(column("since", "DATE"),)),
        rel("In", ("City", "City"), multiplicity="MANY_ONE", storage_direction="fwd"),
    ),
    sequences=(Sequence(name="s", start=5),),
    indexes=(fts("User", "words", "name"),),
)
USER, CITY = START.node_tables
KNOWS, IN = START.rel_tables


def with_nodes(*nodes: NodeTable, **rest: Any) -> Schema:
    return replace(START, node_tables=nodes, **rest)


CASES: dict[str, tuple[Schema, Schema, Renames]] = {
    "add and drop tables": (
        START,
        with_nodes(
            USER,
            node("Shop", column("name")),
            rel_tables=(rel("At", ("User", "Shop")), replace(KNOWS, connections=KNOWS.connections[:1])),
        ),
        Renames(),
    ),
    "add columns with defaults": (
        START,
        with_nodes(
            replace(
                USER,
                columns=(
                    *USER.columns,
                    column("email", "STRING", Constant(json='"it\'s \\\\ none"')),
                    column("rank", "DECIMAL(9, 2)", Constant(json='"-0.05"')),
                    column("tags", "STRING[]", Constant(json='["a,b",null]')),
                    column("number", "INT64", Expression(text="nextval('t')")),
                ),
            ),
            CITY,
            sequences=(*START.sequences, Sequence(name="t", start=7, increment=-2, minimum=-99, maximum=9)),
        ),
        Renames(),
    ),
    "drop an indexed column": (
        START,
        with_nodes(node("User", column("age", "INT64"), comment="people"), CITY, indexes=()),
        Renames(),
    ),
    "drop a column and add it again": (
        START,
        START,
        Renames(replaced_columns=(("User", "name"), ("Knows", "since"))),
    ),
    "drop a table and create it again": (START, START, Renames(replaced_tables=("City", "Knows"))),
    "turn a node table into a rel table": (
        replace(START, rel_tables=(), indexes=()),
        Schema(node_tables=(CITY,), rel_tables=(rel("User", ("City", "City")),), sequences=START.sequences),
        Renames(),
    ),
    "rename a table with an index and connections": (
        START,
        apply(
            START,
            diff(
                START,
                with_nodes(
                    replace(USER, name="Person"),
                    CITY,
                    rel_tables=(
                        replace(
                            KNOWS,
                            connections=(
                                Connection(source="Person", target="Person"),
                                Connection(source="Person", target="City"),
                            ),
                        ),
                        IN,
                    ),
                    indexes=(fts("Person", "words", "name"),),
                ),
                Renames(tables=(("User", "Person"),)),
            ),
        ),
        Renames(tables=(("User", "Person"),)),
    ),
    "swap two tables": (
        START,
        with_nodes(
            replace(CITY, name="User"),
            replace(USER, name="City"),
            rel_tables=(
                rel("Knows", ("City", "City"), ("City", "User"), columns=KNOWS.columns),
                replace(IN, connections=(Connection(source="User", target="User"),)),
            ),
            indexes=(fts("City", "words", "name"),),
        ),
        Renames(tables=(("User", "City"), ("City", "User"))),
    ),
    "rename columns, the key and an indexed one too, in a circle": (
        START,
        with_nodes(
            NodeTable(
                name="User",
                columns=(column("name", "INT64"), column("age"), column("id", "INT64")),
                primary_key="name",
                comment="people",
            ),
            CITY,
            indexes=(fts("User", "words", "age"),),
        ),
        Renames(columns=(("User", "id", "name"), ("User", "name", "age"), ("User", "age", "id"))),
    ),
    "change the case of names": (
        START,
        with_nodes(
            replace(
                USER, name="USER", columns=(column("id", "INT64"), column("Name"), column("AGE", "INT64"))
            ),
            CITY,
            rel_tables=(rel("Knows", ("USER", "USER"), ("USER", "City"), columns=KNOWS.columns), IN),
            indexes=(fts("USER", "words", "Name"),),
        ),
        Renames(),
    ),
    "rename a column and add its old name": (
        START,
        with_nodes(
            node("User", column("alias"), column("age", "INT64"), column("name"), comment="people"),
            CITY,
            indexes=(fts("User", "words", "alias"),),
        ),
        Renames(columns=(("User", "name", "alias"),)),
    ),
    "connections": (
        START,
        replace(
            START,
            rel_tables=(rel("Knows", ("City", "City"), ("User", "City"), columns=KNOWS.columns), IN),
        ),
        Renames(),
    ),
    "comments": (
        START,
        with_nodes(
            replace(USER, comment="it's \\ \n-- UP\n `x` ${before}"),
            replace(CITY, comment="towns"),
            rel_tables=(replace(KNOWS, comment="k"), IN),
        ),
        Renames(),
    ),
    "sequences": (
        START,
        replace(START, sequences=(Sequence(name="s", start=9, cycle=True), Sequence(name="u s"))),
        Renames(),
    ),
    "indexes": (
        START,
        replace(
            START,
            indexes=(
                fts("User", "words", "name", stemmer="'none'"),
                fts("City", "w", "name"),
            ),
        ),
        Renames(),
    ),
    "a table with a vector index": (
        START,
        with_nodes(
            USER,
            CITY,
            node("Spot", column("at", "FLOAT[2]")),
            indexes=(*START.indexes, vector("Spot", "v", "at")),
        ),
        Renames(),
    ),
    "hostile names": (
        Schema(node_tables=tuple(node(name, column("c " + name)) for name in HOSTILE)),
        Schema(
            node_tables=tuple(
                node(
                    name + "2",
                    column("d " + name),
                    column("e " + name, "INT64"),
                    comment=name,
                    key="k " + name,
                )
                for name in HOSTILE
            ),
            rel_tables=(rel("r it's", *((name + "2", HOSTILE[0] + "2") for name in HOSTILE)),),
        ),
        Renames(
            tables=tuple((name, name + "2") for name in HOSTILE),
            columns=tuple((name, "c " + name, "d " + name) for name in HOSTILE)
            + tuple((name, "id", "k " + name) for name in HOSTILE),
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_plan_runs_up_and_down(name: str, tmp_path: Path) -> None:
    old, new, renames = CASES[name]
    steps = plan(old, new, diff(old, new, renames), schema_only=True)
    with engine(tmp_path / "old") as built, engine(tmp_path / "new") as wanted:
        before, after = built.build(old).catalog(), wanted.build(new).catalog()
        insert_rows(built, old)
        built.perform(steps.up)
        assert built.catalog() == after
        built.reopen()
        assert built.catalog() == after
        built.perform(steps.down)
        assert built.catalog() == before
        built.reopen()
        assert built.catalog() == before
        insert_rows(built, old, first=100)


def insert_rows(built: Engine, schema: Schema, first: int = 0) -> None:
    for table in schema.node_tables:
        key = quote_name(table.primary_key)
        for number in range(first, first + 3):
            built.run(f"CREATE (:{quote_name(table.name)} {{{key}: {number}}})")


def test_values_follow_renames_and_old_rows_get_the_default(tmp_path: Path) -> None:
    old, new, renames = CASES["rename columns, the key and an indexed one too, in a circle"]
    with engine(tmp_path / "db") as built:
        built.build(old).run("CREATE (:User {id: 1, name: 'n', age: 9})")
        steps = plan(old, new, diff(old, new, renames), schema_only=True)
        built.perform(steps.up)
        assert built.run("MATCH (u:User) RETURN u.name, u.age, u.id") == [[1, "n", 9]]
        built.perform(steps.down)
        assert built.run("MATCH (u:User) RETURN u.id, u.name, u.age") == [[1, "n", 9]]
        added = CASES["add columns with defaults"][1]
        built.perform(plan(old, added, diff(old, added)).up)
        found = built.run("MATCH (u:User) RETURN u.email, CAST(u.rank < 0 AS STRING), u.tags, u.number")
        assert found == [["it's \\ none", "True", ["a,b", None], 7]]


def test_a_set_after_a_dropped_column_does_not_kill_the_process(tmp_path: Path) -> None:
    new = CASES["drop an indexed column"][1]
    with engine(tmp_path / "db") as built:
        built.build(START).run("CREATE (:User {id: 1, name: 'n', age: 9})")
        built.perform(plan(START, new, diff(START, new)).up)
        built.run("MATCH (u:User) SET u.age = 10")
        assert built.run("MATCH (u:User) RETURN u.id, u.age") == [[1, 10]]


def test_why_a_vector_index_is_not_dropped(tmp_path: Path) -> None:
    """In a process of its own, since the engine ends it."""
    script = f"""
import kuzu
def run(*texts):
    database = kuzu.Database({str(tmp_path / "db")!r}, max_db_size=1 << 30)
    connection = kuzu.Connection(database)
    for text in texts:
        connection.execute(text).close()
    connection.close()
    database.close()
run("CREATE NODE TABLE C(id INT64 PRIMARY KEY, v FLOAT[3])", "CALL CREATE_VECTOR_INDEX('C', 'v', 'v')")
run("CALL DROP_VECTOR_INDEX('C', 'v')")
run("CREATE (:C {{id: 1}})")
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert ended.returncode == -signal.SIGSEGV


def test_a_macro_is_created_and_works(tmp_path: Path) -> None:
    macro = Macro(name="PLUS", parameters=(("x", None), ("y", "'a;b'")), body="x + y")
    with engine(tmp_path / "db") as built:
        built.build(Schema(macros=(macro,)))
        assert built.run("RETURN plus('1')") == [["1a;b"]]
        built.reopen()
        assert built.run("RETURN plus('1', '2')") == [["12"]]


SERIAL = with_nodes(
    NodeTable(name="T", columns=(column("id", "SERIAL"), column("x", "INT64")), primary_key="id"),
    rel_tables=(),
    indexes=(),
)
VECTOR = replace(START, indexes=(vector("City", "v", "spot"),))
USES_S = with_nodes(
    replace(USER, columns=(*USER.columns, column("n", "INT64", Expression(text="nextval('s')")))), CITY
)


def edited(schema: Schema, table: str, **rest: Any) -> Schema:
    return replace(
        schema,
        node_tables=tuple(replace(t, **rest) if t.name == table else t for t in schema.node_tables),
        rel_tables=tuple(replace(t, **rest) if t.name == table else t for t in schema.rel_tables),
    )


REFUSED: dict[str, tuple[Schema, Schema, Renames, str]] = {
    "sequence that a default uses": (
        USES_S,
        replace(USES_S, sequences=(Sequence(name="s", start=6),)),
        Renames(),
        "sequence s",
    ),
    "rel table without connections": (
        START,
        replace(START, rel_tables=(*START.rel_tables, rel("None"))),
        Renames(),
        "rel table None",
    ),
    "key without values": (
        START,
        edited(START, "City", columns=(*CITY.columns[1:], column("code")), primary_key="code"),
        Renames(),
        "City.code the key",
    ),
    "a key that DOWN has no values for": (
        START,
        edited(START, "City", columns=CITY.columns[1:], primary_key="name"),
        Renames(),
        "way back",
    ),
    "a rel table that is stored backwards": (
        START,
        edited(START, "In", storage_direction="bwd"),
        Renames(),
        "rel table In",
    ),
    "a cast that ends the process": (
        edited(START, "City", columns=(*CITY.columns, column("sums", "STRING[]"))),
        edited(START, "City", columns=(*CITY.columns, column("sums", "DECIMAL(9, 2)[]"))),
        Renames(),
        "City.sums",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_made_is_refused_by_name(name: str) -> None:
    old, new, renames, words = REFUSED[name]
    with pytest.raises(UnsupportedChange, match=words) as refused:
        plan(old, new, diff(old, new, renames), schema_only=True)
    assert refused.value.cause


def test_a_serial_key_that_was_dropped_is_numbered_anew_for_the_schema_only() -> None:
    new = edited(SERIAL, "T", columns=SERIAL.node_tables[0].columns[1:], primary_key="x")
    assert plan(SERIAL, new, diff(SERIAL, new), schema_only=True).down
    with pytest.raises(UnsupportedChange, match="way back") as refused:
        plan(SERIAL, new, diff(SERIAL, new))
    assert "T.id" in refused.value.cause
    assert plan(SERIAL, new, diff(SERIAL, new), {("T",): 0}).down


def test_what_is_dropped_is_counted() -> None:
    new = with_nodes(node("User", column("age", "INT64"), comment="people"), rel_tables=(), indexes=())
    counts = {("City",): 40311, ("User", "", "name"): 1, ("Knows",): 0}
    hazards = [
        hazard.text for step in plan(START, new, diff(START, new), counts).up for hazard in step.hazards
    ]
    assert hazards == [
        "drops all edges of In",
        "drops 40,311 rows of City",
        "drops 1 value of User.name",
    ]


def test_the_cases_are_what_they_say() -> None:
    for old, new, renames in CASES.values():
        assert same_schema(apply(old, diff(old, new, renames)), new)
    assert len({fold(name) for name in HOSTILE}) == len(HOSTILE)
