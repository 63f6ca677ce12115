"""Check what a pull request brings: the folder, each script, how they follow, and the live database."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.chain import chain_faults, leads_to
from kuzuvcs.core.scripts.history import pending, require_whole, standing
from kuzuvcs.core.scripts.proof import PROOF_DIGEST, proof_digest, proof_state
from kuzuvcs.core.scripts.sums import SUM_FILE
from kuzuvcs.errors import DatabaseChanging, DatabaseLocked, KuzuvcsError, MigrationError, SchemaDrift
from kuzuvcs.migrations.callbacks import read_callbacks
from kuzuvcs.migrations.folder import MigrationFile, pledge, read_migration
from kuzuvcs.migrations.sum_file import CALLBACKS, folder_faults, has_sum, script_paths
from kuzuvcs.project import Project
from kuzuvcs.results import ScriptFault, ScriptsChecked
from kuzuvcs.store import Store
from kuzuvcs.tasks.reading.history import known, read_history
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.running.consent import COMMAND, consent_of
from kuzuvcs.tasks.running.drift import require_no_drift
from kuzuvcs.tasks.running.outside import reaches_of
from kuzuvcs.tasks.running.recognise import recognised, require_named
from kuzuvcs.tasks.snapshot import opened_database
from kuzuvcs.tasks.versions import read_version


def check_folder(folder: Path) -> tuple[tuple[MigrationFile, ...], tuple[ScriptFault, ...]]:
    """The scripts that can be read, and what is wrong with the folder, without store or database."""
    try:
        paths = script_paths(folder)
    except MigrationError as error:
        return (), (_fault("unreadable_folder", folder, error),)
    scripts: list[MigrationFile] = []
    faults = [
        ScriptFault(
            kind=one.kind,
            file=folder / one.file if one.kind != "missing" else folder / SUM_FILE,
            line=one.line if one.kind in ("unreadable", "folder", "missing", "reordered") else None,
            message=one.message,
            cause=one.cause,
            hint=one.hint,
        )
        for one in folder_faults(folder)
    ]
    for path in paths:
        try:
            scripts.append(read_migration(path))
        except MigrationError as error:
            faults.append(_fault("unreadable_script", path, error))
    try:
        read_callbacks(folder)
    except MigrationError as error:
        faults.append(_fault("unreadable_script", folder / CALLBACKS, error))
    if scripts and not has_sum(folder):
        faults.append(
            ScriptFault(
                kind="no_sum",
                file=folder / SUM_FILE,
                line=None,
                message=f"the migrations folder has no {SUM_FILE}",
                cause="nothing tells whether a script was altered, lost or added",
                hint="kuzuvcs repair writes it",
            )
        )
    faults += [_edited(one) for one in scripts if proof_state(one.script) == "edited"]
    by_id = {one.id: one.path for one in scripts}
    faults += [
        ScriptFault(
            kind=one.kind,
            file=by_id[one.id],
            line=None,
            message=one.message,
            cause=one.cause,
            hint=one.hint,
        )
        for one in chain_faults([pledge(one) for one in scripts])
    ]
    return tuple(scripts), tuple(faults)


def unread(folder: Path, scripts: Iterable[MigrationFile]) -> frozenset[str]:
    """The ids of the files in the folder that are no scripts of those that could be read."""
    try:
        return frozenset(path.stem for path in script_paths(folder)) - {one.id for one in scripts}
    except MigrationError:
        return frozenset()


def check_scripts(store: Store, project: Project, folder: Path, declared: Declarations) -> ScriptsChecked:
    """All that can be checked with what is there; ``left_out`` says what could not be checked.

    A live database that another process has open or writes to is one of them.

    :raises EngineError: there is a live database, and it cannot be read
    """
    scripts, faults = check_folder(project.migrations)
    found = [*faults]
    left_out = [*_without_digest(scripts)]
    pending_ids = {one.id for one in scripts}
    if store.head() is None:
        left_out.append("there are no versions here: not checked whether the scripts lead to the newest one")
    else:
        found += _against_head(store, scripts)
    if project.database.exists():
        try:
            drifted, pending_ids = _against_database(store, project, scripts, folder, declared)
            found += drifted
        except (DatabaseLocked, DatabaseChanging) as error:
            left_out.append(f"drift was not checked: {error.message}: {error.cause}")
    else:
        left_out.append("there is no live database: drift and history were not checked")
    found += _outside([one for one in scripts if one.id in pending_ids], project.migrations)
    found += _changed_consent(project)
    left_out += _open_consent(project)
    return ScriptsChecked(
        scripts=tuple(one.path for one in scripts), faults=tuple(found), left_out=tuple(left_out)
    )


def _edited(script: MigrationFile) -> ScriptFault:
    recorded, found = script.script.head.value(PROOF_DIGEST), proof_digest(script.script)
    return ScriptFault(
        kind="edited",
        file=script.path,
        line=None,
        message=f"{script.path.name} was edited since it was proven",
        cause=f"its head has the proof digest {recorded[:12]}…, and the script's is {found[:12]}…",
        hint=f"undo the change, or prove it again: kuzuvcs prove {script.id}",
    )


def _without_digest(scripts: tuple[MigrationFile, ...]) -> Iterator[str]:
    old = [one.id for one in scripts if proof_state(one.script) == "no_digest"]
    if old:
        more = f" and {len(old) - 1} more" if len(old) > 1 else ""
        yield f"{old[0]}{more} has no proof digest: whether it was edited since it was proven is not known"


def _against_head(store: Store, scripts: tuple[MigrationFile, ...]) -> Iterator[ScriptFault]:
    head = store.head()
    digest = leads_to([pledge(one) for one in scripts])
    if head is None or not digest:
        return
    expected = read_version(store, head).manifest.schema_digest
    if digest != expected:
        yield ScriptFault(
            kind="not_at_head",
            file=scripts[-1].path,
            line=None,
            message=f"the scripts do not lead to {head.name}",
            cause=f"{scripts[-1].id} leads to schema {digest[:12]}…, and {head.name} has {expected[:12]}…",
            hint="kuzuvcs generate writes the script that is missing; or migrate and take a snapshot",
        )


def _against_database(
    store: Store,
    project: Project,
    scripts: tuple[MigrationFile, ...],
    folder: Path,
    declared: Declarations,
) -> tuple[list[ScriptFault], set[str]]:
    """The faults, and the ids of the scripts that are still to be run."""
    left = {one.id for one in scripts}
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(opened_database(project.database, folder, declared))
        schema = opened.inspection.schema
        try:
            history = read_history(opened.source, project.history_table)
            require_whole(history)
            done = {run.id for run in standing(history)}
            if done & unread(project.migrations, scripts):
                return [], left - done  # reported by name already; the rest cannot be compared
            require_named(scripts, history, schema_digest(schema))
            runs = (*history, *recognised(scripts, history, schema_digest(schema)))
            left = {*pending(runs, known(scripts))}
            require_no_drift(store, runs, [one for one in scripts if one.id in left], schema)
        except SchemaDrift as error:
            return [_fault("drift", project.database, error)], left
        except MigrationError as error:
            return [_fault("history", project.database, error)], left
    return [], left


def _outside(scripts: Sequence[MigrationFile], folder: Path) -> Iterator[ScriptFault]:
    """Statements that ``migrate`` and ``rollback`` refuse: they reach outside, and are not allowed there."""
    with contextlib.suppress(MigrationError):
        callbacks = read_callbacks(folder).values()
        for one in (*scripts, *callbacks):
            for reach in (*reaches_of(one.script, "UP"), *reaches_of(one.script, "DOWN")):
                if not reach.allowed:
                    yield ScriptFault(
                        kind="outside",
                        file=one.path,
                        line=reach.statement.line,
                        message=f"{one.id} has a statement that reaches outside of the database, or may",
                        cause=reach.cause,
                        hint=f"if that is meant, write // kuzuvcs:allow {reach.hazard.code} above it",
                    )


def _changed_consent(project: Project) -> Iterator[ScriptFault]:
    if consent_of(project) == "changed":
        yield ScriptFault(
            kind="allow_outside",
            file=project.root,
            line=None,
            message="the project's settings changed after allow_outside was confirmed on this machine",
            cause="allow_outside does not count until you confirm it again",
            hint=f"read the project file; {COMMAND} confirms it as it is now",
        )


def _open_consent(project: Project) -> Iterator[str]:
    if consent_of(project) == "unconfirmed":
        yield f"allow_outside is not confirmed on this machine, and does not count: {COMMAND} confirms it"


def _fault(kind: str, file: Path, error: KuzuvcsError) -> ScriptFault:
    line = re.match(r"line ([0-9]+):", error.cause)
    return ScriptFault(
        kind=kind,
        file=file,
        line=int(line[1]) if line else None,
        message=error.message,
        cause=error.cause,
        hint=error.hint,
    )
