"""``manifest.json``: what a version says of itself.

The schema is in ``schema.json``; here is what the schema leaves out on purpose (the order in which
things were declared, catalog ids) and what the data files hold (rows, digests, Parquet columns).
Digests are sha256 in hexadecimal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from kuzuvcs.core.schema_json import sorted_named
from kuzuvcs.core.strict_json import FORMAT, Node, dump_json, load_json

FileKind = Literal["node", "rel"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
DIGEST_DIGITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRecord:
    """One column of a data file: its Parquet name, the property it holds, type, digest, count of NULLs.

    The type is the engine's canonical text.  An edge file's ``from`` and ``to`` are no property:
    their ``property`` is empty.
    """

    parquet_column: str
    property: str
    type: str
    digest: str
    nulls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One Parquet file: a node table, or one connection of a rel table.

    ``path`` is where its tree stands in the version (``data/User.parquet``); ``source`` and
    ``target`` are empty for a node table; ``size`` is in bytes; columns are in the file's order.
    """

    path: str
    kind: FileKind
    table: str
    source: str = ""
    target: str = ""
    rows: int
    size: int
    digest: str
    columns: tuple[ColumnRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """How things were declared: ``columns`` hold ``(table, names)``, ``connections`` ``(table, pairs)``."""

    tables: tuple[str, ...] = ()
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    connections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogIds:
    """The catalog's numbers, evidence of renames: ``(table, id)`` and ``(table, column, id)``."""

    tables: tuple[tuple[str, int], ...] = ()
    columns: tuple[tuple[str, str, int], ...] = ()
    database: str | None = None
    """The database's own identity, where the engine has one (ladybug); kuzu has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a version says of itself."""

    engine: str
    engine_release: str
    storage_version: int
    kuzuvcs_release: str
    pyarrow_release: str
    schema_digest: str
    content_digest: str
    """Over the content digests of all files: the same for the same rows, whatever the Parquet."""
    files: tuple[DataFile, ...] = ()
    orders: Orders = field(default_factory=Orders)
    ids: CatalogIds = field(default_factory=CatalogIds)
    warnings: tuple[str, ...] = ()


def manifest_to_json(manifest: Manifest) -> str:
    """The canonical text of the manifest."""
    return dump_json(
        {
            "format": FORMAT,
            "engine": {
                "name": manifest.engine,
                "release": manifest.engine_release,
                "storage_version": manifest.storage_version,
            },
            "kuzuvcs": manifest.kuzuvcs_release,
            "pyarrow": manifest.pyarrow_release,
            "schema_digest": manifest.schema_digest,
            "content_digest": manifest.content_digest,
            "files": {file.path: _file_value(file) for file in manifest.files},
            "orders": _orders_value(manifest.orders),
            "ids": _ids_value(manifest.ids),
            "warnings": list(manifest.warnings),
        }
    )


def manifest_from_json(text: str) -> Manifest:
    """The manifest, files in path order; ``ManifestError`` for anything that is not one."""
    root = load_json(text, "manifest.json")
    _, engine, kuzuvcs, pyarrow, schema, content, files, orders, ids, warnings = root.fields(
        "format", "engine", "kuzuvcs", "pyarrow", "schema_digest", "content_digest", "files", "orders", "ids",
        "warnings",
    )  # fmt: skip
    name, release, storage = engine.fields("name", "release", "storage_version")
    return Manifest(
        engine=name.text(),
        engine_release=release.text(),
        storage_version=storage.integer(0),
        kuzuvcs_release=kuzuvcs.text(),
        pyarrow_release=pyarrow.text(),
        schema_digest=schema.hexadecimal(DIGEST_DIGITS),
        content_digest=content.hexadecimal(DIGEST_DIGITS),
        files=tuple(_file(path, node) for path, node in sorted_named(files)),
        orders=_orders(orders),
        ids=_ids(ids),
        warnings=warnings.texts(),
    )


def _file_value(file: DataFile) -> dict[str, object]:
    return {
        "kind": file.kind,
        "table": file.table,
        "source": file.source,
        "target": file.target,
        "rows": file.rows,
        "size": file.size,
        "digest": file.digest,
        "columns": [
            {
                "parquet_column": column.parquet_column,
                "property": column.property,
                "type": column.type,
                "digest": column.digest,
                "nulls": column.nulls,
            }
            for column in file.columns
        ],
    }


def _orders_value(orders: Orders) -> dict[str, object]:
    return {
        "tables": list(orders.tables),
        "columns": {table: list(names) for table, names in orders.columns},
        "connections": {table: [list(pair) for pair in pairs] for table, pairs in orders.connections},
    }


def _ids_value(ids: CatalogIds) -> dict[str, object]:
    columns: dict[str, dict[str, int]] = {}
    for table, column, number in ids.columns:
        columns.setdefault(table, {})[column] = number
    return {"database": ids.database, "tables": dict(ids.tables), "columns": columns}


def _file(path: str, node: Node) -> DataFile:
    kind, table, source, target, rows, size, digest, columns = node.fields(
        "kind", "table", "source", "target", "rows", "size", "digest", "columns"
    )
    return DataFile(
        path=path,
        kind=kind.one_of(FILE_KINDS),
        table=table.name(),
        source=source.name() if kind.value == "rel" else _empty(source),
        target=target.name() if kind.value == "rel" else _empty(target),
        rows=rows.integer(0),
        size=size.integer(0),
        digest=digest.hexadecimal(DIGEST_DIGITS),
        columns=tuple(_column(item) for item in columns.items()),
    )


def _empty(node: Node) -> str:
    if node.value != "":
        node.fault("a node table's file has no ends")
    return ""


def _column(node: Node) -> ColumnRecord:
    parquet_column, name, type_text, digest, nulls = node.fields(
        "parquet_column", "property", "type", "digest", "nulls"
    )
    return ColumnRecord(
        parquet_column=parquet_column.name(),
        property=name.name() if name.value != "" else "",
        type=type_text.type_text(),
        digest=digest.hexadecimal(DIGEST_DIGITS),
        nulls=nulls.integer(0),
    )


def _orders(node: Node) -> Orders:
    tables, columns, connections = node.fields("tables", "columns", "connections")
    return Orders(
        tables=tables.names(),
        columns=tuple((table, names.names()) for table, names in sorted_named(columns)),
        connections=tuple(
            (table, tuple(_ends(item) for item in pairs.items()))
            for table, pairs in sorted_named(connections)
        ),
    )


def _ends(node: Node) -> tuple[str, str]:
    ends = node.names()
    if len(ends) != 2:
        node.fault("a connection has two ends")
    return ends[0], ends[1]


def _ids(node: Node) -> CatalogIds:
    database, tables, columns = node.fields("database", "tables", "columns")
    return CatalogIds(
        database=None if database.is_null() else database.text(),
        tables=tuple((table, number.integer(0)) for table, number in sorted_named(tables)),
        columns=tuple(
            (table, column, number.integer(0))
            for table, by_name in sorted_named(columns)
            for column, number in sorted_named(by_name)
        ),
    )
