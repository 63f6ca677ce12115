"""Which tables a proof needs with their rows: what is touched, its rel tables, their ends, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.pairing import pair_schemas
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.planning.proof_extent import tables_with_data
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema, Sequence

EXTRA = Column(name="extra", type="STRING")


def node(name: str, *columns: Column) -> NodeTable:
    return NodeTable(name=name, columns=(Column(name="id", type="INT64"), *columns), primary_key="id")


def rel(name: str, source: str, target: str, *columns: Column) -> RelTable:
    return RelTable(name=name, connections=(Connection(source=source, target=target),), columns=columns)


A, B, C, D = (node(name) for name in "ABCD")
AB, BC = rel("AB", "A", "B"), rel("BC", "B", "C")
OLD = Schema(node_tables=(A, B, C, D), rel_tables=(AB, BC))


def needed(new: Schema, renames: Renames = Renames()) -> set[str]:  # noqa: B008  a frozen value
    pairing = pair_schemas(OLD, new, renames)
    return set(tables_with_data(OLD, pairing, diff(OLD, new, renames)))


CASES: dict[str, tuple[Schema, set[str]]] = {
    "nothing": (OLD, set()),
    "a table alone": (replace(OLD, node_tables=(A, B, C, node("D", EXTRA))), {"D"}),
    "the end of a chain": (replace(OLD, node_tables=(node("A", EXTRA), B, C, D)), {"A", "AB", "B"}),
    "its middle": (replace(OLD, node_tables=(A, node("B", EXTRA), C, D)), {"A", "AB", "B", "BC", "C"}),
    "a rel table": (replace(OLD, rel_tables=(rel("AB", "A", "B", EXTRA), BC)), {"A", "AB", "B"}),
    "a dropped rel table": (replace(OLD, rel_tables=(BC,)), {"A", "AB", "B"}),
    "a dropped end": (
        replace(OLD, node_tables=(B, C, D), rel_tables=(BC,)),
        {"A", "AB", "B"},
    ),
    "an added rel table": (replace(OLD, rel_tables=(AB, BC, rel("CD", "C", "D"))), {"C", "D"}),
    "an added node table": (replace(OLD, node_tables=(A, B, C, D, node("E"))), set()),
    "an added sequence": (replace(OLD, sequences=(Sequence(name="s"),)), set()),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_needed(name: str) -> None:
    new, expected = CASES[name]
    assert needed(new) == expected


def test_names_are_the_old_ones_where_two_tables_swap_theirs() -> None:
    new = replace(
        OLD,
        node_tables=(A, B, node("D"), node("C", EXTRA)),
        rel_tables=(AB, rel("BC", "B", "D")),
    )
    renames = Renames(tables=(("C", "D"), ("D", "C")))
    assert needed(new, renames) == {"B", "BC", "C", "D"}
