"""Merge node tables into one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.refactor.counting import Balance, Loss, Matching, Refusal, SharedKeys, Tally
from kuzuvcs.core.refactor.lookup import new_column, new_tables, node_table, refuse_unmovable
from kuzuvcs.core.refactor.parting import Share, Shared, edge_balances, merging, splitting
from kuzuvcs.core.refactor.refactoring import Refactoring
from kuzuvcs.core.refactor.repointing import repointed, touching
from kuzuvcs.core.schema import Column, Index, NodeTable, Schema, fold
from kuzuvcs.errors import UnsupportedChange, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The rows of ``tables`` move into the table ``into``, which has the columns of all of them.

    The new STRING column ``column`` tells them apart: by the table's name, or by what ``values`` holds for
    it, as ``(value, table)``.  Without a column nothing does.
    """

    tables: tuple[str, ...]
    into: str
    column: str | None = None
    values: tuple[tuple[str, str], ...] = ()


def merged(schema: Schema, declared: Merge) -> Refactoring:
    """DOWN splits them again where a column tells them apart; one key in two tables is refused."""
    tables = _tables(schema, declared)
    new_tables(schema, (declared.into,), freed=tables)
    shapes = _shapes(tables, declared)
    parts = shapes.merged()
    moved = touching(schema, parts)
    refuse_unmovable((*tables, *moved))
    new = replace(
        schema,
        node_tables=(*(one for one in schema.node_tables if one not in tables), shapes.whole),
        rel_tables=tuple(repointed(rel, parts) if rel in moved else rel for rel in schema.rel_tables),
        indexes=(
            *(index for index in schema.indexes if index.table not in parts),
            *_indexes(schema, shapes.whole, parts),
        ),
    )
    return Refactoring(
        description=f"merge {' and '.join(shown(table.name) for table in tables)} "
        f"into {shown(shapes.whole.name)}",
        up=merging(schema, new, shapes),
        down=splitting(new, schema, shapes),
        refusals=tuple(_clashes(tables)),
        losses=() if shapes.column is not None else tuple(_losses(tables)),
        balances=(
            Balance(
                text=f"rows of {shown(shapes.whole.name)}",
                before=tuple(Tally(file=(table.name, "", "")) for table in tables),
                after=(Tally(file=(shapes.whole.name, "", "")),),
            ),
            *edge_balances(schema, new, parts),
        ),
    )


def _tables(schema: Schema, declared: Merge) -> tuple[NodeTable, ...]:
    tables = tuple(dict.fromkeys(node_table(schema, name) for name in declared.tables))
    if len(tables) < 2:
        raise UsageError(
            "there is nothing to merge",
            cause="fewer than two different tables are named",
            hint="name two node tables or more",
        )
    return tables


def _shapes(tables: Sequence[NodeTable], declared: Merge) -> Shared:
    columns = _all_columns(tables)
    told = None
    if declared.column is not None:
        told = Column(name=new_column(columns, declared.column, "one of the tables"), type="STRING")
    return Shared(
        whole=replace(tables[0], name=declared.into, columns=columns if told is None else (*columns, told)),
        shares=tuple(
            Share(table=table, value=value)
            for table, value in zip(tables, _values(tables, declared), strict=True)
        ),
        column=told,
    )


def _values(tables: Sequence[NodeTable], declared: Merge) -> tuple[str, ...]:
    named = {fold(table): value for value, table in declared.values}
    names = {fold(table.name) for table in tables}
    if len(named) < len(declared.values) or not named.keys() <= names or (named and not declared.column):
        raise UsageError(
            "--value does not fit",
            cause="it gives the value of one of the merged tables, once, in the column that --column names",
            hint="write --column kind --value student=Student",
        )
    values = tuple(named.get(fold(table.name), table.name) for table in tables)
    if len(set(values)) < len(values):
        raise UsageError(
            "two tables have one value", cause="nothing would tell their rows apart", hint="give others"
        )
    return values


def _all_columns(tables: Sequence[NodeTable]) -> tuple[Column, ...]:
    """The columns of all tables; of one name they have to be the same, and the key has to be everywhere."""
    found: dict[str, Column] = {}
    for table in tables:
        if fold(table.primary_key) != fold(tables[0].primary_key):
            raise _different(tables[0], table, "their keys have other names")
        for column in table.columns:
            known = found.setdefault(fold(column.name), column)
            if (known.type, known.default) != (column.type, column.default):
                raise _different(
                    tables[0], table, f"the column {shown(column.name)} has another type or default there"
                )
    return tuple(found.values())


def _different(one: NodeTable, other: NodeTable, why: str) -> UnsupportedChange:
    return UnsupportedChange(
        f"cannot merge {shown(one.name)} and {shown(other.name)}",
        cause=why,
        hint="make them alike first: change one, take a snapshot, kuzuvcs generate",
    )


def _indexes(schema: Schema, whole: NodeTable, tables: Collection[str]) -> tuple[Index, ...]:
    names = {fold(column.name): column.name for column in whole.columns}
    found: dict[str, Index] = {}
    for index in schema.indexes:
        if index.table in tables:
            columns = tuple(names[fold(column)] for column in index.columns)
            mine = replace(index, table=whole.name, columns=columns)
            known = found.setdefault(fold(index.name), mine)
            if replace(known, name="") != replace(mine, name=""):
                raise UnsupportedChange(
                    f"cannot merge two indexes {shown(index.name)}",
                    cause="the tables have different ones of this name",
                    hint="drop one first: drop it, take a snapshot, kuzuvcs generate",
                )
    return tuple(found.values())


def _clashes(tables: Sequence[NodeTable]) -> Iterator[Refusal]:
    for one, other in combinations(tables, 2):
        yield Refusal(
            count=SharedKeys(tables=((one.name, one.primary_key), (other.name, other.primary_key))),
            unit="key",
            text=f"both in {shown(one.name)} and in {shown(other.name)}",
            hint="mend the data and take another snapshot",
        )


def _losses(tables: Sequence[NodeTable]) -> Iterator[Loss]:
    for table in tables[1:]:
        yield Loss(
            count=Matching(rows=Rows(table=table.name)),
            verb="does not tell",
            unit="row",
            text=f"of {shown(table.name)} from those of {shown(tables[0].name)}, where DOWN puts them",
            name="cannot_be_undone",
        )
