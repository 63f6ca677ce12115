"""The changes that lead from one schema to another, in one fixed order.

Pure: what was renamed is an input (:mod:`kuzuvcs.core.renaming.detection` finds it out), and names
that differ only in case are one name to the engine, so such a pair is a rename, never a drop.
Column order is no change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
from kuzuvcs.core.comparing.pairing import Paired, Pairing, pair, pair_schemas
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.schema import Column, Connection, Index, NodeTable, RelTable, Schema, Table
from kuzuvcs.core.schema_json import default_value


def diff(old: Schema, new: Schema, renames: Renames = Renames()) -> tuple[Change, ...]:  # noqa: B008  a frozen value
    """What changed: drops by their old names, then renames, then all else by new names.

    ``SchemaError`` when ``renames`` name what the schemas have not.
    """
    return diff_paired(old, new, pair_schemas(old, new, renames))


def diff_paired(old: Schema, new: Schema, pairing: Pairing) -> tuple[Change, ...]:
    """The same for schemas that are paired already."""
    connections = _pair_connections(pairing)
    indexes = _pair_indexes(old, new, pairing)
    sequences = pair(old.sequences, new.sequences, lambda item: item.name)
    macros = pair(old.macros, new.macros, lambda item: item.name)
    return (
        *(DropIndex(index=index) for index in indexes.dropped),
        *(DropConnection(table=table, connection=gone) for table, gone in connections.dropped),
        *_dropped_tables(pairing),
        *_dropped_columns(pairing),
        *(DropMacro(macro=macro) for macro in macros.dropped),
        *(DropSequence(sequence=sequence) for sequence in sequences.dropped),
        *_renames(pairing),
        *(change for tables in pairing.tables.kept for change in _changed_table(*tables, pairing)),
        *(ChangeSequence(old=a, new=b) for a, b in sequences.kept if a != b),
        *(ChangeMacro(old=a, new=b) for a, b in macros.kept if a != b),
        *(AddSequence(sequence=sequence) for sequence in sequences.added),
        *(AddMacro(macro=macro) for macro in macros.added),
        *_added_tables(pairing),
        *(AddConnection(table=table, connection=come) for table, come in connections.added),
        *(ChangeIndex(old=a, new=b) for a, b in indexes.kept if not _same_index(a, b)),
        *(AddIndex(index=index) for index in indexes.added),
    )


def _dropped_tables(pairing: Pairing) -> Iterator[Change]:
    for table in pairing.tables.dropped:
        if isinstance(table, RelTable):
            yield DropRelTable(table=table)
    for table in pairing.tables.dropped:
        if isinstance(table, NodeTable):
            yield DropNodeTable(table=table)


def _dropped_columns(pairing: Pairing) -> Iterator[Change]:
    for table, _ in pairing.tables.kept:
        for column in pairing.columns[table.name].dropped:
            yield DropColumn(table=table.name, column=column)


def _renames(pairing: Pairing) -> Iterator[Change]:
    for old, new in pairing.tables.kept:
        if old.name != new.name:
            yield RenameTable(old=old.name, new=new.name)
    for table, renamed in pairing.tables.kept:
        for before, after in pairing.columns[table.name].kept:
            if before.name != after.name:
                yield RenameColumn(table=renamed.name, old=before.name, new=after.name)


def _changed_table(old: Table, new: Table, pairing: Pairing) -> Iterator[Change]:
    for before, after in pairing.columns[old.name].kept:
        if before != after:
            yield from _changed_column(new.name, before, after)
    match old, new:
        case NodeTable(), NodeTable():
            key = pairing.column_names(old.name).get(old.primary_key, old.primary_key)
            if key != new.primary_key:
                yield ChangePrimaryKey(table=new.name, old=key, new=new.primary_key)
        case RelTable(), RelTable():
            yield from _changed_rel(old, new)
        case _:
            assert_never(old)  # type: ignore[arg-type]  # pairing keeps node and rel tables apart
    if old.comment != new.comment:
        yield ChangeComment(table=new.name, old=old.comment, new=new.comment)
    for column in pairing.columns[old.name].added:
        yield AddColumn(table=new.name, column=column)


def _changed_column(table: str, old: Column, new: Column) -> Iterator[Change]:
    if old.type != new.type:
        yield ChangeColumnType(table=table, column=new.name, old=old.type, new=new.type)
    if default_value(old.default) != default_value(new.default):
        yield ChangeColumnDefault(table=table, column=new.name, old=old.default, new=new.default)


def _changed_rel(old: RelTable, new: RelTable) -> Iterator[Change]:
    if old.multiplicity != new.multiplicity:
        yield ChangeMultiplicity(table=new.name, old=old.multiplicity, new=new.multiplicity)
    if old.storage_direction != new.storage_direction:
        yield ChangeStorageDirection(table=new.name, old=old.storage_direction, new=new.storage_direction)


def _added_tables(pairing: Pairing) -> Iterator[Change]:
    for table in pairing.tables.added:
        if isinstance(table, NodeTable):
            yield AddNodeTable(table=table)
    for table in pairing.tables.added:
        if isinstance(table, RelTable):
            yield AddRelTable(table=table)


def _pair_connections(pairing: Pairing) -> Paired[tuple[str, Connection]]:
    """Connections of the rel tables that stayed; one whose node table went is gone with it."""
    names = pairing.table_names()
    dropped, added = [], []
    for old, new in pairing.tables.kept:
        if isinstance(old, RelTable) and isinstance(new, RelTable):
            before = {(names.get(c.source), names.get(c.target)): c for c in old.connections}
            now = {(c.source, c.target): c for c in new.connections}
            dropped += [(old.name, c) for c in old.connections if _renamed(c, names) not in now]
            added += [(new.name, c) for ends, c in now.items() if ends not in before]
    return Paired(
        kept=(),
        dropped=tuple(sorted(dropped, key=_connection_key)),
        added=tuple(sorted(added, key=_connection_key)),
    )


def _renamed(connection: Connection, names: dict[str, str]) -> tuple[str | None, str | None]:
    return names.get(connection.source), names.get(connection.target)


def _connection_key(entry: tuple[str, Connection]) -> tuple[str, str, str]:
    return entry[0], entry[1].source, entry[1].target


def _pair_indexes(old: Schema, new: Schema, pairing: Pairing) -> Paired[Index]:
    """Kept pairs show the old index as the renames leave it; an index on a dropped column goes."""
    names = pairing.table_names()
    news = {(index.table, index.name): index for index in new.indexes}
    kept, dropped = [], []
    for index in sorted(old.indexes, key=_index_key):
        columns = pairing.column_names(index.table) if index.table in names else {}
        after = news.get((names.get(index.table, ""), index.name))
        if after is None or any(column not in columns for column in index.columns):
            dropped.append(index)
        else:
            moved = replace(
                index, table=after.table, columns=tuple(columns[column] for column in index.columns)
            )
            kept.append((moved, news.pop(_index_key(after))))
    return Paired(kept=tuple(kept), dropped=tuple(dropped), added=tuple(news[key] for key in sorted(news)))


def _same_index(a: Index, b: Index) -> bool:
    return replace(a, options=()) == replace(b, options=()) and dict(a.options) == dict(b.options)


def _index_key(index: Index) -> tuple[str, str]:
    return index.table, index.name
