"""Dashes that were meant as a comment: SQL's ``-- like this`` is two minus signs to the engines."""

from __future__ import annotations

from kuzuvcs.core.scripts.cypher_tokens import at, tokens

NOTE = "a comment in Cypher begins with //, and -- is an operator"


def looks_commented(statement: str) -> bool:
    """Whether a statement has ``--`` with a space behind it and before it, or at the start of a line."""
    words = tokens(statement)
    for index, word in enumerate(words):
        second = at(words, index + 1)
        if not (word.text == "-" and second.text == "-" and second.start == word.start + 1):
            continue
        before, behind = statement[: word.start][-1:], statement[second.start + 1 :][:1]
        if (not before or before.isspace()) and (not behind or behind.isspace()):
            return True
    return False
