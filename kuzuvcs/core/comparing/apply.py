"""A schema with changes made to it: the small interpreter that tests :mod:`kuzuvcs.core.comparing.diff`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import TypeVar, assert_never

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
from kuzuvcs.core.schema import Column, Connection, Index, Macro, NodeTable, RelTable, Schema, Sequence
from kuzuvcs.errors import SchemaError

T = TypeVar("T")

_Single = (
    AddNodeTable | DropNodeTable | AddRelTable | DropRelTable | AddColumn | DropColumn
    | ChangeColumnType | ChangeColumnDefault | ChangePrimaryKey | AddConnection | DropConnection
    | ChangeMultiplicity | ChangeStorageDirection | ChangeComment
    | AddSequence | DropSequence | ChangeSequence | AddMacro | DropMacro | ChangeMacro
    | AddIndex | DropIndex | ChangeIndex
)  # fmt: skip
"""Every change but the renames."""


def apply(schema: Schema, changes: Iterable[Change]) -> Schema:
    """The schema after the changes, made in their order; renames that stand together happen at once.

    ``SchemaError`` when a change speaks of something that is not there.
    """
    numbered = enumerate(changes)
    for _, group in groupby(numbered, key=_together):
        batch = [change for _, change in group]
        first = batch[0]
        if isinstance(first, RenameTable):
            schema = _rename_tables(schema, {c.old: c.new for c in batch if isinstance(c, RenameTable)})
        elif isinstance(first, RenameColumn):
            names = {c.old: c.new for c in batch if isinstance(c, RenameColumn)}
            schema = _rename_columns(schema, first.table, names)
        else:
            schema = _apply_one(schema, first)
    return schema


def _together(entry: tuple[int, Change]) -> Hashable:
    at, change = entry
    match change:
        case RenameTable():
            return "rename tables"
        case RenameColumn(table=table):
            return "rename columns", table
        case _:
            return at


def _rename_tables(schema: Schema, names: Mapping[str, str]) -> Schema:
    for name in names:
        _at(schema.tables(), _name, name)
    return replace(
        schema,
        node_tables=tuple(replace(t, name=names.get(t.name, t.name)) for t in schema.node_tables),
        rel_tables=tuple(_rename_in_rel(table, names) for table in schema.rel_tables),
        indexes=tuple(replace(i, table=names.get(i.table, i.table)) for i in schema.indexes),
    )


def _rename_in_rel(table: RelTable, names: Mapping[str, str]) -> RelTable:
    ends = tuple(
        Connection(source=names.get(c.source, c.source), target=names.get(c.target, c.target))
        for c in table.connections
    )
    return replace(table, name=names.get(table.name, table.name), connections=ends)


def _rename_columns(schema: Schema, table: str, names: Mapping[str, str]) -> Schema:
    def rename_index(index: Index) -> Index:
        if index.table != table:
            return index
        return replace(index, columns=tuple(names.get(name, name) for name in index.columns))

    def rename(columns: tuple[Column, ...]) -> tuple[Column, ...]:
        for name in names:
            _at(columns, _name, name)
        return tuple(replace(column, name=names.get(column.name, column.name)) for column in columns)

    schema = _edit_columns(schema, table, rename)
    schema = replace(schema, indexes=tuple(rename_index(index) for index in schema.indexes))
    return _edit_key(schema, table, lambda key: names.get(key, key))


def _apply_one(schema: Schema, change: _Single) -> Schema:
    match change:
        case AddColumn() | DropColumn() | ChangeColumnType() | ChangeColumnDefault():
            return _apply_to_column(schema, change)
        case AddConnection() | DropConnection() | ChangeMultiplicity() | ChangeStorageDirection():
            return _apply_to_rel(schema, change)
        case ChangePrimaryKey(table=table, new=key):
            return _edit_key(schema, table, lambda _: key)
        case ChangeComment(table=table, new=comment):
            return _edit_comment(schema, table, comment)
        case AddNodeTable() | DropNodeTable() | AddRelTable() | DropRelTable():
            return _apply_to_tables(schema, change)
        case AddIndex() | DropIndex() | ChangeIndex():
            return replace(schema, indexes=_apply_to_indexes(schema.indexes, change))
        case AddSequence() | DropSequence() | ChangeSequence():
            return replace(schema, sequences=_apply_to_sequences(schema.sequences, change))
        case AddMacro() | DropMacro() | ChangeMacro():
            return replace(schema, macros=_apply_to_macros(schema.macros, change))
        case _:
            assert_never(change)


def _apply_to_tables(
    schema: Schema, change: AddNodeTable | DropNodeTable | AddRelTable | DropRelTable
) -> Schema:
    match change:
        case AddNodeTable(table=node):
            return replace(schema, node_tables=(*schema.node_tables, node))
        case DropNodeTable(table=node):
            return replace(schema, node_tables=_without(schema.node_tables, _name, node.name))
        case AddRelTable(table=rel):
            return replace(schema, rel_tables=(*schema.rel_tables, rel))
        case DropRelTable(table=rel):
            return replace(schema, rel_tables=_without(schema.rel_tables, _name, rel.name))
        case _:
            assert_never(change)


def _apply_to_column(
    schema: Schema, change: AddColumn | DropColumn | ChangeColumnType | ChangeColumnDefault
) -> Schema:
    match change:
        case AddColumn(column=column):
            return _edit_columns(schema, change.table, lambda columns: (*columns, column))
        case DropColumn(column=column):
            return _edit_columns(schema, change.table, lambda columns: _without(columns, _name, column.name))
        case ChangeColumnType(column=name, new=type_text):
            return _edit_column(schema, change.table, name, lambda column: replace(column, type=type_text))
        case ChangeColumnDefault(column=name, new=default):
            return _edit_column(schema, change.table, name, lambda column: replace(column, default=default))
        case _:
            assert_never(change)


def _apply_to_rel(
    schema: Schema, change: AddConnection | DropConnection | ChangeMultiplicity | ChangeStorageDirection
) -> Schema:
    at = _at(schema.rel_tables, _name, change.table)
    rel = schema.rel_tables[at]
    match change:
        case AddConnection(connection=connection):
            rel = replace(rel, connections=(*rel.connections, connection))
        case DropConnection(connection=connection):
            rel = replace(rel, connections=_without(rel.connections, lambda item: item, connection))
        case ChangeMultiplicity(new=multiplicity):
            rel = replace(rel, multiplicity=multiplicity)
        case ChangeStorageDirection(new=direction):
            rel = replace(rel, storage_direction=direction)
        case _:
            assert_never(change)
    return replace(schema, rel_tables=_with(schema.rel_tables, at, rel))


def _apply_to_indexes(
    indexes: tuple[Index, ...], change: AddIndex | DropIndex | ChangeIndex
) -> tuple[Index, ...]:
    match change:
        case AddIndex(index=index):
            return (*indexes, index)
        case DropIndex(index=index):
            return _without(indexes, _index_key, _index_key(index))
        case ChangeIndex(old=index, new=new):
            return _with(indexes, _at(indexes, _index_key, _index_key(index)), new)
        case _:
            assert_never(change)


def _apply_to_sequences(
    sequences: tuple[Sequence, ...], change: AddSequence | DropSequence | ChangeSequence
) -> tuple[Sequence, ...]:
    match change:
        case AddSequence(sequence=sequence):
            return (*sequences, sequence)
        case DropSequence(sequence=sequence):
            return _without(sequences, _name, sequence.name)
        case ChangeSequence(old=sequence, new=new):
            return _with(sequences, _at(sequences, _name, sequence.name), new)
        case _:
            assert_never(change)


def _apply_to_macros(
    macros: tuple[Macro, ...], change: AddMacro | DropMacro | ChangeMacro
) -> tuple[Macro, ...]:
    match change:
        case AddMacro(macro=macro):
            return (*macros, macro)
        case DropMacro(macro=macro):
            return _without(macros, _name, macro.name)
        case ChangeMacro(old=macro, new=new):
            return _with(macros, _at(macros, _name, macro.name), new)
        case _:
            assert_never(change)


def _edit_columns(
    schema: Schema, table: str, edit: Callable[[tuple[Column, ...]], tuple[Column, ...]]
) -> Schema:
    if any(node.name == table for node in schema.node_tables):
        at = _at(schema.node_tables, _name, table)
        node = schema.node_tables[at]
        return replace(
            schema, node_tables=_with(schema.node_tables, at, replace(node, columns=edit(node.columns)))
        )
    at = _at(schema.rel_tables, _name, table)
    rel = schema.rel_tables[at]
    return replace(schema, rel_tables=_with(schema.rel_tables, at, replace(rel, columns=edit(rel.columns))))


def _edit_column(schema: Schema, table: str, name: str, edit: Callable[[Column], Column]) -> Schema:
    def edit_one(columns: tuple[Column, ...]) -> tuple[Column, ...]:
        at = _at(columns, _name, name)
        return _with(columns, at, edit(columns[at]))

    return _edit_columns(schema, table, edit_one)


def _edit_key(schema: Schema, table: str, edit: Callable[[str], str]) -> Schema:
    nodes = tuple(
        replace(node, primary_key=edit(node.primary_key)) if node.name == table else node
        for node in schema.node_tables
    )
    return replace(schema, node_tables=nodes)


def _edit_comment(schema: Schema, table: str, comment: str) -> Schema:
    _at(schema.tables(), _name, table)
    return replace(
        schema,
        node_tables=tuple(replace(t, comment=comment) if t.name == table else t for t in schema.node_tables),
        rel_tables=tuple(replace(t, comment=comment) if t.name == table else t for t in schema.rel_tables),
    )


def _at(items: tuple[T, ...], key: Callable[[T], object], wanted: object) -> int:
    for at, item in enumerate(items):
        if key(item) == wanted:
            return at
    raise SchemaError("a change does not fit the schema", cause=f"there is no {wanted!r}")


def _with(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])


def _without(items: tuple[T, ...], key: Callable[[T], object], wanted: object) -> tuple[T, ...]:
    at = _at(items, key, wanted)
    return (*items[:at], *items[at + 1 :])


def _name(item: NodeTable | RelTable | Column | Sequence | Macro) -> str:
    return item.name


def _index_key(index: Index) -> tuple[str, str]:
    return index.table, index.name
