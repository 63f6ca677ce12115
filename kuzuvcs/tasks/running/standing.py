"""How a live database stands to its project's scripts: what was run, what is to be run, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.history import pending, require_whole, standing
from kuzuvcs.errors import KuzuvcsError, MigrationError, SchemaDrift
from kuzuvcs.project import Project
from kuzuvcs.store import Store
from kuzuvcs.tasks.reading.history import known, read_history
from kuzuvcs.tasks.reading.read_tables import Source
from kuzuvcs.tasks.running.check_scripts import check_folder, unread
from kuzuvcs.tasks.running.drift import require_no_drift
from kuzuvcs.tasks.running.recognise import recognised, require_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The ids of the scripts that were run and stand, of those to be run, and in words what is wrong."""

    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def standing_of(source: Source, schema: Schema, project: Project, store: Store) -> Standing:
    """What history and folder say of a live database that has this schema.

    What it has seen though its history does not say so is neither applied nor to be run.
    """
    scripts, found = check_folder(project.migrations)
    faults = tuple(f"{one.message}: {one.cause}" for one in found)
    applied: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    try:
        history = read_history(source, project.history_table)
        applied = tuple(one.id for one in standing(history))
        require_whole(history)
        if unread(project.migrations, scripts) & {*applied}:
            left = tuple(one.id for one in scripts if one.id not in applied)
            return Standing(applied=applied, pending=left, warnings=faults)
        require_named(scripts, history, schema_digest(schema))
        runs = (*history, *recognised(scripts, history, schema_digest(schema)))
        left = pending(runs, known(scripts))
        require_no_drift(store, runs, (), schema)
    except (MigrationError, SchemaDrift) as error:
        return Standing(applied=applied, pending=left, warnings=(_words(error), *faults))
    return Standing(applied=applied, pending=left, warnings=faults)


def _words(error: KuzuvcsError) -> str:
    return f"{error.message}: {error.cause}"
