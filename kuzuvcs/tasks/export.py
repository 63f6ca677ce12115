"""Write a version as the plain folder that the engine's own IMPORT DATABASE reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kuzuvcs.core.copyable import names_while_loading
from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import Schema
from kuzuvcs.errors import KuzuvcsError, UsageError
from kuzuvcs.file_access import access_of, give_access
from kuzuvcs.files import sync_folder, write_atomic
from kuzuvcs.scratch import scratch_folder
from kuzuvcs.store import Store
from kuzuvcs.tasks.creatable import names_of
from kuzuvcs.tasks.plain import (
    copy_statement,
    index_script,
    position_statements,
    schema_script,
    script,
    write_plain,
)
from kuzuvcs.tasks.versions import StoredVersion, assemble, column_results, file_name
from kuzuvcs.verify import check_file

_NAME_BYTES = 255


def export_version(
    store: Store, stored: StoredVersion, folder: Path, scratch: Path, progress: Progress
) -> tuple[str, ...]:
    """Write the folder, which must not exist or be empty; return what was left out, by name.

    It is written beside its place and renamed, so a folder that is there is whole.

    :raises UsageError: the folder holds something
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} is not empty", cause="an export needs a folder of its own", hint="name another"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A rename does not cross file systems, so what is renamed is written where it will stand.
    with scratch_folder(folder.parent / ".kuzuvcs") as beside:
        built = beside / "plain"
        built.mkdir()
        left_out = _write(store, stored, built, scratch, progress)
        try:
            if folder.exists():
                give_access(built, access_of(folder))
            built.replace(folder)
        except OSError as error:
            raise KuzuvcsError(f"{folder} cannot be written", cause=str(error), hint="") from error
    sync_folder(folder.parent)
    return (*stored.manifest.warnings, *left_out, *_not_imported(stored.schema))


def _write(
    store: Store, stored: StoredVersion, built: Path, scratch: Path, progress: Progress
) -> tuple[str, ...]:
    warnings: list[str] = []
    copies: list[str] = []
    renames = {
        table.name: names_while_loading(column.name for column in table.columns)
        for table in stored.schema.rel_tables
    }
    progress.stage(f"exporting {stored.version.name}", len(stored.manifest.files))
    ordered = sorted(stored.manifest.files, key=lambda file: (file.kind == "rel", file.path))
    with store.assembly(stored.version.commit) as source:
        for number, record in enumerate(ordered):
            file = assemble(source, record, scratch, number)
            name = _file_name(record, number)
            check_file(
                file, table=file_name(record), rows=record.rows, columns=column_results(record), work=scratch
            )
            left_out = write_plain(file, built / name, record.columns)
            file.unlink()
            warnings += [
                f"{file_name(record)}.{column} is left out: IMPORT DATABASE cannot read its type"
                for column in left_out
            ]
            copies.append(_copy(record, name, left_out, renames.get(record.table, {})))
            progress.advance(1)
    write_atomic(
        built / "schema.cypher",
        schema_script(_with_names(stored.schema, renames), names_of(stored.manifest))
        + script(position_statements(stored.positions)),
    )
    write_atomic(built / "copy.cypher", script(copies))
    # IMPORT runs it last, and takes any statement in it.
    write_atomic(built / "index.cypher", script(_rename_back(renames)) + index_script(stored.schema))
    return tuple(warnings)


def _with_names(schema: Schema, renames: Mapping[str, Mapping[str, str]]) -> Schema:
    """The schema as IMPORT makes it at first, with names that a COPY takes."""
    return replace(
        schema,
        rel_tables=tuple(
            replace(
                table,
                columns=tuple(
                    replace(column, name=renames[table.name].get(column.name, column.name))
                    for column in table.columns
                ),
            )
            for table in schema.rel_tables
        ),
    )


def _copy(record: DataFile, name: str, left_out: Sequence[str], names: Mapping[str, str]) -> str:
    columns = tuple(
        replace(column, property=names.get(column.property, column.property)) for column in record.columns
    )
    gone = [names.get(one, one) for one in left_out]
    return copy_statement(replace(record, columns=columns), name, gone)


def _rename_back(renames: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for table, names in renames.items():
        for own, meanwhile in names.items():
            yield f"ALTER TABLE {quote_name(table)} RENAME {quote_name(meanwhile)} TO {quote_name(own)}"


def _file_name(record: DataFile, number: int) -> str:
    """The path in the version as one name; a file system takes no more than 255 bytes."""
    name = record.path.removeprefix("data/").replace("/", "~")
    return name if len(name.encode()) <= _NAME_BYTES else f"{number:05}~{name[-_NAME_BYTES + 6 :]}"


def _not_imported(schema: Schema) -> Iterator[str]:
    """Where IMPORT DATABASE stops half-way, which is the engine's own fault (ENGINE.md)."""
    for table in schema.node_tables:
        if {"'", "\\"} & set(table.name) and any(
            table.name in (connection.source, connection.target)
            for rel in schema.rel_tables
            for connection in rel.connections
        ):
            yield (
                f"IMPORT DATABASE cannot load the edges of {table.name}, since its name has a quote or "
                "backslash: run what is left of copy.cypher by hand"
            )
    if sum(index.kind == "FTS" for index in schema.indexes) > 1:
        yield (
            "IMPORT DATABASE makes only one full-text index and stops there: run what is left of "
            "index.cypher by hand"
        )
