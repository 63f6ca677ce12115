"""Write a version as the plain folder that the engine's own IMPORT DATABASE reads."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.core.progress import Progress
from kuzuvcs.errors import KuzuvcsError, UsageError
from kuzuvcs.files import sync_folder, write_atomic
from kuzuvcs.store import Store
from kuzuvcs.tasks.plain import (
    copy_statement,
    index_script,
    position_statements,
    schema_script,
    write_plain,
)
from kuzuvcs.tasks.versions import StoredVersion, assemble, file_name


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
    built = scratch / "plain"
    built.mkdir()
    warnings: list[str] = list(stored.manifest.warnings)
    copies: list[str] = []
    progress.stage(f"exporting {stored.version.name}", len(stored.manifest.files))
    ordered = sorted(stored.manifest.files, key=lambda file: (file.kind == "rel", file.path))
    for number, record in enumerate(ordered):
        source = assemble(store, stored, record, scratch, number)
        name = record.path.removeprefix("data/").replace("/", "~")
        left_out = write_plain(source, built / name, record.columns)
        source.unlink()
        warnings += [
            f"{file_name(record)}.{column} is left out: IMPORT DATABASE cannot read its type"
            for column in left_out
        ]
        copies.append(copy_statement(record, name, left_out))
        progress.advance(1)
    write_atomic(
        built / "schema.cypher", schema_script(stored.schema) + _lines(position_statements(stored.positions))
    )
    write_atomic(built / "copy.cypher", _lines(copies))
    write_atomic(built / "index.cypher", index_script(stored.schema))
    try:
        built.replace(folder)
    except OSError as error:
        raise KuzuvcsError(f"{folder} cannot be written", cause=str(error), hint="") from error
    sync_folder(folder.parent)
    return tuple(warnings)


def _lines(statements: object) -> str:
    return "".join(f"{statement};\n" for statement in statements)  # type: ignore[attr-defined]
