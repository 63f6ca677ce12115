"""From an open database to canonical Parquet files, one per node table and per connection of a rel table."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.columns.arrow import distinct_names
from kuzuvcs.columns.keys import KeyIndex
from kuzuvcs.columns.parquet import FileColumn, FileResult
from kuzuvcs.columns.read import ReadColumn
from kuzuvcs.columns.tables import write_node_file, write_rel_file
from kuzuvcs.core.paths import data_path, encode_names
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema, fold
from kuzuvcs.core.types import parse_type
from kuzuvcs.tasks.reading.counts import filled_connections
from kuzuvcs.tasks.reading.dangling import Dangling, both_ends_exist, dangling_edges
from kuzuvcs.tasks.reading.read_tables import Source, read_edges, read_nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedFile:
    """A canonical Parquet file: its place in a version, what it holds, where it lies, what was written.

    ``repeated_keys`` counts nodes whose key another node has, too: kuzu takes NaN as a key twice.
    ``dangling`` are the edges that were left out, since one of their ends no longer exists.
    """

    path: str
    table: str
    connection: Connection | None
    file: Path
    result: FileResult
    repeated_keys: int = 0
    dangling: Dangling | None = None


def capture(
    source: Source,
    schema: Schema,
    folder: Path,
    progress: Progress,
    *,
    only: Collection[str] | None = None,
) -> tuple[CapturedFile, ...]:
    """Write the canonical files of every table, or of those in ``only`` (rel tables with their end tables).

    :raises EngineError: a table cannot be read whole
    """
    return _Capture(source, schema, folder, progress).run(only)


def node_columns(table: NodeTable) -> tuple[FileColumn, ...]:
    """The columns of a node table's file: the key first, then the other properties by name.

    Of two whose names differ by case to readers, though not to the engine (``é``, ``É``), one gets ``_``.
    """
    key = next(column for column in table.columns if column.name == table.primary_key)
    rest = sorted((column for column in table.columns if column is not key), key=lambda column: column.name)
    columns = (key, *rest)
    names = distinct_names([column.name for column in columns])
    return tuple(_file_column(name, column) for name, column in zip(names, columns, strict=True))


def rel_columns(table: RelTable, connection: Connection, schema: Schema) -> tuple[FileColumn, ...]:
    """The columns of one connection's file: ``from``, ``to``, then the properties by name.

    A property that is itself called ``from`` or ``to`` gets ``_`` appended in the file; the manifest says so.
    """
    ends = [
        FileColumn(name=name, property="", type=parse_type(_key_type(schema, end)))
        for name, end in (("from", connection.source), ("to", connection.target))
    ]
    columns = sorted(table.columns, key=lambda column: column.name)
    names = distinct_names(["from", "to", *(column.name for column in columns)])[2:]
    return (*ends, *(_file_column(name, column) for name, column in zip(names, columns, strict=True)))


def _file_column(name: str, column: Column) -> FileColumn:
    return FileColumn(name=name, property=column.name, type=parse_type(column.type))


def _key_type(schema: Schema, name: str) -> str:
    table = schema.table(name)
    assert isinstance(table, NodeTable)
    return next(column.type for column in table.columns if column.name == table.primary_key)


class _Capture:
    def __init__(self, source: Source, schema: Schema, folder: Path, progress: Progress) -> None:
        self._source = source
        self._schema = schema
        self._folder = folder
        self._progress = progress
        self._components = encode_names(table.name for table in schema.tables())
        self._indexes: dict[str, Path] = {}
        self._rels = 0

    def run(self, only: Collection[str] | None) -> tuple[CapturedFile, ...]:
        wanted = None if only is None else {fold(name) for name in only}
        rels = [table for table in self._schema.rel_tables if wanted is None or fold(table.name) in wanted]
        ends = {fold(end) for rel in rels for one in rel.connections for end in (one.source, one.target)}
        nodes = [
            table
            for table in self._schema.node_tables
            if wanted is None or fold(table.name) in wanted or fold(table.name) in ends
        ]
        files = [self._node_file(table) for table in nodes]
        files += [file for table in rels for file in self._rel_files(table)]
        for index in self._indexes.values():
            shutil.rmtree(index)
        return tuple(sorted(files, key=lambda file: file.path))

    def _node_file(self, table: NodeTable) -> CapturedFile:
        columns = node_columns(table)
        number = len(self._indexes)
        work = self._work()
        rows = read_nodes(self._source, table.name, _to_read(columns), work, self._progress)
        file = self._folder / f"node-{number:04}.parquet"
        index = self._folder / f"keys-{number:04}"
        result = write_node_file(rows, columns, file, index, work)
        self._indexes[fold(table.name)] = index
        shutil.rmtree(work)
        path = data_path(table.name, components=self._components)
        return CapturedFile(
            path=path,
            table=table.name,
            connection=None,
            file=file,
            result=result,
            repeated_keys=result.rows - len(KeyIndex(index)),
        )

    def _rel_files(self, table: RelTable) -> Iterator[CapturedFile]:
        filled = filled_connections(self._source, table)
        dangling = {one.connection: one for one in dangling_edges(self._source, table, self._schema)}
        for connection in table.connections:
            left_out = dangling.get(connection)
            yield self._rel_file(table, connection, left_out, empty=connection not in filled)

    def _rel_file(
        self, table: RelTable, connection: Connection, dangling: Dangling | None, *, empty: bool
    ) -> CapturedFile:
        columns = rel_columns(table, connection, self._schema)
        work = self._work()
        ends = (connection.source, connection.target)
        rel = (table.name, *ends)
        condition = both_ends_exist(self._schema, connection) if dangling else ""
        rows = (
            []
            if empty
            else read_edges(
                self._source, rel, _to_read(columns[2:]), work, self._progress, condition=condition
            )
        )
        path = data_path(table.name, *ends, components=self._components)
        file = self._folder / f"rel-{self._rels:04}.parquet"
        self._rels += 1
        sources, targets = (self._indexes[fold(end)] for end in ends)
        result = write_rel_file(rows, columns, sources, targets, file, work)
        shutil.rmtree(work)
        return CapturedFile(
            path=path,
            table=table.name,
            connection=connection,
            file=file,
            result=result,
            dangling=dangling,
        )

    def _work(self) -> Path:
        work = self._folder / "work"
        work.mkdir()
        return work


def _to_read(columns: tuple[FileColumn, ...]) -> list[ReadColumn]:
    return [ReadColumn(column.property, column.type) for column in columns]
