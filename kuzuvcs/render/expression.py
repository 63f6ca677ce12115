"""Expressions that the engine printed, checked before they go into a statement.

A default or macro body is text from a manifest, perhaps a stranger's: it must be one expression
that cannot end the statement around it, and none that kuzu 0.11.3 cannot read back when it opens the
database again: a comparison, AND, OR, XOR, NOT, IS, EXISTS, a lambda.  CASE, IN and STARTS WITH it can.
"""

from __future__ import annotations

import re

from kuzuvcs.core.cypher_text import pieces
from kuzuvcs.errors import SchemaError

_UNREADABLE = re.compile(r"(?<!:)=(?!~)|[<>]|\b(?:AND|OR|XOR|NOT|IS|EXISTS)\b", re.IGNORECASE)
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def checked_expression(text: str) -> str:
    """The text itself; ``SchemaError`` for no single expression, or one that is never to be written."""
    found = tuple(pieces(text))
    if not text.strip():
        raise _refused(text, "it is empty")
    if any(piece.kind in ("open", "comment") for piece in found):
        raise _refused(text, "it has a comment, or a quote that does not end")
    code = "".join(piece.text if piece.kind == "code" else " x " for piece in found)
    if ";" in code or "\0" in text or not _balanced(code):
        raise _refused(text, "it would end the statement around it")
    unreadable = _UNREADABLE.search(code)
    if unreadable:
        raise _refused(
            text,
            f"with {unreadable[0]!r} in a default or macro, the engine cannot open the database again",
        )
    return text


def _balanced(code: str) -> bool:
    stack: list[str] = []
    for character in code:
        if character in "([{":
            stack.append(character)
        elif character in ")]}":
            if not stack or stack.pop() != _BRACKETS[character]:
                return False
        elif character == "," and not stack:
            return False
    return not stack


def _refused(text: str, why: str) -> SchemaError:
    return SchemaError(f"the expression {text!r} cannot be written", cause=why)
