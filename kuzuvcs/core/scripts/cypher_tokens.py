"""Cypher text as tokens: what a check of statements looks at, without strings' insides and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kuzuvcs.core.schema import fold
from kuzuvcs.core.scripts.cypher_text import pieces

TokenKind = Literal["word", "name", "string", "number", "symbol"]

_CODE = re.compile(r"(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<symbol>\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bare word (keyword or name), a name in backticks, a string, a number, or one other character.

    ``start`` is its place in the text, and ``depth`` how many brackets are open around it: a
    bracket has the depth of what stands outside of it.
    """

    kind: TokenKind
    text: str
    start: int
    depth: int

    @property
    def is_identifier(self) -> bool:
        """Whether it can name something; most keywords can, too."""
        return self.kind in ("word", "name")

    @property
    def identifier(self) -> str:
        """The name that it is, without backticks."""
        return self.text.strip("`")

    @property
    def key(self) -> str:
        """The name as the engine compares names."""
        return fold(self.identifier)

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords (given in upper case), in any case and not in backticks."""
        return self.kind == "word" and self.text.upper() in words

    def is_symbol(self, *symbols: str) -> bool:
        """Whether it is one of these characters."""
        return self.kind == "symbol" and self.text in symbols


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens in order; a quote that never ends, and what follows it, are left out."""
    return tuple(_with_depth(_found(text)))


def _found(text: str) -> Iterator[tuple[TokenKind, str, int]]:
    # Comments and strings separate words; single characters of code are put together again here.
    code_start, code_end = 0, 0
    for piece in pieces(text):
        if piece.kind == "code" and piece.start == code_end:
            code_end += len(piece.text)
            continue
        yield from _in_code(text, code_start, code_end)
        code_start = code_end = piece.start + len(piece.text)
        if piece.kind == "string" or piece.kind == "name":
            yield piece.kind, piece.text, piece.start
    yield from _in_code(text, code_start, code_end)


def _in_code(text: str, start: int, end: int) -> Iterator[tuple[TokenKind, str, int]]:
    for found in _CODE.finditer(text, start, end):
        if found["word"] is not None:
            yield "word", found[0], found.start()
        elif found["number"] is not None:
            yield "number", found[0], found.start()
        else:
            yield "symbol", found[0], found.start()


def _with_depth(found: Iterator[tuple[TokenKind, str, int]]) -> Iterator[Token]:
    depth = 0
    for kind, text, start in found:
        if kind == "symbol" and text in ")]}":
            depth -= 1
        yield Token(kind=kind, text=text, start=start, depth=depth)
        if kind == "symbol" and text in "([{":
            depth += 1
