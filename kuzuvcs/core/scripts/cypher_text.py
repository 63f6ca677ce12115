"""Cypher text cut into its lexical pieces, as the engines' own lexer cuts it.

Measured on Kuzu and ladybug (``tests/engines/test_lexing.py`` compares every rule with both):

- A string ends at its own quote.  A backslash takes the next character with it; ``''`` is no escape.
- A name in backticks ends at the next backtick.
- ``//`` begins a comment up to the line feed.  A carriage return may only stand directly before it; after any
  other one the engine sees no comment, and refuses the statement.
- ``/*`` begins a comment that is read in pairs after each ``*``: ``**/`` does not end it.
- ``--`` is an operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PieceKind = Literal["string", "name", "comment", "code", "open"]

SPACE = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \xa0\u1680\u180e"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What the engines take for white space between words: neither Python's nor Unicode's list."""

BYTE_ORDER_MARK = "\ufeff"
"""The engines skip one at the start of a statement's text."""

_PIECE = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<name>`[^`]*`)"""
    r"""|(?P<comment>//[^\n\r]*(?:\r?(?=\n)|\r?\Z)|/\*(?:[^*]|\*[^/])*+\*/)"""
    r"""|(?P<open>['"`]|/\*|//)"""
    r"""|(?P<code>.)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A string, a backtick name, a comment, one character of code, or the start of what never ends."""

    kind: PieceKind
    text: str
    start: int


def pieces(text: str) -> Iterator[Piece]:
    """The pieces in order; put end to end they are the text, but after an ``open`` one nothing comes."""
    for found in _PIECE.finditer(text):
        for kind in ("string", "name", "comment", "open", "code"):
            if found[kind] is not None:
                yield Piece(kind=kind, text=found[kind], start=found.start())
                break
        if found["open"] is not None:
            return


def statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a text of Cypher, each with the line on which it begins.

    They end at a ``;`` outside of strings, backtick names and comments; comments before one are left out.
    What begins a string or a comment that never ends stands in the last one.
    """
    start, end, line, counted = -1, 0, 1, 0
    for piece in pieces(text):
        if piece.kind == "code" and piece.text == ";":
            if start >= 0:
                yield line, text[start:end].rstrip(SPACE)
            start = -1
        elif start >= 0 or (piece.kind != "comment" and piece.text not in (*SPACE, BYTE_ORDER_MARK)):
            if start < 0:
                start = piece.start
                line, counted = line + text.count("\n", counted, start), start
            end = piece.start + len(piece.text)
    if start >= 0:
        yield line, text[start:end].rstrip(SPACE)
