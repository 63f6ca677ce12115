"""What a rollback drops of this database: measured on the copy, by running UP on what DOWN left.

Whatever UP does not make again is dropped, and is known by comparing the two databases.  No text of a script
can say it as surely.  It is kept in the store before the copy takes the live database's place.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.columns.bringing_back import LostPart, lost_nodes
from kuzuvcs.columns.bringing_back_edges import lost_edges
from kuzuvcs.columns.loaded import Rows
from kuzuvcs.core.events import Unheard
from kuzuvcs.core.planning.conversion import SERIAL
from kuzuvcs.core.planning.kept_data import FileKey
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.schema import NodeTable, Schema, fold
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.portions import Portion
from kuzuvcs.core.scripts.reach import tables_reached
from kuzuvcs.errors import EngineError, KuzuvcsError, MigrationError, MigrationFailed
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.store import Writer
from kuzuvcs.tasks.building.before import CapturedFiles
from kuzuvcs.tasks.running.kept_tables import (
    TableOnDisk,
    capture_tables,
    keep_tables,
    key_of,
    rows_like,
    tables_of,
)
from kuzuvcs.tasks.running.outside import stays_inside
from kuzuvcs.tasks.running.trial import Trial
from kuzuvcs.tasks.snapshot import opened_database
from kuzuvcs.tasks.versions import NewVersion
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """A run to be rolled back: its script, with DOWN filled in; ``up`` with UP, None if a value is missing.

    ``elsewhere``: callbacks run around it, which may change any table.
    """

    script: MigrationFile
    run: Applied
    up: MigrationFile | None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What a rollback drops, and the two commits that keep it; empty where nothing is kept."""

    portions: tuple[Portion, ...] = ()
    commits: str = ""


class Measure:
    """Before DOWN of one run: the tables that it may change, as they are.  :meth:`after` compares."""

    def __init__(self, work: Workplace, undoing: Undoing, database: Path, folder: Path) -> None:
        self._work = work
        self._undoing = undoing
        self._folder = folder
        with _explained(undoing.script.id):
            self._before = capture_tables(
                work, database, folder / "before", functools.partial(_reached, undoing)
            )
        self._reached = _reached(undoing, self._before.schema)

    def after(self, database: Path, writer: Writer | None) -> Dropped:
        """What is missing in ``database``, a copy on which DOWN was run; kept with ``writer``, if given."""
        with _explained(self._undoing.script.id):
            self._work.progress.stage(f"comparing what the rollback of {self._undoing.script.id} drops")
            numbered = any(_key_type(table) == SERIAL for table in self._before.schema.node_tables)
            left = self._schema(database) if numbered else self._before.schema
            made = self._with_up(database)
            base = capture_tables(self._work, made, self._folder / "base", lambda _: self._reached)
            return self._compared(base, left, writer)

    def _with_up(self, database: Path) -> Path:
        """A copy on which UP was run; the database itself where UP cannot be run again."""
        undoing = self._undoing
        if undoing.up is None or not stays_inside(undoing.up.script, "UP"):
            return database
        folder = self._folder / "again"
        folder.mkdir()
        work = dataclasses.replace(self._work, folder=folder, events=Unheard(), progress=Silent())
        with room_needed():
            again = Trial(database, work)
        try:
            again.run(undoing.up, "UP", undoing.up.script.up, CapturedFiles({}, folder))
        except (MigrationError, MigrationFailed) as failed:
            self._work.progress.note(
                f"{undoing.script.id}: UP cannot be run again after DOWN, so tables and columns are compared "
                f"by their names: {failed.message}"
            )
            return database
        return again.path

    def _schema(self, database: Path) -> Schema:
        folder = self._folder / "schema"
        folder.mkdir()
        with opened_database(database, folder, self._work.declared) as opened:
            return opened.inspection.schema

    def _compared(self, base: NewVersion, left: Schema, writer: Writer | None) -> Dropped:
        made = tables_of(base)
        portions: list[Portion] = []
        files: set[FileKey] = set()
        renumbered = _renumbered(self._before.schema, left, {one[0] for one in made if made[one].record.rows})
        for key, table in tables_of(self._before).items():
            if self._reached is not None and table.record.table not in self._reached:
                continue
            if key in made and made[key].record.digest == table.record.digest:
                continue
            part = _lost(table, rows_like(made, table))
            if not part.differs:
                continue
            captured = not {fold(name) for name in key} & renumbered
            portions += _portions(table, part, captured=captured)
            if captured:
                files.add(key)
        sequences = _sequences(self._before, base)
        portions += sequences
        if writer is None or not (files or sequences):
            return Dropped(portions=tuple(portions))
        id = self._undoing.script.id
        self._work.progress.stage(f"keeping what the rollback of {id} drops")
        before = keep_tables(self._work, writer, self._before, files, f"before rollback of {id}")
        after = keep_tables(self._work, writer, base, files, f"after rollback of {id}")
        return Dropped(portions=tuple(portions), commits=f"{before}+{after}")


def _reached(undoing: Undoing, schema: Schema) -> frozenset[str] | None:
    if undoing.elsewhere:
        return None
    script = undoing.script.script
    return tables_reached((one.text for one in (*script.down, *script.up)), schema)


def _renumbered(before: Schema, left: Schema, filled: set[str]) -> set[str]:
    """Tables that UP makes and fills, under a SERIAL key: their rows get other keys each time."""
    there = {fold(table.name) for table in left.node_tables}
    return {
        fold(table.name)
        for table in before.node_tables
        if fold(table.name) not in there and table.name in filled and _key_type(table) == SERIAL
    }


def _key_type(table: NodeTable) -> str:
    return next(column.type for column in table.columns if column.name == table.primary_key)


def _lost(before: TableOnDisk, base: Rows) -> LostPart:
    compare = lost_nodes if before.record.kind == "node" else lost_edges
    return compare(before.rows(), base)


def _portions(table: TableOnDisk, part: LostPart, *, captured: bool) -> Iterator[Portion]:
    name, source, target = key_of(table.record)
    if part.rows:
        yield Portion(
            kind="rows" if table.record.kind == "node" else "edges",
            table=name,
            source=source,
            target=target,
            count=part.rows,
            captured=captured,
        )
    for column, count in part.values.items():
        if count:
            yield Portion(
                kind="values",
                table=name,
                source=source,
                target=target,
                column=column,
                count=count,
                captured=captured,
            )


def _sequences(before: NewVersion, base: NewVersion) -> list[Portion]:
    """Sequences that would start again."""
    now: Mapping[str, int | None] = {one.name: one.position for one in base.positions if one.name}
    return [
        Portion(kind="sequence", table=one.name, count=one.position)
        for one in before.positions
        if one.name and one.position is not None and now.get(one.name) != one.position
    ]


@contextlib.contextmanager
def room_needed() -> Iterator[None]:
    """Without room for a copy, nothing tells what DOWN drops.

    :raises MigrationError: there is none
    """
    try:
        yield
    except (MigrationError, MigrationFailed, EngineError):
        raise
    except KuzuvcsError as error:
        raise MigrationError(
            "what the rollback drops cannot be captured: there is no room for a copy",
            cause=f"{error.message}; {error.cause}" if error.cause else error.message,
            hint="make room; or add --no-capture, and what the rollback drops is lost",
        ) from error


@contextlib.contextmanager
def _explained(id: str) -> Iterator[None]:
    """What cannot be captured has a way out."""
    try:
        yield
    except EngineError as error:
        raise MigrationError(
            f"what the rollback of {id} drops cannot be captured",
            cause=f"{error.message}; {error.cause}" if error.cause else error.message,
            hint="kuzuvcs rollback --no-capture rolls back without keeping it",
        ) from error
