"""Casts in a statement that writes what they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kuzuvcs.core.cypher_tokens import Token
from kuzuvcs.migrations.clauses import at


def cast_types(words: Sequence[Token], text: str) -> tuple[str, ...]:
    """The types that values are cast to, each once; not STRING, which holds any, nor that of a NULL."""
    return tuple(dict.fromkeys(_found(words, text)))


def _found(words: Sequence[Token], text: str) -> Iterator[str]:
    for index, token in enumerate(words):
        if not (token.is_word("CAST") and at(words, index + 1).is_symbol("(")):
            continue
        inside = _inside(words, index + 1)
        target = _target(inside, text)
        if target and target.upper() != "STRING" and not (inside and inside[0].is_word("NULL")):
            yield target


def _inside(words: Sequence[Token], bracket: int) -> Sequence[Token]:
    """What stands in a bracket, the closing one included."""
    depth = words[bracket].depth
    end = next(
        (place for place in range(bracket + 1, len(words)) if words[place].depth == depth), len(words) - 1
    )
    return words[bracket + 1 : end + 1]


def _target(inside: Sequence[Token], text: str) -> str:
    """``CAST(x AS INT32)``, ``CAST(x, 'INT32')``."""
    depth = min((token.depth for token in inside[:-1]), default=0)
    for place in range(len(inside) - 2, -1, -1):
        if inside[place].depth == depth and inside[place].is_word("AS"):
            return " ".join(text[inside[place].start + 2 : inside[-1].start].split())
    last = at(inside, len(inside) - 2)
    return last.text[1:-1] if last.kind == "string" else ""
