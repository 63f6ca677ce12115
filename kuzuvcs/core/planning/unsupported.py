"""Changes that can be made neither by statements of their own nor by rebuilding a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from kuzuvcs.core.comparing.changes import AddRelTable, Change, ChangeSequence
from kuzuvcs.core.comparing.describe import describe, shown
from kuzuvcs.core.schema import Expression, Schema
from kuzuvcs.errors import UnsupportedChange


def refuse_unsupported(old: Schema, new: Schema, changes: Iterable[Change]) -> None:
    """``UnsupportedChange`` for the first change that is one, by name; changes of rebuilt tables are not."""
    for change in changes:
        _refuse_other(change, old, new)


def _refuse_other(change: Change, old: Schema, new: Schema) -> None:
    match change:
        case ChangeSequence(old=sequence):
            user = _user_of(sequence.name, old) or _user_of(sequence.name, new)
            if user:
                _refuse(change, f"{user} takes its default from it, and a new sequence would start again")
        case AddRelTable(table=rel) if not rel.connections:
            _refuse(change, "it connects nothing, and the engine creates no such table")
        case _:
            return


def _user_of(sequence: str, schema: Schema) -> str:
    """The first column whose default names the sequence."""
    for table in schema.tables():
        for column in table.columns:
            if isinstance(column.default, Expression) and sequence in column.default.text:
                return f"column {shown(column.name)} of table {shown(table.name)}"
    return ""


def _refuse(change: Change, why: str) -> NoReturn:
    raise UnsupportedChange(f"cannot {describe(change)}", cause=why)
