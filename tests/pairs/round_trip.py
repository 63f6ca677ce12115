"""A plan on a database of its own: UP and DOWN as ``generate`` proves them, but without a store."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.comparing.changes import Change, ChangeColumnType
from kuzuvcs.core.comparing.describe import describe
from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.engine import DEFAULT_ENGINE
from kuzuvcs.core.engine import Engine as EngineKind
from kuzuvcs.core.planning.casts import Answers, Cast, Casts
from kuzuvcs.core.planning.file_counts import counts_of
from kuzuvcs.core.planning.plan import DOWN_OPTION, UP_OPTION, Plan, plan
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.core.scripts.macro_drops import MacroDrop
from kuzuvcs.engines.client import Worker
from kuzuvcs.render.script import statements
from kuzuvcs.tasks.building.before import CapturedFiles, stand_in
from kuzuvcs.tasks.building.checkout import Assembled
from kuzuvcs.tasks.engines.drop_macros import drop_macros, runs_of
from kuzuvcs.tasks.proving.measure import measure_casts
from kuzuvcs.tasks.proving.require import require_constraints
from kuzuvcs.tasks.reading.capture import capture
from kuzuvcs.tasks.reading.inspect import Declarations, inspect
from kuzuvcs.tasks.versions import data_file
from tests.core.pairs import Pair
from tests.pairs.reader import Content, read_content

NO_CASTS = Casts()
_NOTHING = Declarations(defaults={}, macros={})


class Engine:
    """One database file, opened afresh for each thing that is done with it."""

    def __init__(self, folder: Path, engine: EngineKind = DEFAULT_ENGINE) -> None:
        self.folder = folder
        self._database = folder / "graph.kuzu"
        self._engine = engine

    def run(self, texts: Iterable[str], captured: CapturedFiles | None = None) -> None:
        captured = captured or CapturedFiles({}, self.folder)
        with self.open(read_only=False) as worker:
            drop = functools.partial(self._drop, worker)
            for run in runs_of(worker, tuple(texts), captured, drop):
                run()

    def _drop(self, worker: Worker, drops: Sequence[MacroDrop]) -> None:
        drop_macros(worker, self._database, drops, self.folder, Silent(), _NOTHING)

    @contextmanager
    def open(self, *, read_only: bool = True) -> Iterator[Worker]:
        with Worker(timeout=60) as worker:
            worker.open(self._database, read_only=read_only, engine=self._engine)
            yield worker

    def schema(self, worker: Worker) -> Schema:
        return inspect(self._database, _made(self.folder / "schema"), _NOTHING, worker).schema

    def require_schema(self, worker: Worker, wanted: Schema) -> None:
        found = self.schema(worker)
        assert same_schema(found, wanted), "\n".join(describe(change) for change in diff(found, wanted))

    def capture(self, worker: Worker, schema: Schema) -> tuple[Assembled, ...]:
        files = capture(worker, schema, _made(self.folder / "captured"), Silent())
        return tuple(Assembled(record=data_file(one), file=one.file) for one in files)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """The plan that was run, and what the database held before UP and after DOWN."""

    plan: Plan
    before: Content
    after: Content


def round_trip(engine: Engine, pair: Pair, *, up: Casts = NO_CASTS, down: Casts = NO_CASTS) -> RoundTrip:
    """Go UP and DOWN on a database that has the old schema; each has to lead to its schema.

    :raises UnsupportedChange: a change that cannot be made
    :raises CastRefused: values that cannot be cast
    """
    with engine.open() as worker:
        engine.require_schema(worker, pair.old)
        before = read_content(worker, pair.old)
        files = engine.capture(worker, pair.old)
        planning = _Planning(pair, files, up, down)
        planned = planning.measured_up(worker)
    engine.run(statements(planned.up))
    with engine.open() as worker:
        engine.require_schema(worker, pair.new)
        planned = planning.measured_down(worker)
    captures = [one.capture for one in planned.lost]
    engine.run(statements(planned.down), stand_in(captures, files, engine.folder))
    with engine.open() as worker:
        engine.require_schema(worker, pair.old)
        return RoundTrip(plan=planned, before=before, after=read_content(worker, pair.old))


def null_casts(pair: Pair) -> tuple[Casts, Casts]:
    """Up and down, what cannot be cast becomes NULL."""
    changes = diff(pair.old, pair.new, pair.renames)
    back = diff(pair.new, pair.old, pair.renames.inverse())
    return _nulls(changes), _nulls(back)


class _Planning:
    """The plan, as far as the data are known: what generate does, without a version to do it on."""

    def __init__(self, pair: Pair, files: tuple[Assembled, ...], up: Casts, down: Casts) -> None:
        self._pair = pair
        self._changes = diff(pair.old, pair.new, pair.renames)
        self._counts = counts_of([one.record for one in files])
        self._up, self._down = Answers(casts=up), Answers(casts=down)

    def measured_up(self, worker: Worker) -> Plan:
        self._up = measure_casts(worker, self._planned().up_checks, self._up, UP_OPTION)
        planned = self._planned()
        require_constraints(worker, planned.up_checks, UP_OPTION)
        return planned

    def measured_down(self, worker: Worker) -> Plan:
        self._down = measure_casts(worker, self._planned().down_checks, self._down, DOWN_OPTION)
        planned = self._planned()
        require_constraints(worker, planned.down_checks, DOWN_OPTION)
        return planned

    def _planned(self) -> Plan:
        pair = self._pair
        return plan(pair.old, pair.new, self._changes, self._counts, self._up, self._down)


def _nulls(changes: tuple[Change, ...]) -> Casts:
    casts = (
        Cast(table=change.table, column=change.column, expression=None)
        for change in changes
        if isinstance(change, ChangeColumnType)
    )
    return Casts(casts=tuple(casts))
