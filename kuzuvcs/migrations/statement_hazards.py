"""The hazards of one statement, told from its text and from what the script did before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.scripts.cypher_tokens import Token, tokens
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.migrations.alterations import CHECKPOINT_BETWEEN, altered, created, dropped
from kuzuvcs.migrations.casts import cast_types
from kuzuvcs.migrations.clauses import Assignment, assignments, at, deletions
from kuzuvcs.migrations.outside import copied, loads
from kuzuvcs.migrations.seen import ANY, Seen, touches

INDEX_CALLS = ("CREATE_FTS_INDEX", "DROP_FTS_INDEX", "CREATE_VECTOR_INDEX", "DROP_VECTOR_INDEX")
_TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK")
_EXTENSION = ("INSTALL", "UNINSTALL", "UPDATE", "LOAD")
_DATABASES = ("ATTACH", "DETACH", "USE", "EXPORT", "IMPORT")


def statement_hazards(statement: Statement, seen: Seen) -> Iterator[Hazard]:
    """Every hazard of it; ``seen`` learns what it does."""
    words = tokens(statement.text)
    while at(words, 0).is_word("EXPLAIN", "PROFILE"):
        words = words[1:]
    if not words:
        return
    yield from loads(words)
    first = words[0]
    schema = _SCHEMA.get(first.text.upper()) if first.kind == "word" else None
    if first.is_word("COPY"):
        yield from copied(words, seen)
    elif schema is not None and not _is_insert(words):
        yield from schema(words, statement.text, seen)
    elif first.is_word("CHECKPOINT", "CALL"):
        yield from _called(words, seen)
    elif first.is_word(*_TRANSACTION):
        text = f"{first.text.upper()} takes the transaction out of the hands of who runs the script"
        yield Hazard(name="controls_transaction", text=text)
    elif first.is_word(*_EXTENSION, *_DATABASES):
        yield from _beyond(words)
    else:
        yield from _queried(words, seen)


_SCHEMA: dict[str, Callable[[tuple[Token, ...], str, Seen], Iterator[Hazard]]] = {
    "ALTER": altered,
    "DROP": dropped,
    "CREATE": created,
}


def _is_insert(words: tuple[Token, ...]) -> bool:
    """``CREATE (:User)``, a query, and no ``CREATE NODE TABLE``."""
    return words[0].is_word("CREATE") and not at(words, 1).is_identifier


def _called(words: tuple[Token, ...], seen: Seen) -> Iterator[Hazard]:
    if words[0].is_word("CHECKPOINT"):
        seen.checkpoint()
        yield Hazard(name="outside_transaction", text="CHECKPOINT is refused inside a transaction")
    elif at(words, 1).is_word(*INDEX_CALLS):
        text = f"{words[1].text.upper()} is refused inside a transaction"
        yield Hazard(name="outside_transaction", text=text)
    else:
        yield from _queried(words, seen)


def _beyond(words: tuple[Token, ...]) -> Iterator[Hazard]:
    first = words[0]
    if first.is_word("LOAD") and (at(words, 1).is_word("FROM", "WITH")):
        return
    if first.is_word(*_EXTENSION):
        yield Hazard(
            name="reaches_outside", text=f"{first.text.upper()} takes code from outside the database"
        )
        return
    yield Hazard(name="reaches_outside", text=f"{first.text.upper()} reaches another database or folder")
    if first.is_word("IMPORT"):
        text = "IMPORT DATABASE commits an open transaction, and leaves what it did when it fails"
        yield Hazard(name="outside_transaction", text=text)


def _queried(words: tuple[Token, ...], seen: Seen) -> Iterator[Hazard]:
    yield from _deleted(words)
    written = tuple(assignments(words))
    if not written:
        return
    yield from _set_to_null(written)
    types = cast_types(words)
    if types:
        what = f"casts values to {', '.join(types)}: what does not fit is changed, or refused"
        yield Hazard(name="narrows_values", text=what)
    tables = {table for one in written for table in one.binding.tables or (ANY,)}
    if touches(tables, seen.stale):
        what = f"SET on a table after the DROP of a column of it: {CHECKPOINT_BETWEEN}"
        yield Hazard(name="ends_process", text=what)
    seen.written |= tables


def _deleted(words: tuple[Token, ...]) -> Iterator[Hazard]:
    for one in deletions(words):
        of = f" of {_named(one.binding.tables)}" if one.binding.tables else ""
        if one.binding.kind == "rel":
            yield Hazard(name="drops_edges", text=f"deletes edges{of}")
            continue
        yield Hazard(name="drops_rows", text=f"deletes rows{of}")
        if one.detach:
            yield Hazard(name="drops_edges", text=f"deletes the edges at deleted rows{of}")


def _set_to_null(written: tuple[Assignment, ...]) -> Iterator[Hazard]:
    for one in written:
        if one.to_null:
            place = f"{_named(one.binding.tables)}." if one.binding.tables else ""
            yield Hazard(name="drops_values", text=f"sets {place}{shown(one.column)} to NULL")


def _named(tables: dict[str, str]) -> str:
    return ", ".join(shown(name) for name in tables.values())
