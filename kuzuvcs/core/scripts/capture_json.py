"""What a script asks to have captured, as its head says it: one line of JSON for each file."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable

from kuzuvcs.core.planning.before import Capture
from kuzuvcs.core.schema import Connection
from kuzuvcs.core.strict_json import load_object
from kuzuvcs.errors import ManifestError


def capture_value(capture: Capture) -> dict[str, object]:
    """``{"path": "User.parquet", "table": "User", "columns": ["id", "email"]}``.

    What are edges has ``from`` and ``to``, too.
    """
    connection = capture.connection
    ends = {} if connection is None else {"from": connection.source, "to": connection.target}
    return {"path": capture.path, "table": capture.table, **ends, "columns": list(capture.columns)}


def capture_to_json(capture: Capture) -> str:
    """One line of ASCII, so that nothing in a name can break it or be changed by an editor."""
    return json.dumps(capture_value(capture))


def captured_files(head: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The files below ``${before}`` that the lines of a head ask for; an unreadable line asks for none."""
    found = set()
    for key, value in head:
        if key == "before":
            with contextlib.suppress(ManifestError):
                found.add(capture_from_json(value).path)
    return frozenset(found)


def capture_from_json(text: str) -> Capture:
    """Read a line back; ``ManifestError`` for one that says something else."""
    node = load_object(text, "a line 'before' of a script")
    if node.has("from"):
        path, table, source, target, columns = node.fields("path", "table", "from", "to", "columns")
        connection = Connection(source=source.name(), target=target.name())
    else:
        path, table, columns = node.fields("path", "table", "columns")
        connection = None
    return Capture(
        path=path.text(),
        table=table.name(),
        connection=connection,
        columns=columns.names(),
    )
