"""Which tables a statement writes to: what Kuzu 0.11.3 needs a CHECKPOINT for, between some statements."""

from __future__ import annotations

from kuzuvcs.core.scripts.cypher_tokens import Token, at
from kuzuvcs.migrations.clauses import (
    assignments,
    created_tables,
    deletions,
    overwritten,
    subquery,
)
from kuzuvcs.migrations.seen import ANY, ANY_REL, Seen

CHECKPOINT_BETWEEN = "without a CHECKPOINT between them the engine ends its process"

Words = tuple[Token, ...]


def drops_column(words: Words) -> Token | None:
    """The table in ``ALTER TABLE table DROP column``."""
    is_drop = _alters(words) and at(words, 3).is_word("DROP")
    return words[2] if is_drop and not _is_connection(words) else None


def written_tables(words: Words) -> set[str]:
    """The tables whose rows or edges a statement writes; ``ANY`` where it does not name them.

    A new connection of a rel table counts, too: the engine crashes on it as on a write.
    """
    if _alters(words):
        return {words[2].key} if at(words, 3).is_word("ADD") and _is_connection(words) else set()
    query = query_of(words)
    tables = {name for _, name in created_tables(query)}
    bindings = (*(one.binding for one in assignments(query)), *overwritten(query))
    tables |= {name for one in bindings for name in one.tables or (ANY,)}
    for one in deletions(query):
        tables |= set(one.binding.tables or (ANY,))
        if one.detach:
            tables.add(ANY_REL)
    return tables | _copied(words)


def note_writes(words: Words, seen: Seen) -> None:
    """Keep in ``seen`` what a statement changes, until the next CHECKPOINT."""
    dropped_from = drops_column(words)
    if dropped_from:
        seen.stale.add(dropped_from.key or ANY)
    if _alters(words):
        return
    query = query_of(words)
    seen.written |= written_tables(words)
    seen.linked |= {name for kind, name in created_tables(query) if kind == "rel"}
    seen.unlinked |= {ANY for one in deletions(query) if one.detach or one.binding.kind == "rel"}


def may_lose_edges(words: Words, seen: Seen) -> bool:
    """Whether a DELETE comes upon edges that were changed since the last CHECKPOINT.

    Kuzu 0.11.3 then leaves edges at a deleted node (DETACH DELETE), or loses others (any DELETE, in the
    transaction that created edges).
    """
    deleted = tuple(deletions(query_of(words)))
    if any(one.detach for one in deleted):
        return bool(seen.linked or seen.unlinked)
    return bool(deleted and seen.linked)


def query_of(words: Words) -> Words:
    """The part of a statement that is a query: all of it, or what COPY and CREATE TABLE … AS read from."""
    if at(words, 0).is_word("COPY"):
        return subquery(words)
    is_schema = at(words, 0).is_word("CREATE", "DROP") and at(words, 1).is_identifier
    return subquery(words) if is_schema else words


def _copied(words: Words) -> set[str]:
    """The table that a ``COPY table FROM`` fills."""
    is_copy = at(words, 0).is_word("COPY") and at(words, 1).is_identifier
    return {words[1].key} if is_copy else set()


def _alters(words: Words) -> bool:
    return at(words, 0).is_word("ALTER") and at(words, 1).is_word("TABLE") and len(words) > 3


def _is_connection(words: Words) -> bool:
    """``ALTER TABLE table ADD | DROP [IF [NOT] EXISTS] FROM a TO b``; a column may be called from."""
    place = 4
    while at(words, place).is_word("IF", "NOT", "EXISTS"):
        place += 1
    return at(words, place).is_word("FROM") and at(words, place + 2).is_word("TO")
