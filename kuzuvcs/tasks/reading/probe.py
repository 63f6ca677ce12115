"""A private copy of a database, where what the engine does not tell can be found out by trying.

The copy may be renamed in, written to and thrown away; the user's own database is only read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kuzuvcs.core.catalog import Catalog, CatalogColumn, CatalogTable, Unkept
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.types import Scalar, parse_type
from kuzuvcs.database_files import copy_database, remove_database
from kuzuvcs.engines.client import Worker, file_bytes
from kuzuvcs.engines.dialects import fixed_keys, read_catalog, shows_more_in_its_file
from kuzuvcs.errors import EngineError
from kuzuvcs.tasks.reading.fresh_keys import ATTEMPTS, fresh_keys
from kuzuvcs.tasks.reading.replayed import copy_one_moment, require_room_for_copy


class Probe:
    """An open private copy; names in what it returns are the original ones."""

    def __init__(self, worker: Worker, scratch: Path, copy: Path) -> None:
        self._worker = worker
        self._copy = copy
        self._scratch = scratch
        self._tables = _rename_tables(worker)
        self._keys = _rename_keys(worker, scratch)
        self.catalog = self._read()

    def _read(self) -> Catalog:
        file = None
        if shows_more_in_its_file(self._worker.engine.name):
            self._worker.execute("CHECKPOINT")
            file = file_bytes(self._copy)
        catalog = read_catalog(self._worker, self._scratch, private=True, file=file)
        missing = [
            table.name for table in catalog.tables if not table.is_node and not table.storage_direction
        ]
        if missing:
            # A rel table without properties and edges says its direction only once it has a property.
            for table in missing:
                self._worker.execute(f"ALTER TABLE {quote_name(table)} ADD kuzuvcs_probe INT64")
            told = read_catalog(self._worker, self._scratch, export=False)
            for table in missing:
                self._worker.execute(f"ALTER TABLE {quote_name(table)} DROP kuzuvcs_probe")
            self._worker.execute("CHECKPOINT")
            directions = {table.name: table.storage_direction for table in told.tables}
            catalog = dataclasses.replace(
                catalog,
                tables=tuple(
                    dataclasses.replace(table, storage_direction=directions[table.name])
                    for table in catalog.tables
                ),
            )
        return self._original_names(catalog)

    def _original_names(self, catalog: Catalog) -> Catalog:
        tables = tuple(
            dataclasses.replace(
                table,
                name=self._tables.get(table.name, table.name),
                columns=tuple(
                    dataclasses.replace(column, name=self._keys.get((table.name, column.name), column.name))
                    for column in table.columns
                ),
                connections=tuple(
                    (self._tables.get(source, source), self._tables.get(target, target))
                    for source, target in table.connections
                ),
            )
            for table in catalog.tables
        )
        unkept = tuple(self._original_name(one) for one in catalog.unkept)
        return dataclasses.replace(catalog, tables=tables, unkept=unkept)

    def _original_name(self, one: Unkept) -> Unkept:
        name = self._tables.get(one.table, one.table)
        what, text = (words.replace(one.table, name, 1) for words in (one.what, one.text))
        return Unkept(table=name, what=what, text=text)

    def insert(self, table: CatalogTable, returning: Sequence[str], target: Path) -> None:
        """Insert one row or edge with nothing given but a key; write ``returning`` of it to ``target``.

        A node whose key has a default gets that: where a row has it already, the rows make way.

        ``returning`` are RETURN items over the variable ``x``; the Arrow file has one row.

        :raises EngineError: no key could be found for the new row
        """
        items = ", ".join(returning)
        error: EngineError | None = None
        for pattern in self._patterns(table):
            try:
                self._worker.fetch(f"CREATE {pattern} RETURN {items}", target)
            except EngineError as refused:
                error = refused
            else:
                return
        assert error is not None
        raise error

    def property(self, table: str, column: str) -> str:
        """The property of ``x``, the new row of :meth:`insert`, by its original name."""
        renamed = next(
            (
                renamed
                for (owner, renamed), original in self._keys.items()
                if (owner, original) == (self._now(table), column)
            ),
            column,
        )
        return f"x.{quote_name(renamed)}"

    def highest(self, table: CatalogTable, column: CatalogColumn) -> int | None:
        """The highest value of a column of integers."""
        node = f"(x:{self._quoted(table.name)})"
        pattern = node if table.is_node else f"()-[x:{self._quoted(table.name)}]->()"
        [[value]] = self._worker.execute(
            f"MATCH {pattern} RETURN max({self.property(table.name, column.name)})"
        )
        return None if value is None else int(value)

    def _patterns(self, table: CatalogTable) -> Iterator[str]:
        if table.is_node:
            if _key(table).default is not None:
                node = f"x:{self._quoted(table.name)}"
                yield f"({node})"
                self._worker.execute(f"MATCH ({node}) DETACH DELETE x")
                yield f"({node})"
            yield from (f"({node})" for node in self._nodes("x", table))
            return
        tables = {one.name: one for one in self.catalog.tables}
        source, target = table.connections[0]
        # Of small types all keys are tried in one order, and no two nodes have the same.
        lefts, rights = self._nodes("a", tables[source]), self._nodes("b", tables[target])
        ends = zip(lefts, reversed(rights), strict=False)
        yield from (f"({left})-[x:{self._quoted(table.name)}]->({right})" for left, right in ends)

    def _nodes(self, variable: str, table: CatalogTable) -> list[str]:
        key = _key(table)
        label = f"{variable}:{self._quoted(table.name)}"
        if parse_type(key.type) == Scalar(name="SERIAL"):
            return [label] * ATTEMPTS
        own = self.property(table.name, key.name).removeprefix("x.")
        return [f"{label} {{{own}: {literal}}}" for literal in fresh_keys(parse_type(key.type))]

    def _now(self, table: str) -> str:
        return next((renamed for renamed, original in self._tables.items() if original == table), table)

    def _quoted(self, table: str) -> str:
        return quote_name(self._now(table))

    def positions(self) -> Mapping[str, int | None]:
        """Where every sequence of the copy stands now."""
        return dict(read_catalog(self._worker, self._scratch, export=False).positions)


@contextlib.contextmanager
def probe(database: Path, scratch: Path, *, held: bool) -> Iterator[Probe]:
    """A :class:`Probe` on a copy of ``database`` and its log, made in ``scratch``.

    ``held``: the caller has it open for reading; else an application may be writing to it.
    """
    copy = scratch / "probe.db"
    try:
        if held:
            require_room_for_copy(database, scratch, "look into a private copy of the database")
            copy_database(database, copy, guard="held")
        else:
            copy_one_moment(database, copy)
        with Worker() as worker:
            worker.open(copy, read_only=False, private=True)
            yield Probe(worker, scratch, copy)
    finally:
        remove_database(copy)


def _key(table: CatalogTable) -> CatalogColumn:
    return next(column for column in table.columns if column.is_key)


def _rename_tables(worker: Worker) -> dict[str, str]:
    """Rename what table_info cannot be asked about; new name to original."""
    renamed = {}
    for number, [name] in enumerate(sorted(worker.execute("CALL show_tables() RETURN name"))):
        if "." in name:
            new = f"kuzuvcs_table_{number}"
            worker.execute(f"ALTER TABLE {quote_name(name)} RENAME TO {quote_name(new)}")
            renamed[new] = name
    return renamed


def _rename_keys(worker: Worker, scratch: Path) -> dict[tuple[str, str], str]:
    """Rename key columns: an odd name, or a reserved word, makes the engine's schema export fail.

    An indexed one cannot be renamed; but then its name is one that the engine takes.
    """
    renamed = {}
    fixed = fixed_keys(worker, scratch)
    for [table] in worker.execute("CALL show_tables() WHERE type = 'NODE' RETURN name"):
        for _, name, *_, is_key in worker.execute(f"CALL table_info({string_literal(table)}) RETURN *"):
            if is_key and (table, name) not in fixed:
                new = f"kuzuvcs_key_{uuid.uuid4().hex[:8]}"
                worker.execute(
                    f"ALTER TABLE {quote_name(table)} RENAME {quote_name(name)} TO {quote_name(new)}"
                )
                renamed[table, new] = name
    return renamed
