"""The parts of a query that change data: DELETE and SET, and the tables that their variables stand for.

The engine lets most keywords be names (``MATCH (delete:User) RETURN delete``), so that a word is a clause
only where no name can stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kuzuvcs.core.scripts.cypher_tokens import END, Token, at

_OPERAND_FOLLOWS = (
    "RETURN", "WITH", "DISTINCT", "WHERE", "BY", "AS", "UNWIND", "IN", "AND", "OR", "XOR", "NOT", "CASE",
    "WHEN", "THEN", "ELSE", "CONTAINS", "LIMIT", "SKIP", "DELETE",
)  # fmt: skip
_CLAUSES = (
    "RETURN",
    "WITH",
    "MATCH",
    "OPTIONAL",
    "CREATE",
    "MERGE",
    "SET",
    "DELETE",
    "DETACH",
    "UNWIND",
    "UNION",
)


@dataclass(slots=True, kw_only=True)
class Binding:
    """What a variable stands for: nodes or edges, of which tables (by folded name); none named: of any."""

    kind: Literal["node", "rel"]
    tables: dict[str, str] = field(default_factory=dict)
    """Folded name to the name as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One variable of a DELETE."""

    binding: Binding
    detach: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One ``variable.column = value`` of a SET."""

    binding: Binding
    column: str
    to_null: bool


def deletions(tokens: Sequence[Token]) -> Iterator[Deletion]:
    """Every variable that a DELETE of the query names."""
    bound = _bindings(tokens)
    for index, token in enumerate(tokens):
        if not (token.is_word("DELETE") and _is_clause(tokens, index)):
            continue
        detach = at(tokens, index - 1).is_word("DETACH")
        place = index + 1
        while at(tokens, place).is_identifier:
            binding = bound.get(tokens[place].key, Binding(kind="node"))
            yield Deletion(binding=binding, detach=detach)
            if not at(tokens, place + 1).is_symbol(","):
                break
            place += 2


def assignments(tokens: Sequence[Token]) -> Iterator[Assignment]:
    """Every column that a SET of the query writes."""
    bound = _bindings(tokens)
    for index, token in enumerate(tokens):
        if not (token.is_word("SET") and _is_clause(tokens, index) and at(tokens, index + 2).is_symbol(".")):
            continue
        for place in _items(tokens, index + 1):
            if at(tokens, place + 1).is_symbol(".") and at(tokens, place + 3).is_symbol("="):
                yield Assignment(
                    binding=bound.get(tokens[place].key, Binding(kind="node")),
                    column=tokens[place + 2].identifier,
                    to_null=at(tokens, place + 4).is_word("NULL") and _ends_item(at(tokens, place + 5)),
                )


def overwritten(tokens: Sequence[Token]) -> Iterator[Binding]:
    """What a ``SET u = {…}`` of the query writes: ladybug sets every column that it does not name to NULL."""
    bound = _bindings(tokens)
    for index, token in enumerate(tokens):
        if not token.is_word("SET") or token.depth or at(tokens, index - 1).is_symbol(".", ":", "|", "$"):
            continue
        place = index + 1
        while at(tokens, place).is_symbol("("):
            place += 1
        variable = at(tokens, place)
        while at(tokens, place + 1).is_symbol(")"):
            place += 1
        whole = at(tokens, place + 1).is_symbol("=") and at(tokens, place + 2).is_symbol("{")
        if variable.is_identifier and whole:
            yield bound.get(variable.key, Binding(kind="node"))


def created_tables(tokens: Sequence[Token]) -> Iterator[tuple[Literal["node", "rel"], str]]:
    """The tables, by kind and folded name, that the patterns of CREATE and MERGE clauses name."""
    inside = False
    for index, token in enumerate(tokens):
        if not token.depth and token.is_word(*_CLAUSES, "ON") and _begins_clause(tokens, index):
            inside = token.is_word("CREATE", "MERGE") and not at(tokens, index - 1).is_word("ON")
        if not inside or not token.is_symbol("(", "[") or token.depth:
            continue
        place = index + 1 if at(tokens, index + 1).is_symbol(":") else index + 2
        kind: Literal["node", "rel"] = "rel" if token.is_symbol("[") else "node"
        for name, _ in _labels(tokens, place):
            yield kind, name


def _begins_clause(tokens: Sequence[Token], index: int) -> bool:
    return not at(tokens, index - 1).is_symbol(".", ":", "|", ",", "$", "(", "[")


def subquery(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The query in ``COPY table FROM (…)``, or behind ``CREATE … TABLE … AS``; it may write, too."""
    if at(tokens, 0).is_word("COPY"):
        inside = next(
            (place + 1 for place, one in enumerate(tokens) if one.is_symbol("(") and _reads(tokens, place)), 0
        )
        inner = [one for one in tokens[inside:] if one.depth] if inside else []
        return tuple(replace(one, depth=one.depth - 1) for one in inner)
    begin = next(
        (place + 1 for place, one in enumerate(tokens) if one.is_word("AS") and not one.depth), len(tokens)
    )
    return tuple(tokens[begin:])


def _reads(tokens: Sequence[Token], index: int) -> bool:
    before = at(tokens, index - 1)
    return index == 1 or (before.is_word("FROM") and not before.depth)


def _is_clause(tokens: Sequence[Token], index: int) -> bool:
    before, after = at(tokens, index - 1), at(tokens, index + 1)
    if tokens[index].depth or not after.is_identifier or after.is_word("AS"):
        return False
    return not before.is_symbol(".", ":", "|", ",", "$") and not before.is_word(*_OPERAND_FOLLOWS)


def _items(tokens: Sequence[Token], start: int) -> Iterator[int]:
    """Where the items of a list begin that commas separate and the next clause ends."""
    yield start
    for index in range(start + 1, len(tokens)):
        token = tokens[index]
        if token.depth:
            continue
        if token.is_word(*_CLAUSES) and not at(tokens, index - 1).is_symbol("."):
            return
        if token.is_symbol(","):
            yield index + 1


def _ends_item(token: Token) -> bool:
    return token is END or token.is_symbol(",") or token.is_word(*_CLAUSES)


def _bindings(tokens: Sequence[Token]) -> dict[str, Binding]:
    """The variables that patterns name: ``(a:User)``, ``-[r:Knows|Likes]->``."""
    found: dict[str, Binding] = {}
    for index, token in enumerate(tokens):
        variable = at(tokens, index + 1)
        if not variable.is_identifier:
            continue
        if token.is_symbol("[") and at(tokens, index - 1).is_symbol("-"):
            binding = found.setdefault(variable.key, Binding(kind="rel"))
        elif token.is_symbol("(") and at(tokens, index + 2).is_symbol(":"):
            binding = found.setdefault(variable.key, Binding(kind="node"))
        else:
            continue
        binding.tables.update(_labels(tokens, index + 2))
    return found


def _labels(tokens: Sequence[Token], index: int) -> Iterator[tuple[str, str]]:
    while at(tokens, index).is_symbol(":", "|"):
        index += 1
        if at(tokens, index).is_identifier:
            yield tokens[index].key, tokens[index].identifier
            index += 1
