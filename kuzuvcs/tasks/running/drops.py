"""What UP of a script drops of this database: tables, columns and connections counted before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kuzuvcs.core.catalog import CatalogTable
from kuzuvcs.core.planning.kept_data import FileKey
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema, fold
from kuzuvcs.core.scripts.portions import Portion, PortionKind
from kuzuvcs.core.scripts.reach import tables_reached
from kuzuvcs.core.scripts.renames_told import RenamesTold
from kuzuvcs.core.scripts.script import Script
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import read_catalog
from kuzuvcs.tasks.reading.read_tables import Source
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Rows of node tables and edges of connections, and the values of each column that are not NULL."""

    rows: Mapping[FileKey, int]
    values: Mapping[FileKey, Mapping[str, int]]


def count_before(worker: Worker, work: Workplace, script: Script) -> Counted:
    """The tables that UP of a script may change."""
    schema = _shape(worker, work)
    return _count(worker, schema, tables_reached((one.text for one in script.up), schema))


def dropped_by_up(before: Counted, worker: Worker, work: Workplace, script: Script) -> tuple[Portion, ...]:
    """What was there ``before`` and is not there now, after UP."""
    schema = _shape(worker, work)
    renames = RenamesTold(one.text for one in script.up)
    only = tables_reached((one.text for one in script.up), schema)
    if only is not None:
        there = {fold(table) for table, _, _ in before.rows}
        only |= {table.name for table in schema.tables() if fold(table.name) in there}
    now = _folded(_count(worker, schema, only))
    return tuple(
        portion for key, rows in before.rows.items() for portion in _dropped(key, rows, before, now, renames)
    )


def _dropped(
    key: FileKey, rows: int, before: Counted, now: Counted, renames: RenamesTold
) -> Iterator[Portion]:
    table, source, target = key
    kind: PortionKind = "edges" if source else "rows"
    left = _present(key, now, renames)
    if left is None:
        if rows:
            yield Portion(kind=kind, table=table, source=source, target=target, count=rows)
        return
    if now.rows[left] < rows:
        count = rows - now.rows[left]
        yield Portion(kind=kind, table=table, source=source, target=target, count=count)
    there = now.values[left]
    for column, count in before.values[key].items():
        names = [name for name in renames.column_names(table, column) if name in there]
        fewer = count - there[names[0]] if names else count
        if fewer > 0 and not (names and now.rows[left] < rows):
            yield Portion(
                kind="values", table=table, source=source, target=target, column=column, count=fewer
            )


def _present(key: FileKey, now: Counted, renames: RenamesTold) -> FileKey | None:
    """The file by the names that it has now."""
    table, *ends = key
    for name in renames.table_names(table):
        if not ends[0]:
            if (name, "", "") in now.rows:
                return name, "", ""
            continue
        for source in renames.table_names(ends[0]):
            for target in renames.table_names(ends[1]):
                if (name, source, target) in now.rows:
                    return name, source, target
    return None


def _shape(worker: Worker, work: Workplace) -> Schema:
    """Tables, columns and connections, as the catalog lists them: all that counting needs."""
    with work.passing("counting") as folder:
        catalog = read_catalog(worker, folder, export=False, positions=False)
    tables = [one for one in catalog.tables if fold(one.name) != fold(work.declared.history)]
    return Schema(
        node_tables=tuple(
            NodeTable(name=one.name, columns=_columns(one), primary_key="") for one in tables if one.is_node
        ),
        rel_tables=tuple(
            RelTable(
                name=one.name,
                connections=tuple(Connection(source=start, target=end) for start, end in one.connections),
                columns=_columns(one),
            )
            for one in tables
            if not one.is_node
        ),
    )


def _columns(table: CatalogTable) -> tuple[Column, ...]:
    return tuple(Column(name=one.name, type=one.type) for one in table.columns)


def _count(source: Source, schema: Schema, only: frozenset[str] | None) -> Counted:
    rows: dict[FileKey, int] = {}
    values: dict[FileKey, dict[str, int]] = {}
    for node in schema.node_tables:
        if only is None or node.name in only:
            key: FileKey = (node.name, "", "")
            rows[key], values[key] = _counts(source, f"(x:{quote_name(node.name)})", node.columns)
    for rel in schema.rel_tables:
        for one in rel.connections if only is None or rel.name in only else ():
            start, end = quote_name(one.source), quote_name(one.target)
            pattern = f"(:{start})-[x:{quote_name(rel.name)}]->(:{end})"
            key = (rel.name, one.source, one.target)
            rows[key], values[key] = _counts(source, pattern, rel.columns)
    return Counted(rows=rows, values=values)


def _counts(source: Source, pattern: str, columns: tuple[Column, ...]) -> tuple[int, dict[str, int]]:
    # count(x.c) is not defined for every type: DECIMAL is one of those that it refuses.
    present = (f"count(CASE WHEN x.{quote_name(one.name)} IS NOT NULL THEN 1 END)" for one in columns)
    counts = ["count(*) AS n", *(f"{text} AS c{at}" for at, text in enumerate(present))]
    [[rows, *found]] = source.execute(f"MATCH {pattern} RETURN {', '.join(counts)}")
    return int(rows), {one.name: int(count) for one, count in zip(columns, found, strict=True)}


def _folded(counted: Counted) -> Counted:
    rows = {(fold(a), fold(b), fold(c)): count for (a, b, c), count in counted.rows.items()}
    values = {
        (fold(a), fold(b), fold(c)): {fold(name): count for name, count in one.items()}
        for (a, b, c), one in counted.values.items()
    }
    return Counted(rows=rows, values=values)
