"""The hazards of one statement, told from its text and from what the script did before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.scripts.cypher_tokens import Token, at, command
from kuzuvcs.core.scripts.outside import INDEX_CALLS, reaches
from kuzuvcs.core.scripts.parameters import unbound_hazards
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.migrations.alterations import altered, created, dropped
from kuzuvcs.migrations.casts import cast_types
from kuzuvcs.migrations.clauses import Assignment, Binding, assignments, deletions, overwritten, subquery
from kuzuvcs.migrations.copies import copied
from kuzuvcs.migrations.seen import Seen, touches
from kuzuvcs.migrations.writing import CHECKPOINT_BETWEEN, drops_column, note_writes, written_tables

_TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK")


def statement_hazards(statement: Statement, seen: Seen) -> Iterator[Hazard]:
    """Every hazard of it; ``seen`` learns what it does."""
    words = command(statement.text)
    if not words:
        return
    yield from reaches(statement.text, seen.readable)
    yield from unbound_hazards(statement.text)
    yield from _of_kind(words, statement.text, seen)
    yield from _crashes(words, seen)


def _of_kind(words: tuple[Token, ...], text: str, seen: Seen) -> Iterator[Hazard]:
    first = words[0]
    schema = _SCHEMA.get(first.text.upper()) if first.kind == "word" else None
    if first.is_word("COPY"):
        yield from copied(words, seen)
        yield from _queried(subquery(words), casts=False)
    elif schema is not None and not _is_insert(words):
        yield from schema(words, text, seen)
        if first.is_word("CREATE") and at(words, 1).is_word("NODE", "REL"):
            yield from _queried(subquery(words))
    elif first.is_word("CHECKPOINT", "CALL"):
        yield from _called(words, seen)
    elif first.is_word(*_TRANSACTION):
        text = f"{first.text.upper()} takes the transaction out of the hands of who runs the script"
        yield Hazard(name="controls_transaction", text=text)
    elif first.is_word("IMPORT"):
        text = "IMPORT DATABASE commits an open transaction, and leaves what it did when it fails"
        yield Hazard(name="outside_transaction", text=text)
    else:
        yield from _queried(words)


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
        yield from _queried(words)


def _queried(words: tuple[Token, ...], *, casts: bool = True) -> Iterator[Hazard]:
    yield from _deleted(words)
    written, whole = tuple(assignments(words)), tuple(overwritten(words))
    if not (written or whole):
        return
    yield from _set_to_null(written)
    yield from _set_whole(whole)
    types = cast_types(words) if casts else ()
    if types:
        what = f"casts values to {', '.join(types)}: what does not fit is changed, or refused"
        yield Hazard(name="narrows_values", text=what)


def _crashes(words: tuple[Token, ...], seen: Seen) -> Iterator[Hazard]:
    """A write to a table and a DROP of a column of it, in either order."""
    dropped_from = drops_column(words)
    if dropped_from and touches({dropped_from.key}, seen.written, seen):
        what = (
            f"DROP of a column of {shown(dropped_from.identifier)} after a write to it: {CHECKPOINT_BETWEEN}"
        )
        yield Hazard(name="ends_process", text=what)
    if touches(written_tables(words), seen.stale, seen):
        what = f"write to a table after the DROP of a column of it: {CHECKPOINT_BETWEEN}"
        yield Hazard(name="ends_process", text=what)
    note_writes(words, seen)


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


def _set_whole(bindings: tuple[Binding, ...]) -> Iterator[Hazard]:
    for one in bindings:
        of = f" of {_named(one.tables)}" if one.tables else ""
        text = f"SET … = {{…}} sets every column{of} that it does not name to NULL"
        yield Hazard(name="drops_values", text=text)


def _named(tables: dict[str, str]) -> str:
    return ", ".join(shown(name) for name in tables.values())
