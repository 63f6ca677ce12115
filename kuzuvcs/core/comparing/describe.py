"""What a change does, in a sentence that fits on one line."""

from __future__ import annotations

from typing import assert_never

from kuzuvcs.core.comparing import changes as made
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.schema import Connection, Index


def describe(change: Change) -> str:
    """The sentence, without a full stop; names are shown so that none can break the line."""
    match change:
        case made.AddNodeTable(table=node):
            return f"create node table {shown(node.name)}"
        case made.DropNodeTable(table=node):
            return f"drop node table {shown(node.name)}"
        case made.AddRelTable(table=rel):
            return f"create rel table {shown(rel.name)}"
        case made.DropRelTable(table=rel):
            return f"drop rel table {shown(rel.name)}"
        case made.RenameTable(old=old, new=new):
            return f"rename table {shown(old)} to {shown(new)}"
        case made.AddSequence() | made.DropSequence() | made.ChangeSequence():
            return _describe_sequence(change)
        case made.AddMacro() | made.DropMacro() | made.ChangeMacro():
            return _describe_macro(change)
        case made.AddIndex() | made.DropIndex() | made.ChangeIndex():
            return _describe_index(change)
        case _:
            return f"{_describe_part(change)} of table {shown(change.table)}"


def shown(name: str) -> str:
    """A name for people: as it is when all of it can be seen, else with escapes in quotes."""
    return name if name.isprintable() and name == name.strip() and name else ascii(name)


_Part = (
    made.AddColumn | made.DropColumn | made.RenameColumn | made.ChangeColumnType | made.ChangeColumnDefault
    | made.ChangePrimaryKey | made.AddConnection | made.DropConnection | made.ChangeMultiplicity
    | made.ChangeStorageDirection | made.ChangeComment
)  # fmt: skip


def _describe_part(change: _Part) -> str:
    match change:
        case made.AddColumn(column=column):
            return f"add column {shown(column.name)}"
        case made.DropColumn(column=column):
            return f"drop column {shown(column.name)}"
        case made.RenameColumn(old=old, new=new):
            return f"rename column {shown(old)} to {shown(new)}"
        case made.ChangeColumnType(column=name, old=old, new=new):
            return f"change the type of column {shown(name)} from {shown(old)} to {shown(new)}"
        case made.ChangeColumnDefault(column=name):
            return f"change the default of column {shown(name)}"
        case made.ChangePrimaryKey(old=old, new=new):
            return f"change the primary key from {shown(old)} to {shown(new)}"
        case made.AddConnection(connection=connection):
            return f"add connection {_connection(connection)}"
        case made.DropConnection(connection=connection):
            return f"drop connection {_connection(connection)}"
        case _:
            return _describe_property(change)


def _describe_property(
    change: made.ChangeMultiplicity | made.ChangeStorageDirection | made.ChangeComment,
) -> str:
    match change:
        case made.ChangeMultiplicity(old=old, new=new):
            return f"change the multiplicity from {old} to {new}"
        case made.ChangeStorageDirection(old=old, new=new):
            return f"change the storage direction from {old} to {new}"
        case made.ChangeComment():
            return "change the comment"
        case _:
            assert_never(change)


def _describe_sequence(change: made.AddSequence | made.DropSequence | made.ChangeSequence) -> str:
    match change:
        case made.AddSequence(sequence=sequence):
            return f"create sequence {shown(sequence.name)}"
        case made.DropSequence(sequence=sequence):
            return f"drop sequence {shown(sequence.name)}"
        case made.ChangeSequence(old=sequence):
            return f"change sequence {shown(sequence.name)}"
        case _:
            assert_never(change)


def _describe_macro(change: made.AddMacro | made.DropMacro | made.ChangeMacro) -> str:
    match change:
        case made.AddMacro(macro=macro):
            return f"create macro {shown(macro.name)}"
        case made.DropMacro(macro=macro):
            return f"drop macro {shown(macro.name)}"
        case made.ChangeMacro(old=macro):
            return f"change macro {shown(macro.name)}"
        case _:
            assert_never(change)


def _describe_index(change: made.AddIndex | made.DropIndex | made.ChangeIndex) -> str:
    match change:
        case made.AddIndex(index=index):
            return f"create {_index(index)}"
        case made.DropIndex(index=index):
            return f"drop {_index(index)}"
        case made.ChangeIndex(old=index):
            return f"change {_index(index)}"
        case _:
            assert_never(change)


def _index(index: Index) -> str:
    return f"index {shown(index.name)} of table {shown(index.table)}"


def _connection(connection: Connection) -> str:
    return f"{shown(connection.source)} to {shown(connection.target)}"
