"""Cypher text as tokens: what a check of statements looks at, without strings' insides and comments.

The engines need no space after a number: ``WHERE n.x = 1e5SET n.y = 2`` is two clauses.  So a number here
ends where theirs does, at its digits or its exponent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kuzuvcs.core.schema import fold
from kuzuvcs.core.scripts.cypher_text import BYTE_ORDER_MARK, SPACE, pieces

TokenKind = Literal["word", "name", "string", "number", "symbol"]

_NUMBER = re.compile("[0-9]+(?:[eE]-?[0-9]+)?")
_ASCII_WORD = re.compile("[A-Za-z_][A-Za-z0-9_$]*")
_ODD_LETTERS = "\u037a\u0e33\u0eb3\u309b\u309c"
"""Letters to the engines (Unicode's ID_Start), and none to Python (XID_Start)."""

_DASHES = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_LEFT_HEADS = "\u27e8\u3008\ufe64\uff1c"
_RIGHT_HEADS = "\u27e9\u3009\ufe65\uff1e"
ALIASES = {
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_LEFT_HEADS, "<"),
    **dict.fromkeys(_RIGHT_HEADS, ">"),
}
"""What the engines take in a pattern for ``-``, ``<`` and ``>``."""


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
        # Upper case would make other letters ASCII ones: U+017F an S, for one.
        return self.kind == "word" and self.text.isascii() and self.text.upper() in words

    def is_symbol(self, *symbols: str) -> bool:
        """Whether it is one of these characters."""
        return self.kind == "symbol" and ALIASES.get(self.text, self.text) in symbols


END = Token(kind="symbol", text="", start=-1, depth=0)
"""What stands behind the last token."""


def at(tokens: Sequence[Token], index: int) -> Token:
    """The token at that place; ``END`` where there is none."""
    return tokens[index] if 0 <= index < len(tokens) else END


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens in order; the last one may be the symbol of a quote or comment that never ends."""
    return tuple(_with_depth(_found(text)))


def command(text: str) -> tuple[Token, ...]:
    """The tokens of a statement without ``EXPLAIN``, ``EXPLAIN LOGICAL`` or ``PROFILE`` before it."""
    words = tokens(text)
    if at(words, 0).is_word("EXPLAIN"):
        return words[2 if at(words, 1).is_word("LOGICAL") else 1 :]
    return words[1:] if at(words, 0).is_word("PROFILE") else words


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
        elif piece.kind == "open":
            yield "symbol", piece.text, piece.start
    yield from _in_code(text, code_start, code_end)


def _in_code(text: str, start: int, end: int) -> Iterator[tuple[TokenKind, str, int]]:
    place = start
    if not start and text.lstrip(" \t\n\v\f\r").startswith(BYTE_ORDER_MARK):
        place = text.index(BYTE_ORDER_MARK) + 1
    while place < end:
        begin = place
        if text[place] in SPACE:
            place += 1
        elif number := _NUMBER.match(text, place, end):
            place = number.end()
            yield "number", number[0], begin
        elif _begins_word(text[place]):
            place = _word_end(text, place, end)
            yield "word", text[begin:place], begin
        else:
            place += 1
            yield "symbol", text[begin], begin


def _begins_word(character: str) -> bool:
    return (
        character.isidentifier()
        or character in _ODD_LETTERS
        or (not character.isascii() and unicodedata.category(character) == "Pc")
    )


def _word_end(text: str, start: int, end: int) -> int:
    place = start
    while place < end:
        ascii_word = _ASCII_WORD.match(text, place, end)
        if ascii_word:
            place = ascii_word.end()
        elif _continues_word(text[place]):
            place += 1
        else:
            break
    return place


def _continues_word(character: str) -> bool:
    return (
        f"a{character}".isidentifier()
        or character in _ODD_LETTERS
        or unicodedata.category(character) in ("Sc", "Pc")
    )


def _with_depth(found: Iterator[tuple[TokenKind, str, int]]) -> Iterator[Token]:
    depth = 0
    for kind, text, start in found:
        if kind == "symbol" and text in ")]}":
            depth -= 1
        yield Token(kind=kind, text=text, start=start, depth=depth)
        if kind == "symbol" and text in "([{":
            depth += 1
