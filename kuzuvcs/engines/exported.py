"""The schema text that engines export: the only place where they tell multiplicities, and kuzu macros.

It names tables, sequences, then macros.  Their names stand in backticks, but those of a macro's parameters
stand bare, whatever is in them; strings stand as they were typed, in either quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from kuzuvcs.core.catalog import CatalogMacro
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import Multiplicity
from kuzuvcs.core.scripts.cypher_text import Piece, pieces
from kuzuvcs.errors import EngineError

_REL_TABLE = re.compile(
    r"^CREATE REL TABLE (`[^`]*`) \((?:`[^`]*`|[^`])*?(MANY_MANY|MANY_ONE|ONE_MANY|ONE_ONE)\)"
    r"(?: WITH \([^\n]*\))?;\n",
    re.MULTILINE,
)
_OWN = re.compile(
    r"CREATE REL TABLE `[^`]*` \(FROM `[^`]*` TO `[^`]*` (MANY_MANY|MANY_ONE|ONE_MANY|ONE_ONE)[,)]"
)
_MACRO = "CREATE MACRO `"
_OPENING, _CLOSING = "([{", ")]}"


def multiplicities(ddl: str) -> dict[str, Multiplicity]:
    """Multiplicity by the quoted name of the rel table: its only connection's own, if that has one."""
    found = {}
    for table in _REL_TABLE.finditer(ddl):
        own = _OWN.match(table[0])
        found[table[1]] = own[1] if own else table[2]
    return cast(dict[str, Multiplicity], found)


def macros(ddl: str) -> list[CatalogMacro]:
    """The macros, with which the text ends.

    :raises EngineError: they cannot be told apart
    """
    start = re.search(f"^{_MACRO}", ddl, re.MULTILINE)
    return [_macro(statement) for statement in _statements(ddl[start.start() :])] if start else []


def _statements(ddl: str) -> Iterator[list[Piece]]:
    statement: list[Piece] = []
    for piece in pieces(ddl):
        if piece.kind in ("open", "comment"):
            raise _unclear(_text([*statement, piece]))
        if piece.kind == "code" and piece.text == ";":
            yield statement
            statement = []
        elif statement or piece.text.strip():
            statement.append(piece)
    if statement:
        raise _unclear(_text(statement))


def _macro(statement: list[Piece]) -> CatalogMacro:
    text = _text(statement)
    if not text.startswith(_MACRO):
        raise _unclear(text)
    name = next(index for index, piece in enumerate(statement) if piece.kind == "name")
    opening, closing = name + 2, _closing(statement, name + 2)
    head, body = _text(statement[name + 1 : opening + 1]), _text(statement[closing:])
    if head != " (" or not body.startswith(") AS "):
        raise _unclear(text)
    parameters = tuple(_parameter(one, text) for one in _items(statement[opening + 1 : closing]))
    return CatalogMacro(
        name=statement[name].text[1:-1], parameters=parameters, body=body.removeprefix(") AS ")
    )


def _closing(statement: list[Piece], opening: int) -> int:
    depth = 0
    for index in range(opening, len(statement)):
        piece = statement[index]
        if piece.kind == "code":
            depth += (piece.text in _OPENING) - (piece.text in _CLOSING)
            if depth == 0:
                return index
    raise _unclear(_text(statement))


def _items(parameters: list[Piece]) -> Iterator[str]:
    """The parts between commas that stand in no bracket."""
    depth, item = 0, ""
    for piece in parameters:
        if piece.kind == "code":
            depth += (piece.text in _OPENING) - (piece.text in _CLOSING)
            if piece.text == "," and depth == 0:
                yield item
                item = ""
                continue
        item += piece.text
    if item:
        yield item


def _parameter(text: str, statement: str) -> tuple[str, str | None]:
    name, assigned, default = text.partition(":=")
    if not name or quote_name(name)[1:-1] != name:
        raise _unclear(statement)
    return name, default if assigned else None


def _text(statement: list[Piece]) -> str:
    return "".join(piece.text for piece in statement)


def _unclear(statement: str) -> EngineError:
    return EngineError(
        "the engine's own text of the schema cannot be read",
        cause=f"it does not quote every name: {statement[:200]}",
        hint="rename what has a quote or a bracket in its name; nothing was written",
    )
