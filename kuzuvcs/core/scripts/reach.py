"""Which tables the statements of a script may change, as far as their text shows."""

from __future__ import annotations

from collections.abc import Iterable

from kuzuvcs.core.schema import Schema, fold
from kuzuvcs.core.scripts.cypher_tokens import Token, tokens

_OBJECTS = ("NODE", "REL", "TABLE", "SEQUENCE", "MACRO", "TYPE", "INDEX", "ART")
_WRITES = ("SET", "DELETE", "MERGE", "REMOVE", "IMPORT", "INSERT")

UNSTABLE = (
    "NOW",
    "CURRENT_TIMESTAMP",
    "CURRENT_DATE",
    "GEN_RANDOM_UUID",
    "UUID",
    "RANDOM",
    "RAND",
    "NEXTVAL",
)


def tables_reached(statements: Iterable[str], schema: Schema) -> frozenset[str] | None:
    """The tables that may change, by their names in ``schema``; None where it may be any of them.

    A clause that writes rows may match a pattern without a label, so it may reach every table.  Any other
    statement reaches the tables that it names, and the rel tables that end at those.
    """
    named: set[str] = set()
    for text in statements:
        found = tokens(text)
        if any(map(_writes_rows, found, (*found[1:], None))):
            return None
        named |= {fold(one.text[1:-1]) if one.kind == "string" else one.key for one in found}
    reached = {table.name for table in schema.tables() if fold(table.name) in named}
    ends = {fold(name) for name in reached}
    reached |= {
        rel.name
        for rel in schema.rel_tables
        if any(fold(end) in ends for one in rel.connections for end in (one.source, one.target))
    }
    return frozenset(reached)


def is_unstable(statements: Iterable[str]) -> bool:
    """Whether running the statements again makes other values: of the clock, a counter, or chance."""
    return any(one.is_word(*UNSTABLE) for text in statements for one in tokens(text))


def _writes_rows(token: Token, following: Token | None) -> bool:
    if token.is_word("CREATE"):
        return following is None or not following.is_word(*_OBJECTS)
    return token.is_word(*_WRITES)
