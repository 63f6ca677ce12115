"""Reading a database's catalog by the engine's own table functions.

This is what the engines have in common; what one does its own way stands in its own file
(:mod:`~kuzuvcs.engines.kuzu`, :mod:`~kuzuvcs.engines.kuzu_old`, :mod:`~kuzuvcs.engines.ladybug`).
Everything here only reads, so it may run on a read-only open of the user's own database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kuzuvcs.core.catalog import Catalog, CatalogColumn, CatalogMacro, CatalogTable, Unkept
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import INDEX_KINDS, Index, IndexKind, Multiplicity, Sequence, StorageDirection
from kuzuvcs.errors import EngineError


class Statements(Protocol):
    """Whatever runs a statement and returns its rows: a worker, or the caller's own connection."""

    @property
    def engine(self) -> Engine:
        """The engine, and the release of it that runs them."""

    def execute(self, statement: str, *, files: Iterable[Path] = ()) -> list[list[Any]]:
        """The rows of one statement, as JSON values; ``files`` are those that it may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What no table function tells: multiplicity by the quoted name of the rel table, and the macros."""

    multiplicities: Mapping[str, Multiplicity]
    macros: tuple[CatalogMacro, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A table as the engine lists it."""

    id: int
    name: str
    kind: str
    comment: str


Columns = tuple[tuple[CatalogColumn, ...], StorageDirection | None]

FileBytes = Callable[[int, int], bytes]
"""So many bytes of the database file from an offset on; the file holds all that is committed."""


class CatalogReader:
    """One pass over a catalog.  ``private`` says that the database is a copy that may be written to.

    ``file`` reads the database file, where an engine has something there that no statement shows.
    """

    def __init__(
        self, engine: Statements, scratch: Path, *, private: bool, file: FileBytes | None = None
    ) -> None:
        self.engine = engine
        self.scratch = scratch
        self.private = private
        self.file = file
        self.unkept: list[Unkept] = []
        self.unchecked: list[str] = []
        """What could not be looked at, in words."""

    def read(self, *, export: bool, positions: bool = True) -> Catalog:
        """Read it; without ``export``, but for what only :meth:`told` tells.

        Asking for the position of an unused sequence ends an open transaction: without ``positions`` all of
        them are None.
        """
        sequences = self.sequences()
        # An export consumes a value of every unused sequence (ENGINE.md): positions first.
        known = tuple((one.name, self._position(one.name) if positions else None) for one in sequences)
        listed = sorted(self.listed(), key=lambda table: (table.id, table.name))
        tables = tuple(self._table(table) for table in listed)
        told = self.told(tables) if export else None
        multiplicities = told.multiplicities if told is not None else {}
        tables = tuple(
            replace(table, multiplicity=multiplicities.get(quote_name(table.name))) for table in tables
        )
        indexes, not_loaded = self.indexes(tables)
        macros = told.macros if told is not None else ()
        return Catalog(
            tables=tables,
            sequences=sequences,
            positions=known,
            macros=tuple(macro for macro in macros if not _is_tokenizer(macro)),
            indexes=indexes,
            indexes_not_loaded=not_loaded,
            untold=told is None,
            warnings=(*self.warnings(), *self.unchecked),
            unkept=tuple(self.unkept),
        )

    def tables(self) -> Iterator[CatalogTable]:
        """Every table, without what only :meth:`told` tells and without rel tables' storage directions.

        A table with a dot in its name has no columns here: the engine does not list them (ENGINE.md).
        """
        for table in self.listed():
            is_node, dotted = table.kind == "NODE", "." in table.name
            yield CatalogTable(
                id=table.id,
                name=table.name,
                is_node=is_node,
                comment=table.comment,
                columns=() if dotted else self.columns(table.name, is_node=is_node)[0],
                connections=() if is_node or dotted else self.connections(table.name),
            )

    def listed(self) -> list[Listed]:
        """Every table."""
        rows = self.engine.execute("CALL show_tables() RETURN id, name, type, comment")
        return [Listed(id=id, name=name, kind=kind, comment=comment) for id, name, kind, comment in rows]

    def told(self, tables: tuple[CatalogTable, ...]) -> Told | None:
        """Multiplicities and macros, or ``None`` where the engine fails to tell them."""
        raise NotImplementedError

    def warnings(self) -> Iterator[str]:
        """What cannot be told of this database, in words."""
        return iter(())

    def indexes(self, tables: tuple[CatalogTable, ...]) -> tuple[tuple[Index, ...], tuple[str, ...]]:  # noqa: ARG002
        """The indexes that can be told, and the names of those whose extension is not loaded."""
        indexes, not_loaded = [], []
        for table, name, kind, columns, loaded, definition in self.engine.execute(
            "CALL show_indexes() RETURN *"
        ):
            if self.is_own_index(name, kind):
                continue
            if kind not in INDEX_KINDS:
                what = f"index {table}.{name} ({kind})"
                self.unkept.append(Unkept(table=table, what=what, text=f"{what} {NOT_KEPT}"))
                continue
            if not loaded:
                not_loaded.append(f"{table}.{name} ({kind})")
                continue
            tail = definition[definition.index(string_literal(name)) + len(string_literal(name)) :]
            options = tuple(sorted((option, value.strip()) for option, value in _OPTION.findall(tail)))
            known: IndexKind = kind
            indexes.append(Index(table=table, name=name, kind=known, columns=tuple(columns), options=options))
        return tuple(sorted(indexes, key=lambda index: (index.table, index.name))), tuple(not_loaded)

    def fixed_keys(self) -> frozenset[tuple[str, str]]:
        """Table and column of what an index is on, which cannot be renamed; the engine's own count."""
        rows = self.engine.execute("CALL show_indexes() RETURN *")
        return frozenset((table, column) for table, _, _, columns, *_ in rows for column in columns)

    def is_own_index(self, name: str, kind: str) -> bool:  # noqa: ARG002  (one engine lists such)
        """Whether an index is the engine's own, and comes with its table."""
        return False

    def columns(self, table: str, *, is_node: bool) -> Columns:
        """A table's columns, and its storage direction where the engine tells it with them."""
        columns, direction = [], None
        for number, name, type, default, last in self.engine.execute(
            f"CALL table_info({string_literal(table)}) RETURN *"
        ):
            columns.append(
                CatalogColumn(
                    id=number,
                    name=name,
                    type=type,
                    default=default if default not in ("NULL", "") else None,
                    is_key=is_node and bool(last),
                )
            )
            direction = None if is_node else last
        return tuple(columns), direction

    def sequences(self) -> tuple[Sequence, ...]:
        """Every sequence, those behind SERIAL columns, too."""
        rows = self.engine.execute("CALL show_sequences() RETURN *")
        return tuple(
            Sequence(
                name=name, start=start, increment=increment, minimum=minimum, maximum=maximum, cycle=cycle
            )
            for name, _, start, increment, minimum, maximum, cycle in sorted(rows)
        )

    def exported_ddl(self) -> str | None:
        """The engine's own schema text, or ``None`` where the export fails.

        It fails where a rel table's end has an oddly named key column (ENGINE.md).
        """
        folder = self.scratch / "ddl"
        try:
            self.engine.execute(
                f"EXPORT DATABASE {string_literal(str(folder))} (schema_only=true)", files=[folder]
            )
        except EngineError:
            return None
        # Not read_text: names may hold a carriage return, which it makes a line feed.
        text = (folder / "schema.cypher").read_bytes().decode()
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        return text

    def connections(self, table: str) -> tuple[tuple[str, str], ...]:
        """The connections of a rel table: from, to."""
        rows = self.engine.execute(f"CALL show_connection({string_literal(table)}) RETURN *")
        return tuple((source, target) for source, target, *_ in rows)

    def _table(self, table: Listed) -> CatalogTable:
        if table.kind not in ("NODE", "REL"):
            raise EngineError(
                f"table {table.name} is of a kind that cannot be captured",
                cause=f"the engine calls it {table.kind}",
                hint="drop it, or detach the database it comes from",
            )
        if "." in table.name:
            # table_info takes what stands before the dot for a database's name (ENGINE.md).
            raise EngineError(
                f"table {table.name} cannot be asked for its columns", cause="its name has a dot in it"
            )
        is_node = table.kind == "NODE"
        columns, direction = self.columns(table.name, is_node=is_node)
        if is_node:
            return CatalogTable(
                id=table.id, name=table.name, is_node=True, comment=table.comment, columns=columns
            )
        return CatalogTable(
            id=table.id,
            name=table.name,
            is_node=False,
            comment=table.comment,
            columns=columns,
            connections=self.connections(table.name),
            storage_direction=direction or self.stored_direction(table.name),
        )

    def stored_direction(self, table: str) -> StorageDirection | None:
        """From the stored column chunks: a rel table without properties says it nowhere else.

        A COPY of no edges leaves chunks of the side that has nodes: one side alone tells only where it has
        edges.
        """
        rows = self.engine.execute(
            f"CALL storage_info({string_literal(table)}) RETURN column_name, num_values"
        )
        if {"fwd_", "bwd_"} <= {name[:4] for name, _ in rows}:
            return "both"
        filled = {name for name, values in rows if values}
        return "fwd" if "fwd_NBR_ID" in filled else "bwd" if "bwd_NBR_ID" in filled else None

    def _position(self, sequence: str) -> int | None:
        try:
            [[value]] = self.engine.execute(f"RETURN currval({string_literal(sequence)})")
        except EngineError as error:
            if "is not yet defined" in error.cause:
                return None
            raise
        return int(value)


NOT_KEPT = "is not in this version: a database that is made from the version lacks it"

_OPTION = re.compile(r"(\w+) := ('(?:\\.|[^'\\])*'|[^,)]+)")


def _is_tokenizer(macro: CatalogMacro) -> bool:
    """Whether the engine made it for a full-text index; it stays when the index is dropped (ENGINE.md)."""
    return re.fullmatch(r"\d+_.*_TOKENIZE", macro.name, re.DOTALL) is not None and macro.body.startswith(
        "string_split(lower(regexp_replace("
    )
