"""Which tables have to be made anew, because no ALTER makes what changes.

A table is rebuilt once, however much of it changes: all its other changes go into its new definition.
A rel table on a rebuilt node table is rebuilt with it, since its edges point at rows of the old one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kuzuvcs.core.comparing import changes as made
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.pairing import Pairing
from kuzuvcs.core.planning.conversion import SERIAL
from kuzuvcs.core.schema import Index, NodeTable, RelTable, Schema, Table, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """A table made anew: what it was, what it becomes, and the changes that come with it.

    ``aside`` is the name that the old table has meanwhile: its own, unless the new schema needs that.
    ``columns`` hold ``(new, old)`` names of the columns that stay, ``indexes`` the old ones, which go first.
    """

    old: Table
    new: Table
    aside: str
    changes: tuple[Change, ...]
    columns: tuple[tuple[str, str], ...]
    indexes: tuple[Index, ...]
    new_indexes: tuple[Index, ...]


def find_rebuilds(
    old: Schema, new: Schema, changes: tuple[Change, ...], pairing: Pairing, recalled: Collection[str] = ()
) -> tuple[Rebuild, ...]:
    """The tables to rebuild, node tables first.

    Those that are ``recalled`` (new names) among them: values that were lost are read back into them.
    """
    wanted = _wanted(old, pairing, changes)
    wanted |= set(_displaced(old, changes)) & pairing.table_names().keys()
    wanted |= {before for before, after in pairing.table_names().items() if after in recalled}
    wanted |= {table.name for table in _on_rebuilt(pairing, wanted)}
    taken = {fold(table.name) for schema in (old, new) for table in schema.tables()}
    kept = [(a, b) for a, b in pairing.tables.kept if a.name in wanted]
    kept.sort(key=lambda tables: isinstance(tables[0], RelTable))
    return tuple(
        Rebuild(
            old=a,
            new=b,
            aside=_aside(a.name, new, taken),
            changes=tuple(change for change in changes if _is_of(change, a, b)),
            columns=tuple((after, before) for before, after in pairing.column_names(a.name).items()),
            indexes=tuple(index for index in old.indexes if index.table == a.name),
            new_indexes=tuple(index for index in new.indexes if index.table == b.name),
        )
        for a, b in kept
    )


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken; ``taken`` are folded."""
    number, free = 1, name
    while fold(free) in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _aside(name: str, new: Schema, taken: Collection[str]) -> str:
    return free_name(f"kuzuvcs_old_{name}", taken) if new.table(name) is not None else name


def _wanted(old: Schema, pairing: Pairing, changes: tuple[Change, ...]) -> set[str]:
    """The old names of the tables of which something changes that no ALTER changes."""
    names = pairing.table_names()
    old_names = {after: before for before, after in names.items()}
    wanted = set()
    for change in changes:
        match change:
            case made.DropIndex(index=Index(kind="HNSW", table=table)):
                # After DROP_VECTOR_INDEX and a reopen, kuzu 0.11.3 dies of any write to the table but COPY.
                wanted.add(table)
            case made.ChangeIndex(old=Index(kind="HNSW", table=table)):
                wanted.add(old_names[table])
            case _:
                wanted |= set(_rebuilt_by(change, old, old_names))
    return wanted & names.keys()


def _rebuilt_by(change: Change, old: Schema, old_names: dict[str, str]) -> Iterator[str]:
    match change:
        case (
            made.ChangeColumnType(table=table)
            | made.ChangeColumnDefault(table=table)
            | made.ChangePrimaryKey(table=table)
            | made.ChangeMultiplicity(table=table)
            | made.ChangeStorageDirection(table=table)
        ):
            yield old_names[table]
        case made.AddColumn(table=table, column=column) if column.type == SERIAL:
            # kuzu 0.11.3 refuses to add one, and the column added next then reads wrong values.
            yield old_names[table]
        case made.DropColumn(table=table, column=column):
            if column.type == SERIAL or column.name == _key(old.table(table)) or _has_vectors(old, table):
                yield table
        case made.RenameColumn(table=table, old=column_name):
            if column_name in serials(old.table(old_names[table])):
                yield old_names[table]
        case made.RenameTable(old=table) if serials(old.table(table)):
            # The counter keeps its name, and the engine could not drop the table any more.
            yield table
        case _:
            return


def serials(table: Table | None) -> tuple[str, ...]:
    """The SERIAL columns."""
    return tuple(column.name for column in table.columns if column.type == SERIAL) if table else ()


def _displaced(old: Schema, changes: tuple[Change, ...]) -> Iterator[str]:
    """Node tables that lose a column before the key or an indexed one.

    Kuzu 0.11.3 then takes another column for it: CREATE puts that into the key's index, so that keys are
    repeated and not found; full text is not indexed any more; over a vector index it ends its process.
    """
    indexes = set(old.indexes) - {change.index for change in changes if isinstance(change, made.DropIndex)}
    for change in changes:
        table = old.table(change.table) if isinstance(change, made.DropColumn) else None
        if isinstance(change, made.DropColumn) and isinstance(table, NodeTable):
            held = {name for index in indexes if index.table == table.name for name in index.columns}
            names = [column.name for column in table.columns]
            after = names[names.index(change.column.name) :]
            if not (held | {table.primary_key}).isdisjoint(after):
                yield table.name


def _has_vectors(schema: Schema, table: str) -> bool:
    """After ALTER … DROP on a table with a vector index, kuzu 0.11.3 dies when it opens the database."""
    return any(index.table == table and index.kind == "HNSW" for index in schema.indexes)


def _key(table: Table | None) -> str:
    return table.primary_key if isinstance(table, NodeTable) else ""


def _on_rebuilt(pairing: Pairing, rebuilt: Collection[str]) -> Iterator[RelTable]:
    """Rel tables of which a connection stays that has a rebuilt end."""
    names = pairing.table_names()
    for old, new in pairing.tables.kept:
        if isinstance(old, RelTable) and isinstance(new, RelTable):
            after = {(one.source, one.target) for one in new.connections}
            if any(
                (names.get(one.source), names.get(one.target)) in after
                and (one.source in rebuilt or one.target in rebuilt)
                for one in old.connections
            ):
                yield old


def _is_of(change: Change, old: Table, new: Table) -> bool:
    """Whether the new definition makes the change; edges of a dropped connection are dropped before."""
    match change:
        case made.RenameTable():
            return change.old == old.name
        case made.DropColumn():
            return change.table == old.name
        case made.DropIndex(index=index):
            return index.table == old.name
        case made.AddIndex(index=index) | made.ChangeIndex(new=index):
            return index.table == new.name
        case (
            made.AddColumn()
            | made.RenameColumn()
            | made.ChangeColumnType()
            | made.ChangeColumnDefault()
            | made.ChangePrimaryKey()
            | made.AddConnection()
            | made.ChangeMultiplicity()
            | made.ChangeStorageDirection()
            | made.ChangeComment()
        ):
            return change.table == new.name
        case _:
            return False
