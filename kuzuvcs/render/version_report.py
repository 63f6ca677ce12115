"""Reports of versions: what ``log`` and ``show`` print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.schema import NodeTable, RelTable, Schema, Table
from kuzuvcs.render.layout import in_columns
from kuzuvcs.render.quantities import age, counted, moment, number, size
from kuzuvcs.render.schema_text import column_text, index_text, macro_text, rel_text, sequence_text
from kuzuvcs.render.text import EMPTY, Line, Span, indented, line, paragraph

if TYPE_CHECKING:
    from datetime import datetime

    from kuzuvcs.results import VersionDetail, VersionSummary

_NARROW = 72


def log_report(versions: Iterable[VersionSummary], now: datetime, width: int | None) -> list[Line]:
    """One line for each version; narrow terminals are spared the date.  ``now`` gives the time zone too."""
    versions = tuple(versions)
    if not versions:
        return [line("no version yet")]
    narrow = width is not None and width < _NARROW
    rows = [_heading(narrow), *(_log_row(version, now, narrow) for version in versions)]
    return in_columns(rows, right=(2,) if narrow else (3,), width=width)


def _heading(narrow: bool) -> tuple[Span, ...]:
    names = (
        ("version", "age", "rows", "message") if narrow else ("version", "created", "age", "rows", "message")
    )
    return tuple(Span(name, "faint") for name in names)


def _log_row(version: VersionSummary, now: datetime, narrow: bool) -> tuple[Span, ...]:
    first = (version.message.splitlines() or [""])[0]
    date = () if narrow else (Span(moment(version.created, now)),)
    return (
        Span(version.version, "strong"),
        *date,
        Span(age(version.created, now), "faint"),
        Span(number(version.rows)),
        Span(first),
    )


def show_report(detail: VersionDetail, now: datetime) -> list[Line]:
    """All that a version says of itself: where it is from, then each table with rows and bytes."""
    lines = [*_facts(detail, now)]
    if detail.summary.message.strip():
        lines += [EMPTY, *indented(paragraph(detail.summary.message.strip()), 4)]
    rows = {table.name: table.rows for table in detail.tables}
    for table in detail.schema.tables():
        files = [file for file in detail.manifest.files if file.table == table.name]
        lines += [EMPTY, *_table(table, rows.get(table.name, 0), files)]
        lines += indented(_indexes(detail.schema, table.name), 4)
    return [*lines, *_others(detail.schema)]


def _facts(detail: VersionDetail, now: datetime) -> list[Line]:
    summary, manifest = detail.summary, detail.manifest
    created = f"{moment(summary.created, now)} ({age(summary.created, now)})"
    engine = f"{manifest.engine} {manifest.engine_release}, storage version {manifest.storage_version}"
    total = sum(file.size for file in manifest.files)
    rows = [
        (Span("version"), Span(summary.version, "strong")),
        (Span("commit"), Span(summary.commit)),
        (Span("created"), Span(created)),
        (Span("engine"), Span(engine)),
        (Span("schema"), Span(manifest.schema_digest)),
        (Span("content"), Span(manifest.content_digest)),
        (Span("size"), Span(f"{counted(summary.rows, 'row')}, {size(total)} of Parquet")),
    ]
    return in_columns([(Span(name.text, "faint"), value) for name, value in rows])


def _table(table: Table, rows: int, files: list[DataFile]) -> list[Line]:
    total = size(sum(file.size for file in files))
    note = Span(f"   {counted(rows, 'row')}, {total}", "faint")
    kind = "node table " if isinstance(table, NodeTable) else "rel table "
    lines: list[Line] = [line(kind, Span(table.name, "strong"), note)]
    if isinstance(table, RelTable):
        lines += indented(_connections(table, files), 4)
        lines += [line(f"    {rel_text(table)}")] if rel_text(table) else []
    lines += indented(in_columns([_column(table, place) for place in range(len(table.columns))]), 4)
    return [*lines, *([line(Span(f"    comment '{table.comment}'", "faint"))] if table.comment else [])]


def _connections(table: RelTable, files: list[DataFile]) -> list[Line]:
    by_ends = {(file.source, file.target): file for file in files}
    rows = []
    for connection in table.connections:
        file = by_ends.get((connection.source, connection.target))
        note = "" if file is None else f"{counted(file.rows, 'row')}, {size(file.size)}"
        rows.append((Span(f"{connection.source} → {connection.target}"), Span(note, "faint")))
    return in_columns(rows)


def _column(table: Table, place: int) -> tuple[Span, Span, Span]:
    column = table.columns[place]
    key = isinstance(table, NodeTable) and table.primary_key == column.name
    return Span(column.name), Span(column_text(column)), Span("primary key" if key else "", "faint")


def _indexes(schema: Schema, table: str) -> list[Line]:
    return [
        line(f"index {index.name} {index_text(index)}") for index in schema.indexes if index.table == table
    ]


def _others(schema: Schema) -> list[Line]:
    lines = [
        line("sequence ", Span(item.name, "strong"), f" {sequence_text(item)}") for item in schema.sequences
    ]
    lines += [line("macro ", Span(item.name, "strong"), f" {macro_text(item)}") for item in schema.macros]
    return [EMPTY, *lines] if lines else []
