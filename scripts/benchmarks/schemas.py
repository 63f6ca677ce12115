"""Diff and plan of many tables without data, beside Alembic's ``compare_metadata`` on the same in SQLite.

Both sides get the same 1,000 tables of 20 columns and the same 100 differences.  Alembic compares a
``MetaData`` with what it reads from the database; kuzuvcs compares two schemas, makes the plan up and
down, and prints its statements; once more with both schemas read from the texts of ``schema.json``.
Alembic makes no plan here, only its list of differences.

As a program, it runs one side in a process of its own and prints the seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.planning.plan import plan
from kuzuvcs.core.schema import Column, NodeTable, Schema
from kuzuvcs.core.schema_json import schema_from_json, schema_to_json
from kuzuvcs.render.script import statements
from scripts.benchmarks.measure import measure

TABLES, COLUMNS = 1_000, 20
ADDED_COLUMNS, DROPPED_COLUMNS, RENAMED_COLUMNS, CHANGED_TYPES, ADDED_TABLES, DROPPED_TABLES = (
    25,
    20,
    5,
    25,
    10,
    10,
)
DIFFERENCES = 100
"""A rename that nobody confirms is a drop and an add: two."""

BOUND = 20.0
"""kuzuvcs has to be so many times as quick."""

_ROUNDS = 5
_TYPES = ("STRING", "INT64", "DOUBLE", "BOOL", "DATE", "TIMESTAMP")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaComparison:
    """Seconds of the quickest of five runs each; ``reading``: of kuzuvcs with both texts read."""

    alembic: float
    kuzuvcs: float
    reading: float


def available() -> bool:
    """Whether Alembic is installed: the extra ``bench`` has it."""
    return find_spec("alembic") is not None


def compare_schemas(work: Path) -> SchemaComparison:
    """Run all sides in turn, so that what else the machine does touches them all."""
    database = work / "schemas.sqlite"
    command = [sys.executable, "-m", "scripts.benchmarks.schemas", str(database)]
    rounds = [[float(measure([*command, side]).output) for side in _SIDES] for _ in range(_ROUNDS)]
    alembic, kuzuvcs, reading = (min(column) for column in zip(*rounds, strict=True))
    return SchemaComparison(alembic=alembic, kuzuvcs=kuzuvcs, reading=reading)


def before() -> Schema:
    """The tables as they were."""
    return Schema(node_tables=tuple(_table(number) for number in range(TABLES)))


def after() -> Schema:
    """The tables as they are: every kind of change in tables of its own, evenly spread."""
    tables = list(before().node_tables)
    kinds: tuple[tuple[int, Callable[[NodeTable], NodeTable]], ...] = (
        (ADDED_COLUMNS, _with_added),
        (DROPPED_COLUMNS, _with_dropped),
        (RENAMED_COLUMNS, _with_renamed),
        (CHANGED_TYPES, _with_changed_type),
    )
    changes = [change for count, change in kinds for _ in range(count)]
    for number, change in enumerate(changes):
        at = number * (TABLES - DROPPED_TABLES) // len(changes)
        tables[at] = change(tables[at])
    added = [_table(TABLES + number) for number in range(ADDED_TABLES)]
    return Schema(node_tables=(*tables[:-DROPPED_TABLES], *added))


def _table(number: int) -> NodeTable:
    columns = [Column(name=f"column_{at:02}", type=_TYPES[at % len(_TYPES)]) for at in range(1, COLUMNS)]
    return NodeTable(
        name=f"table_{number:04}", columns=(Column(name="id", type="INT64"), *columns), primary_key="id"
    )


def _with_added(table: NodeTable) -> NodeTable:
    return replace(table, columns=(*table.columns, Column(name="added", type="STRING")))


def _with_dropped(table: NodeTable) -> NodeTable:
    return replace(table, columns=table.columns[:-1])


def _with_renamed(table: NodeTable) -> NodeTable:
    return replace(table, columns=(*table.columns[:-1], replace(table.columns[-1], name="renamed")))


def _with_changed_type(table: NodeTable) -> NodeTable:
    return replace(
        table, columns=(table.columns[0], replace(table.columns[1], type="STRING"), *table.columns[2:])
    )


def _kuzuvcs_side(old: Schema, new: Schema, _: Path) -> Callable[[], int]:
    return lambda: _plan(old, new)


def _reading_side(old: Schema, new: Schema, _: Path) -> Callable[[], int]:
    texts = schema_to_json(old), schema_to_json(new)
    return lambda: _plan(*map(schema_from_json, texts))


def _plan(old: Schema, new: Schema) -> int:
    planned = plan(old, new, diff(old, new))
    statements(planned.up)
    statements(planned.down)
    return len(planned.changes)


def _alembic_side(old: Schema, new: Schema, database: Path) -> Callable[[], int]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{database}")
    if not database.exists():
        _metadata(old).create_all(engine)
    target = _metadata(new)

    def compare() -> int:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return sum(len(one) if isinstance(one, list) else 1 for one in compare_metadata(context, target))

    return compare


def _metadata(schema: Schema) -> Any:
    import sqlalchemy

    types = {
        "STRING": sqlalchemy.String,
        "INT64": sqlalchemy.BigInteger,
        "DOUBLE": sqlalchemy.Float,
        "BOOL": sqlalchemy.Boolean,
        "DATE": sqlalchemy.Date,
        "TIMESTAMP": sqlalchemy.DateTime,
    }
    metadata = sqlalchemy.MetaData()
    for table in schema.node_tables:
        columns = (
            sqlalchemy.Column(one.name, types[one.type], primary_key=one.name == table.primary_key)
            for one in table.columns
        )
        sqlalchemy.Table(table.name, metadata, *columns)
    return metadata


_SIDES = {"alembic": _alembic_side, "kuzuvcs": _kuzuvcs_side, "reading": _reading_side}


def _run() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path)
    parser.add_argument("side", choices=_SIDES)
    arguments = parser.parse_args()
    compare = _SIDES[arguments.side](before(), after(), arguments.database)
    start = time.perf_counter()
    found = compare()
    print(time.perf_counter() - start)
    if found != DIFFERENCES:
        raise SystemExit(f"{found} differences found, {DIFFERENCES} made")


if __name__ == "__main__":
    _run()
