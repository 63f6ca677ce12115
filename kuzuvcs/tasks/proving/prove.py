"""Prove a plan on a restored copy of the old version: UP gives the new schema, DOWN the old one back.

With the version's data: what is cast is looked at first, and what the plan leaves alone is compared after.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from kuzuvcs.core.comparing.describe import describe
from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.field_names import FieldNames
from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.planning.before import Capture
from kuzuvcs.core.planning.casts import Answers
from kuzuvcs.core.planning.checks import Check
from kuzuvcs.core.planning.kept_data import FileKey, KeptFile
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.refactor.counting import Balance, Count, Tally
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.core.scripts.macro_drops import MacroDrop
from kuzuvcs.core.scripts.outside import reaches
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import field_names
from kuzuvcs.errors import EngineError, ProofFailed
from kuzuvcs.store import Store
from kuzuvcs.tasks.building.before import stand_in
from kuzuvcs.tasks.building.checkout import assemble_files, restore, wanted_of
from kuzuvcs.tasks.engines.drop_macros import drop_macros, runs_of
from kuzuvcs.tasks.proving.measure import measure_casts
from kuzuvcs.tasks.proving.require import require_constraints
from kuzuvcs.tasks.reading.capture import capture
from kuzuvcs.tasks.reading.inspect import Declarations, inspect
from kuzuvcs.tasks.versions import StoredVersion, data_file, file_name

Files = Mapping[FileKey, DataFile]


class Replay:
    """A restored copy of a version on which a script is tried.

    It has all the rows, or those of the tables ``with_data``; the other tables are there, and empty.
    """

    def __init__(
        self,
        store: Store,
        stored: StoredVersion,
        folder: Path,
        progress: Progress,
        declared: Declarations,
        *,
        with_data: Collection[str] | None = None,
    ) -> None:
        self._stored = stored
        self._folder = folder
        self._progress = progress
        self._declared = declared
        self._database = folder / "replay.kuzu"
        self._files = assemble_files(store, stored, folder, progress, values=False, only=with_data)
        restore(wanted_of(stored), self._files, self._database, folder, progress, declared, verify="counts")

    @property
    def names(self) -> FieldNames:
        """How the engine of the replay, which a script is for, writes field names."""
        return field_names(self._declared.engine)

    def run(
        self, section: str, statements: Sequence[str], target: Schema, before: Sequence[Capture] = ()
    ) -> None:
        """Run a section statement by statement, as anyone might, and compare the schema it leads to.

        The version stands in for what is captured ``before`` UP.

        :raises ProofFailed: the engine refuses a statement or dies of it, or the schema is another one
        """
        self._progress.stage(f"proving {section}", len(statements))
        captured = stand_in(before, self._files, self._folder)
        _require_inside(section, statements, before)
        with Worker() as worker:
            worker.open(self._database, read_only=False)
            runs = runs_of(worker, statements, captured, functools.partial(self._drop_macros, worker))
            for statement, run in zip(statements, runs, strict=True):
                try:
                    run()
                except EngineError as error:
                    raise ProofFailed(
                        f"the {section} section fails on a restored copy of {self._stored.version.name}",
                        cause=f"{statement}\n{error.cause}",
                        hint="nothing was written; please report it with both schemas (kuzuvcs show --json)",
                    ) from error
                self._progress.advance(1)
        found = self._schema()
        if not same_schema(found, target):
            left = "\n".join(describe(change) for change in diff(found, target))
            raise ProofFailed(
                f"the {section} section does not lead to its schema",
                cause=f"still to do after it: {left}",
                hint="nothing was written; please report it with both schemas (kuzuvcs show --json)",
            )

    def measured(self, checks: Sequence[Check], answers: Answers, option: str) -> Answers:
        """Look at the values that a section casts, before it is run.

        :raises CastRefused: some cannot be cast, and the user did not say what becomes of them
        """
        if not checks:
            return answers
        self._progress.stage("looking at the values to be cast", len(checks))
        with self._reading() as worker:
            return measure_casts(worker, checks, answers, option)

    def require(self, checks: Sequence[Check], option: str) -> None:
        """Look at what has to hold of the rows before a section is run.

        :raises UnsupportedChange: it does not
        """
        if checks:
            with self._reading() as worker:
                require_constraints(worker, checks, option)

    def answers(self, queries: Sequence[str]) -> list[list[list[Any]]]:
        """The rows of each query on the copy as it is now."""
        with self._reading() as worker:
            return [worker.execute(query) for query in queries]

    def require_kept(
        self,
        section: str,
        schema: Schema,
        kept: Collection[KeptFile],
        balances: Sequence[Balance] = (),
        found: Mapping[Count, int] | None = None,
    ) -> None:
        """Compare what stays with the copy as it was, value by value, in a database that has this schema now.

        A table that was restored without rows has to have none.

        The balances are of that copy and that database; ``found`` says what they count as lost.

        :raises ProofFailed: data were altered that the section had no business with
        """
        check = self._folder / f"after-{section.replace(' ', '-')}"
        check.mkdir()
        with self._reading() as worker:
            captured = capture(worker, schema, check, self._progress)
        now = {_key(record): record for record in map(data_file, captured)}
        before = {_key(record): emptied(record) for record in self._stored.manifest.files}
        before |= {_key(file.record): file.record for file in self._files}
        wrong = [text for one in kept for text in file_differences(before[one.old], now[one.new], one)]
        wrong += [text for one in balances for text in _unbalanced(one, before, now, found or {})]
        if wrong:
            raise ProofFailed(
                f"{section} alters data that it has no business with",
                cause="\n".join(wrong),
                hint="nothing was written; please report it with both schemas (kuzuvcs show --json)",
            )

    def _drop_macros(self, worker: Worker, drops: Sequence[MacroDrop]) -> None:
        drop_macros(worker, self._database, drops, self._folder, self._progress, self._declared)

    @contextmanager
    def _reading(self) -> Iterator[Worker]:
        with Worker() as worker:
            worker.open(self._database, read_only=True)
            yield worker

    def _schema(self) -> Schema:
        """The schema as a fresh open tells it: some statements leave what cannot be opened again."""
        check = self._folder / "schema"
        check.mkdir(exist_ok=True)
        with self._reading() as worker:
            return inspect(self._database, check, self._declared, worker).schema


def _require_inside(section: str, statements: Sequence[str], before: Sequence[Capture]) -> None:
    """A script that was generated has no business outside of the database, whatever went into it."""
    files = {one.path for one in before}
    for statement in statements:
        for hazard in reaches(statement, files):
            raise ProofFailed(
                f"the {section} section reaches outside of the database",
                cause=f"{statement}\n{hazard.line}",
                hint="nothing was run or written; look at the names and expressions in both schemas",
            )


def _key(record: DataFile) -> FileKey:
    return record.table, record.source, record.target


def emptied(record: DataFile) -> DataFile:
    """The record of a file without rows."""
    columns = tuple(replace(column, nulls=0) for column in record.columns)
    return replace(record, rows=0, columns=columns)


def _unbalanced(balance: Balance, before: Files, now: Files, found: Mapping[Count, int]) -> Iterator[str]:
    lost = sum(found[count] for count in balance.lost)
    there = sum(_tallied(tally, before) for tally in balance.before)
    left = sum(_tallied(tally, now) for tally in balance.after)
    if there - lost != left:
        yield f"{balance.text}: {there:,} were there, {lost:,} are lost, and {left:,} are there now"


def _tallied(tally: Tally, files: Files) -> int:
    file = files[tally.file]
    nulls = next((one.nulls for one in file.columns if tally.column and one.property == tally.column), 0)
    return file.rows - nulls


def file_differences(before: DataFile, now: DataFile, kept: KeptFile) -> Iterator[str]:
    """What differs of that which is kept, in words."""
    name = file_name(before)
    if before.rows != now.rows:
        yield f"{name} had {before.rows:,} rows and has {now.rows:,}"
    if before.rows != now.rows or not now.rows:
        return
    olds = {column.property: column.digest for column in before.columns if column.property}
    news = {column.property: column.digest for column in now.columns if column.property}
    for old, new in kept.columns:
        if olds[old] != news[new]:
            yield f"other values in {name}, column {old}"
    if kept.ends and [one.digest for one in before.columns[:2]] != [one.digest for one in now.columns[:2]]:
        yield f"other edges in {name}"
