"""Write a merge script: branches of scripts are run in either order on restored copies, and must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from kuzuvcs.core.progress import Silent
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.merging import Fork, find_fork
from kuzuvcs.core.scripts.placeholders import Value
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import MigrationError, MigrationFailed, UsageError
from kuzuvcs.migrations.folder import MigrationFile, pledge, read_intact, write_migration
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.render.merge_script import merge_script
from kuzuvcs.results import Merged
from kuzuvcs.store import Store, Writer
from kuzuvcs.tasks.building.checkout import Assembled, assemble_files, restore, wanted_of
from kuzuvcs.tasks.building.place import locked
from kuzuvcs.tasks.proving.generate import fresh_id
from kuzuvcs.tasks.proving.proof_choice import Choosing, choose_extent
from kuzuvcs.tasks.reading.history import read_history
from kuzuvcs.tasks.running.around import Around
from kuzuvcs.tasks.running.dropped import Undoing
from kuzuvcs.tasks.running.outside import reaches_of
from kuzuvcs.tasks.running.prepare import prepared, without_inner
from kuzuvcs.tasks.running.runs_on_copy import RunsOnCopy
from kuzuvcs.tasks.snapshot import capture_version, opened_database
from kuzuvcs.tasks.versions import StoredVersion, find_version, read_version
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for; ``placeholders`` go before those of the project file."""

    message: str
    choosing: Choosing
    placeholders: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """The digests of a database's schema and of its content, and why it cannot be rolled back from there."""

    schema: str
    content: str
    stuck: str = ""


def merge_scripts(project: Project, request: Request, work: Workplace) -> Merged:
    """Join the branches that start from one schema, once they are proven to lead to one in either order.

    With the version's rows, the values have to be the same as well.

    :raises MigrationError: the order matters, or a script is missing
    :raises UsageError: no version has the schema from which they start
    :raises OpenQuestion: the proof costs more than the project allows, and nobody was there to answer
    """
    scripts = read_intact(project.migrations)
    fork = find_fork([pledge(one) for one in scripts])
    if fork is None:
        return Merged(path=None, branches=(), data=False)
    _require_inside(fork, scripts)
    stored = _base(work.store, fork)
    tables = frozenset(table.name for table in stored.schema.tables())
    extent = choose_extent(stored, tables, (), request.choosing, work.progress)
    values = {**project.placeholders, **request.placeholders}
    with work.passing("base") as folder:
        files = assemble_files(work.store, stored, folder, work.progress, values=False, only=extent.tables)
        trials = _Trials(work=work, project=project, fork=fork, files=files, stored=stored, values=values)
        outcomes = [trials.outcome(order, scripts) for order in fork.orders()]
    first, *others = outcomes
    if any(one.schema != first.schema for one in others):
        _refuse(fork, "the schema that they lead to depends on their order")
    if any(one.content != first.content for one in others):
        _refuse(fork, "the values that they leave depend on their order")
    branches = _reversible_first(fork.branches, outcomes)
    warnings = tuple(_warning(fork, number, one.stuck) for number, one in enumerate(outcomes) if one.stuck)
    description = request.message or f"merge {' and '.join(branch[-1][16:] for branch in fork.branches)}"
    id = fresh_id(description, scripts)
    text = merge_script(
        id=id,
        description=description,
        digest=first.schema,
        base=fork.base,
        branches=branches,
        notes=warnings,
        proof=f"in either order, on {stored.version.name} {extent.words}",
        release=RELEASE,
    )
    path = write_migration(project.migrations, id, text)
    return Merged(path=path, branches=branches, data=extent.kind == "data", warnings=warnings)


def _refuse(fork: Fork, cause: str, error: MigrationFailed | None = None) -> NoReturn:
    """Say why, and how the scripts that are not shared yet are written again behind the others."""
    names = [branch[0] for branch in fork.branches]
    if fork.one_end and error is not None:
        raise MigrationError(
            f"{' and '.join(names)} cannot be merged",
            cause=f"{cause}\nEach of them leads to the same schema: they seem to make the same change.",
            hint="remove the one that is not shared yet from the folder, then kuzuvcs repair; "
            "if it does more than the other, write that into a script of its own: kuzuvcs new",
        ) from error
    raise MigrationError(
        f"{' and '.join(names)} cannot be merged",
        cause=cause,
        hint="write the branch again that is not shared yet, behind the other: kuzuvcs rollback its scripts "
        "(--recorded ID, if one was never run here), "
        "remove them from the folder, kuzuvcs repair, migrate and snapshot; then make its change again, "
        "kuzuvcs snapshot and generate",
    ) from error


def _require_inside(fork: Fork, scripts: Sequence[MigrationFile]) -> None:
    """Refuse what reaches outside of the database: nobody may have read a pulled script yet."""
    joined = {id for branch in fork.branches for id in branch}
    for one in scripts:
        for section in ("UP", "DOWN") if one.id in joined else ():
            for reach in reaches_of(one.script, section):
                _refuse(fork, f"{one.id} reaches outside of the database, or may, on {reach.cause}")


def _reversible_first(
    branches: tuple[tuple[str, ...], ...], outcomes: Sequence[_Outcome]
) -> tuple[tuple[str, ...], ...]:
    """The branches in the order for new databases: one that can be rolled back, if there is one."""
    number = next((number for number, one in enumerate(outcomes) if not one.stuck), 0)
    return (branches[number], *branches[:number], *branches[number + 1 :])


def _warning(fork: Fork, number: int, cause: str) -> str:
    first = fork.branches[number][-1]
    return f"a database that ran {first} before the others cannot be rolled back to before them: {cause}"


def _base(store: Store, fork: Fork) -> StoredVersion:
    version = find_version(store, lambda one: one.schema_digest == fork.base)
    if version is not None:
        return read_version(store, version)
    raise UsageError(
        f"no version has the schema that {fork.branches[0][0]} starts from",
        cause="the branches are run on a copy of such a version, to see whether their order matters",
        hint="merge where the scripts were written, or kuzuvcs snapshot a database that has this schema",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trials:
    """Runs of all branches, each in one order on a copy of its own, and back."""

    work: Workplace
    project: Project
    fork: Fork
    files: Sequence[Assembled]
    stored: StoredVersion
    values: Mapping[str, Value]

    def outcome(self, order: Sequence[str], scripts: Sequence[MigrationFile]) -> _Outcome:
        """What the scripts leave on a copy.

        :raises MigrationError: one of them cannot be run in this order
        """
        by_id = {one.id: one for one in scripts}
        chosen = [*without_inner((by_id[id] for id in order), scripts)]
        with self.work.passing("trial") as folder:
            database = folder / "trial.kuzu"
            work, declared = self.work, self.work.declared
            wanted = wanted_of(self.stored)
            restore(wanted, self.files, database, folder, work.progress, declared, verify="counts")
            # What a script drops of a version's copy is no news to anyone.
            trial = replace(
                work,
                store=Store.create(folder / "store"),
                folder=_made(folder / "runs"),
                local_store=None,
                progress=Silent(),
            )
            work.progress.stage(f"running {', '.join(one.id for one in chosen)}")
            try:
                self._up(trial, database, chosen)
            except MigrationFailed as error:
                names = ", ".join(order)
                _refuse(self.fork, f"run in the order {names}: {error.message}: {error.cause}", error)
            found = _outcome(trial, database, _made(folder / "content"))
            return replace(found, stuck=self._stuck(trial, database, chosen))

    def _stuck(self, trial: Workplace, database: Path, chosen: Sequence[MigrationFile]) -> str:
        """Why the scripts cannot be rolled back, last first; empty where they can."""
        irreversible = [one.id for one in chosen if one.script.up and not one.script.down]
        if irreversible:
            return f"{irreversible[0]} has no DOWN"
        try:
            self._down(trial, database, chosen)
        except MigrationFailed as error:
            return error.message
        return ""

    def _up(self, trial: Workplace, database: Path, chosen: Sequence[MigrationFile]) -> None:
        with locked(database) as live, trial.store.writer() as writer:
            ready = [prepared(one, self.values, live.engine, "UP") for one in chosen]
            digest = schema_digest(trial.schema_of(database, live))
            self._runs(trial, database, live, writer).migrate(ready, (), 0, digest)

    def _down(self, trial: Workplace, database: Path, chosen: Sequence[MigrationFile]) -> None:
        with locked(database) as live:
            runs = {one.id: one for one in read_history(live, self.project.history_table)}
            undoings = [
                Undoing(script=prepared(one, self.values, live.engine, "DOWN"), run=runs[one.id], up=None)
                for one in reversed(chosen)
            ]
            self._runs(trial, database, live, None).rollback(undoings, schema_only=False, capture=False)

    def _runs(self, trial: Workplace, database: Path, live: Worker, writer: Writer | None) -> RunsOnCopy:
        """Without a writer what is run is thrown away."""
        project = replace(self.project, database=database, keep_backups=0)
        return RunsOnCopy(work=trial, project=project, live=live, around=Around(), writer=writer)


def _outcome(work: Workplace, database: Path, folder: Path) -> _Outcome:
    with opened_database(database, folder, work.declared) as opened:
        manifest = capture_version(opened, folder, Silent()).manifest
    return _Outcome(schema=manifest.schema_digest, content=manifest.content_digest)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
