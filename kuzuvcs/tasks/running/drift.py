"""Whether a database has the schema that a script expects or promises, and what differs where not."""

from __future__ import annotations

from collections.abc import Sequence

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.comparing.surplus import surplus
from kuzuvcs.core.renaming.detection import Answers, Side, detect_renames
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
        after = f"{done[-1].id} produced" if done else f"{chosen[0].id} starts from"
        raise SchemaDrift(
            f"the live schema differs from the one that {after}",
            cause=what_differs(store, expected, schema),
            hint="undo the change in the database, or run migrate or rollback with --allow-drift",
        )


def what_differs(store: Store, digest: str, found: Schema) -> str:
    """What a schema has too much or too little, in words; digests only if no version has the expected one.

    What may have been renamed is told as one difference: catalog ids and data are not compared.
    """
    version = find_version(store, lambda outline: outline.schema_digest == digest)
    if version is not None:
        expected = read_version(store, version).schema
        lines = [surplus(change) for change in diff(expected, found, _likely_renames(expected, found))]
        return f"compared with {version.name}: " + "; ".join(lines)
    return f"its schema is {schema_digest(found)[:12]}…, and not {digest[:12]}…"


def _likely_renames(old: Schema, new: Schema) -> Renames:
    answers = Answers()
    while (settled := detect_renames(Side(schema=old), Side(schema=new), answers=answers)).questions:
        answers = answers.answered(settled.questions[0], True)
    return settled.renames
