"""One change in words, with the mark that says whether something came, went or became another."""

from __future__ import annotations

from typing import assert_never

from kuzuvcs.core.comparing.changes import (
    AddColumn,
    AddConnection,
    AddIndex,
    AddMacro,
    AddNodeTable,
    AddRelTable,
    AddSequence,
    Change,
    ChangeColumnDefault,
    ChangeColumnType,
    ChangeComment,
    ChangeIndex,
    ChangeMacro,
    ChangeMultiplicity,
    ChangePrimaryKey,
    ChangeSequence,
    ChangeStorageDirection,
    DropColumn,
    DropConnection,
    DropIndex,
    DropMacro,
    DropNodeTable,
    DropRelTable,
    DropSequence,
    RenameColumn,
    RenameTable,
)
from kuzuvcs.core.schema import NodeTable, RelTable
from kuzuvcs.render.schema_text import (
    column_text,
    connection_text,
    default_text,
    index_text,
    macro_text,
    rel_text,
    sequence_text,
)
from kuzuvcs.render.text import Line, Span, Style

_STYLES: dict[str, Style] = {"+": "added", "-": "removed", "~": "changed"}

_TableChange = (
    AddNodeTable | DropNodeTable | AddRelTable | DropRelTable | RenameTable
    | AddConnection | DropConnection | ChangeMultiplicity | ChangeStorageDirection | ChangeComment
)  # fmt: skip
_ColumnChange = (
    AddColumn | DropColumn | RenameColumn | ChangeColumnType | ChangeColumnDefault | ChangePrimaryKey
)  # fmt: skip
_OtherChange = (
    AddSequence | DropSequence | ChangeSequence | AddMacro | DropMacro | ChangeMacro
    | AddIndex | DropIndex | ChangeIndex
)  # fmt: skip


def marked(mark: str, text: str) -> Line:
    """A line in the colour of its mark."""
    return (Span(f"{mark} {text}", _STYLES[mark]),)


def change_lines(change: Change) -> list[Line]:
    """What stands below the name of the table, sequence or macro that the change belongs to."""
    match change:
        case (
            AddNodeTable() | DropNodeTable() | AddRelTable() | DropRelTable() | RenameTable()
            | AddConnection() | DropConnection()
            | ChangeMultiplicity() | ChangeStorageDirection() | ChangeComment()
        ):  # fmt: skip
            return _table_lines(change)
        case (
            AddColumn() | DropColumn() | RenameColumn()
            | ChangeColumnType() | ChangeColumnDefault() | ChangePrimaryKey()
        ):  # fmt: skip
            return [_column_line(change)]
        case (
            AddSequence() | DropSequence() | ChangeSequence() | AddMacro() | DropMacro() | ChangeMacro()
            | AddIndex() | DropIndex() | ChangeIndex()
        ):  # fmt: skip
            return [_other_line(change)]
        case _:
            assert_never(change)


def _table_lines(change: _TableChange) -> list[Line]:
    match change:
        case AddNodeTable() | AddRelTable():
            return [marked("+", text) for text in _table_parts(change.table)]
        case DropNodeTable() | DropRelTable():
            return [marked("-", text) for text in _table_parts(change.table)]
        case RenameTable():
            return [marked("~", f"renamed from {change.old}")]
        case AddConnection():
            return [marked("+", f"connection {connection_text(change.connection)}")]
        case DropConnection():
            return [marked("-", f"connection {connection_text(change.connection)}")]
        case ChangeMultiplicity():
            return [marked("~", f"multiplicity {change.old} → {change.new}")]
        case ChangeStorageDirection():
            return [marked("~", f"storage direction {change.old} → {change.new}")]
        case ChangeComment():
            return [marked("~", f"comment {_quoted(change.old)} → {_quoted(change.new)}")]
        case _:
            assert_never(change)


def _table_parts(table: NodeTable | RelTable) -> list[str]:
    parts: list[str] = []
    if isinstance(table, RelTable):
        parts += [f"connection {connection_text(connection)}" for connection in table.connections]
        parts += [rel_text(table)] if rel_text(table) else []
        key = ""
    else:
        key = table.primary_key
    for column in table.columns:
        parts.append(
            f"column {column.name} {column_text(column)}" + (", primary key" if column.name == key else "")
        )
    return [*parts, *([f"comment {_quoted(table.comment)}"] if table.comment else [])]


def _column_line(change: _ColumnChange) -> Line:
    match change:
        case AddColumn():
            return marked("+", f"column {change.column.name} {column_text(change.column)}")
        case DropColumn():
            return marked("-", f"column {change.column.name} {column_text(change.column)}")
        case RenameColumn():
            return marked("~", f"column {change.old} renamed to {change.new}")
        case ChangeColumnType():
            return marked("~", f"column {change.column} {change.old} → {change.new}")
        case ChangeColumnDefault():
            return marked(
                "~", f"column {change.column} default {default_text(change.old)} → {default_text(change.new)}"
            )
        case ChangePrimaryKey():
            return marked("~", f"primary key {change.old} → {change.new}")
        case _:
            assert_never(change)


def _other_line(change: _OtherChange) -> Line:
    match change:
        case AddSequence() | DropSequence() | ChangeSequence():
            return _sequence_line(change)
        case AddMacro():
            return marked("+", macro_text(change.macro))
        case DropMacro():
            return marked("-", macro_text(change.macro))
        case ChangeMacro():
            return marked("~", f"{macro_text(change.old)} → {macro_text(change.new)}")
        case AddIndex():
            return marked("+", f"index {change.index.name} {index_text(change.index)}")
        case DropIndex():
            return marked("-", f"index {change.index.name} {index_text(change.index)}")
        case ChangeIndex():
            return marked("~", f"index {change.new.name} {index_text(change.old)} → {index_text(change.new)}")
        case _:
            assert_never(change)


def _sequence_line(change: AddSequence | DropSequence | ChangeSequence) -> Line:
    match change:
        case AddSequence():
            return marked("+", sequence_text(change.sequence))
        case DropSequence():
            return marked("-", sequence_text(change.sequence))
        case ChangeSequence():
            return marked("~", f"{sequence_text(change.old)} → {sequence_text(change.new)}")
        case _:
            assert_never(change)


def _quoted(comment: str) -> str:
    return f"'{comment}'" if comment else "none"
