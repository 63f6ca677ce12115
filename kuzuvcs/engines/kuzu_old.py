"""What kuzu before 0.11 does its own way.

Up to 0.7 a rel table of several connections is a group of tables of one connection each (``G_A_B``), which
are listed, too; since 0.8 it is listed as one table, whose id another table may have.  No release tells the
schema without exporting the data.  Before 0.7 a default cannot be read at all.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator, Mapping

from kuzuvcs.core.catalog import CatalogColumn, CatalogTable
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import Index, Multiplicity, StorageDirection
from kuzuvcs.engines.catalog import CatalogReader, Columns, Listed, Told
from kuzuvcs.engines.exported import macros
from kuzuvcs.errors import EngineError

_GROUP_IDS = 1 << 32
"""Added to the id of a rel table of several connections, which a node table may have, too."""

_MULTIPLICITY = re.compile(r"\b(MANY_MANY|MANY_ONE|ONE_MANY|ONE_ONE)\);\n")
_BARE_MACRO = re.compile(r"^CREATE MACRO (\w+) \(", re.MULTILINE)


class OldKuzuCatalog(CatalogReader):
    """Kuzu 0.8 to 0.10."""

    has_direction = True

    def listed(self) -> list[Listed]:
        """Ids apart: those of rel tables count from 0, too."""
        rows = self.engine.execute("CALL show_tables() RETURN id, name, type, comment")
        return [
            Listed(id=id + (_GROUP_IDS if kind == "REL" else 0), name=name, kind=kind, comment=comment)
            for id, name, kind, comment in rows
        ]

    def told(self, tables: tuple[CatalogTable, ...]) -> Told | None:  # noqa: ARG002
        """From the schema text that an export of everything writes first.

        It fails over an odd name, which the engine does not quote, and over values that its CSV does not take
        (a list of BLOBs): names are others for a while in a copy, and rows are not there.
        """
        rels = {table.name: table.name for table in self.listed() if table.kind == "REL"}
        ddl = self._exported()
        if ddl is None and self.private:
            with self._plain_names() as renamed:
                rels = {name: renamed.get(name, name) for name in rels}
                with self._without_rows():
                    ddl = self._exported()
        if ddl is None:
            return None
        found = {name: self._multiplicity(ddl, name, plain) for name, plain in rels.items()}
        text = _BARE_MACRO.sub(r"CREATE MACRO `\1` (", ddl)
        return Told(
            multiplicities={quote_name(name): value for name, value in found.items() if value},
            macros=tuple(macros(text)),
        )

    @contextlib.contextmanager
    def _without_rows(self) -> Iterator[None]:
        self.engine.execute("BEGIN TRANSACTION")
        try:
            for table in self.listed():
                if table.kind == "NODE":
                    self.engine.execute(f"MATCH (x:{quote_name(table.name)}) DETACH DELETE x")
            yield
        finally:
            with contextlib.suppress(EngineError):  # a statement that failed has ended it
                self.engine.execute("ROLLBACK")

    @contextlib.contextmanager
    def _plain_names(self) -> Iterator[dict[str, str]]:
        """Tables and columns under names that need no quotes, by their own; a key keeps its own."""
        tables: dict[str, str] = {}
        columns: list[tuple[str, str, str]] = []
        for table in self.listed():
            if self._is_group(table.name):
                continue
            tables[table.name] = f"kuzuvcs_table_{len(tables)}"
            for column in self.columns(table.name, is_node=table.kind == "NODE")[0]:
                if not column.is_key:
                    columns.append((table.name, column.name, f"kuzuvcs_column_{len(columns)}"))
        for name, own, plain in columns:
            self._rename(f"{quote_name(name)} RENAME {quote_name(own)}", plain)
        for own, plain in tables.items():
            self._rename(f"{quote_name(own)} RENAME", plain)
        yield tables
        for own, plain in tables.items():
            self._rename(f"{plain} RENAME", own)
        for name, own, plain in columns:
            self._rename(f"{quote_name(name)} RENAME {plain}", own)

    def _is_group(self, table: str) -> bool:  # noqa: ARG002  (older ones have some)
        """Whether a table is listed by a name that stands for several."""
        return False

    def _rename(self, what: str, name: str) -> None:
        self.engine.execute(f"ALTER TABLE {what} TO {quote_name(name)}")

    def columns(self, table: str, *, is_node: bool) -> Columns:
        """By the names of table_info's own columns, which differ from release to release."""
        rows = self.engine.execute(f"CALL table_info({string_literal(table)}) RETURN *")
        columns = tuple(self._column(row, is_node=is_node) for row in rows)
        if is_node:
            return columns, None
        if not self.has_direction:
            return columns, "both"
        return columns, rows[0][4] if rows else None

    def fixed_keys(self) -> frozenset[tuple[str, str]]:
        """All of them: a key that was renamed is none to table_info any more."""
        nodes = [table.name for table in self.listed() if table.kind == "NODE"]
        return frozenset(
            (name, column.name) for name in nodes for column in self.columns(name, is_node=True)[0]
        )

    def stored_direction(self, table: str) -> StorageDirection | None:
        """Of a table of several connections, one of its members tells it."""
        connections = self.connections(table)
        if len(connections) > 1:
            table = f"{table}_{connections[0][0]}_{connections[0][1]}"
        return super().stored_direction(table)

    def _column(self, row: list[object], *, is_node: bool) -> CatalogColumn:
        number, name, type, default = row[:4]
        assert isinstance(number, int)
        return CatalogColumn(
            id=number,
            name=str(name),
            type=str(type),
            default=str(default) if default not in ("NULL", "") else None,
            is_key=is_node and bool(row[4]),
        )

    def _multiplicity(self, ddl: str, name: str, plain: str) -> Multiplicity | None:  # noqa: ARG002
        """Of the table called ``name``, which the text calls ``plain``."""
        for written in (quote_name(plain), plain):
            start = ddl.find(f"\nCREATE REL TABLE {written} (")
            found = _MULTIPLICITY.search(ddl, start) if start >= 0 else None
            if found:
                return _as_multiplicity(found[1])
        return None

    def _exported(self) -> str | None:
        """CSV takes every type; the data are thrown away."""
        folder = self.scratch / "ddl"
        try:
            self.engine.execute(
                f"EXPORT DATABASE {string_literal(str(folder))} (format='csv')", files=[folder]
            )
            return "\n" + (folder / "schema.cypher").read_bytes().decode()
        except EngineError:
            return None
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class GroupingKuzuCatalog(OldKuzuCatalog):
    """Kuzu 0.6 and 0.7, which know groups of rel tables, and no indexes."""

    has_direction = False

    def listed(self) -> list[Listed]:
        """A group as one rel table, in place of its members."""
        rows = self._rows()
        groups = {name for _, name, kind, _ in rows if kind == "REL_GROUP"}
        members = {
            f"{group}_{source}_{target}" for group in groups for source, target in self.connections(group)
        }
        return [
            Listed(id=id, name=name, kind="REL" if name in groups else kind, comment=comment)
            for id, name, kind, comment in rows
            if name not in members
        ]

    def columns(self, table: str, *, is_node: bool) -> Columns:
        """Those of a group are those of each of its members."""
        columns, direction = super().columns(table, is_node=is_node)
        if columns or is_node or not self._is_group(table):
            return columns, direction
        [first, *_] = self.connections(table)
        return super().columns(f"{table}_{first[0]}_{first[1]}", is_node=False)

    def indexes(self, tables: tuple[CatalogTable, ...]) -> tuple[tuple[Index, ...], tuple[str, ...]]:  # noqa: ARG002
        """There are none."""
        return (), ()

    def warnings(self) -> Iterator[str]:
        """The multiplicity of a group is told nowhere."""
        for _, name, kind, _ in self._rows():
            if kind == "REL_GROUP":
                yield (
                    f"the multiplicity of {name} is taken for MANY_MANY: {self.engine.engine} does not tell "
                    "that of a rel table group"
                )

    def _multiplicity(self, ddl: str, name: str, plain: str) -> Multiplicity | None:
        return "MANY_MANY" if self._is_group(name) else super()._multiplicity(ddl, name, plain)

    def _is_group(self, table: str) -> bool:
        return any(kind == "REL_GROUP" and name == table for _, name, kind, _ in self._rows())

    def _rows(self) -> list[tuple[int, str, str, str]]:
        rows = self.engine.execute("CALL show_tables() RETURN id, name, type, comment")
        return [(id, name, kind, comment) for id, name, kind, comment in rows]


class OldestKuzuCatalog(GroupingKuzuCatalog):
    """Kuzu 0.6, whose tables show no id, and whose columns show no default."""

    def warnings(self) -> Iterator[str]:
        """Defaults are told nowhere."""
        yield from super().warnings()
        yield f"defaults are not in this version: {self.engine.engine} does not tell them"

    def _rows(self) -> list[tuple[int, str, str, str]]:
        rows = self.engine.execute("CALL show_tables() RETURN name, type, comment")
        return [(id, name, kind, comment) for id, (name, kind, comment) in enumerate(sorted(rows))]

    def _column(self, row: list[object], *, is_node: bool) -> CatalogColumn:
        return super()._column([*row[:3], "", *row[3:]], is_node=is_node)


def _as_multiplicity(text: str) -> Multiplicity:
    known: Mapping[str, Multiplicity] = {
        "MANY_MANY": "MANY_MANY",
        "MANY_ONE": "MANY_ONE",
        "ONE_MANY": "ONE_MANY",
        "ONE_ONE": "ONE_ONE",
    }
    return known[text]
