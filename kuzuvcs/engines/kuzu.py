"""What kuzu 0.11 does its own way."""

from __future__ import annotations

from kuzuvcs.core.catalog import CatalogTable
from kuzuvcs.engines.catalog import CatalogReader, Told
from kuzuvcs.engines.exported import macros, multiplicities


class KuzuCatalog(CatalogReader):
    """Only the text of its schema export tells multiplicities and macros."""

    def told(self, tables: tuple[CatalogTable, ...]) -> Told | None:  # noqa: ARG002
        """From the schema text."""
        ddl = self.exported_ddl()
        if ddl is None:
            return None
        return Told(multiplicities=multiplicities(ddl), macros=tuple(macros(ddl)))
