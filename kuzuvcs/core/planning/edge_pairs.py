"""Which captured edge a present edge was: helper tables in which the engine finds it out.

An edge has no key.  It is known by its ends and by what it holds in the properties that stayed; edges that
are alike in all that are numbered, and any of them may be any other.  What is left after that is paired
where it is one edge of the same ends on both sides: one that was written to since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.conversion import RowNumber, Value
from kuzuvcs.core.planning.operations import Mate, Operation
from kuzuvcs.core.schema import Column, NodeTable

ROW, SOURCE, TARGET, KIND, NUMBER, EDGE = "row", "source", "target", "kind", "number", "edge"
"""Columns of the helper tables: a row's or edge's number in its table, its ends' keys, a hash of its traits,
its number among those that are alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """Captured edges in a table of their own: its columns for the ends, and the columns to be read back."""

    table: NodeTable
    ends: tuple[str, str]
    columns: tuple[Column, ...]
    traits: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The edges of a connection as they are, by the tables that they are in."""

    table: str
    ends: tuple[str, str]
    keys: tuple[Value, Value]
    traits: tuple[Value, ...]


def pair_edges(present: Present, captured: Captured, helper: str) -> Iterator[Operation]:
    """Fill a table ``helper`` with the columns of the captured edge of each present one that has one.

    Helper tables that are needed on the way are called ``helper`` and a suffix.
    """
    old, now, pairs = f"{helper}_captured", f"{helper}_present", f"{helper}_pairs"
    types = [column.type for column in captured.table.columns if column.name in captured.ends]
    for table in (_rank_table(old, types), _rank_table(now, types), _pair_table(pairs)):
        yield operations.CreateNodeTable(table=table)
    yield operations.RankNodes(
        table=old, source=captured.table.name, ends=captured.ends, traits=captured.traits
    )
    yield operations.RankEdges(
        table=now, source=present.table, ends=present.ends, keys=present.keys, traits=present.traits
    )
    yield operations.PairRanked(table=pairs, edges=now, captured=old)
    yield operations.PairLast(table=pairs, edges=now, captured=old)
    columns = (Column(name=_edge_column(captured), type="INT64"), *captured.columns)
    yield operations.CreateNodeTable(
        table=NodeTable(name=helper, columns=columns, primary_key=_edge_column(captured))
    )
    yield operations.TakePaired(
        table=helper,
        edge=_edge_column(captured),
        pairs=pairs,
        source=captured.table.name,
        columns=tuple(column.name for column in captured.columns),
    )
    for name in (pairs, now, old):
        yield operations.DropTable(table=name)


def mate_of_edges(captured: Captured, helper: str) -> Mate:
    """How an edge finds its row in the table that :func:`pair_edges` fills."""
    return Mate(table=helper, column=_edge_column(captured), value=RowNumber())


def helper_names(helper: str) -> tuple[str, ...]:
    """Every table that :func:`pair_edges` makes."""
    return (helper, f"{helper}_captured", f"{helper}_present", f"{helper}_pairs")


def _edge_column(captured: Captured) -> str:
    return captured.table.primary_key


def _rank_table(name: str, key_types: Sequence[str]) -> NodeTable:
    columns = (
        Column(name=ROW, type="INT64"),
        Column(name=SOURCE, type=key_types[0]),
        Column(name=TARGET, type=key_types[1]),
        Column(name=KIND, type="UINT64"),
        Column(name=NUMBER, type="INT64"),
    )
    return NodeTable(name=name, columns=columns, primary_key=ROW)


def _pair_table(name: str) -> NodeTable:
    columns = (Column(name=EDGE, type="INT64"), Column(name=ROW, type="INT64"))
    return NodeTable(name=name, columns=columns, primary_key=EDGE)
