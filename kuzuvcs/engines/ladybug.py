"""What ladybug does its own way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kuzuvcs.core.catalog import CatalogTable, Unkept
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import Index, IndexKind, Multiplicity
from kuzuvcs.engines.catalog import NOT_KEPT, CatalogReader, Told
from kuzuvcs.engines.exported import macros, multiplicities
from kuzuvcs.engines.header import HEADER_BYTES
from kuzuvcs.engines.ladybug_file import Beyond, Place, catalog_pages, read_beyond
from kuzuvcs.errors import UnsupportedDatabase

_EXTENSIONS: dict[IndexKind, str] = {"FTS": "fts", "HNSW": "vector"}

_LISTS_HASH_INDEXES = (0, 22)


def load_extensions(kinds: Iterable[IndexKind]) -> tuple[str, ...]:
    """The statements that fetch and load what makes such indexes: it does not come with the engine."""
    names = sorted({_EXTENSIONS[kind] for kind in kinds})
    return tuple(f"{verb} {name}" for name in names for verb in ("INSTALL", "LOAD"))


class LadybugCatalog(CatalogReader):
    """It lists macros, and its keys' hash indexes.

    Multiplicities are in the file (:mod:`~kuzuvcs.engines.ladybug_file`), and in the schema export.  That
    refuses a rel table with more than one connection, so the others are dropped in a transaction of a
    private copy, which is rolled back.
    """

    def told(self, tables: tuple[CatalogTable, ...]) -> Told | None:
        """Macros from their list, multiplicities from the file or the schema text."""
        pages = None if self.file is None else catalog_pages(self.file(0, HEADER_BYTES))
        if self.file is not None and tables and pages is None and not self.private:
            return None  # a private copy is brought up to a storage version that is known
        beyond = self._beyond(tables, pages)
        if beyond is not None:
            for table in tables:
                self._look_at(table, beyond[table.id])
        found = _uniform(tables, beyond) if beyond is not None else self._exported_multiplicities(tables)
        if found is None:
            return None
        listed = self.engine.execute("CALL show_macros() RETURN definition")
        text = "".join(f"{definition}\n" for [definition] in sorted(listed))
        return Told(multiplicities=found, macros=tuple(macros(text)))

    def indexes(self, tables: tuple[CatalogTable, ...]) -> tuple[tuple[Index, ...], tuple[str, ...]]:
        """As elsewhere; and a key without its hash index is reported."""
        if self.engine.engine.order >= _LISTS_HASH_INDEXES:
            rows = self.engine.execute("CALL show_indexes() RETURN table_name, index_name, index_type")
            hashed = {table for table, name, kind in rows if self.is_own_index(name, kind)}
            self.unkept += [
                Unkept(
                    table=table.name,
                    what=f"the key of {table.name} without its hash index",
                    text=f"that the key of {table.name} has no hash index is not in this version: a database "
                    "that is made from the version has one",
                )
                for table in tables
                if table.is_node and table.name not in hashed
            ]
        return super().indexes(tables)

    def is_own_index(self, name: str, kind: str) -> bool:
        """Whether it is a key's hash index."""
        return kind == "HASH" and name == "_PK"

    def _beyond(
        self, tables: tuple[CatalogTable, ...], pages: tuple[int, int] | None
    ) -> Mapping[int, Beyond] | None:
        """What the file says of each table; None where it was not asked, or cannot be understood."""
        if self.file is None or not tables:
            return None
        if pages is None:
            self.unchecked.append(
                "the storage version of this database has a catalog that kuzuvcs does not know: whether "
                "tables are sorted, are stored outside the database, or have a multiplicity for one "
                "connection cannot be checked"
            )
            return None
        return read_beyond(self.file(*pages), _places(tables))

    def _look_at(self, table: CatalogTable, beyond: Beyond) -> None:
        if beyond.unknown:
            raise UnsupportedDatabase(
                f"table {table.name} has a property that kuzuvcs does not know",
                cause=f"{self.engine.engine} stores more about it than this release of kuzuvcs understands",
                hint="copy its rows into a table made without that property, and drop it",
            )
        if beyond.storage is not None:
            raise UnsupportedDatabase(
                f"table {table.name} is stored outside the database",
                cause=f"its rows are in {beyond.storage}; a version and a backup would not hold them",
                hint="copy its rows into a table without WITH (storage=…), and drop it",
            )
        if beyond.sorted:
            what = f"the sort order of table {table.name} (SET SORTED BY)"
            self.unkept.append(Unkept(table=table.name, what=what, text=f"{what} {NOT_KEPT}"))

    def _exported_multiplicities(self, tables: tuple[CatalogTable, ...]) -> Mapping[str, Multiplicity] | None:
        crowded = {table.name: table.connections[1:] for table in tables if len(table.connections) > 1}
        if crowded and not self.private:
            return None
        ddl = self._exported_without(crowded) if crowded else self.exported_ddl()
        return None if ddl is None else multiplicities(ddl)

    def _exported_without(self, crowded: dict[str, tuple[tuple[str, str], ...]]) -> str | None:
        self.engine.execute("BEGIN TRANSACTION")
        for table, connections in crowded.items():
            for source, target in connections:
                self.engine.execute(
                    f"ALTER TABLE {quote_name(table)} DROP FROM {quote_name(source)} TO {quote_name(target)}"
                )
        text = self.exported_ddl()
        if text is not None:
            # A refused statement has ended the transaction already.
            self.engine.execute("ROLLBACK")
        return text


def _places(tables: tuple[CatalogTable, ...]) -> list[Place]:
    ids = {table.name: table.id for table in tables}
    return [
        Place(id=table.id, name=table.name, key=next(one.name for one in table.columns if one.is_key))
        if table.is_node
        else Place(
            id=table.id,
            name=table.name,
            pairs=tuple((ids[source], ids[target]) for source, target in table.connections),
        )
        for table in tables
    ]


def _uniform(tables: tuple[CatalogTable, ...], beyond: Mapping[int, Beyond]) -> dict[str, Multiplicity]:
    """The multiplicity of each rel table, which all of its connections have.

    :raises UnsupportedDatabase: they have several
    """
    found = {}
    for table in tables:
        if table.is_node:
            continue
        pairs = dict(zip(table.connections, beyond[table.id].multiplicities, strict=True))
        if len(set(pairs.values())) > 1:
            listed = ", ".join(f"FROM {one} TO {other} {value}" for (one, other), value in pairs.items())
            raise UnsupportedDatabase(
                f"rel table {table.name} has several multiplicities",
                cause=f"it has {listed}; a version holds one for the whole table",
                hint="make a rel table for each multiplicity, copy the edges, and drop this one",
            )
        found[quote_name(table.name)] = next(iter(pairs.values()))
    return found
