"""Plans with rebuilds, run on a schema in place of an engine."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kuzuvcs.core.diff import diff
from kuzuvcs.core.hazards import Counts
from kuzuvcs.core.operations import Operation
from kuzuvcs.core.plan import Plan, plan
from kuzuvcs.core.renames import Renames
from kuzuvcs.core.schema import MULTIPLICITIES, Column, NodeTable, RelTable, Schema, fold
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.core.step import Step
from kuzuvcs.errors import UnsupportedChange
from tests.core.interpreter import Interpreter
from tests.core.schemas import schemas

TYPES = ("INT64", "INT32", "STRING", "SERIAL", "DOUBLE[]")


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Schema, Schema, Renames]:
    """A schema, the same with much of it changed, and what was renamed."""
    old = draw(schemas())
    old = replace(
        old,
        sequences=(),
        macros=(),
        rel_tables=tuple(replace(rel, storage_direction="both") for rel in old.rel_tables if rel.connections),
    )
    nodes = tuple(draw(_changed_node(node)) for node in old.node_tables)
    rels = tuple(draw(_changed_rel(rel)) for rel in old.rel_tables)
    new = replace(old, node_tables=nodes, rel_tables=rels)
    names = [table.name for table in old.tables()]
    mixed = draw(st.permutations(names)) if draw(st.booleans()) else names
    renamed = {
        before: after
        for before, after in zip(names, mixed, strict=True)
        if draw(st.booleans()) or mixed is names
    }
    assume(len({fold(renamed.get(name, name)) for name in names}) == len(names))
    renames = Renames(tables=tuple((a, b) for a, b in renamed.items() if a != b))
    return old, _renamed(new, renamed), renames


@st.composite
def _changed_columns(draw: st.DrawFn, columns: tuple[Column, ...], least: int) -> tuple[Column, ...]:
    kept = tuple(one for one in columns if draw(st.integers(0, 5))) or columns[:least]
    return tuple(
        replace(one, type=draw(st.sampled_from(TYPES)), default=None) if draw(st.integers(0, 2)) == 0 else one
        for one in kept
    )


@st.composite
def _changed_node(draw: st.DrawFn, node: NodeTable) -> NodeTable:
    columns = draw(_changed_columns(node.columns, 1))
    names = [column.name for column in columns]
    key = (
        node.primary_key
        if node.primary_key in names and draw(st.booleans())
        else draw(st.sampled_from(names))
    )
    return replace(node, columns=columns, primary_key=key)


@st.composite
def _changed_rel(draw: st.DrawFn, rel: RelTable) -> RelTable:
    left = draw(st.integers(1, len(rel.connections)))
    return replace(
        rel,
        columns=draw(_changed_columns(rel.columns, 0)),
        connections=rel.connections[:left],
        multiplicity=draw(st.sampled_from(MULTIPLICITIES)),
    )


def _renamed(schema: Schema, names: dict[str, str]) -> Schema:
    def end(name: str) -> str:
        return names.get(name, name)

    columns = {node.name: {column.name for column in node.columns} for node in schema.node_tables}
    return replace(
        schema,
        node_tables=tuple(replace(node, name=end(node.name)) for node in schema.node_tables),
        rel_tables=tuple(
            replace(
                rel,
                name=end(rel.name),
                connections=tuple(
                    replace(one, source=end(one.source), target=end(one.target)) for one in rel.connections
                ),
            )
            for rel in schema.rel_tables
        ),
        indexes=tuple(
            replace(index, table=end(index.table))
            for index in schema.indexes
            if set(index.columns) <= columns[index.table]
        ),
    )


def _planned(old: Schema, new: Schema, renames: Renames) -> Plan:
    empty: Counts = {(table.name,): 0 for table in old.tables()}
    return plan(old, new, diff(old, new, renames), empty)


def _operations(steps: tuple[Step, ...]) -> list[Operation]:
    return [operation for step in steps for operation in step.operations]


@settings(max_examples=300, deadline=None)
@given(pairs())
def test_up_leads_to_the_new_schema_and_down_back(pair: tuple[Schema, Schema, Renames]) -> None:
    old, new, renames = pair
    try:
        planned = _planned(old, new, renames)
    except UnsupportedChange:
        return  # a cast that ends the engine's process: tests/render/test_plans_on_kuzu.py
    interpreter = Interpreter(old)
    interpreter.run(_operations(planned.up))
    assert same_schema(interpreter.schema(), new)
    assert len(set(interpreter.copied)) == len(interpreter.copied)
    interpreter.run(_operations(planned.down))
    assert same_schema(interpreter.schema(), old)


@given(schemas())
def test_what_does_not_change_is_not_rebuilt(schema: Schema) -> None:
    assert _operations(_planned(schema, schema, Renames()).up) == []
