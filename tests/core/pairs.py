"""Generated pairs of schemas: one, and what much changing made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.schema import MULTIPLICITIES, Column, Connection, NodeTable, RelTable, Schema, Table, fold
from tests.core.schemas import Parts, names, node_tables, rel_tables, schemas


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two schemas, and what was renamed on the way."""

    old: Schema
    new: Schema
    renames: Renames


Becomes = Callable[[str, bool], st.SearchStrategy[str]]
"""The types that a column of a type, a key or not, may be changed to."""


@st.composite
def pairs(draw: st.DrawFn, parts: Parts, becomes: Becomes) -> Pair:
    """A schema of those parts, the same with much of it changed, and what was renamed."""
    old = draw(schemas(parts))
    old = replace(old, rel_tables=tuple(rel for rel in old.rel_tables if rel.connections))
    change = _Changing(draw, parts, becomes)
    nodes = tuple(change.node(node) for node in old.node_tables if draw(_seldom_not))
    ends = [node.name for node in nodes]
    rels = tuple(change.rel(rel, ends) for rel in old.rel_tables if draw(_seldom_not))
    new = replace(old, node_tables=nodes, rel_tables=tuple(rel for rel in rels if rel.connections))
    new = _indexed(old, change.added(new))
    renamed = change.table_names([table.name for table in new.tables()])
    kept = {table.name for table in old.tables() if any(_same_kind(table, other) for other in new.tables())}
    return Pair(
        old=old,
        new=_renamed(new, renamed, change.columns),
        renames=Renames(
            tables=tuple((a, b) for a, b in renamed.items() if a != b and a in kept),
            columns=tuple(
                (table, a, b)
                for table, columns in change.columns.items()
                for a, b in columns.items()
                if a != b and table in kept
            ),
        ),
    )


def _same_kind(one: Table, other: Table) -> bool:
    return one.name == other.name and type(one) is type(other)


_seldom_not = st.integers(0, 5).map(bool)
_seldom = st.integers(0, 5).map(lambda number: not number)


class _Changing:
    """The changes of one pair; ``columns`` are the new names of columns that stay, by their table."""

    def __init__(self, draw: st.DrawFn, parts: Parts, becomes: Becomes) -> None:
        self._draw = draw
        self._parts = parts
        self._becomes = becomes
        self.columns: dict[str, dict[str, str]] = {}

    def node(self, node: NodeTable) -> NodeTable:
        if self._draw(st.booleans()):
            return node
        candidates = [one.name for one in node.columns if self._parts.is_key(one.type)]
        key = self._draw(st.sampled_from([node.primary_key, node.primary_key, *candidates]))
        columns = self._columns(node.name, node.columns, {key, node.primary_key}, key)
        return replace(node, columns=columns, primary_key=key, comment=self._comment(node.comment))

    def rel(self, rel: RelTable, ends: list[str]) -> RelTable:
        left = [one for one in rel.connections if one.source in ends and one.target in ends]
        if self._draw(st.booleans()):
            return replace(rel, connections=tuple(left))
        if self._draw(_seldom) and left:
            left.pop()
        if self._draw(_seldom) and ends:
            one = Connection(source=self._one_of(ends), target=self._one_of(ends))
            left += [one] if one not in left else []
        return replace(
            rel,
            columns=self._columns(rel.name, rel.columns, set(), ""),
            connections=tuple(left),
            multiplicity=self._draw(st.sampled_from((rel.multiplicity, *MULTIPLICITIES))),
            storage_direction=self._one_of([rel.storage_direction, *self._parts.directions]),
            comment=self._comment(rel.comment),
        )

    def added(self, schema: Schema) -> Schema:
        """With a new table of each kind, now and then."""
        taken = {fold(table.name) for table in schema.tables()}
        if self._draw(_seldom) and fold(name := self._draw(names)) not in taken:
            taken.add(fold(name))
            node = self._draw(node_tables(name, self._parts))
            schema = replace(schema, node_tables=(*schema.node_tables, node))
        ends = [node.name for node in schema.node_tables]
        if self._draw(_seldom) and fold(name := self._draw(names)) not in taken:
            rel = self._draw(rel_tables(name, ends, self._parts))
            if rel.connections:
                schema = replace(schema, rel_tables=(*schema.rel_tables, rel))
        return schema

    def table_names(self, all_names: list[str]) -> dict[str, str]:
        """The new names of some tables: free ones, or those of one another."""
        return self._new_names(all_names)

    def _columns(
        self, table: str, columns: tuple[Column, ...], keys: set[str], stays: str
    ) -> tuple[Column, ...]:
        kept = [one for one in columns if one.name == stays or self._draw(_seldom_not)]
        changed = [self._column(one, one.name in keys) for one in kept]
        taken = {fold(one.name) for one in columns}
        if self._draw(_seldom):
            column = self._draw(self._parts.columns)
            changed += [column] if fold(column.name) not in taken else []
            taken.add(fold(column.name))
        self.columns[table] = self._new_names([one.name for one in kept], taken)
        return tuple(changed)

    def _column(self, column: Column, is_key: bool) -> Column:
        if self._draw(st.integers(0, 3)):
            return column
        return replace(column, type=self._draw(self._becomes(column.type, is_key)), default=None)

    def _new_names(self, own: list[str], taken: set[str] | None = None) -> dict[str, str]:
        how = self._draw(st.integers(0, 5))
        if how == 0:
            return dict(zip(own, self._draw(st.permutations(own)), strict=True))
        if how == 1 and own:
            name, used = self._draw(names), {fold(one) for one in own} | (taken or set())
            return {self._one_of(own): name} if fold(name) not in used else {}
        return {}

    def _comment(self, comment: str) -> str:
        return self._draw(self._parts.comments) if self._draw(_seldom) else comment

    def _one_of(self, items: list[Any]) -> Any:
        return self._draw(st.sampled_from(items))


def _indexed(old: Schema, new: Schema) -> Schema:
    """The indexes whose columns are still there."""
    left = {node.name: {column.name for column in node.columns} for node in new.node_tables}
    kept = tuple(one for one in old.indexes if set(one.columns) <= left.get(one.table, set()))
    return replace(new, indexes=kept)


def _renamed(schema: Schema, tables: dict[str, str], columns: dict[str, dict[str, str]]) -> Schema:
    def end(name: str) -> str:
        return tables.get(name, name)

    def own(table: Table) -> tuple[Column, ...]:
        return tuple(replace(one, name=column(table.name, one.name)) for one in table.columns)

    def column(table: str, name: str) -> str:
        return columns.get(table, {}).get(name, name)

    return replace(
        schema,
        node_tables=tuple(
            replace(
                node, name=end(node.name), columns=own(node), primary_key=column(node.name, node.primary_key)
            )
            for node in schema.node_tables
        ),
        rel_tables=tuple(
            replace(
                rel,
                name=end(rel.name),
                columns=own(rel),
                connections=tuple(
                    Connection(source=end(one.source), target=end(one.target)) for one in rel.connections
                ),
            )
            for rel in schema.rel_tables
        ),
        indexes=tuple(
            replace(
                index,
                table=end(index.table),
                columns=tuple(column(index.table, name) for name in index.columns),
            )
            for index in schema.indexes
        ),
    )
