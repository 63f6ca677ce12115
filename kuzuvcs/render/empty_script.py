"""The text of a script that is to be written by hand."""

from __future__ import annotations

from kuzuvcs.core.scripts.script import DOWN, UP, one_line


def empty_script(*, id: str, description: str, source: str, digest: str, release: str) -> str:
    """A head, and the two sections without a statement.

    ``source`` and ``digest`` are the version and the schema that it starts from, empty where they are not
    known; it promises that the schema stays.
    """
    head = [("id", id), ("description", one_line(description))]
    promise = []
    if digest:
        head += [("from", source), ("to", source), ("from-digest", digest), ("to-digest", digest)]
        promise = ["// The head promises that the schema stays.  If UP changes it, take out: to, to-digest."]
    head.append(("kuzuvcs", release))
    lines = [*(f"// {key}: {one_line(value)}" for key, value in head), "", *promise, UP, "", "", DOWN, ""]
    return "\n".join(lines) + "\n"
