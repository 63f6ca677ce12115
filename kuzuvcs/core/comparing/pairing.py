"""Pair the parts of an old list with those of a new one, by name and by what is known of renames."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.schema import Column, Schema, Table, fold
from kuzuvcs.errors import SchemaError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired(Generic[T]):
    """What stayed (old, new), what went and what came; each in name order."""

    kept: tuple[tuple[T, T], ...]
    dropped: tuple[T, ...]
    added: tuple[T, ...]


def pair(
    old: Iterable[T],
    new: Iterable[T],
    name: Callable[[T], str],
    renamed: Mapping[str, str] | None = None,
    replaced: Collection[str] = (),
) -> Paired[T]:
    """Pair two lists: as ``renamed`` says, else by the same name, else by names that differ in case.

    A name in ``replaced`` is paired with nothing.  ``SchemaError`` when ``renamed`` does not fit.
    """
    olds, news = {name(item): item for item in old}, {name(item): item for item in new}
    if not renamed and not replaced and olds.keys() == news.keys():
        # Most lists are like this, and a schema may have thousands.
        return Paired(kept=tuple((olds[key], news[key]) for key in sorted(olds)), dropped=(), added=())
    partner = dict(renamed or {})
    _check_renamed(partner, olds, news)
    _pair_free(partner, olds, news, replaced, str)
    _pair_free(partner, olds, news, replaced, fold)
    taken = set(partner.values())
    return Paired(
        kept=tuple((olds[key], news[partner[key]]) for key in sorted(partner)),
        dropped=tuple(olds[key] for key in sorted(olds) if key not in partner),
        added=tuple(news[key] for key in sorted(news) if key not in taken),
    )


def _pair_free(
    partner: dict[str, str],
    olds: Mapping[str, T],
    news: Mapping[str, T],
    replaced: Collection[str],
    key: Callable[[str], str],
) -> None:
    taken = set(partner.values())
    free = {key(name): name for name in news if name not in taken}
    if free:
        left = (name for name in olds if name not in partner and name not in replaced)
        partner |= {name: free[key(name)] for name in left if key(name) in free}


def _check_renamed(renamed: Mapping[str, str], olds: Mapping[str, T], news: Mapping[str, T]) -> None:
    if len(set(renamed.values())) != len(renamed):
        raise SchemaError("two renames lead to one name")
    for old, new in renamed.items():
        if old not in olds or new not in news:
            raise SchemaError(
                f"{old!r} was not renamed to {new!r}",
                cause="the old schema has no such name"
                if old not in olds
                else "the new schema has no such name",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Which table became which, and for those that stayed, which column became which."""

    tables: Paired[Table]
    columns: Mapping[str, Paired[Column]]
    """By old table name."""

    def table_names(self) -> dict[str, str]:
        """Old table name to new, of the tables that stayed."""
        return {old.name: new.name for old, new in self.tables.kept}

    def column_names(self, table: str) -> dict[str, str]:
        """Old column name to new, of the columns that stayed in a table (by its old name)."""
        return {old.name: new.name for old, new in self.columns[table].kept}


def pair_schemas(old: Schema, new: Schema, renames: Renames) -> Pairing:
    """Pair tables and columns; a table that turned from node to rel is another table."""
    replaced = {*renames.replaced_tables, *_turned(old, new)}
    tables = pair(old.tables(), new.tables(), _name_of, dict(renames.tables), replaced)
    _check_kinds(tables)
    columns = {before.name: _pair_columns(before, after, renames) for before, after in tables.kept}
    return Pairing(tables=tables, columns=columns)


def _turned(old: Schema, new: Schema) -> Iterator[str]:
    """The old tables that are of the other kind in the new schema."""
    kinds = {fold(table.name): type(table) for table in new.tables()}
    for table in old.tables():
        if kinds.get(fold(table.name), type(table)) is not type(table):
            yield table.name


def _pair_columns(old: Table, new: Table, renames: Renames) -> Paired[Column]:
    renamed = {name: to for table, name, to in renames.columns if table == old.name}
    replaced = {name for table, name in renames.replaced_columns if table == old.name}
    return pair(old.columns, new.columns, _name_of, renamed, replaced)


def _check_kinds(tables: Paired[Table]) -> None:
    for old, new in tables.kept:
        if type(old) is not type(new):
            raise SchemaError(
                f"{old.name!r} was not renamed to {new.name!r}",
                cause="one is a node table, the other a rel table",
            )


def _name_of(item: Table | Column) -> str:
    return item.name
