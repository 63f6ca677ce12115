"""Bring back, after UP, what the last rollback of the same script dropped from this database.

The tables that get something back are made again and filled, with the rel tables at them: SET corrupts nested
values and takes far longer (docs/decisions/0007).  Every value is read back and compared.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc

from kuzuvcs.columns.bringing_back import lost_nodes
from kuzuvcs.columns.bringing_back_edges import lost_edges
from kuzuvcs.columns.loaded import write_rows
from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.kept_data import FileKey
from kuzuvcs.core.positions import SequencePosition
from kuzuvcs.core.schema import Connection, Schema, Sequence
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineCrashed, EngineError, MigrationCrashed, MigrationError, MigrationFailed
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.render.cypher import statement
from kuzuvcs.store import Store
from kuzuvcs.tasks.building.restore import Content, fill, take_serials
from kuzuvcs.tasks.building.stage import TableFile
from kuzuvcs.tasks.reading.history import checksum
from kuzuvcs.tasks.reading.inspect import inspect
from kuzuvcs.tasks.running.bringing_plan import BroughtBack, Plan, read_plan
from kuzuvcs.tasks.running.captures import store_of_dropped
from kuzuvcs.tasks.running.kept_tables import (
    Choice,
    TableOnDisk,
    capture_tables,
    kept_index,
    tables_of,
)
from kuzuvcs.tasks.snapshot import Opened, capture_version
from kuzuvcs.tasks.versions import NewVersion
from kuzuvcs.tasks.workplace import Workplace

_HINT = "add --no-bring-back to run the script without it"


def edited_since(script: MigrationFile, dropped: Applied) -> tuple[str, ...]:
    """A note where what a rollback dropped cannot come back: the script is not the one that it undid."""
    if dropped.checksum == checksum(script.path):
        return ()
    return (
        f"not brought back: {script.id} was edited after its rollback; "
        f"commit {dropped.dropped[:12]} in the store keeps what the rollback dropped",
    )


def bring_back_into(work: Workplace, database: Path, script: MigrationFile, dropped: Applied) -> BroughtBack:
    """Into a copy that nobody has open, on which UP of the script was run.

    :raises MigrationError: the store does not have what was dropped
    :raises MigrationFailed: the engine does not take it, or not as it was
    """

    def reader(folder: Path, only: Choice) -> NewVersion:
        return capture_tables(work, database, folder, only)

    with work.passing("bring-back") as folder, _explained(script.id):
        plan = read_plan(store_of_dropped(work, dropped), script, dropped, reader, folder)
        if plan.changes:
            work.progress.stage(f"bringing back what the rollback of {script.id} dropped")
            # A session that drops and then fills can end the engine's process.
            with _writing(database) as worker:
                _drop(plan, worker)
            with _writing(database) as worker:
                _fill(plan, worker, folder, work)
            again = capture_tables(work, database, folder / "again", lambda _: plan.names)
            _require_brought(plan, again, script.id)
        return plan.report()


def require_no_index(store: Store, id: str, dropped: Applied) -> None:
    """Refuse to bring back in place what the engine does only outside of a transaction.

    :raises MigrationError: a table that would be made again has an index
    """
    found = kept_index(store, dropped.dropped.partition("+")[0])
    if found is not None:
        raise MigrationError(
            f"{id}: what the rollback dropped cannot be brought back in place",
            cause=f"table {found[0]} has the index {found[1]}, which no transaction drops",
            hint="run it without --in-place, or add --no-bring-back to run the script without it",
        )


class BringBackInPlace:
    """Into the live database, which a worker has open: read before a transaction, written inside of it."""

    def __init__(self, work: Workplace, database: Path, live: Worker) -> None:
        self._work = work
        self._database = database
        self._live = live

    @contextlib.contextmanager
    def planned(self, script: MigrationFile, dropped: Applied) -> Iterator[Plan]:
        """What is to be written; its files are there as long as the block runs.  Errors as above."""
        with self._work.passing("bring-back") as folder, _explained(script.id):
            yield read_plan(store_of_dropped(self._work, dropped), script, dropped, self._read, folder)

    def write(self, plan: Plan, id: str) -> None:
        """Write it, in the transaction that is open.  Written twice, it is the same."""
        self._work.progress.stage(f"bringing back what the rollback of {id} dropped")
        with self._work.passing("bring-back-files") as folder:
            _drop(plan, self._live)
            _fill(plan, self._live, folder, self._work, in_transaction=True)

    def finish(self, plan: Plan, id: str) -> None:
        """After the commit: move the counters, and read all of it again.

        :raises MigrationFailed: it is not what had to be written
        """
        self._work.progress.stage(f"reading again what came back after {id}")
        take_serials(self._live, _behind(plan))
        if plan.changes:
            with self._work.passing("bring-back-again") as folder:
                again = self._read(folder / "again", lambda _: plan.names)
                _require_brought(plan, again, id)

    def _read(self, folder: Path, only: Choice) -> NewVersion:
        folder.mkdir()
        inspection = inspect(self._database, folder, self._work.declared, self._live)
        opened = Opened(
            source=self._live, inspection=inspection, engine=self._live.engine, header=self._live.header
        )
        return capture_version(opened, folder, self._work.progress, only=only(inspection.schema))


def _drop(plan: Plan, worker: Worker) -> None:
    made = plan.remade()
    for index in made.indexes:
        worker.execute(statement(operations.DropIndex(index=index)))
    for name in (*(rel.name for rel in made.rel_tables), *(node.name for node in made.node_tables)):
        worker.execute(statement(operations.DropTable(table=name)))


def _fill(plan: Plan, worker: Worker, folder: Path, work: Workplace, *, in_transaction: bool = False) -> None:
    made = plan.remade()
    files = tuple(
        _to_load(key, one, plan, folder) for key, one in tables_of(plan.now).items() if _is_in(key, made)
    )
    # Sequences of the user's stay; the counters behind SERIAL columns start again with their tables.
    names = {table.name for table in made.tables()}
    serials = tuple(_past_rows(one, plan) for one in plan.now.positions if one.table in names)
    content = Content(schema=made, files=files, positions=serials)
    sequences = tuple(_sequences(plan))
    fill(worker, content, folder, work.progress, sequences, in_transaction=in_transaction)


def _behind(plan: Plan) -> Iterator[SequencePosition]:
    """The counters of SERIAL columns that are not past what came back."""
    known = {(one.table, one.column) for one in plan.serials}
    for one in plan.now.positions:
        wanted = _past_rows(one, plan)
        moved = one.table in plan.names or one.position is None or one.position != wanted.position
        if (one.table, one.column) in known and moved:
            yield wanted


def _sequences(plan: Plan) -> Iterator[tuple[Sequence, int]]:
    """Each as if it started where it goes on."""
    declared = {one.name: one for one in plan.now.schema.sequences}
    for position, now in plan.sequences:
        sequence = declared[position.name]
        start = sequence.start if now is None else now + sequence.increment
        if position.position is not None:
            yield dataclasses.replace(sequence, start=start), position.position


@contextlib.contextmanager
def _writing(database: Path) -> Iterator[Worker]:
    with Worker() as worker:
        worker.open(database, read_only=False)
        yield worker
        worker.execute("CHECKPOINT")


@contextlib.contextmanager
def _explained(id: str) -> Iterator[None]:
    """What cannot be brought back has a way out."""
    try:
        yield
    except EngineError as error:
        kind = MigrationCrashed if isinstance(error, EngineCrashed) else MigrationFailed
        raise kind(
            f"{id}: what the rollback dropped cannot be brought back",
            cause=f"{error.message}; {error.cause}" if error.cause else error.message,
            hint=_HINT,
        ) from error


def _require_brought(plan: Plan, again: NewVersion, id: str) -> None:
    """Compare what was written with what had to be.

    :raises MigrationFailed: the schema, a row or a value differs
    """
    if not same_schema(plan.now.schema, again.schema):
        raise MigrationFailed(
            f"{id}: what the rollback dropped cannot be brought back",
            cause="a table that is made again for it has another schema",
            hint=_HINT,
        )
    found = tables_of(again)
    for key, one in plan.brought.items():
        if not one.changed:
            continue
        compare = lost_edges if key[1] else lost_nodes
        rows = found[key].rows()
        if len(rows) != len(one.rows) or compare(one.rows, rows).differs:
            raise MigrationFailed(
                f"{id}: what the rollback dropped cannot be brought back",
                cause=f"the engine does not store the values of {key[0]} as they were",
                hint=_HINT,
            )


def _is_in(key: FileKey, made: Schema) -> bool:
    return any(table.name == key[0] for table in made.tables())


def _to_load(key: FileKey, table: TableOnDisk, plan: Plan, folder: Path) -> TableFile:
    brought = plan.brought.get(key)
    file, count = table.file, table.record.rows
    if brought is not None and brought.changed:
        file, count = folder / f"{table.file.stem}-brought.parquet", len(brought.rows)
        write_rows(brought.rows, file)
    connection = Connection(source=key[1], target=key[2]) if key[1] else None
    return TableFile(table=key[0], connection=connection, columns=table.columns, rows=count, file=file)


def _past_rows(position: SequencePosition, plan: Plan) -> SequencePosition:
    """The counter of a SERIAL column, past the numbers that came back, and those that were handed out."""
    place = (position.table, position.column)
    known = [one.position for one in plan.serials if (one.table, one.column) == place]
    highest = [one for one in (position.position, *known) if one is not None]
    for key, one in plan.brought.items():
        if key[0] != position.table:
            continue
        for column, array in zip(one.rows.columns, one.rows.arrays, strict=True):
            if column.property == position.column:
                top = pc.max(array).as_py()
                highest += [] if top is None else [top]
    return dataclasses.replace(position, position=max(highest, default=None))
