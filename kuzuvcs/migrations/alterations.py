"""The hazards of ALTER, DROP and CREATE."""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.hazards import Hazard, drop_macro_hazard
from kuzuvcs.core.scripts.cypher_tokens import Token, at
from kuzuvcs.core.scripts.unreadable import unreadable
from kuzuvcs.migrations.seen import Made, Seen, table_name

Words = tuple[Token, ...]


def altered(words: Words, text: str, seen: Seen) -> Iterator[Hazard]:
    """``ALTER TABLE table ADD | DROP | RENAME …``."""
    table, verb = at(words, 2), at(words, 3)
    rest, guarded = _without_if(words[4:])
    if verb.is_word("RENAME"):
        _renamed(table.key, rest, seen)
    elif verb.is_word("ADD") and _is_connection(rest):
        if not guarded:
            seen.made.add((table.key, rest[1].key, at(rest, 3).key))
    elif verb.is_word("ADD"):
        yield from _added(table, rest, text, seen, guarded=guarded)
    elif verb.is_word("DROP") and _is_connection(rest):
        source, target = rest[1], at(rest, 3)
        if (table.key, source.key, target.key) not in seen.made:
            pair = f"from {shown(source.identifier)} to {shown(target.identifier)}"
            yield Hazard(name="drops_edges", text=f"drops the edges of {shown(table.identifier)} {pair}")
    elif verb.is_word("DROP"):
        yield from _dropped_column(table, at(rest, 0), seen)


def dropped(words: Words, text: str, seen: Seen) -> Iterator[Hazard]:  # noqa: ARG001  one of three alike
    """``DROP TABLE | SEQUENCE | MACRO name``."""
    rest, _ = _without_if(words[2:])
    name = at(rest, 0)
    if at(words, 1).is_word("MACRO"):
        yield drop_macro_hazard(name.identifier)
        return
    if at(words, 1).is_word("SEQUENCE"):
        if name.key not in seen.made_sequences:
            what = f"sequence {shown(name.identifier)} loses its place: made again, it starts anew"
            yield Hazard(name="restarts_sequence", text=what)
        seen.made_sequences.discard(name.key)
        return
    if not at(words, 1).is_word("TABLE"):
        return
    if (name.key,) not in seen.made:
        if seen.kinds.get(name.key) == "rel":
            yield Hazard(name="drops_edges", text=f"drops {shown(name.identifier)} with its edges")
        else:
            yield Hazard(name="drops_rows", text=f"drops {shown(name.identifier)} with its rows")
    seen.made = {one for one in seen.made if one[0] != name.key}


def created(words: Words, text: str, seen: Seen) -> Iterator[Hazard]:
    """``CREATE NODE TABLE | REL TABLE | SEQUENCE | MACRO | TYPE …``."""
    kind = words[1]
    if kind.is_word("NODE", "REL") and len(words) > 3:
        yield from _created_table(words, text, seen)
    elif kind.is_word("SEQUENCE"):
        rest, guarded = _without_if(words[2:])
        if not guarded:
            seen.made_sequences.add(at(rest, 0).key)
    elif kind.is_word("TYPE") and seen.section == "up":
        yield Hazard(name="cannot_be_undone", text="the engine has no DROP TYPE: DOWN leaves it")
    elif kind.is_word("MACRO"):
        body = next((word for word in words if word.is_word("AS") and not word.depth), None)
        if body is not None:
            yield from _unreadable(text[body.start + len(body.text) :], "the macro")


def _created_table(words: Words, text: str, seen: Seen) -> Iterator[Hazard]:
    name = table_name(words)
    place = words.index(name)
    filled = at(words, place + 1).is_word("AS")
    guarded = any(word.is_word("EXISTS") for word in words[3:place])
    if filled and words[1].is_word("NODE"):
        what = f"every row of {shown(name.identifier)} needs a key of its own"
        yield Hazard(name="requires_unique", text=what)
    elif not guarded:
        # What a query fills holds rows from elsewhere: such a table is not the script's own to drop.
        seen.made.add((name.key,))
    for column, start, end in _defaults(words, len(text)):
        yield from _unreadable(text[start:end], f"the default of {shown(column)}")


def _added(table: Token, rest: Words, text: str, seen: Seen, *, guarded: bool) -> Iterator[Hazard]:
    column = at(rest, 0)
    seen.extended.add(table.key)
    if not guarded:
        seen.made.add((table.key, column.key))
    if (table.key, column.key) in seen.dropped_columns:
        what = f"column {shown(column.identifier)} of {shown(table.identifier)} is now the last one"
        yield Hazard(name="column_order", text=what)
    for default in rest[2:]:
        if default.is_word("DEFAULT") and not default.depth:
            place = f"{shown(table.identifier)}.{shown(column.identifier)}"
            what = f"every row of {shown(table.identifier)} gets the default of {shown(column.identifier)}"
            yield Hazard(name="fills_rows", text=what)
            yield from _unreadable(text[default.start + len(default.text) :], f"the default of {place}")
            return


def _dropped_column(table: Token, column: Token, seen: Seen) -> Iterator[Hazard]:
    own: Made = (table.key, column.key)
    if own not in seen.made and (table.key,) not in seen.made:
        place = f"{shown(table.identifier)}.{shown(column.identifier)}"
        yield Hazard(name="drops_values", text=f"drops the values of {place}")
    seen.made.discard(own)
    seen.dropped_columns.add(own)


def _renamed(table: str, rest: Words, seen: Seen) -> None:
    if len(rest) == 2 and rest[0].is_word("TO"):
        seen.rename_table(table, rest[1].key)
    elif len(rest) > 2:
        seen.rename_column(table, rest[0].key, rest[2].key)


def _is_connection(rest: Words) -> bool:
    """``FROM a TO b``; a column may be called from."""
    return at(rest, 0).is_word("FROM") and at(rest, 2).is_word("TO")


def _without_if(words: Words) -> tuple[Words, bool]:
    """Without ``IF [NOT] EXISTS``, and whether it was there."""
    if not at(words, 0).is_word("IF") or not at(words, 1).is_word("NOT", "EXISTS"):
        return words, False
    return words[3 if words[1].is_word("NOT") else 2 :], True


def _defaults(words: Words, end: int) -> Iterator[tuple[str, int, int]]:
    """Column, and the places in the text between which its default stands, in ``CREATE … TABLE``."""
    column = ""
    for index, word in enumerate(words):
        before = at(words, index - 1)
        if word.depth == 1 and before.is_symbol("(", ",") and before.depth <= 1:
            column = word.identifier
        elif word.depth == 1 and word.is_word("DEFAULT"):
            ends = (
                later.start
                for later in words[index + 1 :]
                if later.depth == 0
                or (later.depth == 1 and (later.is_symbol(",") or later.is_word("PRIMARY")))
            )
            yield column, word.start + len(word.text), next(ends, end)


def _unreadable(expression: str, what: str) -> Iterator[Hazard]:
    found = unreadable(expression)
    if found:
        text = f"with {found} in {what} the engine cannot open the database again"
        yield Hazard(name="unreadable_expression", text=text)
