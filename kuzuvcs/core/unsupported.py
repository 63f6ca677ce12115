"""Changes that the engine cannot make by CREATE, DROP, ALTER, COMMENT and index calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from kuzuvcs.core.changes import (
    AddColumn,
    AddRelTable,
    Change,
    ChangeColumnDefault,
    ChangeColumnType,
    ChangeIndex,
    ChangeMacro,
    ChangeMultiplicity,
    ChangePrimaryKey,
    ChangeSequence,
    ChangeStorageDirection,
    DropColumn,
    DropIndex,
    DropMacro,
    RenameColumn,
    RenameTable,
)
from kuzuvcs.core.describe import describe, shown
from kuzuvcs.core.pairing import pair_schemas
from kuzuvcs.core.renames import renames_in
from kuzuvcs.core.schema import Expression, Index, NodeTable, Schema
from kuzuvcs.errors import UnsupportedChange

_SERIAL = "SERIAL"
_REBUILD = "it needs the table to be rebuilt"


def refuse_unsupported(old: Schema, new: Schema, changes: Iterable[Change]) -> None:
    """``UnsupportedChange`` for the first change that is one, with table and column by name."""
    changes = tuple(changes)
    old_names = {change.new: change.old for change in changes if isinstance(change, RenameTable)}
    for change in changes:
        _refuse_rebuild(change)
        _refuse_serial(change, old, old_names)
        _refuse_other(change, old, new)
    _refuse_vector_drop(old, new, changes)


def _refuse_rebuild(change: Change) -> None:
    match change:
        case (
            ChangeColumnType()
            | ChangeColumnDefault()
            | ChangePrimaryKey()
            | ChangeMultiplicity()
            | ChangeStorageDirection()
        ):
            _refuse(change, _REBUILD)
        case _:
            return


def _refuse_serial(change: Change, old: Schema, old_names: dict[str, str]) -> None:
    match change:
        case AddColumn(column=column) if column.type == _SERIAL:
            # kuzu 0.11.3 refuses it, and the column added next then reads wrong values.
            _refuse(change, f"column {shown(column.name)} is SERIAL, and the engine adds none to a table")
        case DropColumn(column=column) if column.type == _SERIAL:
            _refuse(
                change, f"column {shown(column.name)} is SERIAL, and the engine leaves its counter behind"
            )
        case RenameColumn(table=table, old=name) if name in _serials(old, old_names.get(table, table)):
            _refuse(change, _counter_keeps_its_name(name))
        case RenameTable(old=table) if _serials(old, table):
            _refuse(change, _counter_keeps_its_name(min(_serials(old, table))))
        case _:
            return


def _counter_keeps_its_name(column: str) -> str:
    return (
        f"the counter behind SERIAL column {shown(column)} keeps the old name, "
        "and the engine then cannot drop the table any more"
    )


def _serials(schema: Schema, table: str) -> set[str]:
    found = schema.table(table)
    return {column.name for column in found.columns if column.type == _SERIAL} if found else set()


def _refuse_other(change: Change, old: Schema, new: Schema) -> None:
    match change:
        case DropColumn(table=table, column=column):
            found = old.table(table)
            if isinstance(found, NodeTable) and found.primary_key == column.name:
                _refuse(change, f"it is the table's key; {_REBUILD}")
        case DropMacro() | ChangeMacro():
            _refuse(change, "the engine has no statement that drops a macro")
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


def _refuse_vector_drop(old: Schema, new: Schema, changes: tuple[Change, ...]) -> None:
    """After DROP_VECTOR_INDEX and a reopen, kuzu 0.11.3 dies of any write to the table but COPY.

    Nothing but dropping the table was found to mend it: no CHECKPOINT, no index made anew.
    """
    stayed = pair_schemas(old, new, renames_in(changes)).table_names()
    for change in changes:
        match change:
            case DropIndex(index=Index(kind="HNSW", table=table)) if table in stayed:
                _refuse(change, f"the engine dies of writing to a table that lost a vector index; {_REBUILD}")
            case ChangeIndex(old=Index(kind="HNSW")):
                _refuse(change, f"the engine dies of writing to a table that lost a vector index; {_REBUILD}")
            case _:
                continue


def _refuse(change: Change, why: str) -> NoReturn:
    raise UnsupportedChange(f"cannot {describe(change)}", cause=why)
