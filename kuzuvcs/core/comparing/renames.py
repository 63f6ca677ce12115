"""What was renamed, and what only looks unchanged: the settled part of a diff's input."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kuzuvcs.core.comparing.changes import (
    AddColumn,
    AddNodeTable,
    AddRelTable,
    Change,
    DropColumn,
    DropNodeTable,
    DropRelTable,
    RenameColumn,
    RenameTable,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renames:
    """Pairs that are one thing under two names, and names that are two things.

    ``tables`` hold ``(old, new)``; ``columns`` hold ``(old table, old column, new column)``.
    ``replaced_tables`` and ``replaced_columns`` (old table, column) were dropped and made again
    under the name that they had: by name alone they would be taken for unchanged.
    """

    tables: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str, str], ...] = ()
    replaced_tables: tuple[str, ...] = ()
    replaced_columns: tuple[tuple[str, str], ...] = ()

    def inverse(self) -> Renames:
        """The same, seen from the new schema."""
        new_name = dict(self.tables)
        return Renames(
            tables=tuple((new, old) for old, new in self.tables),
            columns=tuple((new_name.get(table, table), new, old) for table, old, new in self.columns),
            replaced_tables=self.replaced_tables,
            replaced_columns=tuple(
                (new_name.get(table, table), name) for table, name in self.replaced_columns
            ),
        )


def renames_in(changes: Iterable[Change]) -> Renames:
    """The renames that made :func:`kuzuvcs.core.comparing.diff.diff` say these changes."""
    changes = tuple(changes)
    tables = tuple((change.old, change.new) for change in changes if isinstance(change, RenameTable))
    old_name = {new: old for old, new in tables}
    dropped = {change.table.name for change in changes if isinstance(change, DropNodeTable | DropRelTable)}
    added = {change.table.name for change in changes if isinstance(change, AddNodeTable | AddRelTable)}
    gone = {(change.table, change.column.name) for change in changes if isinstance(change, DropColumn)}
    come = {
        (old_name.get(change.table, change.table), change.column.name)
        for change in changes
        if isinstance(change, AddColumn)
    }
    return Renames(
        tables=tables,
        columns=tuple(
            (old_name.get(change.table, change.table), change.old, change.new)
            for change in changes
            if isinstance(change, RenameColumn)
        ),
        replaced_tables=tuple(sorted(dropped & added)),
        replaced_columns=tuple(sorted(gone & come)),
    )
