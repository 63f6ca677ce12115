"""The differences between two schemas: a closed set, one frozen class for each kind.

**Which names.**  A list of changes is in order: what is dropped comes first and is called by its
old name, then come the renames, and everything after them is called by its new name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, assert_never

from kuzuvcs.core.schema import (
    Column,
    Connection,
    Default,
    Index,
    Macro,
    Multiplicity,
    NodeTable,
    RelTable,
    Sequence,
    StorageDirection,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNodeTable:
    """A node table comes into being, with its columns and comment."""

    kind: ClassVar[str] = "add_node_table"
    table: NodeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class DropNodeTable:
    """A node table goes, with its rows."""

    kind: ClassVar[str] = "drop_node_table"
    table: NodeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRelTable:
    """A rel table comes into being, with its connections, columns and comment."""

    kind: ClassVar[str] = "add_rel_table"
    table: RelTable


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRelTable:
    """A rel table goes, with its edges."""

    kind: ClassVar[str] = "drop_rel_table"
    table: RelTable


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTable:
    """A table keeps its rows under another name; connections and indexes follow it."""

    kind: ClassVar[str] = "rename_table"
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn:
    """A column comes into being; rows that are there get its default, or NULL."""

    kind: ClassVar[str] = "add_column"
    table: str
    column: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn:
    """A column goes, with its values."""

    kind: ClassVar[str] = "drop_column"
    table: str
    column: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameColumn:
    """A column keeps its values under another name; key and indexes follow it."""

    kind: ClassVar[str] = "rename_column"
    table: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeColumnType:
    """A column's type, in canonical text."""

    kind: ClassVar[str] = "change_column_type"
    table: str
    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeColumnDefault:
    """A column's default; None is none."""

    kind: ClassVar[str] = "change_column_default"
    table: str
    column: str
    old: Default | None
    new: Default | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePrimaryKey:
    """The column that is a node table's key."""

    kind: ClassVar[str] = "change_primary_key"
    table: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConnection:
    """A rel table connects one more pair of node tables."""

    kind: ClassVar[str] = "add_connection"
    table: str
    connection: Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConnection:
    """A rel table no longer connects a pair of node tables; the edges between them go."""

    kind: ClassVar[str] = "drop_connection"
    table: str
    connection: Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMultiplicity:
    """How many edges a node of a rel table may have."""

    kind: ClassVar[str] = "change_multiplicity"
    table: str
    old: Multiplicity
    new: Multiplicity


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStorageDirection:
    """In which directions a rel table stores its edges."""

    kind: ClassVar[str] = "change_storage_direction"
    table: str
    old: StorageDirection
    new: StorageDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeComment:
    """A table's comment; empty is none."""

    kind: ClassVar[str] = "change_comment"
    table: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSequence:
    """A sequence comes into being."""

    kind: ClassVar[str] = "add_sequence"
    sequence: Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class DropSequence:
    """A sequence goes, with its position."""

    kind: ClassVar[str] = "drop_sequence"
    sequence: Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSequence:
    """How a sequence counts."""

    kind: ClassVar[str] = "change_sequence"
    old: Sequence
    new: Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMacro:
    """A macro comes into being."""

    kind: ClassVar[str] = "add_macro"
    macro: Macro


@dataclass(frozen=True, slots=True, kw_only=True)
class DropMacro:
    """A macro goes."""

    kind: ClassVar[str] = "drop_macro"
    macro: Macro


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMacro:
    """What a macro takes or says."""

    kind: ClassVar[str] = "change_macro"
    old: Macro
    new: Macro


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIndex:
    """A full-text or vector index comes into being."""

    kind: ClassVar[str] = "add_index"
    index: Index


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex:
    """An index goes."""

    kind: ClassVar[str] = "drop_index"
    index: Index


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeIndex:
    """What an index of the same name covers, or how; ``old`` is called as after the renames."""

    kind: ClassVar[str] = "change_index"
    old: Index
    new: Index


Change = (
    AddNodeTable | DropNodeTable | AddRelTable | DropRelTable | RenameTable
    | AddColumn | DropColumn | RenameColumn | ChangeColumnType | ChangeColumnDefault
    | ChangePrimaryKey | AddConnection | DropConnection | ChangeMultiplicity | ChangeStorageDirection
    | ChangeComment | AddSequence | DropSequence | ChangeSequence
    | AddMacro | DropMacro | ChangeMacro | AddIndex | DropIndex | ChangeIndex
)  # fmt: skip


def invert(change: Change) -> Change:
    """The change that undoes this one; undone again it is the same."""
    match change:
        case AddNodeTable(table=node):
            return DropNodeTable(table=node)
        case DropNodeTable(table=node):
            return AddNodeTable(table=node)
        case AddRelTable(table=rel):
            return DropRelTable(table=rel)
        case DropRelTable(table=rel):
            return AddRelTable(table=rel)
        case AddColumn(table=table, column=column):
            return DropColumn(table=table, column=column)
        case DropColumn(table=table, column=column):
            return AddColumn(table=table, column=column)
        case AddConnection(table=table, connection=connection):
            return DropConnection(table=table, connection=connection)
        case DropConnection(table=table, connection=connection):
            return AddConnection(table=table, connection=connection)
        case AddSequence() | DropSequence() | AddMacro() | DropMacro() | AddIndex() | DropIndex():
            return _invert_other(change)
        case _:
            return _swap(change)


def _invert_other(
    change: AddSequence | DropSequence | AddMacro | DropMacro | AddIndex | DropIndex,
) -> Change:
    match change:
        case AddSequence(sequence=sequence):
            return DropSequence(sequence=sequence)
        case DropSequence(sequence=sequence):
            return AddSequence(sequence=sequence)
        case AddMacro(macro=macro):
            return DropMacro(macro=macro)
        case DropMacro(macro=macro):
            return AddMacro(macro=macro)
        case AddIndex(index=index):
            return DropIndex(index=index)
        case DropIndex(index=index):
            return AddIndex(index=index)
        case _:
            assert_never(change)


_OldToNew = (
    RenameTable | RenameColumn | ChangeColumnType | ChangeColumnDefault | ChangePrimaryKey
    | ChangeMultiplicity | ChangeStorageDirection | ChangeComment
    | ChangeSequence | ChangeMacro | ChangeIndex
)  # fmt: skip


def _swap(change: _OldToNew) -> Change:
    # The type checker cannot follow replace() over a union in which old and new differ in type.
    return replace(change, old=change.new, new=change.old)  # type: ignore[arg-type]
