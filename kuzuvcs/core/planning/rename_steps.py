"""The steps that rename tables and columns, and move tables aside that are rebuilt."""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.comparing import changes as made
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.describe import describe, shown
from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.planning.rebuild import Rebuild
from kuzuvcs.core.planning.rename_order import order_renames
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.schema import Schema


def rename_steps(old: Schema, changes: tuple[Change, ...], rebuilds: tuple[Rebuild, ...]) -> Iterator[Step]:
    """Tables first, those that are rebuilt aside; columns then, by their tables' new names."""
    dropped = {c.table.name for c in changes if isinstance(c, made.DropNodeTable | made.DropRelTable)}
    tables = {change.old: change for change in changes if isinstance(change, made.RenameTable)}
    moved = {one.old.name: one for one in rebuilds if one.aside != one.old.name}
    pairs = [*((c.old, c.new) for c in tables.values()), *((name, one.aside) for name, one in moved.items())]
    names = [table.name for table in old.tables() if table.name not in dropped]
    for single in order_renames(pairs, names):
        operation = operations.RenameTable(table=single.old, name=single.new)
        if single.origin in tables:
            yield _rename_step(tables[single.origin], operation, single.new)
        else:
            comment = f"table {shown(single.origin)} aside, as {shown(single.new)}: it is rebuilt"
            yield Step(changes=(), operations=(operation,), comment=comment)
    yield from _column_renames(old, changes, {change.new: change.old for change in tables.values()})


def _column_renames(old: Schema, changes: tuple[Change, ...], old_names: dict[str, str]) -> Iterator[Step]:
    columns = [change for change in changes if isinstance(change, made.RenameColumn)]
    for table in dict.fromkeys(change.table for change in columns):
        own = {change.old: change for change in columns if change.table == table}
        for single in order_renames(
            ((c.old, c.new) for c in own.values()), _columns_left(old, old_names.get(table, table), changes)
        ):
            column = operations.RenameColumn(table=table, column=single.old, name=single.new)
            yield _rename_step(own[single.origin], column, single.new)


def _columns_left(old: Schema, table: str, changes: tuple[Change, ...]) -> list[str]:
    found = old.table(table)
    dropped = {c.column.name for c in changes if isinstance(c, made.DropColumn) and c.table == table}
    return [column.name for column in found.columns if column.name not in dropped] if found else []


def _rename_step(change: made.RenameTable | made.RenameColumn, operation: Operation, name: str) -> Step:
    aside = "" if name == change.new else f", aside as {shown(name)}: its name is taken"
    return Step(changes=(change,), operations=(operation,), comment=describe(change) + aside)
