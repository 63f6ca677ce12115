"""From an engine's catalog to a schema: what it does not tell is found out, declared, or warned of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from kuzuvcs.columns.shred import reading
from kuzuvcs.columns.values import json_text
from kuzuvcs.core.catalog import Catalog, CatalogColumn, CatalogMacro, CatalogTable
from kuzuvcs.core.engine import DEFAULT_ENGINE, Engine
from kuzuvcs.core.index_texts import reads_file
from kuzuvcs.core.positions import SequencePosition
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import (
    Column,
    Connection,
    Constant,
    Default,
    Expression,
    Macro,
    NodeTable,
    RelTable,
    Schema,
)
from kuzuvcs.core.types import Scalar, format_type, parse_type
from kuzuvcs.database_files import pending_files
from kuzuvcs.engines.client import Worker, file_bytes
from kuzuvcs.engines.dialects import read_catalog, shows_more_in_its_file
from kuzuvcs.errors import EngineError, SchemaError
from kuzuvcs.tasks.reading.history import without_history
from kuzuvcs.tasks.reading.probe import Probe, probe
from kuzuvcs.tasks.reading.serials import names_are_wrong, sequences_by_insert, sequences_by_name

_VOLATILE = re.compile(r"\b(nextval|current_date|current_timestamp|now|gen_random_uuid)\s*\(", re.IGNORECASE)
_ONE_CALL = re.compile(r"\w+\(\s*(?:'(?:\\.|[^'\\])*')?\s*\)\Z")
_STRING = re.compile(r"'((?:\\.|[^'\\])*)'\Z", re.DOTALL)
_OPERATOR = re.compile(r"[-+*/%^<>=|&]|\b(?:AND|OR|NOT|XOR|IN|IS|CASE)\b", re.IGNORECASE)
_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What the project file says where the engine garbles: ``Table.column`` to text, macro to body.

    And which table holds the history of migrations: it is no part of the schema.  And the engine that new
    databases are made with: copies to try a script on, what is checked out.
    """

    defaults: Mapping[str, str]
    macros: Mapping[str, str]
    history: str = ""
    engine: Engine = DEFAULT_ENGINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A schema, the catalog it was read from, and where the sequences stand."""

    schema: Schema
    catalog: Catalog
    positions: tuple[SequencePosition, ...]
    warnings: tuple[str, ...]


def inspect(database: Path, scratch: Path, declared: Declarations, worker: Worker | None) -> Inspection:
    """Inspect ``database``, through ``worker`` where a read-only open of it is at hand.

    A private copy is made only for what cannot be read otherwise; without a worker (the database is open in
    the caller's process) everything is read from the copy.
    """
    with ExitStack() as stack:
        catalog = _read(worker, scratch, database) if worker is not None else None
        copy: Probe | None = None
        if worker is None or catalog is None or _needs_probe(catalog, declared, worker):
            copy = stack.enter_context(probe(database, scratch, held=worker is not None))
            catalog = copy.catalog
            _check_types(catalog)
            if catalog.untold:
                raise EngineError(
                    f"the schema of {database} cannot be told",
                    cause="the engine's own export fails, which alone tells multiplicities and macros",
                    hint="a key or a table with an odd name may be why: rename it; nothing was written",
                )
        serials = sequences_by_name(catalog)
        if copy is not None and names_are_wrong(catalog, copy.highest):
            serials = sequences_by_insert(catalog, copy, scratch)
        catalog = _without(catalog, declared.history)
        return _Inspector(catalog, copy, serials, scratch, declared).inspect()


def inspect_open(worker: Worker, scratch: Path, declared: Declarations) -> Inspection | None:
    """Inspect what a worker sees, a transaction that is open included; None where only a copy would tell.

    The positions of sequences are left out, and what only the database file shows.
    """
    catalog = _read(worker, scratch, None)
    if catalog is None or _needs_probe(catalog, declared, worker):
        return None
    serials = sequences_by_name(catalog)
    return _Inspector(_without(catalog, declared.history), None, serials, scratch, declared).inspect()


def _without(catalog: Catalog, history: str) -> Catalog:
    return replace(catalog, tables=without_history(catalog.tables, history))


def _read(worker: Worker, scratch: Path, database: Path | None) -> Catalog | None:
    """The catalog as ``worker`` shows it, and the file of ``database``; None where only a copy would tell."""
    file = None
    if database is not None and shows_more_in_its_file(worker.engine.name):
        if pending_files(database):
            return None
        file = file_bytes(database)
    if any("." in name for [name] in worker.execute("CALL show_tables() RETURN name")):
        return None
    catalog = read_catalog(worker, scratch, positions=database is not None, file=file)
    _check_types(catalog)
    return None if catalog.untold else catalog


def _needs_probe(catalog: Catalog, declared: Declarations, worker: Worker) -> bool:
    def highest(table: CatalogTable, column: CatalogColumn) -> int | None:
        pattern = f"(x:{quote_name(table.name)})" if table.is_node else f"()-[x:{quote_name(table.name)}]->()"
        [[value]] = worker.execute(f"MATCH {pattern} RETURN max(x.{quote_name(column.name)})")
        return None if value is None else int(value)

    if names_are_wrong(catalog, highest):
        return True
    for table in catalog.tables:
        if not table.is_node and table.storage_direction is None:
            return True
        for column in table.columns:
            text = declared.defaults.get(f"{table.name}.{column.name}", column.default)
            if text is not None and _plain_constant(text, column) is None and not _is_volatile(text):
                return True
    return False


class _Inspector:
    """One pass over a catalog; collects warnings on the way."""

    def __init__(
        self,
        catalog: Catalog,
        copy: Probe | None,
        serials: Mapping[tuple[str, str], str],
        scratch: Path,
        declared: Declarations,
    ) -> None:
        self._catalog = catalog
        self._copy = copy
        self._serials = serials
        self._scratch = scratch
        self._declared = declared
        self._warnings: list[str] = []

    def inspect(self) -> Inspection:
        catalog = self._catalog
        serials = self._serials
        positions = dict(catalog.positions)
        names = set(serials.values())
        self._warnings += catalog.warnings
        self._warnings += [one.text for one in catalog.unkept]
        for name in catalog.indexes_not_loaded:
            self._warnings.append(f"index {name} is not in this version: its extension is not loaded")
        indexes = tuple(index for index in catalog.indexes if not reads_file(index.options))
        for index in catalog.indexes:
            if index not in indexes:
                place = f"{index.table}.{index.name}"
                self._warnings.append(f"index {place} is not in this version: its stop words are in a file")
        schema = Schema(
            node_tables=tuple(self._node_table(table) for table in catalog.tables if table.is_node),
            rel_tables=tuple(self._rel_table(table) for table in catalog.tables if not table.is_node),
            sequences=tuple(sequence for sequence in catalog.sequences if sequence.name not in names),
            macros=tuple(self._macro(macro) for macro in catalog.macros),
            indexes=indexes,
        )
        return Inspection(
            schema=schema,
            catalog=catalog,
            positions=(
                *(
                    SequencePosition(name=name, position=value)
                    for name, value in catalog.positions
                    if name not in names
                ),
                *(
                    SequencePosition(table=table, column=column, position=positions[name])
                    for (table, column), name in serials.items()
                ),
            ),
            warnings=tuple(self._warnings),
        )

    def _node_table(self, table: CatalogTable) -> NodeTable:
        key = next(column.name for column in table.columns if column.is_key)
        return NodeTable(
            name=table.name, columns=self._columns(table), primary_key=key, comment=table.comment
        )

    def _rel_table(self, table: CatalogTable) -> RelTable:
        if table.multiplicity is None or table.storage_direction is None:
            raise EngineError(
                f"rel table {table.name} cannot be described",
                cause="the engine tells neither its multiplicity nor its storage direction",
                hint="nothing was written",
            )
        return RelTable(
            name=table.name,
            connections=tuple(
                Connection(source=source, target=target) for source, target in table.connections
            ),
            columns=self._columns(table),
            multiplicity=table.multiplicity,
            storage_direction=table.storage_direction,
            comment=table.comment,
        )

    def _columns(self, table: CatalogTable) -> tuple[Column, ...]:
        evaluated = self._evaluate(table)
        return tuple(
            Column(
                name=column.name,
                type=format_type(parse_type(column.type)),
                default=self._default(table, column, evaluated.get(column.name)),
            )
            for column in table.columns
        )

    def _default(self, table: CatalogTable, column: CatalogColumn, evaluated: str | None) -> Default | None:
        if column.default is None:
            return None
        place = f"{table.name}.{column.name}"
        declared = self._declared.defaults.get(place)
        if declared is not None:
            return Expression(text=declared)
        if _is_volatile(column.default):
            if not _ONE_CALL.match(column.default):
                self._warnings.append(
                    f"the default of {place} is read as {column.default}, from which the engine leaves out "
                    f'parentheses and signs; declare it in the project file under [defaults] as "{place}"'
                )
            return Expression(text=column.default)
        json = evaluated if evaluated is not None else _plain_constant(column.default, column)
        assert json is not None, place
        return None if json == "null" else Constant(json=json)

    def _evaluate(self, table: CatalogTable) -> dict[str, str]:
        """The constant defaults of a table, by inserting one row into the private copy."""
        if self._copy is None:
            return {}
        columns = [
            column
            for column in table.columns
            if column.default is not None
            and not _is_volatile(column.default)
            and _plain_constant(column.default, column) is None
            and f"{table.name}.{column.name}" not in self._declared.defaults
        ]
        return dict(self._inserted(table, columns)) if columns else {}

    def _inserted(self, table: CatalogTable, columns: list[CatalogColumn]) -> Iterator[tuple[str, str]]:
        assert self._copy is not None
        plans = [
            reading(parse_type(column.type), self._copy.property(table.name, column.name))
            for column in columns
        ]
        items = [
            f"{leaf} AS c{number}_{part}"
            for number, plan in enumerate(plans)
            for part, leaf in enumerate(plan.expressions)
        ]
        path = self._scratch / "inserted.arrow"
        self._copy.insert(table, items, path)
        with pa.memory_map(str(path)) as source:
            row = pa.ipc.open_file(source).read_all().combine_chunks()
            for number, (column, plan) in enumerate(zip(columns, plans, strict=True)):
                leaves = [row.column(f"c{number}_{part}").chunk(0) for part in range(len(plan.expressions))]
                yield column.name, json_text(plan.assemble(leaves), 0, parse_type(column.type))
        path.unlink()

    def _macro(self, macro: CatalogMacro) -> Macro:
        declared = {name.upper(): body for name, body in self._declared.macros.items()}.get(
            macro.name.upper()
        )
        if declared is None and len(_OPERATOR.findall(_QUOTED.sub("", macro.body))) > 1:
            self._warnings.append(
                f"macro {macro.name} is read as {macro.body}, from which the engine leaves out parentheses "
                f"and signs; declare its body in the project file under [macros]"
            )
        return Macro(name=macro.name, parameters=macro.parameters, body=declared or macro.body)


def _check_types(catalog: Catalog) -> None:
    """Name the first column whose type no statement could make again."""
    for table in catalog.tables:
        for column in table.columns:
            try:
                parse_type(column.type)
            except SchemaError as error:
                raise SchemaError(
                    f"column {column.name!r} of {table.name!r} cannot be captured",
                    cause=f"no restored database could have it: {error.message}; {error.cause}",
                    hint="replace the column by one whose fields have plain names",
                ) from error


def _is_volatile(text: str) -> bool:
    return _VOLATILE.search(_QUOTED.sub("''", text)) is not None


def _plain_constant(text: str, column: CatalogColumn) -> str | None:
    """The canonical JSON of a default whose text can be trusted: a string for a STRING, true or false."""
    type = parse_type(column.type)
    string = _STRING.match(text)
    if string is not None and type == Scalar(name="STRING"):
        import json

        return json.dumps(re.sub(r"\\(.)", r"\1", string[1], flags=re.DOTALL), ensure_ascii=False)
    if type == Scalar(name="BOOL") and text.lower() in ("true", "false"):
        return f'"{text.lower()}"'
    return None
