"""Refactorings of generated schemas, run on a schema in place of an engine, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuzuvcs.core.refactor.counting import Matching
from kuzuvcs.core.refactor.declared import Declared, refactoring
from kuzuvcs.core.refactor.edge_to_node import EdgeToNode
from kuzuvcs.core.refactor.fold import Fold
from kuzuvcs.core.refactor.invert import Invert
from kuzuvcs.core.refactor.merge import Merge
from kuzuvcs.core.refactor.move_endpoint import End, MoveEndpoint
from kuzuvcs.core.refactor.node_to_edge import NodeToEdge
from kuzuvcs.core.refactor.normalise import Normalise
from kuzuvcs.core.refactor.refactoring import Refactoring, file_keys
from kuzuvcs.core.refactor.split import Split
from kuzuvcs.core.schema import (
    MULTIPLICITIES,
    Column,
    Connection,
    Constant,
    Index,
    NodeTable,
    RelTable,
    Schema,
    fold,
)
from kuzuvcs.core.schema_check import check_schema
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.errors import UnsupportedChange, UsageError
from kuzuvcs.render.counting import count_query, examples_query
from kuzuvcs.render.script import statements
from tests.core.interpreter import Interpreter
from tests.core.schemas import names


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A schema of three node tables and two rel tables, and names that are free in it."""

    schema: Schema
    free: tuple[str, ...]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any connections, any names: those that are hardest to write among them."""
    drawn = draw(st.lists(names, min_size=14, max_size=14, unique_by=fold))
    key, text, *rest = drawn
    nodes = tuple(
        NodeTable(
            name=name,
            columns=(Column(name=key, type="INT64"), Column(name=text, type="STRING")),
            primary_key=key,
            comment=draw(st.sampled_from(("", "it's // commented"))),
        )
        for name in rest[:3]
    )
    ends = [Connection(source=one.name, target=other.name) for one in nodes for other in nodes]
    rels = tuple(
        RelTable(
            name=name,
            connections=tuple(draw(st.lists(st.sampled_from(ends), min_size=1, max_size=3, unique=True))),
            columns=draw(st.sampled_from(((), (Column(name=rest[5], type="DATE"),)))),
            multiplicity=draw(st.sampled_from(MULTIPLICITIES)),
        )
        for name in rest[3:5]
    )
    index = Index(table=nodes[0].name, name=rest[5], kind="FTS", columns=(text,))
    indexes = draw(st.sampled_from(((), (index,))))
    return Case(schema=Schema(node_tables=nodes, rel_tables=rels, indexes=indexes), free=tuple(rest[6:]))


def run(made: Refactoring) -> None:
    """UP leads to the new schema, DOWN back to the old one; the Cypher can be written."""
    check_schema(made.new)
    counts = made.looked_at()
    plan = made.plan(dict.fromkeys(counts, 1), {})
    interpreter = Interpreter(made.old)
    interpreter.run(operation for step in plan.up for operation in step.operations)
    assert same_schema(interpreter.schema(), made.new)
    interpreter.run(operation for step in plan.down for operation in step.operations)
    assert same_schema(interpreter.schema(), made.old)
    assert statements(plan.up)
    for count in counts:
        assert count_query(count).endswith("RETURN count(*)")
        assert examples_query(count) != ""
    files = [
        {key for table in schema.tables() for key in file_keys(table)} for schema in (made.old, made.new)
    ]
    for balance in made.balances:
        assert {tally.file for tally in balance.before} <= files[0]
        assert {tally.file for tally in balance.after} <= files[1]
    for kept in made.kept():
        assert kept.old in files[0]
        assert kept.new in files[1]


@given(cases())
@settings(max_examples=100, deadline=None)
def test_rel_tables(case: Case) -> None:
    rel = case.schema.rel_tables[0]
    inverted = refactoring(case.schema, Invert(table=rel.name))
    run(inverted)
    assert same_schema(refactoring(inverted.new, Invert(table=rel.name)).new, case.schema)
    into, incoming, outgoing, key, *_ = case.free
    made = refactoring(
        case.schema, EdgeToNode(table=rel.name, into=into, edges=(incoming, outgoing), key=key)
    )
    run(made)
    if len(rel.connections) == 1:
        run(refactoring(made.new, NodeToEdge(table=into, into=rel.name, edges=(incoming, outgoing))))


@given(cases())
@settings(max_examples=100, deadline=None)
def test_properties(case: Case) -> None:
    table = case.schema.node_tables[1]
    place = f"{table.name}.{table.columns[-1].name}"
    into, edge, kind, *_ = case.free
    made = refactoring(case.schema, Normalise(property=place, into=into, edge=edge))
    run(made)
    back = refactoring(made.new, Fold(property=place, table=into, edge=edge))
    run(back)
    assert same_schema(back.new, case.schema)
    split = refactoring(
        case.schema, Split(property=place, into=(("it's", into), ("", edge)), null=table.name)
    )
    run(split)
    tables = (into, edge, table.name)
    if all(rel.multiplicity == "MANY_MANY" for rel in case.schema.rel_tables):
        merged = refactoring(split.new, Merge(tables=tables, into=table.name, column=kind))
        run(merged)
        run(refactoring(split.new, Merge(tables=tables, into=table.name)))


@given(cases(), st.sampled_from(("source", "target")), st.booleans(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_endpoints(case: Case, end: End, forward: bool, keep: bool) -> None:
    rel = case.schema.rel_tables[0]
    one = rel.connections[0]
    source = one.source if end == "source" else one.target
    target = next(table.name for table in case.schema.node_tables if table.name != source)
    ends = (source, target) if forward else (target, source)
    by = RelTable(
        name=case.free[0],
        connections=(Connection(source=ends[0], target=ends[1]),),
        multiplicity=case.schema.rel_tables[1].multiplicity,
    )
    linked = replace(case.schema, rel_tables=(*case.schema.rel_tables, by))
    kept = case.free[1] if keep else None
    declared = MoveEndpoint(table=rel.name, source=source, target=target, by=by.name, end=end, keep=kept)
    try:
        made = refactoring(linked, declared)
    except UnsupportedChange:
        moved = [replace(pair, **{end: target}) for pair in rel.connections if getattr(pair, end) == source]
        assert rel.multiplicity != "MANY_MANY" or set(moved) & set(rel.connections)
    else:
        run(made)


PERSON = NodeTable(
    name="Person",
    columns=(
        Column(name="id", type="INT64"),
        Column(name="kind", type="STRING", default=Constant(json='"x"')),
        Column(name="level", type="INT8"),
        Column(name="ok", type="BOOL"),
        Column(name="tags", type="STRING[]"),
    ),
    primary_key="id",
)
SCHEMA = Schema(
    node_tables=(
        PERSON,
        NodeTable(name="Firm", columns=(Column(name="id", type="STRING"),), primary_key="id"),
    ),
    rel_tables=(
        RelTable(
            name="Knows",
            connections=(Connection(source="Person", target="Person"),),
            columns=(Column(name="since", type="DATE"),),
        ),
        RelTable(
            name="Two",
            connections=(
                Connection(source="Person", target="Person"),
                Connection(source="Person", target="Firm"),
            ),
            multiplicity="MANY_ONE",
        ),
    ),
    indexes=(Index(table="Person", name="words", kind="FTS", columns=("kind",)),),
)
SPLIT_LEVEL = Split(property="Person.level", into=(("1", "One"),))

WRONG: dict[str, Declared] = {
    "there is no rel table Likes": Invert(table="Likes"),
    "Firm is no rel table": Invert(table="Firm"),
    "there is no property Person.name": Normalise(property="Person.name", into="N", edge="E"),
    "the name knows is taken": Normalise(property="Person.level", into="knows", edge="E"),
    "the name E is taken": Normalise(property="Person.level", into="e", edge="E"),
    "a name cannot be used": Normalise(property="Person.level", into="", edge="E"),
    "cannot read town": Fold(property="town", table="Firm", edge="Two"),
    "Person has a column KIND already": Fold(property="person.KIND", table="Firm", edge="Two"),
    "rel table Two does not fit": Fold(property="Person.firm", table="Firm", edge="Two"),
    "Knows has a column Since already": EdgeToNode(table="Knows", into="K", edges=("A", "B"), key="Since"),
    "the name A is taken": EdgeToNode(table="Knows", into="K", edges=("A", "A")),
    "Knows and Knows do not fit": NodeToEdge(table="Person", into="K", edges=("Knows", "Knows")),
    "'128' is no value of level": replace(SPLIT_LEVEL, into=(("128", "One"),)),
    "'1.0' is no value of level": replace(SPLIT_LEVEL, into=(("1.0", "One"),)),
    "'yes' is no value of ok": Split(property="Person.ok", into=(("yes", "One"),)),
    "two tables are named for the value '1' of level": replace(
        SPLIT_LEVEL, into=(("1", "One"), ("01", "Other"))
    ),
    "the name one is taken": replace(SPLIT_LEVEL, null="one"),
    "no table is named for any value of Person.level": replace(SPLIT_LEVEL, into=()),
    "there is nothing to merge": Merge(tables=("Person", "PERSON"), into="All"),
    "--value does not fit": Merge(tables=("Person", "Firm"), into="All", values=(("p", "Person"),)),
}
IMPOSSIBLE: dict[str, Declared] = {
    "cannot move Person.id into a table of its own": Normalise(property="Person.id", into="N", edge="E"),
    "cannot move Person.kind into a table of its own": Normalise(property="Person.kind", into="N", edge="E"),
    "cannot move Person.tags into a table of its own": Normalise(property="Person.tags", into="N", edge="E"),
    "cannot split Person by id": Split(property="Person.id", into=(("1", "One"),)),
    "cannot split Person by kind": Split(property="Person.kind", into=(("1", "One"),)),
    "cannot split Person by tags": Split(property="Person.tags", into=(("1", "One"),)),
    "cannot merge Person and Firm": Merge(tables=("Person", "Firm"), into="All", column="what"),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_usage(message: str) -> None:
    schema = SCHEMA
    if "to merge" not in message and "--value" in message:
        same = replace(PERSON, name="Firm")
        schema = Schema(node_tables=(PERSON, same))
    with pytest.raises(UsageError) as refused:
        refactoring(schema, WRONG[message])
    assert refused.value.message == message
    assert refused.value.hint


@pytest.mark.parametrize("message", IMPOSSIBLE)
def test_impossible(message: str) -> None:
    with pytest.raises(UnsupportedChange) as refused:
        refactoring(SCHEMA, IMPOSSIBLE[message])
    assert refused.value.message == message
    assert refused.value.cause


def test_connections_that_become_one_are_refused_where_the_multiplicity_forbids_it() -> None:
    firms = Schema(
        node_tables=(PERSON, replace(PERSON, name="Firm")),
        rel_tables=SCHEMA.rel_tables,
    )
    with pytest.raises(UnsupportedChange, match="cannot re-point rel table Two"):
        refactoring(firms, Merge(tables=("Person", "Firm"), into="All", column="what"))


def test_a_split_has_a_connection_for_every_pair() -> None:
    schema = replace(SCHEMA, indexes=())
    made = refactoring(schema, Split(property="Person.ok", into=(("TRUE", "Yes"), ("false", "No"))))
    knows = made.new.table("Knows")
    assert isinstance(knows, RelTable)
    assert {(one.source, one.target) for one in knows.connections} == {
        ("Yes", "Yes"), ("Yes", "No"), ("No", "Yes"), ("No", "No"),
    }  # fmt: skip
    two = made.new.table("Two")
    assert isinstance(two, RelTable)
    assert len(two.connections) == 4 + 2
    assert isinstance(made.refusals[1].count, Matching)
    assert made.refusals[1].text == "of Person without a ok"
