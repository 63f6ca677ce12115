"""The one place that quotes names and strings for Cypher."""

from __future__ import annotations

import re

from kuzuvcs.errors import SchemaError


def quote_name(name: str) -> str:
    """A table, column, sequence or macro name between backticks.

    :raises SchemaError: the empty name and one with a backtick cannot be written in Cypher at all
    """
    if not name or "`" in name or "\0" in name:
        raise SchemaError(
            f"the name {name!r} cannot be written in Cypher",
            cause="it is empty, or has a backtick or a NUL in it",
            hint="the engine itself cannot make such a name: the schema did not come from it",
        )
    return f"`{name}`"


def string_literal(text: str) -> str:
    r"""A string between single quotes.

    The engine knows two escapes, ``\\`` and ``\'``; ``''`` is a parse error, and ``\n`` an ``n``, so that
    a line break stands as itself.

    :raises SchemaError: a NUL character cannot stand in a statement
    """
    if "\0" in text:
        raise SchemaError("a string with a NUL character cannot be written in Cypher")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def file_literal(path: str) -> str:
    r"""The path of one file after ``FROM``, which the engine takes for a pattern; ``\`` means itself.

    :raises SchemaError: a NUL character cannot stand in a statement
    """
    return string_literal(re.sub(r"[*?[]", r"[\g<0>]", path))
