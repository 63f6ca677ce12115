"""Cypher text cut into its lexical pieces, as far as quoting and comments go.

Measured: a string ends at its own quote, a backslash takes the next character as it is, ``''`` is no
escape; a backtick name ends at the next backtick; comments are ``//`` to the end of the line and
``/* */``, not nested; ``--`` is an operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PieceKind = Literal["string", "name", "comment", "code", "open"]

_PIECE = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<name>`[^`]*`)"""
    r"""|(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<open>['"`]|/\*)"""
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
    statement, line = "", 1
    for piece in pieces(text):
        if piece.kind == "code" and piece.text == ";":
            if statement:
                yield line, statement.rstrip()
            statement = ""
        elif statement or (piece.kind != "comment" and not piece.text.isspace()):
            if not statement:
                line = text.count("\n", 0, piece.start) + 1
            statement += piece.text
    if statement:
        yield line, statement.rstrip()
