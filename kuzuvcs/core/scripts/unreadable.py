"""Expressions that kuzu 0.11.3 writes into the catalog and cannot read back.

With a comparison, AND, OR, XOR, NOT, IS, EXISTS or a lambda in a default or a macro, the database cannot be
opened again after a clean close (EXISTS ends in an error at once).  CASE, IN, STARTS WITH and =~ can
stand there.
"""

from __future__ import annotations

import re

from kuzuvcs.core.scripts.cypher_text import pieces

_UNREADABLE = re.compile(r"(?<!:)=(?!~)|[<>]|\b(?:AND|OR|XOR|NOT|IS|EXISTS)\b", re.IGNORECASE)


def unreadable(expression: str) -> str:
    """The first thing in it that the engine cannot read back; empty where there is none."""
    code = "".join(piece.text if piece.kind == "code" else " x " for piece in pieces(expression))
    found = _UNREADABLE.search(code)
    return found[0] if found else ""
