"""A version in the store: what its tree holds, written and read."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from kuzuvcs.columns.bounds import check_bounds, check_columns
from kuzuvcs.columns.canonical import table_digest
from kuzuvcs.columns.load import unloadable
from kuzuvcs.columns.parquet import ColumnResult
from kuzuvcs.columns.parts import parts
from kuzuvcs.core import limits
from kuzuvcs.core.catalog import Catalog
from kuzuvcs.core.declared_order import declared, orders_of
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.manifest import (
    CatalogIds,
    ColumnRecord,
    DataFile,
    Manifest,
    manifest_from_json,
    manifest_to_json,
)
from kuzuvcs.core.outline import Outline, outline_from_json
from kuzuvcs.core.paths import data_path, encode_names
from kuzuvcs.core.positions import (
    SequencePosition,
    calls_to,
    check_positions,
    positions_from_json,
    positions_to_json,
)
from kuzuvcs.core.schema import Connection, NodeTable, RelTable, Schema
from kuzuvcs.core.schema_json import schema_digest, schema_from_json, schema_to_json
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.history_json import HISTORY_PATH, history_from_json, history_to_json
from kuzuvcs.core.types import format_type, parse_type
from kuzuvcs.engines.header import Header
from kuzuvcs.errors import DamagedStore, KuzuvcsError, ManifestError, SchemaError
from kuzuvcs.release import RELEASE
from kuzuvcs.render.cypher import check_texts
from kuzuvcs.results import TableKind, TableRows
from kuzuvcs.store import Assembly, Bytes, Entry, Ranges, Store, Subtree, Version
from kuzuvcs.tasks.creatable import restorable_script
from kuzuvcs.tasks.plain import copy_script
from kuzuvcs.tasks.reading.capture import CapturedFile, node_columns, rel_columns
from kuzuvcs.tasks.reading.inspect import Inspection


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """A version read from the store; the schema is in its declared order."""

    version: Version
    schema: Schema
    manifest: Manifest
    positions: tuple[SequencePosition, ...]

    @property
    def content(self) -> str:
        """What makes two versions the same: schema, sequences and every file's values."""
        return self.manifest.content_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """What was captured, ready to be compared with the head and committed; the history is not compared."""

    schema: Schema
    manifest: Manifest
    positions: tuple[SequencePosition, ...]
    captured: tuple[CapturedFile, ...]
    history: tuple[Applied, ...] = ()


def new_version(
    inspection: Inspection,
    captured: tuple[CapturedFile, ...],
    *,
    engine: Engine,
    header: Header,
    history: tuple[Applied, ...] = (),
) -> NewVersion:
    """Describe a capture."""
    files = tuple(data_file(file) for file in captured)
    digest = schema_digest(inspection.schema)
    manifest = Manifest(
        engine=engine.name,
        engine_release=engine.release or "",
        storage_version=header.storage,
        kuzuvcs_release=RELEASE,
        pyarrow_release=pa.__version__,
        schema_digest=digest,
        content_digest=content_digest(digest, inspection.positions, files),
        files=files,
        orders=orders_of(inspection.schema),
        ids=catalog_ids(inspection.catalog, header.identity),
        warnings=(
            *inspection.warnings,
            *_unloadable(files),
            *_repeated_keys(captured),
            *_too_far(inspection),
            *(f"{one.dangling}; they are not in this version" for one in captured if one.dangling),
        ),
    )
    return NewVersion(
        schema=inspection.schema,
        manifest=manifest,
        positions=inspection.positions,
        captured=captured,
        history=history,
    )


def _unloadable(files: Iterable[DataFile]) -> Iterator[str]:
    for file in files:
        for column in file.columns:
            if reason := unloadable(parse_type(column.type)):
                yield f"{file_name(file)}.{column.property} is captured, but cannot be checked out: {reason}"


def _too_far(inspection: Inspection) -> Iterator[str]:
    declared = {sequence.name: sequence for sequence in inspection.schema.sequences}
    for one in inspection.positions:
        if one.name and one.position is not None:
            calls = calls_to(declared[one.name], one.position)
            if calls is None or calls > limits.SEQUENCE_CALLS:
                yield (
                    f"sequence {one.name} is captured, but cannot be checked out: the engine would have to "
                    f"give more than {limits.SEQUENCE_CALLS:,} values; create it with a START near "
                    f"{one.position}"
                )


def _repeated_keys(captured: Iterable[CapturedFile]) -> Iterator[str]:
    for file in captured:
        if file.repeated_keys:
            yield (
                f"{file.repeated_keys} of the nodes of {file.table} have a key that another node has, too "
                "(NaN): the ends of their edges cannot be told apart when this version is restored"
            )


def content_digest(schema: str, positions: Iterable[SequencePosition], files: Iterable[DataFile]) -> str:
    """One sha256 over a schema's digest, the text of ``sequences.json``, and each file's content digest."""
    total = hashlib.sha256(f"kuzuvcs content 1\n{schema}\n".encode())
    total.update(hashlib.sha256(positions_to_json(positions).encode()).hexdigest().encode() + b"\n")
    for file in sorted(files, key=lambda file: file.path):
        total.update(f"{file.digest} {file.path}\n".encode())
    return total.hexdigest()


def entries(new: NewVersion, store: Store, parent: StoredVersion | None) -> list[Entry]:
    """The tree of a version.  A file whose content is its parent's keeps the parent's bytes.

    They may differ where another release of pyarrow writes them; the content is the same.
    """
    known = {} if parent is None else {file.path: file for file in parent.manifest.files}
    kept = {} if parent is None else store.trees(parent.version.commit)
    manifest = new.manifest
    trees: list[Entry] = []
    files = []
    for captured, file in zip(new.captured, manifest.files, strict=True):
        before = known.get(file.path)
        tree = kept.get(file.path) if before is not None and _same_file(before, file) else None
        if tree is not None and before is not None:
            trees.append(Subtree(path=file.path, tree=tree))
            files.append(before)
        else:
            trees.append(Ranges(path=file.path, file=captured.file, parts=parts(captured.file)))
            files.append(file)
    texts = {
        "schema.json": schema_to_json(new.schema),
        "sequences.json": positions_to_json(new.positions),
        "manifest.json": manifest_to_json(dataclasses.replace(manifest, files=tuple(files))),
        "schema.cypher": restorable_script(new.schema, new.manifest),
        "copy.cypher": copy_script(files),
        **({HISTORY_PATH: history_to_json(new.history)} if new.history else {}),
    }
    documents = [Bytes(path=path, data=text.encode()) for path, text in texts.items()]
    for document in documents:
        _require_readable(document)
    return [*documents, *trees]


def _require_readable(document: Bytes) -> None:
    """Never write a version that would be refused when it is read."""
    most = limits.DOCUMENTS.get(document.path)
    if most is not None and len(document.data) > most:
        raise SchemaError(
            f"the database is too large to describe: {document.path} would have {len(document.data):,} bytes",
            cause=f"kuzuvcs reads at most {most:,} bytes of it",
            hint="shorten comments, defaults and macros, or keep parts of the data in another database",
        )


def read_version(store: Store, version: Version) -> StoredVersion:
    """A version's schema, manifest and sequence positions, checked against each other.

    :raises ManifestError: one of them is damaged, or of a newer format
    :raises DamagedStore: they do not belong together
    """
    stored = _read_documents(store, version)
    manifest = stored.manifest
    if content_digest(manifest.schema_digest, stored.positions, manifest.files) != manifest.content_digest:
        raise _foreign(version, "its files are not those that its content digest was taken over")
    if len(manifest.files) != len(_places(stored.schema)):
        raise _foreign(version, "its manifest has not one file for each table of its schema")
    return dataclasses.replace(stored, schema=declared(stored.schema, manifest.orders))


def read_kept(store: Store, commit: str) -> StoredVersion:
    """The same of a capture: a commit that is no version, and has files of some tables.

    Errors as above.  The content digest is not compared: a capture may keep that of all its tables.
    """
    never = datetime.fromtimestamp(0, UTC)
    name = f"commit {commit[:12]}"
    return _read_documents(store, Version(name=name, commit=commit, created=never, message="", parent=None))


def _read_documents(store: Store, version: Version) -> StoredVersion:
    try:
        texts = list(_texts(store, [version], "schema.json", "sequences.json", "manifest.json"))
        schema = schema_from_json(texts[0])
        positions = positions_from_json(texts[1])
        manifest = manifest_from_json(texts[2])
        digest = schema_digest(schema)
        check_texts(schema)
        check_positions(schema, positions)
    except (ManifestError, SchemaError) as error:
        raise _in_version(version, error) from error
    if digest != manifest.schema_digest:
        raise _foreign(version, "its schema.json is not the one that its manifest was written for")
    _check_files(version, schema, manifest)
    return StoredVersion(version=version, schema=schema, manifest=manifest, positions=positions)


def outlines(store: Store, versions: Sequence[Version]) -> Generator[tuple[Version, Outline]]:
    """What the versions' manifests say of them in outline, read by one git process as it is asked for.

    Only the manifest is read, and not all of it; :func:`read_version` checks a version as a whole.

    :raises ManifestError: a manifest is damaged, or of a newer format
    """
    with contextlib.closing(_texts(store, versions, "manifest.json")) as texts:
        for version, text in zip(versions, texts, strict=True):
            try:
                outline = outline_from_json(text)
            except ManifestError as error:
                raise _in_version(version, error) from error
            yield version, outline


def find_version(
    store: Store, wanted: Callable[[Outline], bool], versions: Sequence[Version] | None = None
) -> Version | None:
    """The first of ``versions`` (all, newest first) whose outline is as wanted; no later one is read."""
    searched = store.versions() if versions is None else versions
    with contextlib.closing(outlines(store, searched)) as found:
        return next((version for version, outline in found if wanted(outline)), None)


def read_kept_history(store: Store, version: Version) -> tuple[Applied, ...] | None:
    """The history of migrations that a version keeps; None where its database had none.

    :raises ManifestError: it is damaged
    """
    if store.tree(version.commit, HISTORY_PATH) is None:
        return None
    [text] = _texts(store, [version], HISTORY_PATH)
    return history_from_json(text)


def column_results(file: DataFile) -> tuple[ColumnResult, ...]:
    """A file's recorded columns in the form that verification takes."""
    return tuple(
        ColumnResult(
            name=column.parquet_column,
            property=column.property,
            type=column.type,
            digest=column.digest,
            nulls=column.nulls,
        )
        for column in file.columns
    )


def file_name(file: DataFile) -> str:
    """How people call a data file: the table, or the rel table and its connection."""
    return file.table if file.kind == "node" else f"{file.table} ({file.source} to {file.target})"


def table_rows(manifest: Manifest) -> tuple[TableRows, ...]:
    """Rows by table; a rel table's are its edges over all connections."""
    rows: dict[tuple[TableKind, str], int] = {}
    for file in manifest.files:
        key = (file.kind, file.table)
        rows[key] = rows.get(key, 0) + file.rows
    return tuple(TableRows(name=name, kind=kind, rows=count) for (kind, name), count in rows.items())


def assemble(source: Assembly, file: DataFile, folder: Path, number: int) -> Path:
    """Write a data file of the version that ``source`` reads into ``folder``.

    :raises DamagedStore: a part is missing or altered
    :raises VerificationFailed: it is not such a file as kuzuvcs writes
    """
    path = folder / f"file-{number:05}.parquet"
    source.write(file.path, path, file.size)
    check_stored(path, file)
    return path


def check_stored(path: Path, file: DataFile) -> None:
    """Look at a data file from the store before anything reads it: its sizes, and its columns' types.

    :raises VerificationFailed: they are not what kuzuvcs writes, or not those of the manifest
    """
    from kuzuvcs.verify.files import readable  # DuckDB: not for those that only list versions

    with readable(file_name(file), path):
        columns = [(column.parquet_column, parse_type(column.type)) for column in file.columns]
        check_bounds(path, columns)
        check_columns(path, columns)


def _texts(store: Store, versions: Iterable[Version], *paths: str) -> Generator[str]:
    """The texts at these paths of one version after another, read by one git process."""
    wanted = [(version.commit, path) for version in versions for path in paths]
    with contextlib.closing(store.read_each(wanted)) as read:
        for (_, path), data in zip(wanted, read, strict=True):
            try:
                yield data.decode()
            except UnicodeDecodeError as error:
                raise ManifestError(f"cannot read {path}", cause=str(error)) from error


def _in_version(version: Version, error: KuzuvcsError) -> ManifestError:
    return ManifestError(f"{version.name}: {error.message}", cause=error.cause, hint=error.hint)


def _foreign(version: Version, cause: str) -> DamagedStore:
    return DamagedStore(
        f"{version.name} is damaged", cause=cause, hint="a clone of the store may have it whole"
    )


def _check_files(version: Version, schema: Schema, manifest: Manifest) -> None:
    """The manifest may come from a stranger: each file is of a table or connection, and in its place."""
    found = [(file.kind, file.table, file.source, file.target) for file in manifest.files]
    if len(found) != len(set(found)) or not _places(schema).issuperset(found):
        raise _foreign(version, "its manifest has not one file for each table of its schema")
    for file in manifest.files:
        _check_record(version, file, schema)
    components = encode_names(table.name for table in schema.tables())
    for file in manifest.files:
        ends = (file.source, file.target) if file.kind == "rel" else ()
        if file.path != data_path(file.table, *ends, components=components):
            raise _foreign(version, f"its manifest has the file of {file.table} at {file.path}")


def _places(schema: Schema) -> set[tuple[str, str, str, str]]:
    """Kind, table and ends of every file of a version with this schema."""
    return {("node", table.name, "", "") for table in schema.node_tables} | {
        ("rel", table.name, connection.source, connection.target)
        for table in schema.rel_tables
        for connection in table.connections
    }


def _check_record(version: Version, file: DataFile, schema: Schema) -> None:
    """What the manifest says of a file has to be of the schema's columns, and true in itself."""
    table = schema.table(file.table)
    if isinstance(table, NodeTable):
        expected = node_columns(table)
    else:
        assert isinstance(table, RelTable)
        expected = rel_columns(table, Connection(source=file.source, target=file.target), schema)
    columns = [(one.name, one.property, format_type(one.type)) for one in expected]
    if [(one.parquet_column, one.property, one.type) for one in file.columns] != columns:
        raise _foreign(version, f"its manifest has other columns of {file_name(file)} than its schema")
    if any(column.nulls > file.rows for column in file.columns):
        raise _foreign(version, f"its manifest has a column of {file_name(file)} with more NULLs than rows")
    digests = [(column.parquet_column, column.digest) for column in file.columns]
    if table_digest(file.kind, file.rows, digests) != file.digest:
        raise _foreign(version, f"its manifest has another digest of {file_name(file)} than of its columns")


def data_file(captured: CapturedFile) -> DataFile:
    """What the manifest says of a captured file."""
    result = captured.result
    connection = captured.connection
    return DataFile(
        path=captured.path,
        kind="node" if connection is None else "rel",
        table=captured.table,
        source="" if connection is None else connection.source,
        target="" if connection is None else connection.target,
        rows=result.rows,
        size=result.size,
        digest=result.digest,
        columns=tuple(
            ColumnRecord(
                parquet_column=column.name,
                property=column.property,
                type=column.type,
                digest=column.digest,
                nulls=column.nulls,
            )
            for column in result.columns
        ),
    )


def _same_file(before: DataFile, now: DataFile) -> bool:
    """Whether content, and the columns it stands in, are the same: then the parent's bytes will do."""
    return before.digest == now.digest and [
        (column.parquet_column, column.property, column.type) for column in before.columns
    ] == [(column.parquet_column, column.property, column.type) for column in now.columns]


def catalog_ids(catalog: Catalog, database: str | None) -> CatalogIds:
    """The catalog's ids, and the database's own identity, as the manifest keeps them."""
    return CatalogIds(
        tables=tuple(sorted((table.name, table.id) for table in catalog.tables)),
        columns=tuple(
            sorted(
                (table.name, column.name, column.id) for table in catalog.tables for column in table.columns
            )
        ),
        database=database,
    )
