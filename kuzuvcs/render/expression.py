"""Expressions that the engine printed, checked before they go into a statement.

A default or macro body is text from a manifest, perhaps a stranger's: it must be one expression
that cannot end the statement around it, and none that the engine cannot read back when it opens the
database again.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import fold
from kuzuvcs.core.scripts.cypher_text import pieces
from kuzuvcs.core.scripts.cypher_tokens import Token, tokens
from kuzuvcs.core.scripts.unreadable import unreadable
from kuzuvcs.errors import SchemaError

_NAME = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
    r"""|(?<![\w.$])(?P<name>`[^`]*`|[^\W\d]\w*)(?!\s*[(:]|\w)""",
    re.DOTALL,
)
_SHOWN = 200
"""Characters of an expression that an error repeats."""
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_OPERATORS = (
    "AND", "OR", "XOR", "NOT", "IN", "IS", "STARTS", "ENDS", "WITH", "CONTAINS", "CASE", "WHEN", "THEN",
    "ELSE", "END",
)  # fmt: skip
"""Words that stand between operands, or around them."""


def checked_expression(text: str) -> str:
    """The text itself; ``SchemaError`` where :func:`stored_expression` is, or it is never to be written."""
    found = unreadable(stored_expression(text))
    if found:
        raise _refused(
            text,
            f"with {found!r} in a default or macro, the engine cannot open the database again",
        )
    return text


def stored_expression(text: str) -> str:
    """The text itself; ``SchemaError`` for no single expression, or one that does more than call functions.

    A subquery or a parameter has no place in a default or a macro.
    """
    words = tokens(single_expression(text))
    if any(word.is_symbol("$") for word in words):
        raise _refused(text, "it has a parameter, which nothing gives a value")
    if any(word.is_symbol("{") and before.is_identifier for before, word in pairwise(words)):
        raise _refused(text, "it has a subquery")
    return text


def single_expression(text: str) -> str:
    """The text itself; ``SchemaError`` for what is no single expression."""
    found = tuple(pieces(text))
    if not text.strip():
        raise _refused(text, "it is empty")
    if any(piece.kind in ("open", "comment") for piece in found):
        raise _refused(text, "it has a comment, or a quote that does not end")
    code = _code(text)
    if ";" in code or "\0" in text or not _balanced(code):
        raise _refused(text, "it would end the statement around it")
    if any(not (one.isprintable() or one in "\t\r\n") for one in code):
        raise _refused(text, "it has a character that cannot be seen")
    if _goes_on(text):
        raise _refused(text, "it goes on where an expression has ended")
    return text


def over_row(text: str, columns: Collection[str], variable: str) -> str:
    """An expression in which every column's name stands for that column of ``variable``.

    A name before ``(``, after ``.`` or before ``:`` is a function, a field or a key, and stays.
    """
    known = {fold(column): column for column in columns}

    def replaced(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        column = known.get(fold(name.strip("`")))
        return found[0] if column is None else f"{variable}.{quote_name(column)}"

    return _NAME.sub(replaced, single_expression(text))


def _code(text: str) -> str:
    return "".join(piece.text if piece.kind == "code" else " x " for piece in pieces(text))


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


def _goes_on(text: str) -> bool:
    """Whether, outside of all brackets, something follows an operand that is no operator: another clause."""
    before: Token | None = None
    ended = False
    for token in (one for one in tokens(text) if not one.depth):
        if token.is_word(*_OPERATORS):
            ended = token.is_word("END")
        elif token.kind != "symbol":
            if ended:
                return True
            ended = True
        elif token.text in ")]}":
            ended = True
        elif token.text in "({":
            if ended and not (token.text == "(" and before is not None and before.is_identifier):
                return True
        else:
            ended = False
        before = token
    return False


def _refused(text: str, why: str) -> SchemaError:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return SchemaError(f"the expression {shown!r} cannot be written", cause=why)
