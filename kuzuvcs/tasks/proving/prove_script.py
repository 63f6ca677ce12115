"""Prove a script as it is in the folder, and write its head again.

A generated script is proven with its plan.  A script that was edited, or written by hand, has none: it is run
as ``migrate`` runs it, on a restored copy of the version that it starts from, up and down.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.planning.hazard_codes import kind_of
from kuzuvcs.core.planning.kept_data import KeptFile
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.placeholders import Value
from kuzuvcs.core.scripts.proof import NewProof
from kuzuvcs.core.scripts.script import MERGES, Script
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import (
    EngineCrashed,
    MigrationCrashed,
    MigrationError,
    MigrationFailed,
    ProofFailed,
    UnknownRevision,
    UsageError,
)
from kuzuvcs.migrations.folder import MigrationFile, read_migration
from kuzuvcs.migrations.lint import lint_script
from kuzuvcs.migrations.sum_file import SUFFIX
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.results import Proof, Proven
from kuzuvcs.store import Store, Version
from kuzuvcs.tasks.building.before import CapturedFiles, stand_in
from kuzuvcs.tasks.building.checkout import Assembled, assemble_files, restore, wanted_of
from kuzuvcs.tasks.engines.held import held
from kuzuvcs.tasks.proving.proof_choice import Choosing, Extent, choose_extent
from kuzuvcs.tasks.proving.prove import emptied, file_differences
from kuzuvcs.tasks.proving.rewrite_head import rewrite_head
from kuzuvcs.tasks.reading.capture import capture
from kuzuvcs.tasks.running.captures import captures_of
from kuzuvcs.tasks.running.prepare import prepared
from kuzuvcs.tasks.running.trial import Trial
from kuzuvcs.tasks.versions import StoredVersion, data_file, find_version, read_version
from kuzuvcs.tasks.workplace import Workplace

_UNCHANGED = "the script was not changed"
_OUTSIDE = {kind_of("reaches_outside").code, kind_of("unknown_statement").code}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The script, with which rows it is proven, and what its placeholders become."""

    script: MigrationFile
    choosing: Choosing
    placeholders: Mapping[str, Value]


def find_script(folder: Path, script: str | os.PathLike[str]) -> MigrationFile:
    """The script of that id in the folder, or at that path.

    :raises UsageError: there is none
    :raises MigrationError: it is no script
    """
    named = folder / f"{os.fspath(script)}{SUFFIX}"
    path = named if named.is_file() else Path(script).absolute()
    if not path.is_file():
        raise UsageError(
            f"no script {os.fspath(script)}",
            cause=f"it is neither a file nor the name of a script in {folder}",
            hint="kuzuvcs lint --json lists the scripts of the folder",
        )
    return read_migration(path)


def prove_script(work: Workplace, project: Project, request: Request) -> Proven:
    """Run UP and DOWN on a restored copy of the version that the script starts from, and write its head.

    :raises UsageError: no version has the schema that the script starts from, it is for another engine, or it
        is a merge script
    :raises OpenQuestion: the proof costs more than the project allows, and nobody was there to answer
    :raises ProofFailed: a statement fails, or a section does not lead to the schema that the head promises
    :raises MigrationError: a statement reaches outside of the database; or the folder is not as its sum file
        says, but for this script
    """
    script = request.script
    _require_no_merge(script)
    _require_inside(script)
    stored, _ = held(_start(work.store, script), work.folder / "held", work.declared)
    tables = frozenset(one.name for one in stored.schema.tables())
    extent = choose_extent(stored, tables, (), request.choosing, work.progress)
    with work.passing("proof") as folder:
        copy = _Copy(replace(work, folder=folder), stored, extent)
        values = {**project.placeholders, **request.placeholders}
        up, down = (prepared(script, values, copy.engine, section) for section in ("UP", "DOWN"))
        if script.script.up and not up.script.up:
            raise UsageError(
                f"{script.id} is not for {copy.engine}", cause="kuzuvcs:only names other engines"
            )
        try:
            reached = copy.run_up(up)
            lost = tuple(copy.run_down(down)) if script.script.down else ()
        except MigrationFailed as error:
            raise _failed(script, stored, error) from error
    ways = "up" if not script.script.down else "up and down without what is lost" if lost else "up and down"
    written = rewrite_head(
        project.migrations,
        script,
        NewProof(
            proof=f"{ways}, replayed on {stored.version.name} {extent.words}",
            digest="",
            hazards=_hazards(script.script, script.path),
            down_hazards=_hazards(_turned(script.script), script.path),
            engine=f"{copy.engine.name} {copy.engine.release}",
            release=RELEASE,
        ),
        _promise(work.store, script, reached),
    )
    return Proven(
        path=script.path,
        before=stored.version.name,
        proof=Proof(up=True, down=bool(script.script.down), data=extent.kind == "data"),
        digest=written.digest,
        hazards=written.hazards,
        down_hazards=written.down_hazards,
        lost=lost,
    )


class _Copy:
    """A restored copy of a version, on which a script is run as on a live database."""

    def __init__(self, work: Workplace, stored: StoredVersion, extent: Extent) -> None:
        self._work = work
        self._stored = stored
        self._files: tuple[Assembled, ...] = assemble_files(
            work.store, stored, work.folder, work.progress, values=False, only=extent.tables
        )
        database = work.folder / "restored.kuzu"
        restore(
            wanted_of(stored, stored.schema),
            self._files,
            database,
            work.folder,
            work.progress,
            work.declared,
            verify="counts",
        )
        self._trial = Trial(database, work)
        with Worker() as worker:
            worker.open(self._trial.path, read_only=True)
            self.engine: Engine = worker.engine

    def run_up(self, script: MigrationFile) -> str:
        """Run UP; the digest of the schema that it leads to, which is the one that the head promises."""
        with self._work.passing("up") as folder:
            self._trial.run(script, "UP", script.script.up, CapturedFiles({}, folder))
        return self._trial.require_promised(script, "UP", script.script.head.value("to-digest"))

    def run_down(self, script: MigrationFile) -> Iterator[str]:
        """Run DOWN, which has to lead back to the version's schema; what is not as it was, in words."""
        with self._work.passing("down") as folder:
            captured = stand_in(captures_of(script.script), self._files, folder)
            self._trial.run(script, "DOWN", script.script.down, captured)
        self._trial.require_promised(script, "DOWN", schema_digest(self._stored.schema))
        with self._work.passing("after") as folder, Worker() as worker:
            worker.open(self._trial.path, read_only=True)
            now = capture(worker, self._stored.schema, folder, self._work.progress)
        there = {file.record.path for file in self._files}
        before = {one.path: one if one.path in there else emptied(one) for one in self._stored.manifest.files}
        for record in map(data_file, now):
            key = (record.table, record.source, record.target)
            names = [column.property for column in record.columns if column.property]
            columns = tuple((name, name) for name in names)
            kept = KeptFile(old=key, new=key, columns=columns, ends=bool(record.source))
            yield from file_differences(before[record.path], record, kept)


def _require_no_merge(script: MigrationFile) -> None:
    if script.script.head.value(MERGES):
        raise UsageError(
            f"{script.id} is a merge script",
            cause="kuzuvcs merge proves that the scripts it joins can run in either order",
            hint="to prove that again, remove it from the folder, then kuzuvcs repair and kuzuvcs merge",
        )


def _require_inside(script: MigrationFile) -> None:
    """Refuse what reads or writes files: a proof is asked for before anybody has read a pulled script."""
    outside = next((one for one in lint_script(script.script, script.path) if one.code in _OUTSIDE), None)
    if outside is not None:
        raise MigrationError(
            f"{script.id} reaches outside of the database",
            cause=f"line {outside.line}: {outside.text}",
            hint="prove runs no such statement; move it into a script of its own",
        )


def _start(store: Store, script: MigrationFile) -> StoredVersion:
    """The version that the head names, or the newest one with the schema that the script starts from."""
    head = script.script.head
    digest = head.value("from-digest")
    if not digest:
        raise UsageError(
            f"{script.id} does not say from which schema it starts",
            cause="its head has no line from-digest",
            hint="add '// from-digest: DIGEST' to its head; kuzuvcs log --json has each version's schema",
        )
    for versions in _named(store, head.value("from")), store.versions():
        version = find_version(store, lambda outline: outline.schema_digest == digest, versions)
        if version is not None:
            return read_version(store, version)
    raise UsageError(
        f"no version has the schema that {script.id} starts from",
        cause=f"its head names the schema digest {digest}",
        hint="run kuzuvcs snapshot on a database with that schema",
    )


def _named(store: Store, revision: str) -> tuple[Version, ...]:
    if revision:
        with contextlib.suppress(UnknownRevision):
            return (store.resolve(revision),)
    return ()


def _promise(store: Store, script: MigrationFile, reached: str) -> tuple[tuple[str, str], ...]:
    """The head's lines about where UP leads, where it has none yet."""
    if script.script.head.value("to-digest"):
        return ()
    version = find_version(store, lambda outline: outline.schema_digest == reached)
    return (*((("to", version.name),) if version is not None else ()), ("to-digest", reached))


def _hazards(script: Script, path: Path) -> tuple[str, ...]:
    """UP's hazards for the head, each once; not those that the script allows because they are harmless.

    No statement reaches outside, or the script was refused: DOWN in UP's place only seems to, where it reads
    what was captured.
    """
    declared = {one for statement in script.up for one in statement.declared}
    found = (
        f"{one.code} {one.text}"
        for one in lint_script(script, path)
        if one.section == "up" and one.name != "unknown_directive" and one.code not in _OUTSIDE
        if not one.allowed or (one.code, one.text) in declared
    )
    return tuple(dict.fromkeys(found))


def _turned(script: Script) -> Script:
    """The script with its sections exchanged: what DOWN drops is there when it runs, whoever made it."""
    return replace(script, up=script.down, down=script.up)


def _failed(script: MigrationFile, stored: StoredVersion, error: MigrationFailed) -> Exception:
    if isinstance(error, MigrationCrashed):
        return EngineCrashed(error.message, cause=error.cause, hint=_UNCHANGED)
    where = f"it ran on a restored copy of {stored.version.name}; {_UNCHANGED}"
    undo = (
        ""
        if script.script.head.value("to-digest") == ""
        else (
            ". If UP is meant to lead to another schema, remove the lines 'to' and 'to-digest' from its head"
        )
    )
    return ProofFailed(error.message, cause=error.cause, hint=where + undo)
