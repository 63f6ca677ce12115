"""The hazards of COPY, and of statements that read files."""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.scripts.cypher_tokens import Token
from kuzuvcs.migrations.casts import cast_types
from kuzuvcs.migrations.clauses import at
from kuzuvcs.migrations.seen import Seen

Words = tuple[Token, ...]

BEFORE = "${before}/"
"""Begins the path of what was captured of this very database before UP; it is no place outside."""


def loads(words: Words) -> Iterator[Hazard]:
    """``LOAD FROM``, wherever it stands."""
    for index, word in enumerate(words):
        if not word.is_word("LOAD") or at(words, index - 1).is_symbol("."):
            continue
        source = _load_source(words, index + 1)
        if source is not None and not _is_capture(source):
            yield Hazard(name="reaches_outside", text=f"LOAD FROM reads {_place(source)}")


def copied(words: Words, seen: Seen) -> Iterator[Hazard]:
    """``COPY table FROM …``, ``COPY (query) TO …``."""
    if at(words, 1).is_symbol("("):
        yield Hazard(name="reaches_outside", text=f"COPY TO writes {_place(_behind(words, 'TO'))}")
        return
    table, source = at(words, 1), _behind(words, "FROM")
    query = source.is_symbol("(") and at(words, words.index(source) + 1).kind == "word"
    if not query and not _is_capture(source):
        yield Hazard(name="reaches_outside", text=f"COPY FROM reads {_place(source)}")
    reads_rows = not query or any(word.is_word("MATCH", "LOAD") for word in words)
    if query and any(word.is_word("MATCH") for word in words):
        yield Hazard(
            name="rewrites_table", text=f"writes rows of other tables into {shown(table.identifier)}"
        )
        types = cast_types(words)
        if types:
            what = f"casts values to {', '.join(types)}: what does not fit is changed, or refused"
            yield Hazard(name="narrows_values", text=what)
    if reads_rows and seen.kinds.get(table.key) == "node":
        what = f"every row of {shown(table.identifier)} needs a key of its own"
        yield Hazard(name="requires_unique", text=what)
    if table.key in seen.extended and not at(words, 2).is_symbol("("):
        what = (
            f"COPY goes by position, and {shown(table.identifier)} has its new column last: name the columns"
        )
        yield Hazard(name="column_order", text=what)
    # It holds rows from elsewhere now, so that it is no more the script's own to drop.
    seen.made.discard((table.key,))


def _load_source(words: Words, index: int) -> Token | None:
    """What stands behind ``FROM`` or ``WITH HEADERS (…) FROM``; None for the LOAD of an extension."""
    if at(words, index).is_word("FROM"):
        return at(words, index + 1)
    if at(words, index).is_word("WITH") and at(words, index + 1).is_word("HEADERS"):
        depth = words[index].depth
        for place in range(index + 2, len(words)):
            if words[place].depth == depth and words[place].is_word("FROM"):
                return at(words, place + 1)
    return None


def _behind(words: Words, keyword: str) -> Token:
    places = (place for place, word in enumerate(words) if not word.depth and word.is_word(keyword))
    # `COPY from FROM …`: the first is the table's name.
    return at(words, next((place + 1 for place in places if place > 1), len(words)))


def _is_capture(source: Token) -> bool:
    path = source.text[1:-1]
    return source.kind == "string" and path.startswith(BEFORE) and ".." not in path.split("/")


def _place(source: Token) -> str:
    return source.text if source.kind in ("string", "word", "name") else "files"
