"""Rows of a database on which scripts run: each script held to what it promises, and all of it read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kuzuvcs.core.planning.kept_data import FileKey
from kuzuvcs.core.scripts.kept_rows import KeptRows, kept_rows_from_json
from kuzuvcs.core.scripts.script import Script
from kuzuvcs.errors import MigrationFailed, VerificationFailed
from kuzuvcs.tasks.reading.capture import CapturedFile
from kuzuvcs.tasks.reading.counts import count_rows
from kuzuvcs.tasks.reading.read_tables import Source
from kuzuvcs.tasks.snapshot import capture_version, opened_database
from kuzuvcs.tasks.versions import column_results, data_file, file_name
from kuzuvcs.tasks.workplace import Workplace
from kuzuvcs.verify import FileChecker


def promises(script: Script, section: str) -> tuple[KeptRows, ...]:
    """What the script's head says of rows in this section, ``UP`` or ``DOWN``."""
    kept = [kept_rows_from_json(value) for key, value in script.head.lines if key == "rows"]
    return tuple(kept) if section == "UP" else tuple(one.inverted() for one in kept if one.back)


def count_files(source: Source, keys: Iterable[FileKey]) -> dict[FileKey, int]:
    """The rows of node tables, and the edges of connections, of the tables that there are."""
    tables = {name for [name] in source.execute("CALL show_tables() RETURN name")}
    return {
        key: count_rows(source, key[0], key[1:] if key[1] else None)
        for key in dict.fromkeys(keys)
        if key[0] in tables
    }


def require_kept(
    id: str, section: str, kept: Sequence[KeptRows], before: Mapping[FileKey, int], now: Mapping[FileKey, int]
) -> None:
    """Hold a section to its promises.

    Those about a table that was not there before are left out: a script of another branch dropped it.

    :raises MigrationFailed: rows were lost, or came from nowhere
    """
    wrong = [
        f"{_names(one.before)} had {were:,} rows, {_names(one.after)} has {are:,}"
        for one in kept
        if before.keys() >= {*one.before}
        and (were := sum(before[key] for key in one.before))
        != (are := sum(now.get(key, 0) for key in one.after))
    ]
    if wrong:
        raise MigrationFailed(
            f"{id} does not keep the rows that its head promises to keep, in {section}",
            cause="\n".join(wrong),
            hint="it ran on a copy: the live database is as it was",
        )


def verify_rows(database: Path, tables: Collection[str], work: Workplace) -> None:
    """Capture these tables afresh, and have DuckDB read the files and count: what the engine counts is there.

    :raises VerificationFailed: a table cannot be read as it is counted
    """
    with (
        work.passing("verify") as folder,
        opened_database(database, folder, work.declared) as opened,
        FileChecker(folder) as checker,
    ):
        schema = opened.inspection.schema
        there = {table.name for table in schema.tables()} & set(tables)
        captured = capture_version(opened, folder, work.progress, only=there).captured
        counted = count_files(opened.source, map(_key, captured))
        for file in captured:
            record = data_file(file)
            if record.rows != counted[_key(file)]:
                raise VerificationFailed(
                    f"{file_name(record)} counts {counted[_key(file)]:,} rows and has {record.rows:,}",
                    cause="the engine's count and what it returns differ",
                    hint="nothing was put in place",
                )
            checker.check(
                file.file,
                table=file_name(record),
                rows=record.rows,
                columns=column_results(record),
                values=False,
            )


def tables_promised(kept: Iterable[KeptRows]) -> Iterator[str]:
    """The tables that promises are about, by their names after it."""
    return (key[0] for one in kept for key in one.after)


def _key(file: CapturedFile) -> FileKey:
    one = file.connection
    return (file.table, "", "") if one is None else (file.table, one.source, one.target)


def _names(keys: Iterable[FileKey]) -> str:
    return " and ".join(
        f"{table} ({source} to {target})" if source else table for table, source, target in keys
    )
