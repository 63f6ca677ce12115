"""The steps by which DOWN brings back the rows and values that UP lost.

What was captured is loaded into helper tables.  Rows that are gone are filled in from there; a table that
lost values only is rebuilt, each row with its mate among the captured ones: kuzu 0.11.3 corrupts lists in
lists that are SET, and takes far longer over it (docs/decisions/0007).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.before import Before
from kuzuvcs.core.planning.conversion import (
    SERIAL,
    BaseValue,
    Computed,
    Converted,
    Nothing,
    Recalled,
    RowNumber,
    Taken,
    Value,
)
from kuzuvcs.core.planning.copies import Copy, copies_into, takes_copies
from kuzuvcs.core.planning.counters import pass_values
from kuzuvcs.core.planning.edge_pairs import Captured, Present, helper_names, mate_of_edges, pair_edges
from kuzuvcs.core.planning.operations import Mate, Operation
from kuzuvcs.core.planning.rebuild import Rebuild, free_name, serials
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.schema import Column, NodeTable, RelTable, Schema, fold

Made = Mapping[str, Mapping[str, Value]]
"""What UP fills the columns of rebuilt tables with, by the tables' old names and the columns' new ones."""


class Recall:
    """What DOWN reads back on its way from the schema ``new`` to the schema ``old``."""

    def __init__(self, lost: tuple[Before, ...], old: Schema, new: Schema, made: Made) -> None:
        self.lost = lost
        self._old = old
        self._made = made
        taken = {fold(table.name) for schema in (old, new) for table in schema.tables()}
        self._helpers = {
            before.path: _free(f"kuzuvcs_before_{at}", taken) for at, before in enumerate(lost, 1)
        }

    def tables(self) -> set[str]:
        """The tables that stay and have lost values: they are rebuilt."""
        return {one.table for one in self.lost if one.lost}

    def loading(self) -> Iterator[Step]:
        """The captured rows, into helper tables."""
        for before in self.lost:
            if not self._fills_its_table(before):
                table = self._captured(before)
                columns = tuple(column.name for column in table.columns[1:])
                done = (
                    operations.CreateNodeTable(table=table),
                    operations.ReadBefore(table=table.name, columns=columns, path=before.path),
                )
                comment = f"what was {_name(before)}, into {shown(table.name)}"
                yield Step(changes=(), operations=done, comment=comment)

    def values(self, rebuild: Rebuild, values: dict[str, Value]) -> dict[str, Value]:
        """The values of a rebuilt table, with those that were captured."""
        before = self._of_rebuilt(rebuild, values)
        if before is None:
            return values
        mates = dict(rebuild.columns)
        mate = before.columns[0].name if before.connection is None else self._captured(before).primary_key
        types = {column.name: column.type for column in before.columns}
        found = dict(values)
        for name in before.lost:
            now = values.get(name, Nothing(type=types[name]))
            assert not isinstance(now, Recalled)
            present = mates.get(name, "")
            made = self._made_of(rebuild, name, present) if present else None
            found[name] = Recalled(
                column=name, mate=mate, now=now, made=made, present=present if made else ""
            )
        return found

    def pairing(self, rebuild: Rebuild, copy: Copy) -> Iterator[Operation]:
        """What has to be done before a copy into a rebuilt table, so that edges find the captured ones."""
        if isinstance(copy, operations.CopyEdges):
            captured = self._captured_edges(rebuild, copy)
            if captured is not None:
                assert copy.ends is not None
                traits = tuple(Taken(column=one) for one in self._traits(rebuild))
                present = Present(table=copy.source, ends=copy.ends, keys=copy.keys, traits=traits)
                yield from pair_edges(present, captured, _mates(captured.table.name))

    def paired(self, rebuild: Rebuild, copy: Copy, values: Mapping[str, Value]) -> Copy:
        """The copy, with the captured row of each row: a node's has the key that it gets in DOWN."""
        if isinstance(copy, operations.CopyEdges):
            captured = self._captured_edges(rebuild, copy)
            if captured is None:
                return copy
            return replace(copy, mate=mate_of_edges(captured, _mates(captured.table.name)))
        before = self._of_rebuilt(rebuild, values)
        if before is None:
            return copy
        key = before.columns[0]
        value = values[key.name]
        if key.type == SERIAL and isinstance(value, Taken):
            # The engine joins a SERIAL with an INT64 by comparing each with each.
            value = Converted(column=value.column, old="INT64", new="INT64")
        return replace(copy, mate=Mate(table=self._helpers[before.path], column=key.name, value=value))

    def _captured_edges(self, rebuild: Rebuild, copy: operations.CopyEdges) -> Captured | None:
        place = (copy.table, copy.connection)
        before = next((one for one in self.lost if (one.table, one.connection) == place and one.lost), None)
        if before is None:
            return None
        table = self._captured(before)
        return Captured(
            table=table,
            ends=(table.columns[1].name, table.columns[2].name),
            columns=tuple(column for column in table.columns[3:] if column.name in before.lost),
            traits=tuple(self._traits(rebuild).values()),
        )

    def _traits(self, rebuild: Rebuild) -> dict[str, BaseValue]:
        """The present columns that UP made of captured ones, and how."""
        made = {present: self._made_of(rebuild, name, present) for name, present in rebuild.columns}
        return {present: value for present, value in made.items() if value is not None}

    def filling(self, counter: str) -> Iterator[Step]:
        """The rows of tables and connections that were dropped; ``counter`` is a free table's name."""
        for before in sorted(self.lost, key=lambda one: one.connection is not None):
            if before.whole:
                yield Step(
                    changes=(),
                    operations=tuple(self._filling(before, counter)),
                    comment=f"the rows of {_name(before)}, as they were",
                )

    def clearing(self) -> Iterator[Step]:
        """The helper tables go."""
        names = [self._helpers[one.path] for one in self.lost if not self._fills_its_table(one)]
        names += [_mates(self._helpers[one.path]) for one in self.lost if one.connection and one.lost]
        if names:
            done = tuple(operations.DropTable(table=name) for name in names)
            yield Step(changes=(), operations=done, comment="drop what was read of the rows before")

    def _of_rebuilt(self, rebuild: Rebuild, values: Mapping[str, Value]) -> Before | None:
        """What is read back into a rebuilt table, if its rows can be told: by a key that is no new number."""
        before = next((one for one in self.lost if one.table == rebuild.new.name and one.lost), None)
        if before is not None and before.connection is None:
            key = values.get(before.columns[0].name)
            return before if isinstance(key, Taken | Converted | Computed) else None
        return before

    def _made_of(self, rebuild: Rebuild, name: str, present: str) -> BaseValue | None:
        """What UP made the present column of: a value over the captured row, if it is one."""
        made = self._made.get(rebuild.new.name)
        value = Taken(column=name) if made is None else made.get(present)
        return None if isinstance(value, RowNumber | Recalled) else value

    def _fills_its_table(self, before: Before) -> bool:
        """Whether the captured rows go straight into a dropped node table, which is made again."""
        if not before.whole or before.connection is not None:
            return False
        table = self._old.table(before.table)
        return isinstance(table, NodeTable) and takes_copies(table)

    def _filling(self, before: Before, counter: str) -> Iterator[Operation]:
        table = self._old.table(before.table)
        assert table is not None
        columns = tuple(column.name for column in before.columns)
        if before.connection is not None:
            captured = self._captured(before)
            copy = operations.CopyCapturedEdges(
                table=before.table,
                connection=before.connection,
                source=captured.name,
                ends=(captured.columns[1].name, captured.columns[2].name),
                keys=(
                    _key(self._old, before.connection.source),
                    _key(self._old, before.connection.target),
                ),
                values=tuple((name, Taken(column=name)) for name in columns),
            )
            yield from copies_into(table, [copy])
        elif self._fills_its_table(before):
            yield operations.ReadBefore(table=before.table, columns=columns, path=before.path)
        else:
            source = self._helpers[before.path]
            taken = tuple((name, Taken(column=name)) for name in columns)
            yield operations.CopyNodes(table=before.table, source=source, values=taken, one_by_one=True)
        if not isinstance(table, RelTable) or before.connection == table.connections[-1]:
            for column in serials(table):
                yield from pass_values(table, column, counter)

    def _captured(self, before: Before) -> NodeTable:
        """The helper table that captured rows are loaded into: a number, the ends of edges, the columns."""
        taken = {fold(column.name) for column in before.columns}
        row = Column(name=free_name("kuzuvcs_row", taken), type=SERIAL)
        ends = () if before.connection is None else (before.connection.source, before.connection.target)
        keys = tuple(
            Column(name=free_name(f"kuzuvcs_{word}", taken), type=_plain(_key(self._old, end)).type)
            for word, end in zip(("from", "to"), ends, strict=False)
        )
        return NodeTable(
            name=self._helpers[before.path],
            columns=(row, *keys, *map(_plain, before.columns)),
            primary_key=row.name,
        )


def _free(name: str, taken: Collection[str]) -> str:
    number, free = 1, name
    while any(fold(one) in taken for one in (free, *helper_names(_mates(free)))):
        number += 1
        free = f"{name}_{number}"
    return free


def _mates(helper: str) -> str:
    return f"{helper}_mates"


def _plain(column: Column) -> Column:
    return replace(column, type="INT64" if column.type == SERIAL else column.type, default=None)


def _key(schema: Schema, name: str) -> Column:
    table = schema.table(name)
    assert isinstance(table, NodeTable)
    return next(column for column in table.columns if column.name == table.primary_key)


def _name(before: Before) -> str:
    if before.connection is None:
        return shown(before.table)
    return (
        f"{shown(before.table)} from {shown(before.connection.source)} to {shown(before.connection.target)}"
    )
