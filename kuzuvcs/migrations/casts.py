"""Casts in a statement that writes what they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kuzuvcs.core.scripts.cypher_tokens import END, Token, at


def cast_types(words: Sequence[Token]) -> tuple[str, ...]:
    """The types that values are cast to, each once; not STRING, which holds any, nor that of a NULL."""
    return tuple(dict.fromkeys(_found(words)))


def _found(words: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(words):
        if not (token.is_word("CAST") and at(words, index + 1).is_symbol("(")):
            continue
        inside = _inside(words, index + 1)
        target = _target(inside)
        if target and target.upper() != "STRING" and not inside[0].is_word("NULL"):
            yield target


def _inside(words: Sequence[Token], bracket: int) -> Sequence[Token]:
    """What stands in a bracket."""
    depth = words[bracket].depth
    places = (place for place in range(bracket + 1, len(words)) if words[place].depth == depth)
    return words[bracket + 1 : next(places, len(words))]


def _target(inside: Sequence[Token]) -> str:
    """``CAST(x AS INT32)``, ``CAST(x, 'INT32')``."""
    depth = min((token.depth for token in inside), default=0)
    for place in range(len(inside) - 1, -1, -1):
        if inside[place].depth == depth and inside[place].is_word("AS"):
            return _written(inside[place + 1 :])
    last = at(inside, len(inside) - 1)
    return last.text[1:-1] if last.kind == "string" else ""


def _written(words: Sequence[Token]) -> str:
    text = ""
    for before, word in zip((END, *words), words, strict=False):
        space = before.is_symbol(",") or (before.is_identifier and word.is_identifier)
        text += f" {word.text}" if space else word.text
    return text
