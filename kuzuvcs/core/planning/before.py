"""What UP loses of a database: the rows that DOWN reads back from ``${before}``.

They are captured from the very database that is migrated, just before UP.  Types alone decide, and never
what the author's data happen to hold: a cast that changes no value here may change some elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kuzuvcs.core.comparing.pairing import Pairing
from kuzuvcs.core.paths import data_path, encode_names
from kuzuvcs.core.planning.casts import Casts
from kuzuvcs.core.planning.conversion import Computed, Converted, Taken, widens
from kuzuvcs.core.planning.kept_data import FileKey, Filled, Place
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema, Table

FOLDER = "${before}"
"""Stands in a script for the folder of captured files."""


def path_below(literal: str) -> str:
    """The path below :data:`FOLDER` that a string literal names; empty if it names none.

    What is refused as outside of the database and what is read from a capture are both decided by this.
    """
    text = literal[1:-1]
    return text.removeprefix(f"{FOLDER}/") if text.startswith(f"{FOLDER}/") else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What a script asks to have captured before UP: a file below :data:`FOLDER`, and what it holds.

    ``columns`` are names of properties; of edges, the keys of the ends stand before them.
    """

    path: str
    table: str
    connection: Connection | None
    columns: tuple[str, ...]

    @property
    def place(self) -> FileKey:
        """The table, and the ends of its connection, empty for nodes."""
        if self.connection is None:
            return self.table, "", ""
        return self.table, self.connection.source, self.connection.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Rows of one node table, or of one connection, as they are before UP.

    ``path`` is the file's below the folder.  ``columns`` are properties: of a node table that stays, the
    key first and then what is wanted; all of them else, since edges are known by what they hold.  ``lost``
    are the names of those to be read back.  ``whole`` says that the rows themselves go.
    """

    table: str
    connection: Connection | None
    columns: tuple[Column, ...]
    lost: tuple[str, ...]
    path: str
    whole: bool

    @property
    def capture(self) -> Capture:
        """What has to be captured for it."""
        return Capture(
            path=self.path,
            table=self.table,
            connection=self.connection,
            columns=tuple(column.name for column in self.columns),
        )


def rows_lost(
    old: Schema, pairing: Pairing, filled: Collection[Filled], computed_back: Casts
) -> tuple[Before, ...]:
    """What UP loses; not the columns that DOWN computes by an expression of the user's, nor keys.

    ``filled`` is what UP fills rebuilt tables with.  A key is never read back: rows are found by it.
    """
    return tuple(_Lost(old, pairing, filled, computed_back).rows())


class _Lost:
    def __init__(
        self, old: Schema, pairing: Pairing, filled: Collection[Filled], computed_back: Casts
    ) -> None:
        self._old = old
        self._pairing = pairing
        self._filled = filled
        self._lossy = {one.old for one in filled if may_lose(one)}
        self._casts = computed_back
        self._components = encode_names(table.name for table in old.tables())

    def rows(self) -> Iterator[Before]:
        for table in self._pairing.tables.dropped:
            if isinstance(table, RelTable):
                yield from (self._edges(table, one, (), whole=True) for one in table.connections)
            else:
                yield self._nodes(table, table.columns, (), whole=True)
        for before, after in self._pairing.tables.kept:
            lost = self._lost_columns(before)
            if isinstance(before, NodeTable) and lost:
                yield self._nodes(before, self._wanted(before, lost), lost, whole=False)
            elif isinstance(before, RelTable) and isinstance(after, RelTable):
                yield from self._rel_table(before, after, lost)

    def _rel_table(self, before: RelTable, after: RelTable, lost: tuple[str, ...]) -> Iterator[Before]:
        names = self._pairing.table_names()
        stay = {(one.source, one.target) for one in after.connections}
        for one in before.connections:
            gone = (names.get(one.source, ""), names.get(one.target, "")) not in stay
            if gone or lost:
                yield self._edges(before, one, () if gone else lost, whole=gone)

    def _lost_columns(self, table: Table) -> tuple[str, ...]:
        key = table.primary_key if isinstance(table, NodeTable) else ""
        dropped = {column.name for column in self._pairing.columns[table.name].dropped}
        return tuple(
            column.name
            for column in table.columns
            if (column.name in dropped or (table.name, column.name) in self._lossy)
            and column.name != key
            and not self._casts.computes((table.name, column.name))
        )

    def _wanted(self, table: NodeTable, lost: Collection[str]) -> tuple[Column, ...]:
        """The key, what is lost, and what UP computes that from."""
        wanted = {table.primary_key, *lost}
        for one in self._filled:
            if one.old[0] == table.name and one.old[1] in lost and isinstance(one.value, Computed):
                wanted.update(one.value.columns)
        key, *rest = sorted(table.columns, key=lambda column: column.name != table.primary_key)
        return (key, *(column for column in rest if column.name in wanted))

    def _nodes(
        self, table: Table, columns: tuple[Column, ...], lost: tuple[str, ...], *, whole: bool
    ) -> Before:
        path = self._path(table.name)
        return Before(table=table.name, connection=None, columns=columns, lost=lost, path=path, whole=whole)

    def _edges(
        self, table: RelTable, connection: Connection, lost: tuple[str, ...], *, whole: bool
    ) -> Before:
        return Before(
            table=table.name,
            connection=connection,
            columns=table.columns,
            lost=lost,
            path=self._path(table.name, connection.source, connection.target),
            whole=whole,
        )

    def _path(self, *names: str) -> str:
        return data_path(*names, components=self._components).removeprefix("data/")


def may_lose(one: Filled) -> bool:
    """Whether some value of the column's type would not come back from what UP makes of it."""
    match one.value:
        case Taken():
            return False
        case Converted(old=old, new=new):
            return not widens(old, new)
        case _:
            return True


def read_back(lost: Collection[Before]) -> set[Place]:
    """The columns of tables that stay, of which DOWN reads values back."""
    return {(one.table, column) for one in lost for column in one.lost}
