"""Whether a database has the schema that a script expects or promises, and what differs where not."""

from __future__ import annotations

from collections.abc import Sequence

from kuzuvcs.core.comparing.describe import describe
from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.history import Applied, standing
from kuzuvcs.errors import SchemaDrift
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.store import Store
from kuzuvcs.tasks.versions import find_version, read_version


def require_no_drift(
    store: Store, history: Sequence[Applied], chosen: Sequence[MigrationFile], schema: Schema
) -> None:
    """Raise unless the live schema is the one that the last script left, or that the first one starts from.

    :raises SchemaDrift: with what differs, where a version in the store has the schema
    """
    done = standing(history)
    expected = done[-1].to_digest if done else ""
    if not done and chosen:
        expected = chosen[0].script.head.value("from-digest")
    if expected and schema_digest(schema) != expected:
        after = f"the script {done[-1].id} left" if done else f"{chosen[0].id} starts from"
        raise SchemaDrift(
            f"the live database has not the schema that {after}",
            cause=what_differs(store, expected, schema),
            hint="--allow-drift runs on it as it is",
        )


def what_differs(store: Store, digest: str, found: Schema) -> str:
    """What a schema lacks to be the one of a digest, in words; digests only where no version has it."""
    version = find_version(store, lambda outline: outline.schema_digest == digest)
    if version is not None:
        lines = [describe(change) for change in diff(found, read_version(store, version).schema)]
        return f"to be {version.name} by schema it lacks: " + "; ".join(lines)
    return f"its schema is {schema_digest(found)[:12]}…, and not {digest[:12]}…"
