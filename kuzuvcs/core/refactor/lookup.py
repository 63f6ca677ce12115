"""The names in a declaration, found in a schema or refused as wrong usage."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.names import name_fault
from kuzuvcs.core.planning.conversion import SERIAL
from kuzuvcs.core.planning.copies import takes_copies
from kuzuvcs.core.schema import Column, NodeTable, RelTable, Schema, Table, fold
from kuzuvcs.errors import UnsupportedChange, UsageError


def node_table(schema: Schema, name: str) -> NodeTable:
    """The node table of that name; ``UsageError`` where there is none."""
    found = schema.table(name)
    if not isinstance(found, NodeTable):
        raise _missing("node table", name, schema.node_tables, other=found is not None)
    return found


def rel_table(schema: Schema, name: str) -> RelTable:
    """The rel table of that name; ``UsageError`` where there is none."""
    found = schema.table(name)
    if not isinstance(found, RelTable):
        raise _missing("rel table", name, schema.rel_tables, other=found is not None)
    return found


def node_property(schema: Schema, text: str) -> tuple[NodeTable, Column]:
    """The property that ``Table.column`` names; either name may hold dots, so the schema decides.

    :raises UsageError: there is none
    """
    for table in schema.node_tables:
        for column in table.columns:
            if fold(f"{table.name}.{column.name}") == fold(text):
                return table, column
    raise UsageError(
        f"there is no property {shown(text)}",
        cause="no node table of the newest version has such a column",
        hint="write Table.column, as in Person.city; kuzuvcs show lists tables and columns",
    )


def new_property(schema: Schema, text: str) -> tuple[NodeTable, str]:
    """The table, and the name of a column that it has not yet, in ``Table.column``.

    :raises UsageError: no such table, the column is there, or its name cannot be one
    """
    fits = [table for table in schema.node_tables if fold(text).startswith(f"{fold(table.name)}.")]
    if not fits:
        raise UsageError(
            f"cannot read {shown(text)}",
            cause="it does not begin with the name of a node table of the newest version and a dot",
            hint="write Table.column, as in Person.city",
        )
    table = max(fits, key=lambda one: len(one.name))
    column = text[len(table.name) + 1 :]
    return table, new_column(table.columns, column, shown(table.name))


def new_column(columns: Iterable[Column], name: str, where: str) -> str:
    """The name, free among the columns; ``UsageError`` where it is taken or cannot be one."""
    _check(name)
    if fold(name) in {fold(column.name) for column in columns}:
        raise UsageError(
            f"{where} has a column {shown(name)} already",
            cause="the engine compares names without regard to case",
            hint="give another name",
        )
    return name


def new_tables(schema: Schema, names: Iterable[str], freed: Collection[Table] = ()) -> None:
    """``UsageError`` for a name that is taken, twice there, or impossible; ``freed`` are tables that go."""
    free = {fold(table.name) for table in freed}
    taken = {fold(table.name) for table in schema.tables()} - free
    for name in names:
        _check(name)
        if fold(name) in taken:
            raise UsageError(
                f"the name {shown(name)} is taken",
                cause="a table has it already, or it is given twice; "
                "the engine compares names without regard to case",
                hint="give another name",
            )
        taken.add(fold(name))


def refuse_unmovable(tables: Iterable[Table]) -> None:
    """``UnsupportedChange`` for a table whose rows cannot be moved without loss."""
    for table in tables:
        for column in table.columns:
            if column.type == SERIAL:
                raise UnsupportedChange(
                    f"cannot refactor table {shown(table.name)}",
                    cause=f"its column {shown(column.name)} is SERIAL, whose counter belongs to this table",
                    hint="make the column INT64 first: change it, take a snapshot, kuzuvcs generate",
                )
        if isinstance(table, NodeTable):
            _refuse_decimal_key(table)
        refuse_unreadable(table)


def _refuse_decimal_key(table: NodeTable) -> None:
    key = next(column for column in table.columns if column.name == table.primary_key)
    if not takes_copies(table):
        raise UnsupportedChange(
            f"cannot refactor table {shown(table.name)}",
            cause=f"its key {shown(key.name)} is {key.type}, and the engine's COPY takes no such table",
        )


def refuse_unreadable(table: Table) -> None:
    """``UnsupportedChange`` for a rel table that is stored backwards only."""
    if isinstance(table, RelTable) and table.storage_direction == "bwd":
        raise UnsupportedChange(
            f"cannot refactor with rel table {shown(table.name)}",
            cause="its storage direction is bwd, and the engine reads no edge of such a table",
        )


def refuse_indexed(schema: Schema, table: NodeTable, column: str, what: str) -> None:
    """``UnsupportedChange`` where an index is on a column that goes; ``what`` cannot be done."""
    for index in schema.indexes:
        if index.table == table.name and column in index.columns:
            raise UnsupportedChange(
                what,
                cause=f"the {index.kind} index {shown(index.name)} is on the column, which goes",
                hint="drop the index first: drop it, take a snapshot, kuzuvcs generate",
            )


def _check(name: str) -> None:
    if fault := name_fault(name):
        raise UsageError("a name cannot be used", cause=fault, hint="give another name")


def _missing(kind: str, name: str, tables: Iterable[Table], *, other: bool) -> UsageError:
    there = ", ".join(shown(table.name) for table in tables) or "none"
    return UsageError(
        f"{shown(name)} is no {kind}" if other else f"there is no {kind} {shown(name)}",
        cause=f"the {kind}s of the newest version are: {there}",
        hint="take a snapshot first, if the live database has it",
    )
