"""Whether the values of two sides are the same, and which tables are read to find that out.

A version records digests of its columns.  The live database has to be read for them, which takes time and
disk: without being asked, only tables that are cheap to read are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.schema import RelTable
from kuzuvcs.results import RowsChange
from kuzuvcs.tasks.comparing.sides import Side
from kuzuvcs.tasks.reading.data_differs import data_differs

CHEAP_ROWS = 100_000
"""Rows that are read of the live database without being asked: well under a second."""

CHEAP_BYTES = 32 << 20
"""The same in bytes of Parquet, by what the other side says of these tables."""


def rows_and_values(old: Side, new: Side, renames: Renames, *, all_values: bool) -> tuple[RowsChange, ...]:
    """Every table's rows on both sides, by its new name, and whether its values differ.

    Tables with equal row counts are read from the live database where that is cheap, or all of them with
    ``all_values``.
    """
    before, after, new_name = old.rows(), new.rows(), dict(renames.tables)
    names = {table: new_name.get(table, table) for table in before}
    equal = {one: other for one, other in names.items() if before[one] and before[one] == after.get(other)}
    _read(old, {one: _size(new, other) for one, other in equal.items()}, all_values=all_values)
    _read(new, {other: _size(old, one) for one, other in equal.items()}, all_values=all_values)
    rows = [
        RowsChange(
            table=name,
            before=before[table],
            after=after.get(name),
            data=_differ(old, new, (table, name), renames) if name in after else None,
        )
        for table, name in names.items()
    ]
    taken = {row.table for row in rows}
    rows += [
        RowsChange(table=name, before=None, after=count) for name, count in after.items() if name not in taken
    ]
    return tuple(sorted(rows, key=lambda row: row.table))


def moved_sequences(old: Side, new: Side, renames: Renames) -> tuple[str, ...]:
    """The sequences on both sides whose current values differ, by new names: ``numbers``, ``User.id``."""
    tables = dict(renames.tables)
    columns = {(table, column): name for table, column, name in renames.columns}
    before = {
        (
            one.name,
            tables.get(one.table, one.table),
            columns.get((one.table, one.column), one.column),
        ): one.position
        for one in old.positions
    }
    after = {(one.name, one.table, one.column): one.position for one in new.positions}
    moved = [key for key in before.keys() & after.keys() if before[key] != after[key]]
    return tuple(sorted(name or f"{table}.{column}" for name, table, column in moved))


def _differ(old: Side, new: Side, table: tuple[str, str], renames: Renames) -> bool | None:
    before, after = old.rows()[table[0]], new.rows()[table[1]]
    if before != after:
        return True
    if not before:
        return False
    records = old.known(table[0]), new.known(table[1])
    if records[0] is None or records[1] is None:
        return None
    return data_differs(records[0], records[1], table[0], renames)


def _size(side: Side, table: str) -> int:
    return sum(file.size for file in side.known(table) or ())


def _read(side: Side, sizes: Mapping[str, int], *, all_values: bool) -> None:
    """Read those of these tables that the side does not know yet: all, or the cheap ones."""
    unknown = {table: size for table, size in sizes.items() if side.known(table) is None}
    chosen = unknown if all_values else _cheap(side, unknown)
    if chosen:
        side.files(chosen)


def _cheap(side: Side, sizes: Mapping[str, int]) -> list[str]:
    rows, budget, read = side.rows(), _Budget(rows=CHEAP_ROWS, size=CHEAP_BYTES), set[str]()
    chosen = []
    for table in sorted(sizes, key=lambda name: (rows[name], name)):
        needed = {name for name in _with_ends(side, table) if side.known(name) is None} - read
        if budget.takes(sum(rows[name] for name in needed), sum(sizes.get(name, 0) for name in needed)):
            read |= needed
            chosen.append(table)
    return chosen


@dataclass(slots=True, kw_only=True)
class _Budget:
    rows: int
    size: int

    def takes(self, rows: int, size: int) -> bool:
        """Whether so much is left; then it is spent."""
        if rows > self.rows or size > self.size:
            return False
        self.rows -= rows
        self.size -= size
        return True


def _with_ends(side: Side, table: str) -> set[str]:
    """What is read with a table: edges are known by the keys of their ends."""
    found = side.schema.table(table)
    if not isinstance(found, RelTable):
        return {table}
    return {table, *(end for one in found.connections for end in (one.source, one.target))}
