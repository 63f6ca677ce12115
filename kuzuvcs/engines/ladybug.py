"""What ladybug does its own way."""

from __future__ import annotations

from collections.abc import Iterable

from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import IndexKind
from kuzuvcs.engines.catalog import CatalogReader, Told
from kuzuvcs.engines.exported import macros, multiplicities

_EXTENSIONS: dict[IndexKind, str] = {"FTS": "fts", "HNSW": "vector"}


def load_extensions(kinds: Iterable[IndexKind]) -> tuple[str, ...]:
    """The statements that fetch and load what makes such indexes: it does not come with the engine."""
    names = sorted({_EXTENSIONS[kind] for kind in kinds})
    return tuple(f"{verb} {name}" for name in names for verb in ("INSTALL", "LOAD"))


class LadybugCatalog(CatalogReader):
    """It lists macros, and its keys' hash indexes; multiplicities stand in its schema export alone.

    That refuses a rel table with more than one connection, so the others are dropped in a transaction of a
    private copy, which is rolled back.
    """

    def told(self) -> Told | None:
        """Macros from their list, multiplicities from the schema text."""
        crowded = self._crowded()
        if crowded and not self.private:
            return None
        ddl = self._exported_without(crowded) if crowded else self.exported_ddl()
        if ddl is None:
            return None
        listed = self.engine.execute("CALL show_macros() RETURN definition")
        text = "".join(f"{definition}\n" for [definition] in sorted(listed))
        return Told(multiplicities=multiplicities(ddl), macros=tuple(macros(text)))

    def is_own_index(self, name: str, kind: str) -> bool:
        """Whether it is a key's hash index."""
        return kind == "HASH" and name == "_PK"

    def _crowded(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """The rel tables of more than one connection, with all but the first."""
        found = {
            table.name: self.connections(table.name)[1:] for table in self.listed() if table.kind == "REL"
        }
        return {name: connections for name, connections in found.items() if connections}

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
