"""Generated graphs: schemas that the engine takes, every type among their columns, and rows to go in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from hypothesis import strategies as st

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.columns.values import json_text
from kuzuvcs.core.planning.conversion import widens
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import (
    Column,
    Connection,
    Constant,
    Expression,
    NodeTable,
    RelTable,
    Schema,
    Sequence,
    Table,
)
from kuzuvcs.core.types import parse_type
from kuzuvcs.render.literal import literal
from tests.core.schemas import Parts, names
from tests.fidelity.cases import SCALARS, Case, families

Row = tuple[str, ...]
"""A Cypher literal for each column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One edge, by the numbers of its ends' rows."""

    source: int
    target: int
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a schema's tables: nodes by table, edges by rel table and connection."""

    nodes: Mapping[str, tuple[Row, ...]]
    edges: Mapping[tuple[str, Connection], tuple[Edge, ...]]


def _json(case: Case) -> tuple[str, ...]:
    array = pa.array(list(case.values), arrow_type(case.type))
    texts = [json_text(array, at, case.type) for at in range(len(case.values))]
    return tuple(dict.fromkeys(text for text in texts if _is_written(text, case.type_text)))


def _is_written(json: str, type: str) -> bool:
    """Whether a literal can be written of it: of no list of NULLs alone, and of no negative INTERVAL."""
    if json == "null" or "nan" in json.lower() or re.search(r"\[null(,null)*\]", json):
        return False
    return not ("INTERVAL" in type and "-" in json)


VALUES: Mapping[str, tuple[str, ...]] = {
    case.type_text: _json(case)
    for family, cases in families().items()
    if family != "long"
    for case in cases
    if case.values != (None,)
}
"""Values of every type as canonical JSON, but NaN, which the engine stores wrongly (ENGINE.md)."""

KEYS: Mapping[str, tuple[str, ...]] = {
    **{text: VALUES[text] for text in SCALARS if text not in {"BOOL", "INTERVAL"}},
    **{
        text: tuple(f'"{number}"' for number in range(9))
        for text in SCALARS
        if text.startswith(("INT", "UINT")) and text != "INTERVAL"
    },
    "STRING": ('""', '"a"', '"A"', '" "', '"é"', '"it\'s"', '"0"', '"00"'),
    "FLOAT": ('"1.5"', '"0.0"', '"-2.25"'),
    "DOUBLE": ('"1.5"', '"0.0"', '"-2.25"', '"5e-324"'),
}
"""Values that differ as keys."""

_PLAIN = ("INT64", "INT32", "STRING", "DOUBLE", "DATE", "TIMESTAMP", "BOOL", "STRING[]", "INT64[]")
types = st.one_of(st.sampled_from(_PLAIN), st.sampled_from(sorted(VALUES)))
key_types = st.one_of(st.sampled_from(("INT64", "STRING", "SERIAL")), st.sampled_from(sorted(KEYS)))


@st.composite
def columns(draw: st.DrawFn) -> Column:
    name = draw(names)
    if not draw(st.integers(0, 9)):
        return Column(name=name, type="SERIAL")
    if not draw(st.integers(0, 9)):
        return Column(name=name, type="INT64", default=Expression(text="nextval('numbers')"))
    type = draw(types)
    if draw(st.integers(0, 4)) or type not in (*_PLAIN, *SCALARS) or type == "TIMESTAMP_NS":
        return Column(name=name, type=type)
    return Column(name=name, type=type, default=Constant(json=draw(st.sampled_from(VALUES[type]))))


PARTS = Parts(
    columns=columns(),
    keys=st.builds(Column, name=names, type=key_types),
    is_key=lambda text: text == "SERIAL" or text in KEYS,
    comments=st.sampled_from(("", "", "people", "it's \\ \n-- UP ${before}")),
    directions=("both", "both", "both", "fwd"),
    sequences=st.just((Sequence(name="numbers"),)),
    macros=st.just(()),
    indexes=False,
    tables=2,
)


def becomes(old: str, is_key: bool) -> st.SearchStrategy[str]:
    """A key widens: its values are what rows are known by, so that nothing brings others back."""
    if not is_key:
        # Nor a UNION: the counter of a SERIAL of edges is read over `()-[x]->()`, which kuzu 0.11.3 refuses
        # where two node tables have a UNION column of one name and two types.
        return st.one_of(
            types.filter(lambda text: not text.startswith("UNION")),
            st.just("SERIAL"),
            st.just("STRING"),
            st.just("INT64"),
        )
    wider = [new for new in KEYS if widens(old, new)]
    return st.sampled_from([old, *wider, *({"SERIAL": ["INT64"], "INT64": ["SERIAL"]}.get(old, []))])


@st.composite
def rows(draw: st.DrawFn, schema: Schema) -> Rows:
    """Rows of every table, with NULLs, parallel edges and self loops; or few, or none."""
    nodes = {node.name: draw(_node_rows(node)) for node in schema.node_tables}
    edges = {
        (rel.name, one): draw(_edges(rel, len(nodes[one.source]), len(nodes[one.target])))
        for rel in schema.rel_tables
        for one in rel.connections
    }
    return Rows(nodes=nodes, edges=edges)


@st.composite
def _node_rows(draw: st.DrawFn, node: NodeTable) -> tuple[Row, ...]:
    [key] = [column for column in node.columns if column.name == node.primary_key]
    known = KEYS.get(key.type, ("",) * 6)
    count = draw(st.sampled_from((0, 1, *range(2, len(known) + 1))))
    keys = iter(draw(st.permutations(known))[:count])
    return tuple(
        tuple(_literal(next(keys), one) if one is key else draw(_values(one)) for one in node.columns)
        for _ in range(count)
    )


@st.composite
def _edges(draw: st.DrawFn, rel: RelTable, sources: int, targets: int) -> tuple[Edge, ...]:
    if not sources or not targets:
        return ()
    ends = st.tuples(st.integers(0, sources - 1), st.integers(0, targets - 1))
    found = draw(st.lists(ends, max_size=8))
    if rel.multiplicity in {"MANY_ONE", "ONE_ONE"}:
        found = list({source: (source, target) for source, target in found}.values())
    if rel.multiplicity in {"ONE_MANY", "ONE_ONE"}:
        found = list({target: (source, target) for source, target in found}.values())
    return tuple(
        Edge(source=source, target=target, row=tuple(draw(_values(column)) for column in rel.columns))
        for source, target in found
    )


def _values(column: Column) -> st.SearchStrategy[str]:
    if column.type == "SERIAL":
        return st.just("")
    return st.sampled_from(("null", *VALUES[column.type])).map(lambda text: _literal(text, column))


def _literal(text: str, column: Column) -> str:
    return "" if column.type == "SERIAL" else literal(text, parse_type(column.type))


def insertions(schema: Schema, made: Rows) -> list[str]:
    """The statements that put the rows in."""
    texts = [
        f"CREATE (:{quote_name(node.name)} {_properties(node, row)})"
        for node in schema.node_tables
        for row in made.nodes[node.name]
    ]
    texts += [
        f"MATCH (a:{quote_name(one.source)}), (b:{quote_name(one.target)}) "
        f"WHERE offset(id(a)) = {edge.source} AND offset(id(b)) = {edge.target} "
        f"CREATE (a)-[:{quote_name(rel.name)} {_properties(rel, edge.row)}]->(b)"
        for rel in schema.rel_tables
        for one in rel.connections
        for edge in made.edges[rel.name, one]
    ]
    return texts


def _properties(table: Table, row: Row) -> str:
    pairs = zip(table.columns, row, strict=True)
    return "{" + ", ".join(f"{quote_name(column.name)}: {text}" for column, text in pairs if text) + "}"
