"""From a version's files to a database, built beside its target and proven before it is used."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.columns.load import create_nodes, from_parquet, load_source
from kuzuvcs.core.copyable import names_while_loading
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.planning.conversion import SERIAL
from kuzuvcs.core.positions import SequencePosition
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.quoting import file_literal, quote_name, string_literal
from kuzuvcs.core.schema import NodeTable, Schema, Sequence
from kuzuvcs.core.types import Decimal
from kuzuvcs.database_files import pending_files, remove_database
from kuzuvcs.engines.client import Worker, lacks_memory
from kuzuvcs.engines.dialects import copies_without_casts, field_names
from kuzuvcs.errors import EngineError, VerificationFailed
from kuzuvcs.render.cypher import create_indexes, create_schema
from kuzuvcs.tasks.building.advance import advance_sequences, of_users
from kuzuvcs.tasks.building.stage import TableFile, stage

BUILD_POOL = 2 << 30
"""Bytes of buffer pool to build with: what COPY cannot spill (key indexes, strings on edges) has to fit in
it.  Only what is used is taken.  Where it does not do, building starts again with twice as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a database is built from.  ``schema`` is in its declared order."""

    schema: Schema
    files: tuple[TableFile, ...]
    positions: tuple[SequencePosition, ...]


def build(
    content: Content,
    target: Path,
    folder: Path,
    progress: Progress,
    *,
    engine: Engine,
    compression: bool = True,
    pool: int = BUILD_POOL,
) -> None:
    """Build the database of ``engine`` at ``target``, which must not exist; checkpoint it, open it again.

    ``compression=False`` stores every value plainly: kuzu's compression loses an integer type's minimum
    beside other values, and cannot checkpoint a zero UUID (ENGINE.md).  ``pool`` is the engine's buffer pool
    in bytes to begin with.

    :raises EngineError: the engine refuses the schema, a value, or the checkpoint
    :raises EngineCrashed: it ends its process over them
    """
    most = _most_memory()
    pool = min(pool, most)
    while True:
        try:
            _build(content, target, folder, progress, engine, compression=compression, pool=pool)
            return
        except EngineError as error:
            if not lacks_memory(error) or pool >= most:
                raise
        remove_database(target)
        pool = min(2 * pool, most)


def fill(
    worker: Worker,
    content: Content,
    folder: Path,
    progress: Progress,
    sequences: Iterable[tuple[Sequence, int]] = (),
    *,
    in_transaction: bool = False,
) -> None:
    """Make and fill the tables of ``content`` in an open database that has others.

    ``sequences`` of the database are brought from their START to a position.  A counter that is made in an
    open transaction gives no value before the commit: ``in_transaction`` leaves that to
    :func:`take_serials`.  Errors as above.
    """
    builder = _Builder(worker, content, folder, progress, in_transaction=in_transaction)
    builder.run()
    builder.advance(sequences)


def take_serials(worker: Worker, positions: Iterable[SequencePosition]) -> None:
    """Take values of the counters behind SERIAL columns up to their positions."""
    for one in positions:
        name = string_literal(_counter(one.table, one.column))
        value = -1
        while one.position is not None and value < one.position:
            [[found]] = worker.execute(f"RETURN nextval({name})")
            value = int(found)


def _build(
    content: Content,
    target: Path,
    folder: Path,
    progress: Progress,
    engine: Engine,
    *,
    compression: bool,
    pool: int,
) -> None:
    with Worker() as worker:
        worker.open(target, read_only=False, compression=compression, buffer_pool=pool, engine=engine)
        builder = _Builder(worker, content, folder, progress)
        builder.run()
        worker.execute("CHECKPOINT")
    with Worker() as worker:
        # A key index that was filled by COPY alone has been seen to lose entries at the first MERGE.
        worker.open(target, read_only=False, compression=compression, buffer_pool=pool)
        for table in content.schema.node_tables:
            _probe_merge(worker, table)
        worker.execute("CHECKPOINT")
    if pending_files(target):
        raise EngineError(
            f"{target.name} could not be checkpointed",
            cause="the engine left a write-ahead log behind",
            hint="nothing was put in place",
        )


class _Builder:
    def __init__(
        self,
        worker: Worker,
        content: Content,
        folder: Path,
        progress: Progress,
        *,
        in_transaction: bool = False,
    ) -> None:
        self._in_transaction = in_transaction
        self._worker = worker
        self._content = content
        self._folder = folder
        self._progress = progress

    def run(self) -> None:
        for statement in create_schema(self._content.schema, field_names(self._worker.engine)):
            self._worker.execute(statement)
        self.advance(of_users(self._content.schema, self._content.positions))
        for file in sorted(self._content.files, key=lambda file: file.connection is not None):
            self._progress.stage(f"loading {_name(file)}", file.rows)
            self._load(file)
        for one in self._content.positions:
            if not one.name and one.position is not None:
                self._continue_serial(one.table, one.column, one.position)
        for statement in create_indexes(self._content.schema):
            self._progress.stage("building an index")
            self._worker.execute(statement)

    def _load(self, file: TableFile) -> None:
        if not file.rows:
            return
        with self._renamed(file) as loadable:
            self._copy(loadable)
        self._progress.advance(file.rows)

    @contextlib.contextmanager
    def _renamed(self, file: TableFile) -> Iterator[TableFile]:
        """The file with its table's properties called ``from`` or ``to`` under other names for a while.

        A COPY into a rel table takes them for the edges' ends.
        """
        properties = (column.property for column in file.columns) if file.connection is not None else ()
        names = names_while_loading(properties)
        table = quote_name(file.table)
        for old, new in names.items():
            self._worker.execute(f"ALTER TABLE {table} RENAME {quote_name(old)} TO {quote_name(new)}")
        columns = tuple(
            dataclasses.replace(column, property=names.get(column.property, column.property))
            for column in file.columns
        )
        yield dataclasses.replace(file, columns=columns)
        for old, new in names.items():
            self._worker.execute(f"ALTER TABLE {table} RENAME {quote_name(new)} TO {quote_name(old)}")

    def _copy(self, file: TableFile) -> None:
        if all(from_parquet(column.type) for column in file.columns):
            self._worker.execute(_copy(file, file_literal(str(file.file))), files=[file.file])
            return
        staged = self._folder / "load.arrow"
        stage(file, staged)
        types = [column.type for column in file.columns]
        if file.connection is None and isinstance(types[0], Decimal):
            names = [quote_name(column.property) for column in file.columns]
            statement = create_nodes(quote_name(file.table), names, types)
        else:
            casts = copies_without_casts(self._worker.engine)
            statement = _copy(file, load_source(types, casts=casts, serials=self._serials(file)))
        self._worker.load(statement, staged)
        staged.unlink()

    def _serials(self, file: TableFile) -> frozenset[int]:
        """The places of the file's columns that are SERIAL in the schema."""
        table = next(one for one in self._content.schema.tables() if one.name == file.table)
        serials = {column.name for column in table.columns if column.type == SERIAL}
        ends = 0 if file.connection is None else 2
        return frozenset(
            place for place, one in enumerate(file.columns) if place >= ends and one.property in serials
        )

    def advance(self, positions: Iterable[tuple[Sequence, int]]) -> None:
        """Bring sequences to their positions."""
        advance_sequences(self._worker, list(positions), self._progress)

    def _continue_serial(self, table: str, column: str, position: int) -> None:
        # COPY keeps the ids but does not advance the counter: the next insert would collide.
        name = _counter(table, column)
        self._worker.execute(f"DROP SEQUENCE {quote_name(name)}")
        self._worker.execute(f"CREATE SEQUENCE {quote_name(name)} START {position} MINVALUE 0")
        if not self._in_transaction:
            self._worker.execute(f"RETURN nextval({string_literal(name)})")


def _counter(table: str, column: str) -> str:
    """The sequence behind a SERIAL column of a table that has just been made."""
    return f"{table}_{column}_serial"


def _copy(file: TableFile, source: str) -> str:
    ends = 0 if file.connection is None else 2
    names = ", ".join(quote_name(column.property) for column in file.columns[ends:])
    options = ""
    if file.connection is not None:
        options = (
            f" (from={string_literal(file.connection.source)}, to={string_literal(file.connection.target)})"
        )
    return f"COPY {quote_name(file.table)}{f'({names})' if names else ''} FROM {source}{options}"


def _most_memory() -> int:
    """The largest buffer pool that may be asked for: three quarters of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4


def _name(file: TableFile) -> str:
    if file.connection is None:
        return file.table
    return f"{file.table} ({file.connection.source} to {file.connection.target})"


def _probe_merge(worker: Worker, table: NodeTable) -> None:
    name, key = quote_name(table.name), quote_name(table.primary_key)
    before = worker.execute(f"MATCH (n:{name}) RETURN count(*)")
    if before == [[0]]:
        return
    worker.execute(f"MATCH (n:{name}) WITH n.{key} AS value LIMIT 1 MERGE (m:{name} {{{key}: value}})")
    if worker.execute(f"MATCH (n:{name}) RETURN count(*)") != before:
        raise VerificationFailed(
            f"the restored table {table.name} does not find its own rows",
            cause="a MERGE on the key of a row that is there made another one",
            hint="nothing was put in place",
        )
